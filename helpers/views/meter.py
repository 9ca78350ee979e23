"""The cache meter: what a cache counts and holds, of a recording or of a live server."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import Any

import anywidget
import traitlets

from helpers.caches.gauges import Inside, Silent, gauge
from helpers.caches.metered import AWAY, COUNTERS, Metered
from helpers.errors import CourseError
from helpers.views import meter_chart, palette
from helpers.views.player import sources, view_mime

__all__ = ["Meter", "cache_meter", "wire"]

_MOST = 200
"""Intervals of a recording that are drawn."""


def cache_meter(shown: Any) -> None:
    """Draw what a cache counted: hits, misses, evictions, expirations, memory, and the keys now inside.

    `shown` is a recording (``with metering(server) as metered``), or a memcached or Redis of the course: then
    the picture is live, and asks the server about twice a second while it is on the screen. (Redis counts a
    question for a key's remaining life as a hit; the meter leaves its own out, ``INFO`` does not.) The text
    form has no number that another run would not have. Raises CourseError for anything else.
    """
    from helpers.views import _display

    if isinstance(shown, Metered):
        if not shown.readings or shown._metering:
            raise CourseError(
                "there is nothing to draw yet: a recording is filled when its with-block ends. "
                "Call cache_meter(metered) after the block."
            )
        data, words = wire(shown), "\n".join(shown.words())
        widget = Meter(data=data, words=words)
        _display({**view_mime(widget), "image/png": meter_chart.chart(data), "text/plain": words})
    else:
        live = Live(shown)
        _display({**view_mime(live), "text/plain": live.words})


def wire(metered: Metered) -> dict[str, Any]:
    """A recording as both pictures need it: sums up to each of `times`, None where the server was away."""
    chosen = _thinned(metered)
    readings = [metered.readings[i] for i in chosen]
    columns = {
        name: [getattr(reading, name) if reading else None for reading in readings]
        for name in (*COUNTERS, "memory", "taken", "limit")
    }
    return {
        "title": metered.title,
        "times": [metered.times[i] for i in chosen],
        **columns,
        "marks": [list(mark) for mark in metered.marks],
        "away": AWAY,
        **keys(metered.inside),
    }


def keys(inside: Inside) -> dict[str, Any]:
    """The keys inside, for a picture: those that end first, and how many there are."""
    told = None if inside.keys is None else [[key.name, key.life] for key in inside.keys[:50]]
    return {"count": inside.count, "keys": told}


def _thinned(metered: Metered) -> list[int]:
    """The numbers of the samples to draw: not closer to each other than they were meant to be.

    Of two too close ones that which a mark was set at stays.
    """
    times, marked = metered.times, {time for time, _ in metered.marks}
    usual = median([end - begin for begin, end in pairwise(times)] or [0])
    least = max(0.6 * usual, times[-1] / _MOST)
    kept = [0]
    for i in range(1, len(times)):
        special = times[i] in marked or i == len(times) - 1
        if times[i] - times[kept[-1]] >= least:
            kept.append(i)
        elif special and kept[-1] and times[kept[-1]] not in marked:
            kept[-1] = i
        elif special:
            kept.append(i)
    return kept


class Meter(anywidget.AnyWidget):
    """A recording, in the browser."""

    _esm = sources("drawing.js", "stacks.js", "parts.js", "sheet.js", "meter_drawing.js", "meter.js")
    _css = palette.css() + sources("views.css", "meter.css")

    data = traitlets.Dict().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)
    live = traitlets.Bool(False).tag(sync=True)


class Live(Meter):
    """A server, in the browser: the page asks, this answers, and nothing runs in between."""

    def __init__(self, server: Any) -> None:
        self._gauge = gauge(server)
        self._server = server
        super().__init__(
            data={"title": server.title}, live=True,
            words=f"Cache meter of {server.title}. Run this cell in JupyterLab to see it move.",
        )  # fmt: skip
        self.on_msg(self._asked)
        # As in the laboratory: JupyterLab's messages come to a subshell, and are answered there.
        self.comm._reply_subshell_for = lambda _data, subshell: subshell

    def _asked(self, _: Any, question: dict[str, Any], __: Any) -> None:
        """One look. The line is hung up at once: nobody says when a page is closed."""
        try:
            with self._gauge as asked:
                reading, inside = asked.read(), asked.inside()
        except Silent:
            self.send({"away": f"{self._server.title} does not answer. Start it again, with its .start()"})
        else:
            counters = {
                name: getattr(reading, name) for name in (*COUNTERS, "memory", "taken", "limit", "process")
            }
            self.send({"reading": counters, **keys(inside)})
