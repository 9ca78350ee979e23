"""A real foreground kernel, driven as JupyterLab drives one."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty
from typing import Any, Self

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

__all__ = ["Cell", "Foreground"]


@dataclass
class Cell:
    """One executed cell: what appeared under it, and when (seconds after it was sent)."""

    id: str
    began: float = field(default_factory=time.monotonic)
    outputs: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    status: str = ""

    @property
    def text(self) -> str:
        return "".join(c["text"] for _, kind, c in self.outputs if kind == "stream")

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [content for _, kind, content in self.outputs if kind == "error"]

    @property
    def error(self) -> str:
        """The one error under it, as "name: value"; "" if there is none."""
        assert len(self.errors) <= 1, self.errors
        return "".join(f"{e['ename']}: {e['evalue']}" for e in self.errors)

    @property
    def value(self) -> str:
        """The text form of the last expression's value."""
        return "".join(c["data"]["text/plain"] for _, kind, c in self.outputs if kind == "execute_result")

    def data(self, mime: str) -> list[Any]:
        """What was displayed in that form."""
        return [c["data"][mime] for _, _, c in self.outputs if mime in c.get("data", {})]

    def first(self, text: str) -> float:
        """Seconds until a stream output with `text` arrived."""
        return next(when for when, kind, c in self.outputs if kind == "stream" and text in c["text"])


class Foreground:
    """A kernel with the course's magics loaded."""

    manager: KernelManager
    client: BlockingKernelClient

    def __enter__(self) -> Self:
        self.manager = KernelManager()
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.cells: dict[str, Cell] = {}
        ready = self.run(
            "from helpers import background\n"
            "from helpers.background.magic import BackgroundMagics\n"
            "get_ipython().register_magics(BackgroundMagics)"
        )
        assert ready.status == "ok", ready
        return self

    def __exit__(self, *_: object) -> None:
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel()

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.pid)  # type: ignore[union-attr]

    def send(self, code: str) -> Cell:
        """Start a cell and return at once."""
        cell = Cell(self.client.execute(code, allow_stdin=False))
        self.cells[cell.id] = cell
        return cell

    def run(self, code: str, timeout: float = 60.0) -> Cell:
        """Run a cell to its end. What arrives for other cells is put there."""
        cell = self.send(code)
        self.until(lambda: bool(cell.status), timeout)
        return cell

    def until(self, condition: Callable[[], bool], timeout: float = 20.0) -> None:
        """Listen until `condition` holds."""
        deadline = time.monotonic() + timeout
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f"waited {timeout} s in vain; {list(self.cells.values())[-3:]}"
            with suppress(Empty):
                self._heed(self.client.get_iopub_msg(timeout=min(left, 0.2)))

    def _heed(self, message: dict[str, Any]) -> None:
        cell = self.cells.get(message["parent_header"].get("msg_id", ""))
        kind, content = message["msg_type"], message["content"]
        if cell is None:
            return
        if kind == "status" and content["execution_state"] == "idle":
            cell.status = "error" if cell.errors else "ok"
        elif kind in ("stream", "error", "display_data", "execute_result"):
            cell.outputs.append((time.monotonic() - cell.began, kind, content))
