"""Who said what to whom: a column for each lane, a row for each arrow, in the order of sending."""

from __future__ import annotations

from matplotlib.patches import FancyArrowPatch, Rectangle

from helpers.tracing.trace import MOST_SAID, WAITING, Arrow, Mark, Trace
from helpers.views.palette import INK, look
from helpers.views.paper import WIDTH, Paper, fitted, text_width

__all__ = ["drawn"]

_ROW, _HEAD, _WAIT = 34, 56, 8
_MARGIN = 95
"""From the sheet's edge to the first column, and from the last to the other edge."""


def drawn(trace: Trace) -> bytes:
    """PNG. Rows are equally high, however long things took; a pale bar on a column is a wait."""
    every: list[Arrow | Mark] = [*trace.arrows, *trace.marks]
    rows = sorted(every, key=_time)[:MOST_SAID]
    paper = Paper(_HEAD + _ROW * len(rows) + 14)
    paper.write(trace.title, 0, 16, size=13, weight="bold")
    paper.write("one row for each, not to scale", WIDTH - 2, 16, size=11, align="right", color=INK["quiet"])
    columns = _columns(trace)
    bottom = _HEAD + _ROW * len(rows) + 4
    for lane, x in columns.items():
        paper.write(lane, x, 42, size=12, align="center")
        paper.line([x, x], [54, bottom], INK["quiet"])
    places = [(_time(row), _HEAD + _ROW * (number + 0.6)) for number, row in enumerate(rows)]
    for span in trace.spans:
        if span.state == WAITING:
            inside = [y for time, y in places if span.start <= time <= span.end + 1e-9]
            if len(inside) > 1:
                _wait(paper, columns[span.lane], inside[0], inside[-1])
    for number, (row, (_, y)) in enumerate(zip(rows, places, strict=True), 1):
        paper.write(str(number), 8, y, size=10.5, color=INK["quiet"])
        if isinstance(row, Arrow):
            _arrow(paper, row, columns, y)
        else:
            x = columns[row.lane]
            paper.write("×", x, y, size=17, align="center", color=INK["killed"], weight="bold")
            paper.write(row.label, x + 12, y, size=11, color=INK["killed"])
    return paper.png()


def _time(row: Arrow | Mark) -> float:
    return row.time if isinstance(row, Mark) else row.sent


def _columns(trace: Trace) -> dict[str, float]:
    """In the order of the lanes; one that all speak to stands second, between the first and the others."""
    first, *others = trace.lanes
    others.sort(key=lambda lane: not all(lane in (arrow.source, arrow.target) for arrow in trace.arrows))
    order = [first, *others]
    step = (WIDTH - 2 * _MARGIN) / max(1, len(order) - 1)
    return {lane: _MARGIN + step * place for place, lane in enumerate(order)}


def _arrow(paper: Paper, arrow: Arrow, columns: dict[str, float], y: float) -> None:
    begin, end = columns[arrow.source], columns[arrow.target]
    paper.axes.add_patch(
        FancyArrowPatch(
            (begin, y), (end, y), arrowstyle="-|>", mutation_scale=9, shrinkA=3, shrinkB=3,
            color=look("running").neutral, linewidth=1.2,
        )
    )  # fmt: skip
    label = fitted(arrow.label, abs(end - begin) - 20, 11)
    # Before the first column that the arrow crosses, if the label fits there: no line goes through it.
    crossed = [x for x in columns.values() if begin < x < end or end < x < begin]
    near = min(crossed, key=lambda x: abs(x - begin), default=end)
    if text_width(label, 11) > abs(near - begin) - 20:
        near = end
    paper.write(label, (begin + near) / 2, y - 8, size=11, align="center")


def _wait(paper: Paper, x: float, top: float, bottom: float) -> None:
    ink = look(WAITING)
    paper.axes.add_patch(
        Rectangle(
            (x - _WAIT / 2, top), _WAIT, bottom - top,
            facecolor=ink.neutral, alpha=ink.opacity, linewidth=0, zorder=3,
        )
    )  # fmt: skip
