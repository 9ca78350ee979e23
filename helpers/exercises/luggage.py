"""Two buttons that take the learner's progress to a file and back: Binder forgets, a file does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from helpers.errors import CourseError
from helpers.exercises.progress import dumps, merge

__all__ = ["Luggage"]

HERE = Path(__file__).parent


class Luggage(anywidget.AnyWidget):
    """Save my progress (a download), Bring it back (a file of the learner's choice)."""

    IN_WORDS: ClassVar[str] = (
        'Take your progress along: progress.export("my-progress.json"); '
        'bring it back: progress.import_("my-progress.json").'
    )
    _esm = HERE / "luggage.js"
    _css = HERE / "luggage.css"
    said = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.on_msg(self._asked)

    @property
    def mime(self) -> dict[str, Any]:
        """The widget as a display bundle."""
        bundle = self._repr_mimebundle_()
        return dict(bundle[0] if isinstance(bundle, tuple) else bundle or {})

    def _asked(self, _: object, content: dict[str, Any], __: object) -> None:
        if content.get("kind") == "save":
            self.send({"kind": "file", "text": dumps()})
        elif content.get("kind") == "bring":
            try:
                self.said = f"{merge(content['text'])} Run this cell again to see it on the map."
            except CourseError as error:
                self.said = str(error)
