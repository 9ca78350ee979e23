"""Lines out of a stream of bytes that is cut anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong

__all__ = ["EXERCISE"]

STARTER = '''\
def split_lines(buffer, data):
    """`data` came after `buffer`, which was kept from last time.

    Return a list of the lines that are whole now, as text without their ends, and the bytes to keep.
    """
    return data.decode().split("\\n"), b""
'''
SOLUTION = """\
def split_lines(buffer, data):
    *lines, rest = (buffer + data).split(b"\\n")
    return [line.decode() for line in lines], rest
"""
STREAM = "one\n two cafés \n\nfo\rur\nfi".encode()
LINES, REST = ["one", " two cafés ", "", "fo\rur"], b"fi"
BROKEN = (
    "The line 'one' came in two pieces, b'o' and b'ne\\n…', and you gave out {}. Keep what has no end yet."
)


def check(answer: Answer) -> None:
    split_lines = answer.function("split_lines", "def split_lines(buffer, data):")
    lines, rest = _split(split_lines, [STREAM[:1], STREAM[1:8]])
    if lines != ["one"]:
        raise Miss(BROKEN.format(f"{lines!r:.60}"))
    lines, rest = _split(split_lines, [STREAM])
    if "" not in lines:
        raise Miss("An empty line is a line, too: in 'one\\n\\nthree\\n' there are three. You dropped it.")
    if (lines, rest) != (LINES, REST):
        raise Miss(
            f"All at once, it is {LINES} and the rest {REST!r}. You gave {lines!r:.80} and {rest!r:.30}."
        )
    for cut in range(1, len(STREAM)):
        _same(_split(split_lines, [STREAM[:cut], STREAM[cut:]]), f"cut after {cut} bytes")
    _same(_split(split_lines, [STREAM[at : at + 1] for at in range(len(STREAM))]), "byte by byte")


def _split(split_lines: Callable[..., Any], pieces: list[bytes]) -> tuple[list[str], bytes]:
    """All lines out of the pieces, and what is kept at the end."""
    found: list[str] = []
    buffer = b""
    for piece in pieces:
        try:
            result = split_lines(buffer, piece)
        except UnicodeDecodeError:
            raise Miss(
                "UnicodeDecodeError: an é is two bytes, and the cut fell between them. "
                "Only a whole line can be decoded: split the bytes first."
            ) from None
        if not (isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], list)):
            raise Miss(
                f"Return two things, a list of lines and the bytes to keep. You returned {result!r:.50}."
            )
        lines, buffer = result
        if isinstance(buffer, bytearray):
            buffer = bytes(buffer)
        if not isinstance(buffer, bytes) or not all(isinstance(line, str) for line in lines):
            raise Miss("The lines are text, and what is kept is bytes: it may end in the middle of a letter.")
        found += lines
    return found, buffer


def _same(got: tuple[list[str], bytes], how: str) -> None:
    if got != (LINES, REST):
        raise Miss(f"The stream {how}: it is still {LINES} and {REST!r}, and you gave {got[0]!r:.70}.")


WRONG = (
    Wrong(
        "def split_lines(buffer, data):\n    *lines, rest = data.split(b'\\n')\n"
        "    return [line.decode() for line in lines], rest\n",
        "Keep what has no end yet",
    ),
    Wrong(
        "def split_lines(buffer, data):\n    *lines, rest = (buffer + data).split(b'\\n')\n"
        "    return [line.decode() for line in lines if line], rest\n",
        "An empty line is a line, too",
    ),
    Wrong(
        "def split_lines(buffer, data):\n    *lines, rest = (buffer.decode() + data.decode()).split('\\n')\n"
        "    return lines, rest.encode()\n",
        "an é is two bytes, and the cut fell between them",
    ),
    Wrong(
        "def split_lines(buffer, data):\n    *lines, rest = (buffer + data).split(b'\\n')\n"
        "    return lines, rest\n",
        "The lines are text",
    ),
    Wrong(
        "def split_lines(buffer, data):\n    lines = (buffer + data).split(b'\\n')\n"
        "    return [line.decode() for line in lines], b''\n",
        "Keep what has no end yet",
    ),
)

EXERCISE = Exercise(
    name="whole_lines",
    lesson="05",
    title="Whole lines",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "First put together what belongs together: what was kept, and what came.",
        "`split` gives one piece more than there are line ends. What is the last piece?",
        "`*lines, rest = …` takes the last one off. Decode the whole lines only.",
    ),
    check=check,
    starter_message=BROKEN.format("['o', 'ne', ' two']"),
    wrong=WRONG,
    passed="Cut at every place, and byte by byte: the same lines each time.",
    time_limit=5,
)
