import pytest
from rich.text import Text
from textual.app import App
from textual_plotext.plot import Plot as Figure

from agegender_tui.chart_cursor import CURSOR_MARK, with_cursor
from agegender_tui.series import METRICS, Line, Plot
from agegender_tui.widgets.chart import colours, draw

SIZE = (70, 12)


def chart(figure: Figure | None = None) -> Text:
    app: App[None] = App()
    line = Line((1.0, 60.0, 120.0), (0.2, 0.9, 0.3), "validation")
    data = Plot(METRICS[0], (line,), 1.0, 120.0, 0.0, 1.0, False, False, (), (), None, True)
    palette = colours(app.current_theme, app.theme_variables)
    return draw(figure or Figure(), data, SIZE, palette)


@pytest.mark.parametrize("epoch", [1, 2, 37, 60, 61, 119, 120])
def test_the_cursor_lies_where_plotext_would_draw_the_epoch(epoch: int) -> None:
    figure = Figure()
    build = figure.build

    def build_with_line() -> str:
        figure.plot([epoch] * 2, [0.0, 1.0], marker=CURSOR_MARK)
        return build()

    figure.build = build_with_line
    assert with_cursor(chart(), (epoch - 1) / 119, "white").plain == chart(figure).plain


def test_the_cursor_changes_no_other_column_and_no_row_below_the_axis() -> None:
    before, after = chart(), with_cursor(chart(), 0.5, "white")
    rows = list(zip(before.plain.split("\n"), after.plain.split("\n"), strict=True))
    changed = [(b, a) for b, a in rows if b != a]
    assert len(changed) == SIZE[1] - 2
    for b, a in changed:
        place = a.index(CURSOR_MARK, a.index("┤") + 1 if "┤" in a else a.index(CURSOR_MARK) + 1)
        assert (b[:place], b[place + 1 :]) == (a[:place], a[place + 1 :])


def test_the_line_keeps_its_colour_beside_the_cursor() -> None:
    before, after = chart(), with_cursor(chart(), 0.25, "#ffffff")
    styled = {span.style.color for span in before.spans if not isinstance(span.style, str)}
    kept = {span.style.color for span in after.spans if not isinstance(span.style, str)}
    assert styled and styled <= kept
    assert any(span.style == "#ffffff" for span in after.spans)


def test_what_is_no_chart_is_left_as_it_is() -> None:
    assert with_cursor(Text("too small"), 0.5, "white").plain == "too small"
