"""`gevent.monkey.patch_all` in a kernel: refused before it does anything, because it would end the kernel.

It replaces the calls that the kernel's own threads are waiting in.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from helpers.errors import CourseError

__all__ = ["refuse_patching"]

MONKEY = "gevent.monkey"


def refuse_patching() -> None:
    """From now on `patch_all` raises CourseError in this process, whether gevent is imported yet or not.

    Importing gevent here would cost what only few lessons need.
    """
    if MONKEY in sys.modules:
        _refuse(sys.modules[MONKEY])
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds gevent's module as everybody else does, and has its function refused when it is loaded."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        if name != MONKEY:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec and spec.loader:
            spec.loader.exec_module = _then_refuse(spec.loader.exec_module)  # type: ignore
        return spec


def _then_refuse(load: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
    def exec_module(module: ModuleType) -> None:
        load(module)
        _refuse(module)

    return exec_module


def _refuse(monkey: Any) -> None:
    inner = monkey.patch_all

    @functools.wraps(inner)
    def patch_all(*_: Any, **__: Any) -> None:
        raise CourseError(
            "monkey.patch_all() has patched nothing: this is a kernel, and it would not survive that. It "
            "needs a Python of its own. Begin the cell with this line: %%background NAME --process"
        )

    monkey.patch_all = patch_all
