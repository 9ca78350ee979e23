"""The relay: passes bytes between clients and one server, and notes what passes.

A program of its own: ``python -I -S relay.py PORT SERVER_PORT FRAMING CONTROL``. It listens on PORT of this
machine and connects each client to SERVER_PORT; FRAMING is "amqp" (AMQP 0-9-1 frames are noted one by one),
"plain" (whatever arrives together is noted together, by its beginning) or "whole" (from its first byte to its
last). CONTROL is the path of a unix socket on which
`helpers.tap` asks for what was noted, and orders faults. Nothing is decoded here: who thinks is slow.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import socket
import struct
import sys
import time
import zlib

TYPE_CHECKING = False  # Not typing's: importing it would take longer than everything else here.
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

HOST = "127.0.0.1"
MOST_NOTES = 400_000
"""So many frames are kept until somebody asks for them; of more, only the number."""
BODY, HEARTBEAT = 3, 8
CLOSE_OK = b"\x00\x0a\x00\x33"
"""How the payload of Connection.CloseOk begins."""
KEPT = 64
"""Bytes of a message's body (and of plain data) that are kept."""
TO_SERVER, TO_CLIENT = 0, 1
MOST_HELD = 64
"""So many reads wait here; what comes after waits in the sender."""
LOOK_AGAIN = 0.02
"""Seconds between two looks whether a server that is gone has come back."""
_buffer = memoryview(bytearray(1 << 18))


class Relay:
    """All connections, all notes, and the faults that new connections begin with."""

    def __init__(self, port: int, server_port: int, framing: str) -> None:
        self.port, self.server_port, self.framing = port, server_port, framing
        self.notes: list[tuple[Any, ...]] = []
        self.dropped = 0
        self.connections: dict[int, Connection] = {}
        self.count = 0
        self.faults: list[dict[str, Any]] = []
        self.door = bound(port)
        self.listener: asyncio.Server | None = None
        self.returning: asyncio.Task[None] | None = None

    def note(self, *what: Any) -> None:
        """``(came in, went on, connection, way, kind, channel, payload, size, checksum)``; times in ns."""
        if len(self.notes) < MOST_NOTES:
            self.notes.append(what)
        else:
            self.dropped += 1

    def event(self, number: int, what: str) -> None:
        now = time.perf_counter_ns()
        self.note(now, now, number, -1, what, 0, b"", 0, 0)

    # -- listening ----------------------------------------------------------------------------

    async def listen(self) -> None:
        """Accept clients. While the server is away nobody listens here either: they get its refusal."""
        loop = asyncio.get_running_loop()
        self.listener = await loop.create_server(lambda: Side(Connection(self)), sock=self.door, backlog=1024)

    def look_at_server(self) -> None:
        if not self.server_listens():
            self.server_is_gone()

    def server_is_gone(self) -> None:
        if self.listener and not self.returning:
            self.event(0, "server gone")
            self.listener.close()
            self.listener = None
            self.door = bound(self.port)
            self.returning = asyncio.create_task(self.wait_for_server())

    async def wait_for_server(self) -> None:
        while not self.server_listens():
            await asyncio.sleep(LOOK_AGAIN)
        self.event(0, "server back")
        await self.listen()
        self.returning = None

    def server_listens(self) -> bool:
        with socket.socket() as line:
            return line.connect_ex((HOST, self.server_port)) == 0

    # -- orders ---------------------------------------------------------------------------------

    async def heed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One order a connection: a JSON line. The answer is a pickle."""
        with contextlib.suppress(OSError, ValueError):
            order = json.loads(await reader.readline())
            answer = await getattr(self, "order_" + order.pop("do"))(**order)
            writer.write(pickle.dumps(answer))
            await writer.drain()
        writer.close()

    async def order_notes(self) -> dict[str, Any]:
        """All notes since the last such order."""
        answer = {"notes": self.notes, "dropped": self.dropped}
        self.notes, self.dropped = [], 0
        return answer

    async def order_awake(self, server_port: int) -> bool:
        """Whether clients are let in: looks at the server now, if it was away."""
        self.server_port = server_port
        self.look_at_server()
        if self.returning and self.server_listens():
            await self.returning
        return self.listener is not None

    async def order_fault(self, who: list[int] | None, way: int, **fault: Any) -> None:
        """`hold`, `delay` (seconds) or `rate` (bytes a second) for one way of some connections, or of all."""
        if who is None:
            self.faults.append({"way": way, **fault})
        for connection in self.among(who):
            connection.ways[way].break_down(**fault)

    async def order_mend(self) -> None:
        """No faults any more; what is held goes on."""
        self.faults.clear()
        for connection in self.among(None):
            for way in connection.ways:
                way.break_down()

    async def order_cut(self, who: list[int] | None) -> int:
        """Cuts connections now. Returns how many."""
        found = self.among(who)
        for connection in found:
            connection.end("cut")
        return len(found)

    async def order_cut_inside(self, who: list[int] | None, way: int) -> int:
        """Cuts connections in the middle of the next frame. Returns how many wait for it."""
        found = self.among(who)
        for connection in found:
            connection.ways[way].cutting = True
        return len(found)

    def among(self, who: list[int] | None) -> list[Connection]:
        return [c for c in list(self.connections.values()) if who is None or c.number in who]


def bound(port: int) -> socket.socket:
    """A socket that keeps `port` for us, and refuses whoever knocks as long as it does not listen."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((HOST, port))
    return door


class Connection:
    """A client, its connection to the server, and the two ways between them."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        relay.count += 1
        self.number = relay.count
        self.ways = (Way(self, TO_SERVER), Way(self, TO_CLIENT))
        self.over = False

    def began(self, client: asyncio.Transport) -> None:
        self.relay.connections[self.number] = self
        self.ways[TO_CLIENT].sink = client
        self.relay.event(self.number, "open")
        for fault in self.relay.faults:
            self.ways[fault["way"]].break_down(**{k: v for k, v in fault.items() if k != "way"})
        client.pause_reading()
        self.reaching = asyncio.create_task(self.reach(client))

    async def reach(self, client: asyncio.Transport) -> None:
        try:
            server, _ = await asyncio.get_running_loop().create_connection(
                lambda: Side(self, TO_CLIENT), HOST, self.relay.server_port
            )
        except OSError:
            self.relay.server_is_gone()
            self.end("server")
            return
        self.ways[TO_SERVER].sink = server
        if self.over:
            server.abort()
        else:
            client.resume_reading()

    def lost(self, way: int) -> None:
        """Whoever sends on `way` has hung up: the other side gets what is still on its way, and the end."""
        if self.over:
            return
        if way == TO_CLIENT and not self.ways[way].said_goodbye:
            self.relay.look_at_server()
            # A process that is dying closes one socket after the other, the listening one perhaps last.
            asyncio.get_running_loop().call_later(LOOK_AGAIN, self.relay.look_at_server)
        self.end("client" if way == TO_SERVER else "server", gently=True)

    def end(self, who: str, gently: bool = False) -> None:
        if self.over:
            return
        self.over = True
        self.relay.event(self.number, f"ended by {who}")
        self.relay.connections.pop(self.number, None)
        for way in self.ways:
            way.end(gently)


class Way:
    """One direction of a connection: `sink` takes what its source has sent."""

    def __init__(self, connection: Connection, way: int) -> None:
        self.connection, self.way = connection, way
        self.sink: asyncio.Transport | None = None
        self.cutting = self.said_goodbye = self.finishing = False
        self.frames = FRAMINGS[connection.relay.framing]()
        next(self.frames)
        self.held: list[tuple[int, bytes]] = []
        self.hold, self.delay, self.rate = False, 0.0, 0.0
        self.free_at = 0.0
        self.timer: asyncio.TimerHandle | None = None

    def take(self, data: bytes) -> None:
        now = time.perf_counter_ns()
        if self.held or self.hold or self.delay or self.rate:
            self.held.append((now, data))
            self.source_reads(len(self.held) < MOST_HELD)
            self.go_on()
        else:
            self.forward(now, data)

    def forward(self, came: int, data: bytes) -> None:
        sink, connection = self.sink, self.connection
        if sink is None or sink.is_closing():
            return
        if self.cutting:
            self.cut(data)
            return
        now = time.perf_counter_ns()
        sink.write(data)
        note = connection.relay.note
        for frame in self.frames.send(data):
            note(came, now, connection.number, self.way, *frame)
            self.said_goodbye |= frame[2][:4] == CLOSE_OK

    def cut(self, data: bytes) -> None:
        """Sends a part of a frame: all but its last byte, or half of what there is of it."""
        framed = self.connection.relay.framing == "amqp" and len(data) > 7
        size = 7 + int.from_bytes(data[3:7], "big") + 1 if framed else len(data)
        part = size - 1 if size <= len(data) else len(data) // 2
        assert self.sink
        self.sink.write(data[:part])
        self.connection.end("cut inside a frame", gently=True)

    # -- faults ---------------------------------------------------------------------------------

    def break_down(self, hold: bool = False, delay: float = 0.0, rate: float = 0.0) -> None:
        self.hold, self.delay, self.rate = hold, delay, rate
        self.go_on()

    def go_on(self) -> None:
        """Pass on what may go on now; come back when the next may."""
        if self.timer:
            self.timer.cancel()
            self.timer = None
        while self.held and not self.hold:
            came, data = self.held[0]
            due = max(came / 1e9 + self.delay, self.free_at)
            wait = due - time.perf_counter()
            if wait > 0:
                self.timer = asyncio.get_running_loop().call_later(wait, self.go_on)
                return
            self.held.pop(0)
            if self.rate and len(data) > (most := max(1, int(self.rate / 50))):
                self.held.insert(0, (came, data[most:]))
                data = data[:most]
            if self.rate:
                self.free_at = time.perf_counter() + len(data) / self.rate
            self.forward(came, data)
        self.source_reads(len(self.held) < MOST_HELD)
        if self.finishing and self.sink:
            self.sink.close()

    def source_reads(self, reads: bool) -> None:
        """Whether it may; never before the sink is reached: nobody would take what it sends."""
        source = self.connection.ways[1 - self.way].sink
        if source and not source.is_closing():
            (source.resume_reading if reads and self.sink else source.pause_reading)()

    def end(self, gently: bool) -> None:
        """Nothing more will come; `gently`: what is delayed is still passed on."""
        if gently and self.held and not self.hold:
            self.finishing = True
            return
        if self.timer:
            self.timer.cancel()
        if self.sink is None:
            return
        if gently:
            self.sink.close()
        else:
            # Reset: else the operating system would still say a proper goodbye.
            line = self.sink.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sink.abort()


class Side(asyncio.BufferedProtocol):
    """One socket: what it sends goes on its `way`."""

    def __init__(self, connection: Connection, way: int = TO_SERVER) -> None:
        self.connection, self.way = connection, way

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self.way == TO_SERVER:
            self.connection.began(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return _buffer  # one for all: what it holds is taken out before the next is read

    def buffer_updated(self, nbytes: int) -> None:
        self.connection.ways[self.way].take(bytes(_buffer[:nbytes]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.connection.lost(self.way)

    # What arrives faster than it can go on stays in the other's socket, not in our memory.

    def pause_writing(self) -> None:
        self.connection.ways[1 - self.way].source_reads(False)

    def resume_writing(self) -> None:
        self.connection.ways[1 - self.way].source_reads(True)


# A frame is (kind, channel, the payload or its beginning, its size, its checksum: 0 unless it is a body).


def amqp_frames() -> Generator[list[Any], bytes, None]:
    """Gets bytes, gives the AMQP frames that they complete; see the specification, 4.2.3."""
    rest = bytearray()
    found: list[Any] = []
    while True:
        rest += yield found
        found, start = [], 0
        if rest.startswith(b"AMQP") and len(rest) >= 8:
            found.append(("protocol", 0, bytes(rest[:8]), 8, 0))
            start = 8
        while len(rest) >= start + 8:
            kind, channel = rest[start], int.from_bytes(rest[start + 1 : start + 3], "big")
            size = int.from_bytes(rest[start + 3 : start + 7], "big")
            if len(rest) < start + 8 + size:
                break
            if kind != HEARTBEAT:
                payload = bytes(rest[start + 7 : start + 7 + size])
                if kind == BODY:
                    found.append((kind, channel, payload[:KEPT], size, zlib.crc32(payload)))
                else:
                    found.append((kind, channel, payload, size, 0))
            start += 8 + size
        del rest[:start]


def plain(kept: int | None = KEPT) -> Generator[list[Any], bytes, None]:
    """Gets bytes, gives them as one frame, of which `kept` bytes are kept."""
    found: list[Any] = []
    while True:
        data = yield found
        found = [("data", 0, data[:kept], len(data), zlib.crc32(data))]


FRAMINGS = {"amqp": amqp_frames, "plain": plain, "whole": lambda: plain(None)}


async def main(port: int, server_port: int, framing: str, control: str) -> None:
    """Serves until killed."""
    relay = Relay(port, server_port, framing)
    await relay.listen()
    os.umask(0o077)
    server = await asyncio.start_unix_server(relay.heed, control)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]))
