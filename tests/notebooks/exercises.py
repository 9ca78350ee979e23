"""The exercises that `helpers.exercises` has."""

from __future__ import annotations

import importlib
import pkgutil

__all__ = ["starters"]


def starters() -> dict[str, str]:
    """What the cell of each exercise holds before the learner types: by name."""
    import helpers.exercises

    found = {}
    for module in pkgutil.iter_modules(helpers.exercises.__path__):
        if module.name.startswith("lesson_"):
            for value in vars(importlib.import_module(f"helpers.exercises.{module.name}")).values():
                for item in value if isinstance(value, (list, tuple)) else [value]:
                    if hasattr(item, "starter") and hasattr(item, "name"):
                        found[item.name] = item.starter
    return found
