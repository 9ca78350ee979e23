"""The hit ratio laboratory: choose a load, see what Che's formula says at once, then measure real caches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import anywidget
import numpy as np
import traitlets

from helpers.caches.hit_ratios import CACHES, Point, measure
from helpers.caches.zipf import che, che_curve, popularity
from helpers.errors import CourseError
from helpers.views import palette
from helpers.views.curve import curve_picture
from helpers.views.paper import WIDTH
from helpers.views.player import sources, view_mime

__all__ = ["RatioLab", "hit_ratio_lab", "predicted"]

KEYS = [base * 10**power for power in range(1, 5) for base in (1, 1.5, 2, 3, 5, 7)] + [100_000]
"""What the slider for the number of pages has."""
RATES = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000]
"""Requests a second."""
FIRST = {"keys": 1_000, "skew": 1.0, "rate": 5_000}

Run = Callable[[int, float, float, Callable[[], bool]], Iterator[Point]]
_measuring = threading.Lock()
"""One measurement at a time, from whatever panel: they share servers, and a machine."""


def hit_ratio_lab(run: Run | None = None) -> RatioLab:
    """A panel with sliders: how many pages there are, how skewed their popularity is, how many requests come.

    Che's curve follows at once. Its button calls ``run(keys, skew, rate, stopped)`` in a thread (default:
    `helpers.caches.hit_ratios.measure`, against a real memcached and a real Redis) and draws the points
    that this yields, one by one; it may be stopped.
    """
    return RatioLab(run or measure)


def predicted(keys: int, skew: float) -> dict[str, Any]:
    """Che's curve and that of the best cache there can be, as hit ratios for the same sizes.

    The best one always holds the most popular pages. `tenth` is the size of a tenth of all pages, and its
    hit ratio.
    """
    p = popularity(keys, skew)
    sizes, shares = che_curve(p)
    tenth = max(1, round(keys / 10))
    best = np.interp(sizes, np.arange(keys + 1), np.concatenate([[0], p.cumsum()]))
    return {
        "keys": keys, "skew": skew, "sizes": sizes.round(3).tolist(), "shares": shares.round(5).tolist(),
        "best": best.round(5).tolist(), "tenth": [tenth, che(p, tenth)],
    }  # fmt: skip


class RatioLab(anywidget.AnyWidget):
    """Lines are computed, points are measured. Messages from the page are answered in a subshell."""

    _esm = sources("drawing.js", "stacks.js", "parts.js", "sheet.js", "ratio_drawing.js", "ratio_lab.js")
    _css = palette.css() + sources("views.css", "ratio_lab.css")

    choices = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Dict().tag(sync=True)
    line = traitlets.Dict().tag(sync=True)
    measured = traitlets.Dict().tag(sync=True)

    def __init__(self, run: Run) -> None:
        super().__init__(
            choices={"keys": [int(keys) for keys in KEYS], "rate": RATES, "caches": list(CACHES)},
            numbers=FIRST,
            line=predicted(int(FIRST["keys"]), FIRST["skew"]),
            measured={},
        )
        self._run = run
        self._stop = threading.Event()
        self.on_msg(self._asked)
        # As in the laboratory of lesson 01: a message is answered in the subshell that it came to.
        self.comm._reply_subshell_for = lambda _data, subshell: subshell

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        p = popularity(int(FIRST["keys"]), FIRST["skew"])
        text = "Hit ratio laboratory. Run this cell in JupyterLab to move its sliders, and to measure."
        picture = curve_picture(
            "1,000 pages; page n is asked for 1/n as often as page 1", {"Che": che_curve(p)}, {}
        )
        forms = {**view_mime(self), "image/png": picture, "text/plain": text}
        return forms, {"image/png": {"width": WIDTH}}

    def _asked(self, _: Any, question: dict[str, Any], __: Any) -> None:
        kind, numbers = question["kind"], question.get("numbers", {})
        if kind == "stop":
            self._stop.set()
        elif kind == "curve":
            self.send({"line": predicted(int(numbers["keys"]), float(numbers["skew"]))})
        elif not _measuring.acquire(blocking=False):
            self.send({"done": "Another panel is measuring. One measurement at a time."})
        else:
            self._stop.clear()
            threading.Thread(target=self._measure, args=(numbers,), name="hit ratios", daemon=True).start()

    def _measure(self, numbers: dict[str, Any]) -> None:
        message = ""
        points: list[dict[str, Any]] = []
        try:
            self.measured = {**numbers, "points": []}
            keys, skew, rate = (numbers[name] for name in ("keys", "skew", "rate"))
            for point in self._run(int(keys), float(skew), float(rate), self._stop.is_set):
                points = [*points, asdict(point)]
                self.measured = {**numbers, "points": points}
            if self._stop.is_set():
                message = "Stopped."
            elif not points:
                message = (
                    "Nothing could be measured in time. Try a higher rate, or when the machine is less busy."
                )
        except CourseError as error:
            message = str(error)
        except Exception as error:  # whatever it is, the panel must be usable again
            message = f"That went wrong: {type(error).__name__}: {error}"
        finally:
            _measuring.release()
            self.send({"done": message})
