"""Sentences and short programs as HTML in Lab's own colors, light or dark."""

from __future__ import annotations

import re
from html import escape

__all__ = ["note", "program", "sentence"]

_MARKS = ((r"`([^`]+)`", r"<code>\1</code>"), (r"\*([^*\s][^*]*)\*", r"<em>\1</em>"))
_COLORS = {
    "Keyword": "keyword",
    "Literal.String": "string",
    "Comment": "comment",
    "Literal.Number": "number",
    "Name.Function": "def",
    "Name.Builtin": "builtin",
}


def sentence(text: str) -> str:
    """`text` as HTML; `code` and *stress* are marked as in Markdown."""
    parts = re.split(r"(`[^`]+`)", escape(text, quote=False))
    for index, part in enumerate(parts):
        pattern, replacement = _MARKS[index % 2 == 0]
        parts[index] = re.sub(pattern, replacement, part)
    return "".join(parts)


def note(sign: str, text: str, good: bool | None = None) -> str:
    """One message as HTML, with its sign at the left; `good` colors it."""
    color = {
        True: "--jp-success-color1,#388e3c",
        False: "--jp-warn-color1,#f57c00",
        None: "--jp-border-color1,#bdbdbd",
    }[good]
    return (
        '<div role="status" style="display:flex;gap:10px;max-width:70em;padding:6px 12px;line-height:1.5;'
        f'border-left:4px solid var({color});background:var(--jp-layout-color2,#eee)">'
        f'<b aria-hidden="true">{sign}</b><span>{sentence(text)}</span></div>'
    )


def program(source: str) -> str:
    """Python source as HTML, colored as in Lab's editor."""
    from pygments import lex
    from pygments.lexers.python import PythonLexer

    colored = []
    for token, text in lex(source.strip("\n"), PythonLexer()):
        kind = str(token).removeprefix("Token.")
        color = next((css for name, css in _COLORS.items() if kind.startswith(name)), "variable")
        style = f"color:var(--jp-mirror-editor-{color}-color,inherit)"
        colored.append(f'<span style="{style}">{escape(text, quote=False)}</span>')
    return (
        '<pre style="margin:4px 0;padding:8px 12px;background:var(--jp-cell-editor-background,#f5f5f5);'
        "border:1px solid var(--jp-border-color2,#ddd);border-radius:4px;"
        'font-family:var(--jp-code-font-family);font-size:var(--jp-code-font-size);line-height:1.4">'
        + "".join(colored)
        + "</pre>"
    )
