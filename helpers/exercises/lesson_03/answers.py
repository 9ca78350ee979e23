"""What the exercises of this lesson share: looking up a class that the learner wrote."""

from __future__ import annotations

from helpers.exercises.exercise import Answer, Miss

__all__ = ["own_class"]


def own_class(answer: Answer, name: str) -> type:
    """The learner's class `name`; raises Miss if there is none."""
    found = answer.names.get(name)
    if not isinstance(found, type):
        raise Miss(f"There is no class `{name}` in your cell. Begin it with `class {name}`.")
    return found
