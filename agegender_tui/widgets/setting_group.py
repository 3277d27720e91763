"""A group of settings in a form, closed at first; its title tells what is inside."""

from __future__ import annotations

from typing import Any

from textual.widgets import Collapsible

from agegender_tui.run_form import CHANGED_MARK


class SettingGroup(Collapsible):
    """The settings of one group, made when it is first opened."""

    def __init__(self, group: str, names: list[str]) -> None:
        self.group = group
        self.names = names
        self.filled = False
        super().__init__(
            title=self.caption(len(names), 0, 0), collapsed=True, id=f"group-{group.lower()}"
        )

    def scroll_visible(self, *args: Any, **options: Any) -> None:
        """Textual scrolls to whatever opens; the form opens groups that nobody looks at, too, and
        the field in use must stay in sight."""
        if self.has_focus_within:
            super().scroll_visible(*args, **options)

    def caption(self, count: int, changes: int, errors: int) -> str:
        """The title line, which tells of changes and errors even while the group is closed."""
        parts = [f"{self.group}  {count} setting{'s' if count > 1 else ''}"]
        if changes:
            parts.append(f"{CHANGED_MARK} {changes} changed")
        if errors:
            parts.append(f"✗ {errors} wrong")
        return " · ".join(parts)
