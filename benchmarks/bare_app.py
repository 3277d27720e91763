"""The least Textual app there can be: the anchor of first paint and memory."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class BareApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("bare app is up")


if __name__ == "__main__":
    BareApp().run()
