"""A Run in a kernel: an execute_request and what Jupyter's messages say about it."""

from __future__ import annotations

import ast
import math
import threading
import time
from typing import Any

from helpers.background.run import OUTPUT_LIMIT, OnOutput, Outcome, Run

__all__ = ["Request"]


class Request(Run):
    """Over when the reply has come and the kernel says it is idle.

    One of the two can be missing: idle is lost in a flood of output, and ipykernel does not answer code
    that is interrupted in the millisecond before its first line. Then `patience` seconds decide.
    """

    patience = 0.5

    def __init__(
        self,
        content: dict[str, Any],
        on_output: OnOutput | None = None,
        output_limit: int = OUTPUT_LIMIT,
    ) -> None:
        super().__init__(on_output, output_limit)
        self.content = content
        self.silent = bool(content.get("silent"))
        self.beside = False
        """Whether it runs beside other code, in a thread of its own."""
        self.begun = threading.Event()
        self.interrupted = False
        self._reply: dict[str, Any] | None = None
        self._idle = False
        self._half_over = math.inf

    def heed(self, kind: str, content: dict[str, Any]) -> None:
        """Take in a message about the run that is not output."""
        if kind == "execute_input":
            self.begun.set()
        elif kind == "execute_reply":
            self._reply = content
            self._half_over = min(self._half_over, time.monotonic())
        elif kind == "status" and content["execution_state"] == "idle":
            self._idle = True
            self._half_over = min(self._half_over, time.monotonic())

    def settle(self) -> bool:
        """End it, if it is over; whether it was."""
        over = self._reply is not None and self._idle
        if over or time.monotonic() - self._half_over > self.patience:
            self.end(self._ending(self._reply))
        return self.outcome is not None

    def answer(self) -> dict[str, str] | None:
        """The value of the expression that was asked for, as `unpack` wants it."""
        if self._reply is None or self._reply["status"] != "ok":
            return None
        value: dict[str, Any] = self._reply["user_expressions"]["value"]
        if value["status"] == "ok":
            return {"status": "ok", "packed": ast.literal_eval(value["data"]["text/plain"])}
        return value

    @staticmethod
    def _ending(reply: dict[str, Any] | None) -> Outcome:
        if reply is None or reply["status"] == "aborted":
            lines = ["\x1b[31mKeyboardInterrupt\x1b[39m: before its first line"]
            return Outcome("error", ename="KeyboardInterrupt", traceback=lines)
        if any(item.get("source") == "ask_exit" for item in reply.get("payload", ())):
            return Outcome("died", ename="SystemExit", evalue="The code called exit().")
        if reply["status"] == "ok":
            return Outcome("ok")
        if reply["ename"] == "SystemExit":
            return Outcome("died", ename="SystemExit", evalue="The code called sys.exit().")
        return Outcome("error", "", reply["ename"], reply["evalue"], reply["traceback"])
