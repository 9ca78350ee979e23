"""What a cache counted, over time: reads, what was lost, memory; and the keys inside. As PNG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from matplotlib.patches import PathPatch
from matplotlib.path import Path

from helpers.views.palette import INK, Look, look
from helpers.views.paper import WIDTH, Paper, fitted, text_width, ticks
from helpers.views.stacks import bars, hatched, wash

__all__ = ["INKS", "SHOWN", "chart", "counted", "in_megabytes", "lifetime", "round_top"]

INKS = {"hits": "running", "misses": "ready", "evictions": "killed", "expirations": "resting"}
"""The state in the palette whose color each counter has: found, had to wait, gone, was kept for a while."""
SHOWN = 8
"""Keys whose remaining life is drawn."""
_READS, _LOST, _MEMORY, _LABEL, _MARK, _KEY = 84, 40, 52, 22, 14, 19
"""Heights of the plots, of the words above each, of a row for marks, and of a key."""
_LEFT, _RIGHT, _NAME = 66.0, WIDTH - 16.0, 220


def chart(data: Mapping[str, Any]) -> bytes:
    """`data` is what `wire` makes of a recording."""
    return _Chart(data).png()


def counted(data: Mapping[str, Any], name: str) -> str:
    """ "6,000 hits"."""
    values = [value for value in data[name] if value is not None]
    words = {"evictions": "evicted", "expirations": "expired"}.get(name, name)
    return f"{values[-1] if values else 0:,} {words}"


def in_megabytes(size: float) -> str:
    """As memcached and Redis count them: a MB is 1024 × 1024 bytes."""
    return f"{size / 2**20:.1f} MB" if size < 100 * 2**20 else f"{size / 2**20:,.0f} MB"


def lifetime(seconds: float | None) -> str:
    """ "1.5 s", "3 min", "2 h", "9 d", or "no end"."""
    if seconds is None:
        return "no end"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"


def round_top(most: float) -> float:
    """The end of an axis: 1, 2 or 5 times a power of ten, not below `most`."""
    power = 10.0 ** math.floor(math.log10(max(most, 1)))
    return next(power * step for step in (1, 2, 5, 10) if power * step >= most * 0.999)


class _Chart(Paper):
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.times: list[float] = data["times"]
        self.until = max(self.times[-1], 0.001)
        ending = [key for key in data["keys"] or [] if key[1] is not None][:SHOWN]
        flags = self.placed()
        head = 20 + _LABEL + _MARK * (1 + max([row for _, row, _, _ in flags], default=-1))
        bottom = head + _READS + _LOST + _MEMORY + 2 * _LABEL
        super().__init__(bottom + 66 + _KEY * (len(ending) + 1))
        self.write(data["title"], 0, 12, size=13, weight="bold")
        for tick, label in ticks(0, self.until, 10):
            self.line([self.x(tick)] * 2, [head, bottom], INK["rule"])
            self.write(label, self.x(tick), bottom + 13, size=11, align="center", color=INK["quiet"])
        self.label("reads, each second", 20 + _LABEL / 2)
        self.stacks(head, _READS, ("hits", "misses"))
        lost = head + _READS + _LABEL
        self.label("keys lost, each second", lost - _LABEL / 2 + 1)
        self.stacks(lost, _LOST, ("evictions", "expirations"))
        memory = lost + _LOST + _LABEL
        self.label("memory", memory - _LABEL / 2 + 1)
        self.memory(memory)
        for time, row, begin, text in flags:
            color = INK["killed" if text == data["away"] else "text"]
            for top, high in ((head, _READS), (lost, _LOST), (memory, _MEMORY)):
                self.line([self.x(time)] * 2, [top, top + high], color, 1, (0, (2, 2)))
            self.write(text, begin, head - 9 - _MARK * row, size=10.5, color=color)
        self.legend(bottom + 38)
        self.keys(bottom + 66, ending)

    def x(self, time: float) -> float:
        return _LEFT + time / self.until * (_RIGHT - _LEFT)

    def label(self, text: str, y: float) -> None:
        self.write(text, _LEFT, y, size=11, color=INK["quiet"])

    def axis(self, top: float, high: float, most: str) -> None:
        self.write(most, _LEFT - 8, top, size=11, align="right", color=INK["quiet"])
        self.write("0", _LEFT - 8, top + high, size=11, align="right", color=INK["quiet"])
        self.line([_LEFT, _RIGHT], [top, top], INK["rule"])
        self.line([_LEFT, _RIGHT], [top + high] * 2, INK["quiet"], 0.8)

    def stacks(self, top: float, high: float, names: Sequence[str]) -> None:
        """One bar an interval, as high as the counters rose in it, per second."""
        rates = [_rates(self.times, self.data[name]) for name in names]
        most = round_top(max(map(sum, zip(*rates, strict=True)), default=0))
        self.axis(top, high, f"{most:,.0f}")
        base = [0.0] * (len(self.times) - 1)
        for name, rate in zip(names, rates, strict=True):
            path = self.boxes(rate, base, top + high, high / most)
            wash(self, path, ink(name))
            hatched(self, path, ink(name))
            base = [low + more for low, more in zip(base, rate, strict=True)]

    def boxes(
        self, values: Sequence[float | None], base: Sequence[float], bottom: float, scale: float
    ) -> Path:
        """A box for each interval that has a value, standing on its base."""
        corners: list[tuple[float, float]] = []
        for (begin, end), value, low in zip(pairwise(self.times), values, base, strict=True):
            if value:
                left, right = self.x(begin), self.x(end)
                foot, top = bottom - low * scale, bottom - (low + value) * scale
                corners += [(left, foot), (left, top), (right, top), (right, foot), (left, foot)]
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
        return Path(corners or [(0, 0)], codes * (len(corners) // 5) or None)

    def memory(self, top: float) -> None:
        """Pale what the server has taken, darker what the values fill, a line where the limit is."""
        there = [value for name in ("memory", "taken", "limit") for value in self.data[name] if value]
        most = max([*there, 1]) * 1.1
        self.axis(top, _MEMORY, in_megabytes(most))
        for name, strength in (("taken", 0.22), ("memory", 0.55)):
            base = [0.0] * (len(self.times) - 1)
            known = [None if before is None else value for before, value in pairwise(self.data[name])]
            path = self.boxes(known, base, top + _MEMORY, _MEMORY / most)
            paint = (look("starting").neutral, strength)
            self.axes.add_patch(PathPatch(path, facecolor=paint, linewidth=0))
        if limit := max([value for value in self.data["limit"] if value], default=0):
            y = top + _MEMORY * (1 - limit / most)
            self.line([_LEFT, _RIGHT], [y, y], INK["text"], 1.2, (0, (4, 3)))
            words = f"limit {in_megabytes(limit)}"
            self.write(words, _RIGHT, top - _LABEL / 2 + 1, size=11, align="right")

    def placed(self) -> list[tuple[float, int, float, str]]:
        """Each mark's time, its row (0 is the lowest), where its words begin, and its words."""
        flags, free = [], [0.0, 0.0]
        for time, text in self.data["marks"]:
            wide = text_width(text, 10.5)
            begin = min(self.x(time) + 1, WIDTH - 4 - wide)
            row = 0 if begin >= free[0] else 1
            free[row] = begin + wide + 8
            flags.append((time, row, begin, text))
        return flags

    def legend(self, y: float) -> None:
        x = _LEFT
        for name in INKS:
            bars(self, [(x, x + 18)], y - 6, ink(name), 12)
            words = counted(self.data, name)
            self.write(words, x + 24, y, size=11.5)
            x += 24 + text_width(words, 11.5) + 22

    def keys(self, top: float, ending: list[tuple[str, float]]) -> None:
        """Those that end first, each with a bar that is as long as it still has."""
        self.write("keys inside", 0, top, size=12, weight="bold")
        self.write(keys_in_words(self.data, len(ending)), _LEFT + 20, top, size=11.5)
        names = [fitted(name, _NAME, 11.5) for name, _ in ending]
        left = max([text_width(name, 11.5) for name in names], default=0) + 16
        for number, (name, (_, life)) in enumerate(zip(names, ending, strict=True), 1):
            y = top + _KEY * number
            self.write(name, left - 8, y, size=11.5, align="right")
            wide = (_RIGHT - 60 - left) * life / (ending[-1][1] or 1)
            bars(self, [(left, left + max(wide, 1.5))], y - 5, look("resting"), 10)
            self.write(lifetime(life), left + wide + 8, y, size=11)


def keys_in_words(data: Mapping[str, Any], drawn: int) -> str:
    """ "2,814; none of them will expire"."""
    count, keys = data["count"], data["keys"]
    if not count or keys is None:
        return f"{count:,}" + (", and this server does not tell which" if count else "")
    if not drawn:
        return f"{count:,}; none will expire: {', '.join(name for name, _ in keys[:4])}" + ", …" * (count > 4)
    return (
        f"{count:,}; those that expire first:"
        if count > drawn
        else f"{count:,}, and what is left of their lives:"
    )


def ink(counter: str) -> Look:
    """The color of a counter."""
    state = INKS[counter]
    return INK[state] if state in INK else look(state)


def _rates(times: Sequence[float], sums: Sequence[int | None]) -> list[float]:
    """How fast a counter rose in each interval; 0 where the server was away."""
    return [
        0.0 if low is None or high is None else (high - low) / max(end - begin, 1e-4)
        for (begin, end), (low, high) in zip(pairwise(times), pairwise(sums), strict=True)
    ]
