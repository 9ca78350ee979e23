"""The slow website: pages that answer when they were told to, and say when they did."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from helpers import raise_file_limit, services


@pytest.fixture
def connection() -> Iterator[http.client.HTTPConnection]:
    site = services.slow_site()
    it = http.client.HTTPConnection(site.host, site.port, timeout=5)
    yield it
    it.close()


def test_a_page_says_which_it_is_and_how_long_it_took() -> None:
    with urlopen(services.slow_site().page("the news", 0.01)) as answer:
        text = answer.read().decode()
    assert "<title>the news</title>" in text
    assert "0.01 seconds" in text


def test_an_answer_comes_after_its_delay_and_not_much_later(connection: http.client.HTTPConnection) -> None:
    late = []
    for _ in range(9):
        began = time.perf_counter()
        connection.request("GET", "/page?delay=0.05")
        connection.getresponse().read()
        late.append(time.perf_counter() - began - 0.05)
    assert 0 <= min(late) < 0.01


def test_an_answer_says_when_it_was_sent_by_the_clock_of_this_machine(
    connection: http.client.HTTPConnection,
) -> None:
    between = []
    for _ in range(9):
        connection.request("GET", "/page?delay=0.01")
        answer = connection.getresponse()
        between.append((time.perf_counter_ns() - int(answer.headers["Answered-At"])) / 1e9)
        answer.read()
    assert 0 < min(between) < 0.005


@pytest.mark.parametrize("delay", ["-1", "60.5", "nan", "inf", "soon", ""])
def test_a_delay_that_is_none_is_refused_with_a_sentence(delay: str) -> None:
    with pytest.raises(HTTPError) as error:
        urlopen(f"{services.slow_site().url}/page?delay={delay or '%20'}")
    with error.value as answer:
        assert answer.code == 400
        assert answer.read().decode().startswith("The delay is a number of seconds from 0 to 60")


def test_without_a_delay_a_page_answers_at_once() -> None:
    with urlopen(services.slow_site().url) as answer:
        assert "front page" in answer.read().decode()


def test_a_name_is_text_and_never_markup() -> None:
    with urlopen(services.slow_site().page("<b>a & b</b>")) as answer:
        assert "<title>&lt;b&gt;a &amp; b&lt;/b&gt;</title>" in answer.read().decode()


def test_only_pages_are_handed_out() -> None:
    with pytest.raises(HTTPError) as error:
        urlopen(Request(services.slow_site().url, data=b"a form", method="POST"))
    with error.value as answer:
        assert answer.code == 405


def test_many_questions_wait_at_the_same_time() -> None:
    site = services.slow_site()
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection((site.host, site.port))) for _ in range(50)]
        began = time.perf_counter()
        for line in lines:
            line.sendall(b"GET /page?delay=0.2 HTTP/1.1\r\nHost: here\r\n\r\n")
        for line in lines:
            assert line.recv(12) == b"HTTP/1.1 200"
        assert time.perf_counter() - began < 1


def test_a_client_that_leaves_early_harms_nobody(connection: http.client.HTTPConnection) -> None:
    site = services.slow_site()
    with socket.create_connection((site.host, site.port)) as line:
        line.sendall(b"GET /page?delay=0.05 HTTP/1.1\r\nHost: here\r\n\r\n")
    connection.request("GET", "/page?delay=0.1")
    assert connection.getresponse().status == 200
    assert site.log() == ""


def test_a_thousand_and_more_connections_stay_open() -> None:
    wanted = min(2000, raise_file_limit(3000, quiet=True) - 500)
    site = services.slow_site()
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection((site.host, site.port))) for _ in range(wanted)]
        for line in (lines[0], lines[-1]):
            line.sendall(b"GET /page HTTP/1.1\r\nHost: here\r\n\r\n")
            assert line.recv(12) == b"HTTP/1.1 200"
