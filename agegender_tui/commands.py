"""The palette's entries: the actions of the screen one is on, out of the key table."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from agegender_tui.keymap import KEYS, Key, key_names, scope_of, works_on

if TYPE_CHECKING:
    from agegender_tui.app import AgeGenderApp


class KeyCommands(Provider):
    """Every action of the current screen, and those that work everywhere."""

    def _keys(self) -> list[Key]:
        scope = scope_of(self.screen.BINDINGS)
        return [key for key in KEYS if works_on(key, scope) and key.id != "app.palette"]

    def _help(self, key: Key) -> str:
        return "key: " + key_names(self._remapped.get(key.id, key.keys))

    @property
    def _remapped(self) -> dict[str, str]:
        return cast("AgeGenderApp", self.app).settings.keys

    def _run(self, key: Key) -> object:
        node = self.app if key.scope == "app" else self.screen
        return node.run_action(key.action)

    async def discover(self) -> Hits:
        for key in self._keys():
            yield DiscoveryHit(_title(key), lambda key=key: self._run(key), help=self._help(key))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for key in self._keys():
            score = matcher.match(_title(key))
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(_title(key)),
                    lambda key=key: self._run(key),
                    help=self._help(key),
                )


def _title(key: Key) -> str:
    return key.meaning[:1].upper() + key.meaning[1:]
