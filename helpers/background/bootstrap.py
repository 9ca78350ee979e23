"""The first lines of a plain process: read the cell, run it as a script would run, then answer questions.

Started as ``python -u -P bootstrap.py FD``, with a socket as file descriptor FD. Nothing is imported here
that `gevent.monkey.patch_all` replaces: patched in the cell's first line, everything is patched.
"""

import linecache
import os
import signal
import sys
from typing import Any


def main(line: int) -> None:
    os.set_inheritable(line, False)
    name, _, code = _message(line).partition("\0")
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    cell = type(sys)("__main__")
    cell_names = vars(cell)
    sys.modules["__main__"] = cell
    sys.argv[:] = [""]
    sys.path.insert(0, "")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    owner = os.getpid()
    ending = _run(name, code, cell_names)
    if os.getpid() != owner:
        os._exit(ending["status"] != "ok")  # the cell forked, and this is the copy
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _answer(line, ending)
    while question := _message(line):
        _answer(line, _evaluate(question, cell_names))
    os._exit(0)


def _run(name: str, code: str, names: dict[str, Any]) -> dict[str, Any]:
    """Run the cell; say how it ended, as arguments for `Run.end`."""
    try:
        exec(compile(code, name, "exec"), names)
    except SystemExit as ending:
        if not ending.code:
            return {"status": "ok"}
        evalue = f"The code called sys.exit({ending.code!r})."
        return {"status": "died", "ename": "SystemExit", "evalue": evalue}
    except BaseException as error:
        lines = _colored(error)
        return {"status": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": lines}
    return {"status": "ok"}


def _colored(error: BaseException) -> list[str]:
    """The traceback as IPython shows it, without our own frames."""
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    custom = getattr(error, "_render_traceback_", None)
    if custom:
        return list(custom())
    from IPython.core.ultratb import FormattedTB, SyntaxTB

    if isinstance(error, SyntaxError) and not frames:
        return list(SyntaxTB(theme_name="neutral").structured_traceback(type(error), error, []))  # type: ignore[arg-type]
    view = FormattedTB("Context", theme_name="neutral")
    view.tb_highlight = ""
    return list(view.structured_traceback(type(error), error, frames))


def _evaluate(expression: str, names: dict[str, Any]) -> dict[str, Any]:
    from helpers.background.inside import pack

    try:
        return {"status": "ok", "packed": pack(eval(expression, names))}
    except BaseException as error:
        return {"status": "error", "ename": type(error).__name__, "evalue": str(error)}


def _message(line: int) -> str:
    """What the owner sends, or "" when the owner is gone: eight bytes of length, then text."""
    size = int.from_bytes(_read(line, 8), "big")
    return _read(line, size).decode()


def _read(line: int, size: int) -> bytes:
    parts = []
    while size and (part := os.read(line, min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _answer(line: int, answer: dict[str, Any]) -> None:
    import json

    data = json.dumps(answer).encode() + b"\n"
    while data:
        data = data[os.write(line, data) :]


if __name__ == "__main__":
    main(int(sys.argv[1]))
