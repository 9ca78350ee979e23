"""RabbitMQ, as a service: one small Erlang machine, started without the scripts that come with it.

Those scripts insist on root or on the user rabbitmq, start a port mapper (epmd) that stays behind, and take
twice as long. What they do for a node is a command line, an environment and a few files; here they are.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from helpers.errors import CourseError
from helpers.services.ports import free_port
from helpers.services.programs import Program, executable, find, rabbitmq_home
from helpers.services.service import Service

__all__ = ["RabbitMQ", "rabbitmqctl"]

_NODE = "rabbit@127.0.0.1"
_SMALL = (
    "+W w +S 2:2 +SDcpu 1:1 +SDio 4 +P 65536 +MMscs 0 +MBlmbcs 256 +MHlmbcs 256 "
    "+sbwt none +sbwtdcpu none +sbwtdio none"
)
"""Two schedulers (a third faster to start than one), few helpers, small memory carriers, no busy waiting."""
_CONFIGURATION = """
listeners.tcp.1 = {host}:{port}
num_acceptors.tcp = 2
default_user = {user}
default_pass = {password}
default_user_tags.administrator = true
log.console = false
log.file = rabbit.log
vm_memory_high_watermark.absolute = 256MB
disk_free_limit.absolute = 50MB
"""
_PERMIT_TRANSIENT = "deprecated_features.permit.transient_nonexcl_queues = true\n"


class RabbitMQ(Service):
    """A RabbitMQ broker of your own, with a user of its own. Durable queues survive `stop` and `kill`."""

    name = "rabbitmq"
    title = "RabbitMQ"
    patience = 60.0

    def __init__(self) -> None:
        super().__init__()
        self.user = "learner"
        self.password = secrets.token_urlsafe(16)
        self._distribution_port = 0

    @property
    def url(self) -> str:
        """For ``pika.URLParameters``: ``amqp://USER:PASSWORD@127.0.0.1:PORT/%2F``."""
        return f"amqp://{self.user}:{self.password}@{self.host}:{self.port}/%2F"

    def ctl(self, *command: str) -> str:
        """Runs ``rabbitmqctl`` with `command` for this broker (about half a second). Returns what it printed.

        Raises CourseError, with rabbitmqctl's own words, if the command fails or the broker is not running.
        """
        if not self.running:
            raise CourseError("RabbitMQ is not running. Run the cell that starts it, then this one again.")
        return rabbitmqctl(self.node, *command)

    @property
    def node(self) -> str:
        """Where `rabbitmqctl` finds it, also from another process: its directory and a port."""
        return f"{self._directory}:{self._distribution_port}"

    def _argv(self, program: Program) -> list[str]:
        self._distribution_port = free_port()
        port = str(self._distribution_port)
        return [
            *(str(_erl()), "-noinput", "-s", "rabbit", "boot", "-boot", "start_sasl", *_SMALL.split()),
            *("-syslog", "logger", "[]", "-syslog", "syslog_error_logger", "false"),
            *("-kernel", "prevent_overlapping_partitions", "false"),
            # A name on the command line, and no port mapper: RabbitMQ then looks for none either.
            *("-name", _NODE, "-start_epmd", "false", "-erl_epmd_port", port),
            *("-kernel", "inet_dist_use_interface", "{127,0,0,1}"),
            *("-kernel", "inet_dist_listen_min", port, "-kernel", "inet_dist_listen_max", port),
            *("-kernel", "inetrc", f'"{self._directory}/inetrc"'),
        ]

    def _env(self, program: Program) -> dict[str, str]:
        home = _home(program)
        here = self._directory
        self._write_files(program)
        _link_plugins(home / "plugins", here / "plugins")
        return _without_rabbitmq(os.environ) | {
            "HOME": str(here),
            "ERL_LIBS": str(here / "plugins"),
            "ERL_EPMD_PORT": "1",
            "ERL_FLAGS": "-start_epmd false",
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_HOME": str(home),
            "RABBITMQ_PLUGINS_DIR": str(here / "plugins"),
            "RABBITMQ_PLUGINS_EXPAND_DIR": str(here / "expanded"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(here / "env.conf"),
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(here / "advanced.config"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(here / "generated"),
            "RABBITMQ_SCHEMA_DIR": str(here / "schema"),
            "RABBITMQ_MNESIA_BASE": str(here / "data"),
            "RABBITMQ_MNESIA_DIR": str(here / "data" / "node"),
            "RABBITMQ_LOG_BASE": str(here),
            "RABBITMQ_PID_FILE": str(here / "pid"),
        }

    def _write_files(self, program: Program) -> None:
        self._write("rabbitmq.conf", self._configuration(program.version))
        self._write("env.conf", "")
        self._write("enabled_plugins", "[].\n")
        self._write("inetrc", f'{{lookup,[file]}}.\n{{host,{{127,0,0,1}},["{socket.gethostname()}"]}}.\n')
        if not (self._directory / ".erlang.cookie").exists():
            self._write(".erlang.cookie", secrets.token_hex(16)).chmod(0o400)

    def _configuration(self, version: str) -> str:
        text = _CONFIGURATION.format(host=self.host, port=self.port, user=self.user, password=self.password)
        # Lessons declare such queues, as every tutorial does; older versions do not know the key.
        permits = tuple(map(int, re.findall(r"\d+", version)[:2])) >= (4, 3)
        return text + (_PERMIT_TRANSIENT if permits else "")

    def _greets(self, line: socket.socket) -> bool:
        line.sendall(b"AMQP\x00\x00\x09\x01")
        return line.recv(1) == b"\x01"

    def _last_words(self) -> str:
        # The reason stands around this line; what follows is the Erlang machine's own agony.
        lines = [line for line in self.log(200).splitlines() if line.strip(" =")]
        failed = next((n for n, line in enumerate(lines) if line.endswith("BOOT FAILED")), len(lines))
        return "\n".join(lines[max(0, failed - 7) : failed + 5])

    def _logs(self) -> list[Path]:
        # What the Erlang machine itself has to say, and the broker's log: the younger one last.
        files = [file for file in (self._directory / "log", self._directory / "rabbit.log") if file.exists()]
        return sorted(files, key=lambda file: file.stat().st_mtime)

    def _needed(self, program: Program) -> list[Path]:
        return [_erl(), _home(program)]


def rabbitmqctl(node: str, *command: str) -> str:
    """`RabbitMQ.ctl`, for the broker whose `node` is given: by the process that has started it or another."""
    directory, _, port = node.rpartition(":")
    program = find("rabbitmq")
    assert program, "whoever has a node has the program"
    home = _home(program)
    done = subprocess.run(
        [
            *(str(_erl()), "+B", "-boot", "no_dot_erlang", "-noinput", "-noshell", "-hidden"),
            *("+S", "1:1", "+sbwt", "none", "-kernel", "inetrc", f'"{directory}/inetrc"'),
            *("-run", "escript", "start", "-escript", "main", "rabbitmqctl_escript"),
            *("-extra", f"{home}/escript/rabbitmqctl", "--longnames", "-n", _NODE, "-s", *command),
        ],
        env=_without_rabbitmq(os.environ)
        | {
            "HOME": directory,
            "ERL_FLAGS": f"-start_epmd false -erl_epmd_port {port} -dist_listen false",
            "ERL_LIBS": f"{directory}/plugins",
            "RABBITMQ_CONF_ENV_FILE": f"{directory}/env.conf",
            "RABBITMQ_HOME": str(home),
            "LC_ALL": "C.UTF-8",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split()).removeprefix("Error: ")
        raise CourseError(f"rabbitmqctl {' '.join(command)}: {said}")
    return done.stdout.strip()


def _without_rabbitmq(environment: Mapping[str, str]) -> dict[str, str]:
    """Nothing of another RabbitMQ or Erlang on this machine leaks into ours."""
    return {k: v for k, v in environment.items() if not k.startswith(("RABBITMQ_", "ERL_"))}


def _erl() -> Path:
    path = executable("erl")
    if not path:
        raise CourseError("Erlang, which RabbitMQ is written in, is missing. Type: ./course doctor")
    return path


def _home(program: Program) -> Path:
    home = rabbitmq_home(program.path)
    assert home, "a RabbitMQ without plugins is not found in the first place"
    return home


def _link_plugins(source: Path, target: Path) -> None:
    """Links to the broker and all that it depends on, nothing else: with fewer files it starts faster."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    available = {place.name.rpartition("-")[0]: place for place in source.glob("*-[0-9]*")}
    wanted, linked = ["rabbit"], set()
    while wanted:
        name = wanted.pop()
        if name in available and name not in linked:
            linked.add(name)
            (target / available[name].name).symlink_to(available[name])
            wanted += _dependencies(available[name] / "ebin" / f"{name}.app")


def _dependencies(application: Path) -> list[str]:
    found = re.search(r"\{\s*applications\s*,\s*\[(.*?)\]", application.read_text(), re.DOTALL)
    return re.findall(r"\w+", found[1]) if found else []
