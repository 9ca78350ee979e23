"""Servers under test, good and bad: a program whose argument says which; it prints its port."""

from __future__ import annotations

import resource
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count

Talk = Callable[[socket.socket, bytes], None]


def echo(line: socket.socket, message: bytes) -> None:
    line.sendall(message)


def upper(line: socket.socket, message: bytes) -> None:
    line.sendall(message.upper())


def silent(line: socket.socket, message: bytes) -> None:
    pass


def twice(line: socket.socket, message: bytes) -> None:
    line.sendall(message + message)


def in_pieces(line: socket.socket, message: bytes) -> None:
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for start in range(0, len(message), 30):
        line.sendall(message[start : start + 30])
        time.sleep(0.0005)


def once(line: socket.socket, message: bytes) -> None:
    line.sendall(message)
    line.shutdown(socket.SHUT_RDWR)


def every_tenth(spoil: Talk) -> Talk:
    numbers = count(1)
    return lambda line, message: (spoil if next(numbers) % 10 == 0 else echo)(line, message)


def one_byte_wrong(line: socket.socket, message: bytes) -> None:
    line.sendall(message[:40] + b"!" + message[41:])


def one_byte_less(line: socket.socket, message: bytes) -> None:
    line.sendall(message[:40] + message[41:])


def end_less(line: socket.socket, message: bytes) -> None:
    line.sendall(message[:-1])


def swapped() -> Talk:
    """Of two messages from two clients each gets the other's."""
    waiting: list[tuple[socket.socket, bytes]] = []

    def talk(line: socket.socket, message: bytes) -> None:
        if waiting:
            other, others = waiting.pop()
            line.sendall(others)
            other.sendall(message)
        else:
            waiting.append((line, message))

    return talk


def serve(listener: socket.socket, talk: Talk) -> None:
    """All clients in one thread."""
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            line = key.fileobj
            assert isinstance(line, socket.socket)
            if line is listener:
                client, _ = line.accept()
                selector.register(client, selectors.EVENT_READ)
                continue
            data = b""
            with suppress(OSError):
                data = line.recv(65536)
                if data:
                    talk(line, data)
            if not data:
                selector.unregister(line)
                line.close()


def chat(line: socket.socket) -> None:
    with line, suppress(OSError):
        while message := line.recv(65536):
            line.sendall(message)


def serve_in_threads(listener: socket.socket) -> None:
    while True:
        threading.Thread(target=chat, args=(listener.accept()[0],), daemon=True).start()


def serve_one_by_one(listener: socket.socket) -> None:
    while True:
        chat(listener.accept()[0])


TALKS = {
    "echo": echo,
    "upper": upper,
    "silent": silent,
    "twice": twice,
    "in_pieces": in_pieces,
    "once": once,
    "wrong": every_tenth(one_byte_wrong),
    "drops": every_tenth(one_byte_less),
    "cuts": every_tenth(end_less),
    "swapped": swapped(),
}


def main(kind: str, backlog: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 12_000), hard))
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as listener:
        print(listener.getsockname()[1], flush=True)
        if kind == "threads":
            serve_in_threads(listener)
        elif kind == "one_by_one":
            serve_one_by_one(listener)
        else:
            serve(listener, TALKS[kind])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
