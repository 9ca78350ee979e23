"""A lesson as the lint sees it: cells, sections, prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

__all__ = ["Lesson", "Section", "plain"]


@dataclass(frozen=True)
class Section:
    """A heading of the second level and the cells under it."""

    title: str
    cells: list[NotebookNode]

    @property
    def code(self) -> str:
        return "\n".join(cell.source for cell in self.cells if cell.cell_type == "code")


@dataclass(frozen=True)
class Lesson:
    """The notebook stored at `path`."""

    path: Path

    @cached_property
    def notebook(self) -> NotebookNode:
        return nbformat.read(self.path, as_version=4)

    @cached_property
    def code(self) -> list[NotebookNode]:
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    @cached_property
    def markdown(self) -> list[NotebookNode]:
        return [cell for cell in self.notebook.cells if cell.cell_type == "markdown"]

    @cached_property
    def sections(self) -> list[Section]:
        """What stands under each `##`; a cell belongs to the last heading in or before it."""
        found = [Section("", [])]
        for cell in self.notebook.cells:
            titles = (
                re.findall(r"^## +(.+)$", plain(cell.source), re.MULTILINE)
                if cell.cell_type == "markdown"
                else []
            )
            found += [Section(title.strip(), []) for title in titles]
            found[-1].cells.append(cell)
        return found

    def section(self, title: str) -> Section | None:
        """The section whose heading begins with `title`."""
        return next((s for s in self.sections if s.title.lower().startswith(title.lower())), None)

    @cached_property
    def paragraphs(self) -> list[str]:
        """Prose, a list item or a block at a time: no headings, tables, code or HTML."""
        blocks: list[str] = []
        for cell in self.markdown:
            text = re.sub(r"^#+ .*$", "", plain(cell.source), flags=re.MULTILINE)
            blocks += re.split(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.) )", text)
        return [b.strip() for b in blocks if b.strip() and not b.strip().startswith(("|", "<", "!["))]

    def shown(self) -> Iterator[tuple[int, str, str]]:
        """Every stored text that a learner can read: (number of the code cell, its kind, the text)."""
        for number, cell in enumerate(self.code, 1):
            for output in cell.outputs:
                if output.output_type == "stream":
                    yield number, "text/plain", output.text
                elif output.output_type == "error":
                    yield number, "text/plain", "\n".join([output.evalue, *output.traceback])
                for kind, text in output.get("data", {}).items():
                    if isinstance(text, str) and not kind.startswith("image/p"):
                        yield number, kind, text


def plain(markdown: str) -> str:
    """Markdown without code: fenced, indented or in backticks."""
    text = re.sub(r"^(```|~~~).*?^\1\s*$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^ {4}.*$", "", text, flags=re.MULTILINE)
    return re.sub(r"`[^`]*`", "`code`", text)
