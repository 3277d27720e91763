"""Which cells an update of the screen writes."""

from __future__ import annotations

from types import SimpleNamespace

from textual.geometry import Region

from agegender_tui.pictures.written import Written


def test_only_what_a_span_covers_is_written() -> None:
    written = Written()
    written.add(SimpleNamespace(spans=[(3, 10, 14)], chops={3: {0: None, 10: None, 20: None}}))
    assert written.touches(Region(12, 2, 4, 2))
    assert not written.touches(Region(12, 1, 4, 2)), "the lines above"
    assert not written.touches(Region(14, 3, 4, 1)), "beside it"
    assert not written.touches(Region(0, 3, 10, 1)), "another widget"


def test_a_span_is_written_from_the_edge_of_its_widget_on() -> None:
    written = Written()
    written.add(SimpleNamespace(spans=[(3, 16, 18)], chops={3: {0: None, 10: None, 20: None}}))
    assert written.touches(Region(11, 3, 2, 1))
    assert not written.touches(Region(18, 3, 2, 1))


def test_an_update_without_spans_writes_all() -> None:
    written = Written()
    assert not written.touches(Region(0, 0, 80, 24))
    written.add(SimpleNamespace(strips=[]))
    assert written.touches(Region(70, 20, 2, 2))
