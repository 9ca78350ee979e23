"""Requests and replies are told whole, however the bytes that carry them were cut up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.tap import memcached, redis
from helpers.tap.said import Speech

ASKED = {
    memcached.Memcached: (
        b"set n 0 0 5\r\na\r\nbc\r\nget n x\r\ncas n 0 0 2 7\r\nhi\r\nincr n 1\r\n",
        [
            ("set", "set n 0 0 5", "a\\r\\nbc"),
            ("get", "get n x"),
            ("cas", "cas n 0 0 2 7", "hi"),
            ("incr", "incr n 1"),
        ],
    ),
    redis.Redis: (
        b"*3\r\n$3\r\nset\r\n$1\r\nn\r\n$4\r\na\r\nb\r\n*2\r\n$3\r\nGET\r\n$3\r\nx y\r\n",
        [("set", "SET n a\\r\\nb"), ("get", 'GET "x y"')],
    ),
}
ANSWERED = {
    memcached.Memcached: (
        b"STORED\r\nVALUE n 0 5 9\r\na\r\nbc\r\nVALUE x 0 3\r\nEND\r\nEND\r\nEND\r\nNOT_FOUND\r\n",
        [("", "STORED"),
         ("", "VALUE n 0 5 9", "a\\r\\nbc", "VALUE x 0 3", "END", "END"), ("", "END"), ("", "NOT_FOUND")],
    ),
    redis.Redis: (
        b"+OK\r\n$-1\r\n:3\r\n-ERR no\r\n*2\r\n$1\r\na\r\n*0\r\n%1\r\n+k\r\n,25\r\n_\r\n#f\r\n",
        [("", "OK"), ("", "(nil)"), ("", "3"), ("", "(error) ERR no"), ("", "[a, []]"), ("", "[k, 25.0]"),
         ("", "(nil)"), ("", "False")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("speech", [memcached.Memcached, redis.Redis])
@pytest.mark.parametrize("to_server", [True, False])
@given(data=st.data())
def test_pieces_say_what_the_whole_says(speech: type[Speech], to_server: bool, data: st.DataObject) -> None:
    whole, expected = (ASKED if to_server else ANSWERED)[speech]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=8)))
    speaker = speech(to_server)
    told = []
    for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        told += speaker.complete(whole[begin:end])
    assert [(name, *lines) for name, lines in told] == expected


def test_long_values_and_long_replies_are_shortened() -> None:
    (told,) = memcached.Memcached(True).complete(b"set n 0 0 1000\r\n" + b"x" * 1000 + b"\r\n")
    assert told[1] == ("set n 0 0 1000", f"{'x' * 48}… (1,000 bytes)")
    stats = b"".join(b"STAT s%d 1\r\n" % number for number in range(20)) + b"END\r\n"
    ((_, lines),) = memcached.Memcached(False).complete(stats)
    assert lines == (*(f"STAT s{number} 1" for number in range(4)), "… (16 more lines)", "END")
