"""The box in which a prediction is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from helpers.views import palette

__all__ = ["GuessBox"]


def _sources(*names: str) -> str:
    return "\n".join((Path(__file__).parent / name).read_text("utf-8") for name in names)


class GuessBox(anywidget.AnyWidget):
    """Question, a number field or a list, some options or a grid of them, and a button to commit.

    `commit` is called once, with the value, when the learner commits.
    """

    _esm = _sources("grid_box.js", "guess_box.js")
    _css = palette.css() + _sources("guess_box.css", "grid_box.css")
    kind = traitlets.Unicode().tag(sync=True)
    question = traitlets.Unicode().tag(sync=True)
    what = traitlets.Dict().tag(sync=True)
    committed = traitlets.Any(None).tag(sync=True)

    def __init__(self, kind: str, question: str, what: dict[str, Any], commit: Callable[[Any], None]) -> None:
        super().__init__(kind=kind, question=question, what=what)
        self._commit = commit
        self.observe(self._committed, "committed")

    @property
    def mime(self) -> dict[str, Any]:
        """The widget as a display bundle."""
        bundle = self._repr_mimebundle_()
        return dict(bundle[0] if isinstance(bundle, tuple) else bundle or {})

    def _committed(self, change: dict[str, Any]) -> None:
        if change["old"] is None and change["new"] is not None:
            self._commit(change["new"])
