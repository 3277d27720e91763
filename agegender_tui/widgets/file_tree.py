"""Folders and pictures as a tree; a folder is read on a thread when it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from agegender_tui.predicting.picture_files import Listing, list_folder
from trainer.errors import UserError
from trainer.text import printable

MOST_PICTURES = 1_000  # of a folder; more would take a second to lay out


class FileTree(Tree[Path], inherit_bindings=False):
    """The left and right arrow are left to the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor_up", show=False),
        Binding("down", "cursor_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("home", "scroll_home", show=False),
        Binding("end", "scroll_end", show=False),
        Binding("enter", "select_cursor", show=False),
        Binding("space", "toggle_node", show=False),
    ]
    ICON_NODE, ICON_NODE_EXPANDED = "▸ ", "▾ "

    class Read(Message):
        """A folder was read, or could not be, for which `problem` has a sentence."""

        def __init__(self, listing: Listing, problem: str) -> None:
            super().__init__()
            self.listing, self.problem = listing, problem

    def __init__(self, folder: Path, id: str | None = None) -> None:
        super().__init__(_label(folder), data=folder, id=id)
        self.guide_depth = 2

    def show_folder(self, folder: Path) -> None:
        """Begin anew at `folder`."""
        self.reset(_label(folder), data=folder)
        self.root.expand()

    def point_to(self, file: Path) -> None:
        """Move the cursor to a file of a folder that is open; nowhere if it is not shown."""
        for node in self.root.children:
            if node.data == file:
                self.move_cursor(node)
                return

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Path]) -> None:
        event.stop()
        node = event.node
        if node.data is not None and not node.children:
            self._read(node, node.data)

    @work(thread=True, group="tree")
    def _read(self, node: TreeNode[Path], folder: Path) -> None:
        listing, problem = Listing(folder), ""
        try:
            listing = list_folder(folder)
        except UserError as error:
            problem = str(error)
        self.app.call_from_thread(self._fill, node, listing, problem)

    def _fill(self, node: TreeNode[Path], listing: Listing, problem: str) -> None:
        if node.data != listing.folder or node.children:  # another folder is shown by now
            return
        for folder in listing.folders:
            node.add(_label(folder), data=folder)
        for picture in listing.pictures[:MOST_PICTURES]:
            node.add_leaf(_label(picture), data=picture)
        if (rest := len(listing.pictures) - MOST_PICTURES) > 0:
            node.add_leaf(Text(f"… and {rest:,} more", style="dim"))
        self.post_message(self.Read(listing, problem))


def _label(path: Path) -> Text:
    return Text(printable(path.name or str(path)), no_wrap=True)
