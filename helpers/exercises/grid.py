"""A grid of rows and columns: what is ticked in it, and the truth as text and as HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import zip_longest
from pathlib import Path
from textwrap import wrap
from typing import Any

from helpers.errors import CourseError

__all__ = ["Cell", "Sheet", "Ticks"]

Ticks = dict[str, list[str]]
"""For each row, the columns that are ticked in it."""
Cell = tuple[str, str]
"""Row and column."""

_LETTER = 0.56
"""Width of a letter in ems, on the generous side."""
_STYLE = Path(__file__).parent / "grid_truth.css"


class Sheet:
    """Rows and columns; with `one`, exactly one column is ticked in each row.

    Raises ValueError for no rows, no columns, an empty name or one twice: mistakes of the lesson's author.
    """

    def __init__(self, rows: Sequence[str], columns: Sequence[str], one: bool = False) -> None:
        for what, names in (("rows", rows), ("columns", columns)):
            if isinstance(names, str) or not names or not all(names) or len(set(names)) < len(names):
                raise ValueError(f"a grid needs {what}, each with a name of its own, not {names!r}")
        self.rows, self.columns, self.one = list(rows), list(columns), one

    def read(self, ticks: Mapping[str, Any]) -> Ticks:
        """`ticks` in the grid's own order; each row has its columns, or the name of its only one.

        Raises CourseError if they do not fit this grid.
        """
        if set(ticks) != set(self.rows):
            raise CourseError(f"Name each row of the grid once: {self.rows}, not {list(ticks)}.")
        columns = {row: [said] if isinstance(said, str) else list(said) for row, said in ticks.items()}
        for row, said in columns.items():
            if not set(said) <= set(self.columns) or (self.one and len(said) != 1):
                raise CourseError(
                    f"The row {row!r} can have {'one' if self.one else 'some'} of {self.columns}, not {said}."
                )
        return {row: [column for column in self.columns if column in columns[row]] for row in self.rows}

    def wrong(self, said: Ticks, truth: Ticks) -> list[Cell]:
        """The cells where `said` is not `truth`; with `one`, those that were chosen and should not be."""
        return [
            (row, column)
            for row in self.rows
            for column in self.columns
            if (column in said[row]) != (column in truth[row]) and not (self.one and column in truth[row])
        ]

    def score(self, wrong: Sequence[Cell]) -> str:
        """How much is right: "11 of 12 cells right"."""
        count = len(self.rows) * (1 if self.one else len(self.columns))
        what = "rows" if self.one else "cells"
        return f"{count - len(wrong)} of {count} {what} right" if wrong else f"All {count} {what} right"

    def widths(self) -> tuple[float, float]:
        """How wide the names of the rows and each column want to be, in ems."""
        return _LETTER * _letters(self.rows, 26) + 1.4, max(4.6, _LETTER * _letters(self.columns, 15) + 1.4)

    def text(self, ticks: Ticks) -> str:
        """A line for each row; with `one`, its column as a word."""
        left = max(map(len, self.rows))
        if self.one:
            return "\n".join(f"{row:{left}}  {column}" for row, (column,) in ticks.items())
        heads = [wrap(c, 16, break_long_words=False, break_on_hyphens=False) for c in self.columns]
        widths = [max(map(len, head)) for head in heads]
        lines = [("", list(line)) for line in zip_longest(*heads, fillvalue="")]
        lines += [(row, ["✓" if c in said else "." for c in self.columns]) for row, said in ticks.items()]
        return "\n".join(
            "  ".join([f"{row:{left}}", *map(str.ljust, cells, widths)]).rstrip() for row, cells in lines
        )

    def html(self, truth: Ticks, wrong: Sequence[Cell], name: str) -> str:
        """A table of `truth` called `name`, in which the cells that were predicted `wrong` are framed."""
        first, each = self.widths()
        total = first + each * len(self.columns)
        heads = "".join(f'<th scope="col">{_breakable(column)}</th>' for column in self.columns)
        rows = "".join(
            f'<tr><th scope="row">{_breakable(row)}</th>'
            + "".join(self._cell(column in truth[row], (row, column) in wrong) for column in self.columns)
            + "</tr>"
            for row in self.rows
        )
        return (
            f'{_style()}<div class="guess-truth"><table class="guess-cells" aria-label="{escape(name)}" '
            f'style="width:min(100%,{total:.1f}em)"><colgroup><col style="width:{100 * first / total:.1f}%">'
            f'<col span="{len(self.columns)}" style="width:{100 * each / total:.1f}%"></colgroup>'
            f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        )

    def _cell(self, true: bool, wrong: bool) -> str:
        sign = '<span role="img" aria-label="{}">{}</span>'.format(*(("yes", "✓") if true else ("no", "·")))
        if not wrong:
            return f"<td>{sign}</td>"
        you = "you" if self.one else f"you: {'no' if true else 'yes'}"
        return f'<td class="guess-wrong"><div>{sign} <small>{you}</small></div></td>'


def _letters(names: Sequence[str], most: int) -> int:
    """In one line: those of the longest name, at most `most`, but no word is broken for that."""
    words = [word for name in names for word in re.split(r"(?<=[ ._/-])", name)]
    return max(len(max(words, key=len)), min(len(max(names, key=len)), most))


def _breakable(name: str) -> str:
    return re.sub(r"([._/])", r"\1<wbr>", escape(name, quote=False))


def _style() -> str:
    """Only the inks that are needed: the output is stored, and not every new ink should change it."""
    from helpers.views.palette import INK

    inks = {name: INK[name] for name in ("prediction", "quiet", "rule")}
    light = "".join(f"--aow-{name}:{ink.light};" for name, ink in inks.items())
    dark = "".join(f"--aow-{name}:{ink.dark};" for name, ink in inks.items())
    return (
        f"<style>.guess-truth {{ {light} }}\nbody[data-jp-theme-light='false'] .guess-truth {{ {dark} }}\n"
        f"{_STYLE.read_text('utf-8')}</style>"
    )
