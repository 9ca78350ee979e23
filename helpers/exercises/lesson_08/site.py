"""The slow site as greenlets see it, without a patch: a `fetch` that counts who is there at the same time."""

from __future__ import annotations

from urllib.parse import urlsplit

from gevent import socket

from helpers.services.pages import page

__all__ = ["MISSING", "Site"]

MISSING = "missing"
"""The page that the site refuses."""


class Site:
    """Fetches pages of the slow site over gevent's own sockets; `most` is how many were fetched at once."""

    def __init__(self, delays: dict[str, float]) -> None:
        self.delays = delays
        self.inside = self.most = 0

    def fetch(self, name: str) -> str:
        """The text of the page. Raises OSError if the site has no such page."""
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            status, text = _get(page(name, -1 if name == MISSING else self.delays[name]))
        finally:
            self.inside -= 1
        if status != 200:
            raise OSError(f"the site said {status} to {name!r}")
        return text


def _get(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    with socket.socket() as line:
        line.settimeout(5)
        line.connect((parts.hostname, parts.port))
        line.sendall(f"GET {parts.path}?{parts.query} HTTP/1.0\r\n\r\n".encode())
        received = b""
        while data := line.recv(65536):
            received += data
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()
