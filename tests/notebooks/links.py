"""Links and pictures in Markdown and HTML: which of them lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import nbformat

__all__ = ["anchors", "broken"]

LINK = re.compile(
    r"(!?)\[([^\]]*)\]\(<?([^)\s>]*)>?(?:\s+\"[^\"]*\")?\)|<(?:a|img)\b[^>]*?\b(?:href|src)=[\"']([^\"']*)"
)


def broken(text: str, path: Path) -> Iterator[str]:
    """What is wrong with the links in `text`, which stands in the file at `path`."""
    text = re.sub(r"^(```|~~~).*?^\1\s*$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    for picture, words, target, in_html in LINK.findall(text):
        target = target or in_html
        if picture and not words.strip():
            yield f"the picture {target!r} has no description"
        if problem := _problem(target, path):
            yield f"{problem}: {target!r}"


def _problem(target: str, path: Path) -> str:
    if target.startswith(("https://", "data:", "mailto:", "attachment:")):
        return ""
    if re.match(r"\w+:|/", target):
        return "a link that other machines cannot follow"
    file, _, anchor = unquote(target).partition("#")
    there = (path.parent / file).resolve() if file else path
    if not there.exists():
        return "a link to a file that is not there"
    if anchor and there.is_file() and anchor not in anchors(there):
        return f"a link to a heading that {there.name} doesn't have"
    return ""


def anchors(path: Path) -> set[str]:
    """The headings of a notebook as Lab names them, or of a Markdown file as GitHub does."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        return {
            _words(h).replace(" ", "-")
            for c in cells
            if c.cell_type == "markdown"
            for h in _headings(c.source)
        }
    headings = map(_words, _headings(path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _headings(text: str) -> list[str]:
    text = re.sub(r"^(```|~~~).*?^\1\s*$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [heading.strip() for heading in re.findall(r"^#{1,6} +(.+?)#*$", text, re.MULTILINE)]


def _words(heading: str) -> str:
    return re.sub(r"[*`]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip()
