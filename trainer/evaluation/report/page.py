"""The page: one file that needs no other, no network and no script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trainer.evaluation.report.markup import Markup, joined, tag
from trainer.evaluation.report.sections import Section

# Should anything from outside ever become markup, a browser loads nothing for it and runs nothing.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(title: str, about: str, summary: Markup, sections: Sequence[Section]) -> str:
    """HTML; `about` is the line below the title, `summary` stands before the contents."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    entries = [tag("li", tag("a", one.title, href=f"#{one.key}")) for one in sections]
    body = tag(
        "body",
        tag("header", tag("h1", title), tag("p", about, class_="quiet")),
        tag("main", summary, tag("nav", tag("ol", *entries), aria_label="contents"), *(
            tag("section", tag("h2", one.title), one.body, id=one.key) for one in sections
        )),
    )  # fmt: skip
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    return "<!doctype html>\n" + tag("html", joined(head, body), lang="en") + "\n"
