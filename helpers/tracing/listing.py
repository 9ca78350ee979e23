"""The source that is shown step by step: one text out of functions that may stand in several cells."""

from __future__ import annotations

import inspect
import linecache
import re
import textwrap
from collections.abc import Iterable
from types import CodeType, FunctionType
from typing import NamedTuple

from helpers.errors import CourseError

__all__ = ["Listing", "listing_of", "methods_of"]

_APART = 3  # lines: what stands between two functions and belongs to neither
_HEADER = 15  # lines: a class, what it says about itself, and its first method


class Listing(NamedTuple):
    """``text``, and for each code object what to add to its line numbers to find them there."""

    text: str
    shifts: dict[CodeType, int]


def methods_of(owner: type) -> list[FunctionType]:
    """The functions that instances of `owner` use, its own and inherited ones, but not overridden ones."""
    found: dict[str, FunctionType] = {}
    for ancestor in reversed(owner.__mro__):
        found |= {name: value for name, value in vars(ancestor).items() if inspect.isfunction(value)}
    return list(found.values())


def listing_of(functions: Iterable[FunctionType]) -> Listing:
    """Their source, with the class line above a method; functions next to each other stay together.

    Raises CourseError if the source is nowhere to be found.
    """
    parts: list[tuple[str, int, int, list[CodeType]]] = []
    for function in functions:
        file, begin, end = _place(function)
        if parts and parts[-1][0] == file and 0 <= begin - parts[-1][2] <= _APART:
            _, first, _, codes = parts.pop()
            parts.append((file, first, end, [*codes, function.__code__]))
        else:
            parts.append((file, _with_class(file, begin), end, [function.__code__]))
    lines: list[str] = []
    shifts: dict[CodeType, int] = {}
    for file, begin, end, codes in parts:
        lines += [""] if lines else []
        shifts |= {code: len(lines) + 1 - begin for code in codes}
        lines += textwrap.dedent("".join(linecache.getlines(file)[begin - 1 : end - 1])).splitlines()
    return Listing("\n".join(lines), shifts)


def _place(function: FunctionType) -> tuple[str, int, int]:
    """The file of `function`, its first line, and the line after its last."""
    try:
        lines, begin = inspect.getsourcelines(function)
    except OSError:
        raise CourseError(
            f"the source of {function.__qualname__} cannot be found, and it was to be shown line by line. "
            "Define it in a cell of this notebook, or in a file, and run this cell again."
        ) from None
    return function.__code__.co_filename, begin, begin + len(lines)


def _with_class(file: str, begin: int) -> int:
    """Where the class begins whose first method begins at line `begin`; or `begin`, if that is far away."""
    lines = linecache.getlines(file)
    indent = _indent(lines[begin - 1])
    for number in range(begin - 1, max(0, begin - _HEADER), -1):
        line = lines[number - 1]
        if line.strip() and _indent(line) < indent:
            return number if re.match(r"\s*class\b", line) else begin
    return begin


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
