"""Which Grad-CAM maps of a face are wanted, and asking for them one after another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agegender_tui.predicting.answers import FileAnswer, HeatMap
from agegender_tui.predicting.saving import save_map
from agegender_tui.predicting.session import Session
from trainer.prediction.catalog import SavedModel
from trainer.prediction.protocol import cam_name

HEADS = ("", "age", "gender")
Maps = Sequence[HeatMap | None]


@dataclass(frozen=True)
class Wanted:
    """Maps to be saved of face `chosen` of a picture: by models, each with the layer chosen for it,
    or, where there are any, the `epochs` of the first."""

    answer: FileAnswer
    chosen: int
    head: str
    models: tuple[tuple[SavedModel, str], ...]
    epochs: tuple[HeatMap, ...] | None = None


class Explaining:
    """By several models, or by one model as it was at several epochs; `head` is one of HEADS, ''
    while nothing is explained."""

    def __init__(self, session: Session) -> None:
        self.head = ""
        self._session = session
        self._first = 0  # of the models, the one on the left
        self._by_epochs = False
        self._first_epoch = 0  # of those kept, the one on the left
        self._layers: dict[Path, str] = {}  # by which models are explained, where one was chosen
        self._maps: list[HeatMap | None] = []

    def next_head(self) -> None:
        """Age, then gender, then nothing; by several models."""
        self.head = HEADS[(HEADS.index(self.head) + 1) % len(HEADS)]
        self._by_epochs = False

    def first_model(self) -> None:
        """The models are others: begin with the first."""
        self._first = 0

    def next_map(self) -> bool:
        """Have the next model, or epoch, on the left; False where there is no map yet."""
        if not self.head or not self._maps:
            return False
        if self._by_epochs:
            self._first_epoch = (self._first_epoch + 1) % len(self._maps)
        else:
            self._first = (self._first + 1) % len(self._session.models)
        return True

    def turn_epochs(self) -> None:
        """From several models to one model's epochs, or back."""
        self._by_epochs, self._first_epoch = not self._by_epochs, 0

    def choose_layer(self, model: SavedModel, layer: str) -> None:
        """From now on explain `model` by that layer."""
        self._layers[model.file] = layer

    @property
    def on_the_left(self) -> HeatMap | None:
        """The first map, once all are there."""
        return next(filter(None, self._maps), None) if self.head else None

    def models(self, room: int) -> tuple[SavedModel, ...]:
        """Those whose maps there is room for, the one on the left first."""
        models = self._session.models
        return (models[self._first :] + models[: self._first])[:room]

    async def maps(
        self, answer: FileAnswer | None, chosen: int, room: int
    ) -> AsyncIterator[tuple[Maps, str]]:
        """What is to be shown of a face, `room` maps at most, again whenever one more is there,
        with words for those still to come. Raises UserError."""
        self._maps = []
        if not self.head or not self._session.models:
            return
        if answer is None or not answer.faces:
            yield [None], "no face to explain" if answer is not None else ""
            return
        face, models = answer.faces[chosen], self.models(room)
        if self._by_epochs:
            yield [None], "explaining…"
            layer = self._layer(models[0])
            kept = await self._session.epochs(models[0], face, self.head, layer)
            self._maps = [*kept[self._first_epoch :], *kept[: self._first_epoch]]
            yield self._maps, ""
            return
        maps: list[HeatMap | None] = [None] * len(models)
        yield maps, "explaining…"
        for place, model in enumerate(models):
            layer = self._layer(model)
            maps[place] = await self._session.explain(model, face, self.head, layer)
            yield maps, "explaining…"
        self._maps = maps

    def wanted(self, answer: FileAnswer, chosen: int, room: int) -> Wanted | None:
        """What is in sight now, to be saved while other things come in sight; None where nothing
        is explained."""
        if not self.head or not answer.faces:
            return None
        models = tuple((model, self._layer(model)) for model in self.models(room))
        epochs = tuple(filter(None, self._maps[:room])) if self._by_epochs else None
        return Wanted(answer, chosen, self.head, models, epochs)

    async def save(self, wanted: Wanted, folder: Path) -> list[Path]:
        """Write the maps of several models, or of the epochs in sight, as PNG, named after the
        picture, the face and the model. Raises UserError."""
        written: list[Path] = []
        file, number, head = wanted.answer.file, wanted.chosen + 1, wanted.head
        face = wanted.answer.faces[wanted.chosen]
        if wanted.epochs is not None:
            model, _ = wanted.models[0]
            for heat in wanted.epochs:
                step = f"-step{heat.step}" if heat.step else ""
                by = f"{model.name}-epoch{heat.epoch}{step}"
                path = folder / cam_name(file, number, by, model.file, head)
                await asyncio.to_thread(save_map, heat, path)
                written.append(path)
            return written
        for model, layer in wanted.models:
            path = folder / cam_name(file, number, model.name, model.file, head)
            await self._session.explain(model, face, head, layer, save=path)
            written.append(path)
        return written

    def _layer(self, model: SavedModel) -> str:
        return self._layers.get(model.file, "")
