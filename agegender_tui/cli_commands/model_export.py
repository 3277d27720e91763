"""A saved model written as ONNX or TFLite by the prediction process, which checks the outputs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from trainer.text import printable


def export_model(model: Path, targets: dict[str, Path], weights: Path | None) -> None:
    """Write `model` to each of `targets`, by format (`onnx`, `tflite`, `compact`), and say by how
    much the outputs differ; `weights` are those to take out of a compact B."""
    asyncio.run(_export(model, targets, weights))


async def _export(model: Path, targets: dict[str, Path], weights: Path | None) -> None:
    from agegender_tui.predicting.process import PredictionProcess

    async with PredictionProcess("cpu") as process:
        for kind, path in targets.items():
            request = {
                "do": "export",
                "model": str(model),
                "format": kind,
                "save": str(path.absolute()),
                "weights": str(weights or ""),
            }
            async for reply in process.ask(request):
                if "file" in reply:
                    print(
                        f"wrote {printable(str(path))} (outputs differ by at most "
                        f"{reply['age_difference']:.1g} years and "
                        f"{reply['gender_difference']:.1g} of a probability)"
                    )
