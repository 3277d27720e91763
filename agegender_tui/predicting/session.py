"""What the Predict screen asks of the prediction process, and how that is doing."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from agegender_tui.predicting.answers import (
    FileAnswer,
    FoundFace,
    HeatMap,
    file_answer,
    heat_map,
)
from agegender_tui.predicting.process import PredictionFailed, PredictionProcess
from agegender_tui.predicting.terminal_lines import NO_FACE
from trainer.errors import UserError
from trainer.prediction.catalog import SavedModel, stamp, stamps
from trainer.text import printable

# As trainer.prediction.finding has them; that module loads OpenCV.
AUTO, CROPS, FIND = MODES = ("auto", "crops", "find")
KEPT = 64  # answers, so that going back to a picture costs nothing
Key = tuple[Any, ...]


class Session:
    """Models, options and answers; `told` is called whenever `phase` or `trouble` changes."""

    def __init__(self, told: Callable[[], None]) -> None:
        self.models: tuple[SavedModel, ...] = ()
        self.flip = False
        self.mode = AUTO
        self.trouble = ""  # why the process is gone, until it is asked again
        self.uncalibrated: dict[str, str] = {}  # a model's name: why it gives no interval
        self.exporting = ""  # the file that is being written
        self._process = PredictionProcess()
        self._told = told
        self._under_way: dict[int, str] = {}
        self._asked = 0
        self._answers: OrderedDict[Key, Any] = OrderedDict()

    @property
    def phase(self) -> str:
        """What the process is busy with, '' if nothing."""
        if not self._under_way:
            return ""
        if self._process.alive and not self._process.device:
            return "starting TensorFlow"
        return next(reversed(self._under_way.values()))

    @property
    def device(self) -> str:
        """`cpu` or `gpu:0` once TensorFlow is up, else ''."""
        return self._process.device if self._process.alive else ""

    async def close(self) -> None:
        """End the process."""
        await self._process.close()

    async def load(self) -> None:
        """Start the process and load the models, before they are needed. Raises UserError."""
        files = self._files()
        request = {"do": "load", "models": files, "mean": len(files) > 1, "flip": self.flip}
        async for reply in self._ask(request, "loading"):
            for model in reply.get("models", ()):
                self.uncalibrated[model["model"]] = model["why_uncalibrated"]
            if "mean" in reply:
                self.uncalibrated["mean"] = reply["mean"]["why_uncalibrated"]

    async def predict(self, file: Path) -> FileAnswer:
        """The faces of one file. Raises UserError."""
        stamps = await asyncio.to_thread(_stamps, file, self.models)
        key = ("predict", file, stamps, tuple(self._files()), self.flip, self.mode)
        if (known := self._known(key)) is not None:
            return known  # type: ignore[no-any-return]
        request = self.request([file])
        answer = None
        async for reply in self._ask(request, "predicting"):
            if "faces" in reply:
                answer = file_answer(reply)
        if answer is None:
            raise PredictionFailed(f"{printable(str(file))}: no answer came; ask again")
        if answer.problem and answer.problem != NO_FACE:
            return answer  # a drive that is away, say: the file may be read the next time
        return self._keep(key, answer)  # type: ignore[no-any-return]

    def forget(self, file: Path) -> None:
        """Ask for that file again, though it was answered."""
        for key in [key for key in self._answers if key[:2] == ("predict", file)]:
            del self._answers[key]

    def request(self, files: Sequence[Path]) -> dict[str, Any]:
        """To predict `files` with all that is chosen, crops included."""
        return {
            "do": "predict",
            "models": self._files(),
            "files": [str(file) for file in files],
            "mean": len(self.models) > 1,
            "flip": self.flip,
            "faces": self.mode,
            "crops": True,
        }

    async def explain(
        self,
        model: SavedModel,
        face: FoundFace,
        head: str,
        layer: str = "",
        save: Path | None = None,
    ) -> HeatMap:
        """Grad-CAM of one face by a layer, '' for the last convolution; written as PNG to `save`
        if given. Raises UserError."""
        when = await asyncio.to_thread(stamp, model.file)
        key = ("explain", model.file, when, face.crop, head, layer)
        if save is None and (known := self._known(key)) is not None:
            return known  # type: ignore[no-any-return]
        request = {
            "do": "explain",
            "model": str(model.file),
            "crop": face.crop,
            "head": head,
            "layer": layer,
        }
        if save is not None:
            request["save"] = str(save)
        found = None
        async for reply in self._ask(request, "explaining"):
            if "overlay" in reply:
                found = heat_map(model.name, reply)
        if found is None:
            raise PredictionFailed(f"{printable(model.name)}: no map came; ask again")
        return self._keep(key, found)  # type: ignore[no-any-return]

    async def epochs(
        self, model: SavedModel, face: FoundFace, head: str, layer: str = ""
    ) -> list[HeatMap]:
        """Grad-CAM by each set of weights that the run's checkpoints keep. Raises UserError."""
        if model.run is None:
            raise PredictionFailed(
                f"{printable(model.name)} lies in no run, so there are no checkpoints to look at"
            )
        when = await asyncio.to_thread(stamp, model.run.checkpoints)
        key = ("epochs", model.run.path, when, face.crop, head, layer)
        if (known := self._known(key)) is not None:
            return known  # type: ignore[no-any-return]
        request = {
            "do": "epochs",
            "run": str(model.run.path),
            "crop": face.crop,
            "head": head,
            "layer": layer,
        }
        maps = [
            heat_map(model.name, reply)
            async for reply in self._ask(request, "explaining by epochs")
            if "overlay" in reply
        ]
        return self._keep(key, maps)  # type: ignore[no-any-return]

    async def export(self, model: SavedModel, format: str, save: Path) -> dict[str, Any]:
        """Write a model as `onnx` or `tflite` and check it; the reply. Raises UserError."""
        request = {"do": "export", "model": str(model.file), "format": format, "save": str(save)}
        last: dict[str, Any] = {}
        async for reply in self._ask(request, f"exporting to {format}"):
            last = reply
        return last

    def _files(self) -> list[str]:
        return [str(model.file) for model in self.models]

    async def _ask(self, request: dict[str, Any], phase: str) -> AsyncIterator[dict[str, Any]]:
        self._asked += 1
        number = self._asked
        self._under_way[number] = phase
        self.trouble = ""
        self._told()
        try:
            async for reply in self._process.ask(request):
                if "loading" in reply:
                    name = printable(Path(reply["loading"]).name)
                    self._under_way[number] = f"loading {name}"
                elif "calibrating" in reply:
                    self._under_way[number] = "calibrating for mirrored faces, once"
                else:
                    self._under_way[number] = phase
                    yield reply
                self._told()
        except PredictionFailed:
            raise
        except UserError as error:
            self.trouble = str(error)
            raise
        finally:
            del self._under_way[number]
            self._told()

    def _known(self, key: Key) -> Any:
        if key in self._answers:
            self._answers.move_to_end(key)
        return self._answers.get(key)

    def _keep(self, key: Key, answer: Any) -> Any:
        self._answers[key] = answer
        while len(self._answers) > KEPT:
            self._answers.popitem(last=False)
        return answer


def _stamps(file: Path, models: Sequence[SavedModel]) -> tuple[int, ...]:
    """When the picture changed, and each model and what its intervals are made of."""
    return (stamp(file), *(one for model in models for one in stamps(model.file)))
