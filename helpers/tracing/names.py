"""What tasks are called that nobody gave a name: after their coroutine, told apart by an argument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["names_of", "signature"]

_SHORT = 16  # letters
_PLAIN = (str, int, float, bytes)


def signature(coroutine: Any) -> tuple[str, list[str]]:
    """The name of a coroutine that has not begun, and its arguments in words; "" for one that has none."""
    name = getattr(coroutine, "__name__", type(coroutine).__name__)
    frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
    if frame is None:
        return name, []
    values = [frame.f_locals.get(word) for word in frame.f_code.co_varnames[: frame.f_code.co_argcount]]
    words = [str(value) if isinstance(value, _PLAIN) else "" for value in values]
    return name, [word if len(word) <= _SHORT else "" for word in words]


def names_of(signatures: Mapping[int, tuple[str, list[str]]]) -> dict[int, str]:
    """A name for each key. Of several alike, each has the first argument that tells them apart, or a number.

    ``{1: ("nap", ["0.3", "a"]), 2: ("nap", ["0.3", "b"])}`` are "nap a" and "nap b".
    """
    alike: dict[str, list[int]] = {}
    for key, (name, _) in signatures.items():
        alike.setdefault(name, []).append(key)
    names = {}
    for name, keys in alike.items():
        for key, word in zip(keys, _differences([signatures[key][1] for key in keys]), strict=True):
            names[key] = f"{name} {word}".rstrip()
    return {key: names[key] for key in signatures}


def _differences(arguments: list[list[str]]) -> list[str]:
    if len(arguments) == 1:
        return [""]
    for words in map(list, zip(*arguments, strict=False)):
        if all(words) and len(set(words)) == len(words):
            return words
    return [str(number) for number in range(1, len(arguments) + 1)]
