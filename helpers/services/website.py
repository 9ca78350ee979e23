"""A website that takes its time: ``/NAME?delay=SECONDS`` answers after that delay.

A program of its own; its argument is the port.
Each answer says in its header ``Answered-At`` what `time.perf_counter_ns` read when it was sent: this clock
is the whole machine's, so a client can tell how long an answer lay ready before anybody looked at it.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import math
import resource
import sys
import time
from urllib.parse import unquote

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from tornado.iostream import StreamClosedError

LONGEST = 60.0
"""Seconds."""

PAGE = """<!doctype html>
<html lang="en">
<title>{name}</title>
<h1>{name}</h1>
<p>This page took its time: {delay:g} seconds.</p>
</html>
"""


async def main(port: int) -> None:
    """Serves until killed."""
    _allow_many_connections()
    HTTPServer(receive).listen(port, "127.0.0.1", backlog=4096)
    await asyncio.Event().wait()


def receive(request: HTTPServerRequest) -> None:
    """Answers now if the question makes no sense, else when its delay is over."""
    if request.method not in ("GET", "HEAD"):
        answer(request, 405, "This site only hands out pages: use GET.\n")
        return
    wish = request.query_arguments.get("delay", [b"0"])[-1].decode(errors="replace")
    delay = _seconds(wish)
    if delay is None:
        answer(request, 400, f"The delay is a number of seconds from 0 to {LONGEST:g}, not {wish!r}.\n")
        return
    name = html.escape(unquote(request.path).strip("/") or "front page")
    page = PAGE.format(name=name, delay=delay)
    asyncio.get_running_loop().call_later(delay, answer, request, 200, page)


def answer(request: HTTPServerRequest, status: int, text: str) -> None:
    """Sends `text`; a client that left in the meantime is no error."""
    body = text.encode()
    kind = "text/html" if status == 200 else "text/plain"
    headers = HTTPHeaders({"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body))})
    reason = {200: "OK", 400: "Bad Request", 405: "Method Not Allowed"}[status]
    connection = request.connection
    assert connection
    with contextlib.suppress(StreamClosedError):
        headers["Answered-At"] = str(time.perf_counter_ns())
        connection.write_headers(
            ResponseStartLine("HTTP/1.1", status, reason), headers, b"" if request.method == "HEAD" else body
        )
        connection.finish()


def _seconds(wish: str) -> float | None:
    with contextlib.suppress(ValueError):
        delay = float(wish)
        if math.isfinite(delay) and 0 <= delay <= LONGEST:
            return delay
    return None


def _allow_many_connections() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
