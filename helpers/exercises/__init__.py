"""Predictions, exercises, progress and the map of the course.

    guess = predict.number("01 three threads", "How long until all are done?", unit="s", low=0, high=2)
    guess.check(0.3, tolerance=0.1)          # in the cell that ran it
    course_map()                             # the whole course with own progress
    progress.export("my-progress.json")      # and progress.import_(…)

``%%exercise NAME`` runs a cell as an answer to the exercise NAME; `find` and `exercises` look them up.
"""

from __future__ import annotations

import importlib
from typing import Any

_WHERE = {"course_map": "metro", "exercises": "exercise", "find": "exercise"}
_MODULES = ("predict", "progress")

__all__ = ["course_map", "exercises", "find", "predict", "progress"]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"helpers.exercises.{name}")
    if name in _WHERE:
        return getattr(importlib.import_module(f"helpers.exercises.{_WHERE[name]}"), name)
    raise AttributeError(f"module 'helpers.exercises' has no attribute {name!r}")
