"""Goes through folders and their pictures, by a tree, by a typed path, or from one to the next."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from textual import work
from textual.widgets import Input, Tree

from agegender_tui.keymap import opens_text
from agegender_tui.predicting.shown_path import shown_path
from agegender_tui.predicting.typed_path import typed_path
from agegender_tui.screens.dialog import AskingScreen
from agegender_tui.widgets.file_tree import FileTree
from trainer.errors import UserError
from trainer.text import printable

WIDE_FROM = 110  # room for the tree beside a picture and its faces


class PictureBrowsing(AskingScreen):
    """A screen with a FileTree and, called `path`, a line for a path; `file` is the picture shown,
    None before the first. `browses` says whether the tree is to be seen."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.file: Path | None = None
        self.browses = True
        self._pictures: dict[Path, tuple[Path, ...]] = {}

    def opened(self, file: Path) -> None:
        """Show another picture."""
        raise NotImplementedError

    def closed(self) -> None:
        """Show no picture."""
        raise NotImplementedError

    def lay_out(self) -> None:
        """Lay the screen out anew."""
        raise NotImplementedError

    def tell(self) -> None:
        """Show all words anew."""
        raise NotImplementedError

    def say(self, text: str, level: str) -> None:
        """A note at the edge of the screen."""
        severity: Any = level
        self.notify(printable(text), severity=severity, markup=False)

    @property
    def beside(self) -> tuple[Path, ...]:
        """The pictures of the folder in which the one shown lies, as far as they are known."""
        return self._pictures.get(self.file.parent, ()) if self.file is not None else ()

    @property
    def without_pictures(self) -> bool:
        """Whether the folder was read and nothing of it is shown."""
        return self.file is None and self.folder in self._pictures

    # The tree

    def show_folder(self, folder: Path) -> None:
        self.folder = folder
        self._pictures.clear()
        if self.file is None:
            self._tell_path(folder)
        self.query_one(FileTree).show_folder(folder)

    def _tell_path(self, shown: Path) -> None:
        line = self.query_one("#path", Input)
        if not line.has_focus:
            line.value = shown_path(shown)

    def on_file_tree_read(self, event: FileTree.Read) -> None:
        listing = event.listing
        self._pictures[listing.folder] = listing.pictures
        if event.problem:
            self.say(event.problem, "error")
        elif listing.folder != self.folder:
            pass  # one that was opened in the tree: the cursor stays on it
        elif self.file is not None:
            self.query_one(FileTree).point_to(self.file)
        elif listing.pictures:
            self._open(listing.pictures[0])
        self.tell()

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[Path]) -> None:
        """A picture is shown as soon as the cursor is on it, and still is."""
        node = event.node
        if node is self.query_one(FileTree).cursor_node and not node.allow_expand and node.data:
            self._open(node.data)

    def on_tree_node_selected(self, event: Tree.NodeSelected[Path]) -> None:
        if event.node.data is not None and not event.node.allow_expand:
            self._open(event.node.data)
            if self.size.width < WIDE_FROM:
                self.browses = False
                self.lay_out()

    def _open(self, file: Path) -> None:
        if file == self.file:
            return
        self.file = file
        self.query_one(FileTree).point_to(file)
        self._tell_path(file)
        self.opened(file)

    def _close(self) -> None:
        """Until one of another folder is opened, if there is one."""
        self.file = None
        self.closed()

    def action_file(self, by: int) -> None:
        files = self.beside
        if self.file is None or not files:
            return
        at = files.index(self.file) + by if self.file in files else 0
        if 0 <= at < len(files):
            self._open(files[at])

    def action_up(self) -> None:
        parent = self.folder.parent
        if parent != self.folder:
            self._close()
            self.show_folder(parent)

    def action_tree(self) -> None:
        self.browses = not self.browses
        self.lay_out()
        self.set_focus(self.query_one(FileTree) if self.browses else None)

    # The path's line

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the path's line the keys that open a line of text are text themselves."""
        return not (self.types and opens_text("predict", action))

    @property
    def types(self) -> bool:
        """Whether a path is being typed."""
        return self.focused is not None and self.focused.id == "path"

    def action_path(self) -> None:
        # At once, not as `focus` does after the keys that are already waiting.
        self.set_focus(self.query_one("#path", Input))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        typed = event.value.strip()
        self.leave_path()
        if typed:
            self._go(typed)

    @work(exclusive=True, group="go")
    async def _go(self, typed: str) -> None:
        def look() -> tuple[Path, bool, bool]:
            path = typed_path(typed)
            return path, path.is_dir(), path.exists()

        try:
            path, folder, there = await asyncio.to_thread(look)
        except UserError as error:
            self.say(f"{typed}: {error}", "error")
            return
        except (OSError, ValueError) as error:
            self.say(f"{typed}: cannot be opened ({error}); type another path", "error")
            return
        if folder:
            self._close()
            self.show_folder(path)
        elif there:
            self._open(path)
            self.show_folder(path.parent)
        else:
            self.say(f"{typed}: there is no such file or folder; type another path", "error")

    def leave_path(self) -> None:
        """The keys go to the tree again."""
        field = self.query_one("#path", Input)
        field.value = shown_path(self.file or self.folder)
        self.set_focus(self.query_one(FileTree) if self.browses else None)
