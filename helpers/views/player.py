"""The player: recordings in the browser, to play, step through, zoom into and ask about.

A Python class and a few files for the browser, no build step. It knows nothing but Traces.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anywidget
import traitlets

from helpers.tracing.trace import Trace
from helpers.views import palette
from helpers.views.guess import Guess
from helpers.views.wire import wire

__all__ = ["Player", "sources", "view_mime"]


def sources(*names: str) -> str:
    """Files of this folder as one module: a widget's module cannot import its neighbors."""
    return "\n".join((Path(__file__).parent / name).read_text("utf-8") for name in names)


def view_mime(widget: anywidget.AnyWidget) -> dict[str, object]:
    """The part of a display bundle that lets a live page show `widget`."""
    view = {"version_major": 2, "version_minor": 1, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": view}


class Player(anywidget.AnyWidget):
    """Shows recordings below each other on one time axis, beginning with ``zoom`` (seconds).

    `mapped` puts the broker's map of each above them.
    """

    _esm = sources(
        "drawing.js", "stacks.js", "parts.js", "words.js", "stories.js", "inside.js",
        "roads.js", "flights.js", "brokermap.js", "following.js", "player.js",
    )  # fmt: skip
    _css = palette.css() + sources("views.css", "inside.css", "brokermap.css")

    data = traitlets.Dict().tag(sync=True)
    zoom = traitlets.List(traitlets.Float()).tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        traces: Sequence[Trace],
        guesses: Sequence[Guess | None],
        until: float,
        zoom: tuple[float, float],
        words: str,
        mapped: bool = False,
    ) -> None:
        super().__init__(data=wire(traces, guesses, until, mapped), zoom=list(zoom), words=words)
