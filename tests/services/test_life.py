"""What all services have in common: started once, ended, resumed, with their data, seen by nobody else."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest

from helpers import services
from helpers.errors import CourseError
from helpers.services import programs, redis_service, service
from helpers.services.memcached_service import Memcached
from helpers.services.rabbitmq_service import RabbitMQ
from helpers.services.redis_service import Redis
from helpers.services.slow_site_service import SlowSite
from tests.services.test_programs import script
from tests.supervisor.owner import ROOT, alive, eventually

KINDS = [services.memcached, services.redis, services.rabbitmq, services.slow_site]
QUICK = [services.memcached, services.redis, services.slow_site]


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A Redis of this test's own, not started."""
    it = Redis()
    yield it
    it.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_asked_twice_it_is_the_same_one(kind: Any) -> None:
    first = kind()
    pid = first.pid
    assert kind() is first and first.pid == pid and first.running and alive(pid)


@pytest.mark.parametrize("kind", KINDS)
def test_it_listens_on_loopback_only(kind: Any) -> None:
    leader = psutil.Process(kind().pid)
    listening = [
        connection.laddr
        for process in (leader, *leader.children(recursive=True))
        for connection in process.net_connections("inet")
        if connection.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)
    ]
    assert kind().port in [address.port for address in listening]
    assert {address.ip for address in listening} == {"127.0.0.1"}


@pytest.mark.parametrize("kind", KINDS)
def test_it_tells_its_name_its_version_its_address_and_its_memory(kind: Any) -> None:
    it = kind()
    assert it.version[0].isdigit() and "." in it.version
    assert it.host == "127.0.0.1" and str(it.port) in it.url
    assert 1_000_000 < it.memory() < 200_000_000
    assert repr(it) == f"<{it.title}: running>"


@pytest.mark.parametrize("kind", KINDS)
def test_killed_it_is_gone_at_once_and_started_again_it_has_its_port(kind: Any) -> None:
    it = kind()
    pid, port, url = it.pid, it.port, it.url
    it.kill()
    assert not it.running and it.pid is None and it.memory() == 0 and not it.answers()
    assert eventually(lambda: not alive(pid))
    it.start()
    assert it.running and it.pid != pid and (it.port, it.url) == (port, url)


@pytest.mark.parametrize("kind", QUICK)
def test_asked_for_after_its_death_it_is_started_again(kind: Any) -> None:
    it = kind()
    os.kill(it.pid, signal.SIGKILL)
    assert eventually(lambda: not it.running)
    assert kind() is it and it.answers()


@pytest.mark.parametrize("kind", QUICK)
def test_restarted_it_is_another_process(kind: Any) -> None:
    it = kind()
    pid = it.pid
    assert it.restart() is it and it.pid != pid and not alive(pid)


@pytest.mark.parametrize("kind", [Memcached, Redis, SlowSite])
def test_as_a_context_it_ends_with_the_block(kind: Any) -> None:
    with kind() as it:
        pid = it.pid
        assert it.answers()
    assert not it.running and not alive(pid)
    it.stop()


def test_in_a_forked_child_it_is_the_same_server_and_only_the_parent_ends_it() -> None:
    it = services.redis()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            same = services.redis() is it and it.answers()
            try:
                it.kill()
            except CourseError as error:
                os.write(writer, f"{same} {error}".encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 1000).decode().startswith(f"True Process {it.pid} belongs to")
    assert it.running


def test_started_by_two_threads_at_once_it_is_started_once(redis: Redis) -> None:
    pids = []
    threads = [Thread(target=lambda: pids.append(redis.start().pid)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(pids) == 4 and set(pids) == {redis.pid}


def test_started_by_a_thread_that_ends_it_goes_on(redis: Redis) -> None:
    thread = Thread(target=redis.start)
    thread.start()
    thread.join(10)
    assert redis.answers()


# -- faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Memcached, Redis, RabbitMQ])
def test_a_missing_server_is_said_with_what_to_type(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ART_OF_WAITING_PATH", "/nowhere")
    with pytest.raises(CourseError) as error:
        kind().start()
    assert str(error.value).startswith(f"{kind.title} is missing on this machine.")
    assert str(error.value).endswith(f"type: {programs.remedy(kind.name)}")


def test_a_server_that_is_too_old_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script(tmp_path / "redis-server", "Redis server v=5.0.14 sha=00000000:0")
    monkeypatch.setenv("ART_OF_WAITING_PATH", str(tmp_path))
    with pytest.raises(CourseError, match=r"Redis 5.0.14 is too old: the course needs 6.0 or newer"):
        Redis().start()


def test_a_server_that_dies_while_starting_shows_the_end_of_its_log(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_service, "_CONFIGURATION", redis_service._CONFIGURATION + "no-such-setting 1\n")
    with pytest.raises(CourseError) as error:
        redis.start()
    said = str(error.value)
    assert "Redis ended while it was starting (exit code 1)" in said
    assert "no-such-setting" in said and "./course doctor" in said
    assert not redis.running
    monkeypatch.undo()
    assert redis.start().answers()


def test_a_server_that_never_answers_is_given_up_and_ended(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    stuck = script(tmp_path / "redis-server", "Redis server v=7.0.15")
    stuck.write_text(stuck.read_text() + f'[ "$1" = --version ] || {{ echo $$ > {pid_file}; sleep 1000; }}\n')
    tmp_path.chmod(0o777)
    monkeypatch.setenv("ART_OF_WAITING_PATH", str(tmp_path))
    monkeypatch.setattr(Redis, "patience", 0.5)
    with pytest.raises(CourseError, match="Redis did not answer within 0 s"):
        redis.start()
    assert eventually(lambda: not alive(int(pid_file.read_text())))


def test_a_taken_port_is_left_to_whoever_has_it(redis: Redis) -> None:
    first = redis.start().port
    redis.stop()
    with closing(socket.create_server(("127.0.0.1", first))):
        assert redis.start().port != first
        assert redis.answers()


def test_a_port_that_is_taken_in_the_last_moment_is_replaced(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        taken = other.getsockname()[1]
        real, ports = service.free_port, [taken]
        monkeypatch.setattr(service, "free_port", lambda: ports.pop() if ports else real())
        assert redis.start().port != taken
        assert redis.answers()


def test_interrupted_while_starting_it_is_ended_and_can_be_started_again() -> None:
    code = """
import _thread, threading
from helpers.services.rabbitmq_service import RabbitMQ
import psutil
it = RabbitMQ()
threading.Timer(0.7, _thread.interrupt_main).start()
try:
    it.start()
except KeyboardInterrupt:
    children = psutil.Process().children()[0].children()
    gone = psutil.wait_procs(children, 2)[1] == []
    print("interrupted", it.running, gone, it.start().answers())
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert said.stdout == "interrupted False True True\n"


def test_nothing_heavy_is_imported_before_a_server_is_asked_for() -> None:
    code = (
        "import sys; from helpers import services; print({'tornado', 'psutil', 'asyncio'} & {*sys.modules})"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert said.stdout == "set()\n"


def test_a_full_disk_is_said_without_a_traceback(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    # The kernel's own full disk: what is written to it fails as on any other.
    monkeypatch.setattr(Redis, "_write", lambda self, name, text: Path("/dev/full").write_text(text))
    with pytest.raises(CourseError, match="Redis cannot be started: .*No space left on device"):
        redis.start()


def test_under_gevent_a_server_is_started_all_the_same() -> None:
    code = (
        "from gevent import monkey; monkey.patch_all();"
        "from helpers import services; print(services.slow_site().answers())"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=30)
    assert (said.stdout, said.stderr) == ("True\n", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a home that others may not enter")
def test_root_starts_a_server_itself_where_nobody_may_not_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert psutil.Process(services.redis().pid).username() == "nobody"
    (tmp_path / "redis-server").symlink_to(programs.executable("redis-server") or "missing")
    monkeypatch.setenv("ART_OF_WAITING_PATH", str(tmp_path))
    with Redis() as it:
        assert psutil.Process(it.pid).username() == "root"


def test_a_frozen_server_says_nothing_until_it_thaws_and_can_be_stopped() -> None:
    with services.memcached("frozen") as it:
        it.freeze()
        assert it.running and not it.answers()
        it.thaw()
        assert it.answers()
        it.freeze()
        begun = time.monotonic()
        it.stop()
        assert not it.running and time.monotonic() - begun < 2
        it.freeze()
        it.thaw()
