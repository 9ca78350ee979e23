"""Tries answers without a kernel: one process that has imported everything forks for each.

Started as ``python -m tests.exercises.quick``; `Quick` is the other end. The check that runs is the one that
runs in the learner's kernel; what a kernel is needed for (time-outs, tracebacks, a Python that dies) has no
verdict here, and is tried there.
"""

from __future__ import annotations

import asyncio
import json
import linecache
import os
import select
import signal
import subprocess
import sys
from inspect import iscoroutinefunction

from helpers.exercises import inside
from helpers.exercises.exercise import Exercise, exercises, find

__all__ = ["Quick"]

PATIENCE = 3.0
"""Seconds: what takes longer is probably about a time-out, which is a kernel's business."""
_FILE = "answer"


class Quick:
    """A helper process; `message` asks it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.exercises.quick"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def message(self, exercise: Exercise, source: str) -> str | None:
        """What is said about the wrong answer `source`; None if only a kernel can tell."""
        if exercise.asks or exercise.builds_on:
            return None
        environment = {n: v for n, v in os.environ.items() if n.startswith("ART_OF_WAITING_")}
        asked = {"name": exercise.name, "source": source, "environment": environment}
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        said: str | None = json.loads(self._process.stdout.readline())
        return said

    def end(self) -> None:
        """No more questions."""
        self._process.communicate()


def main() -> None:
    """Answers questions until there are no more."""
    exercises()
    for line in sys.stdin:
        print(json.dumps(_tried(**json.loads(line))), flush=True)


def _tried(name: str, source: str, environment: dict[str, str]) -> str | None:
    news, report = os.pipe()
    pid = os.fork()
    if not pid:
        os.setpgid(0, 0)
        os.close(news)
        os.environ.update(environment)
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        try:
            os.write(report, json.dumps(_verdict(find(name), source)).encode())
        finally:
            os._exit(0)
    os.close(report)
    with os.fdopen(news, "rb") as stream:
        ready, _, _ = select.select([stream], [], [], PATIENCE)
        said = stream.read() if ready else b""
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return json.loads(said) if said else None


def _verdict(exercise: Exercise, source: str) -> str | None:
    # As the kernel does it: a comment where the magic's line was.
    text = f"#%%exercise {exercise.name}\n{source}"
    linecache.cache[_FILE] = (len(text), None, text.splitlines(keepends=True), _FILE)
    names = {"__name__": "__main__"}
    try:
        exec(compile(text, _FILE, "exec"), names)
        if iscoroutinefunction(exercise.check):
            asyncio.run(inside.examine_async(exercise.name, names))
        else:
            inside.examine(exercise.name, names)
    except BaseException:
        return None
    return inside.last.message if inside.last and not inside.last.passed else None


if __name__ == "__main__":
    main()
