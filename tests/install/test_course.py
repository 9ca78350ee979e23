"""`./course` on machines where something is missing: a line says what to type, never a traceback."""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from launcher.steps import ROOT
from launcher.system import browser
from tests.install.conftest import Checkout

ONE_PACKAGE = "no-such-package-anywhere==1.0 --hash=sha256:" + "0" * 64 + "\n"


def with_empty_lock(checkout: Checkout, lock: str = "# nothing\n") -> Checkout:
    """Real environments and real pip, but nothing to download; no active environment has all packages."""
    (checkout.folder / "requirements.lock").write_text(lock, encoding="utf-8")
    project = checkout.folder / "pyproject.toml"
    asked = project.read_text(encoding="utf-8").replace(
        "dependencies = [", 'dependencies = ["no-such-package>=1",'
    )
    project.write_text(asked, encoding="utf-8")
    return checkout


def in_the_active_environment(checkout: Checkout) -> Checkout:
    """The environment of these tests is active in the shell, and a browser is at hand."""
    found = browser()
    assert found
    commands = Path(checkout.environment["PATH"])
    (commands / "chromium").symlink_to(found)
    checkout.environment["VIRTUAL_ENV"] = sys.prefix
    shutil.copytree(ROOT / "notebooks", checkout.folder / "notebooks")
    return checkout


def test_doctor_names_what_is_missing_and_what_to_type(checkout: Checkout) -> None:
    report = checkout.course("doctor", ART_OF_WAITING_PATH="/nowhere")
    assert report.returncode == 1
    assert "Traceback" not in report.stdout
    for what in ("memcached", "Redis", "RabbitMQ"):
        assert re.search(rf"^--  {what} +missing\n +type: \S+", report.stdout, re.MULTILINE), what
    assert len(report.stdout.splitlines()) <= 24


def test_doctor_calls_a_complete_environment_complete(checkout: Checkout) -> None:
    report = in_the_active_environment(checkout).course("doctor")
    assert re.search(r"^ok  Packages +complete in the active environment", report.stdout, re.MULTILINE)
    assert re.search(r"^ok  Browser for tests", report.stdout, re.MULTILINE)


def test_doctor_works_in_a_terminal_without_unicode(checkout: Checkout) -> None:
    report = checkout.course("doctor", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert "Room for data" in report.stdout
    assert "Traceback" not in report.stdout


@pytest.mark.parametrize("name", ["course", "launcher/__init__.py", "launcher/too_old.py"])
def test_an_old_python_can_read_the_first_lines(name: str) -> None:
    ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 4))


def test_an_old_python_is_told_which_command_to_type(checkout: Checkout) -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 10, 13); sys.argv = ['course', 'doctor'];"
        f"runpy.run_path({str(checkout.folder / 'course')!r}, run_name='__main__')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", pretend], cwd=checkout.folder, capture_output=True, text=True
    )
    assert answer.returncode == 1
    assert answer.stderr == ""
    assert "the course needs Python 3.11 or newer" in answer.stdout
    assert re.search(r"[Tt]ype: \S+", answer.stdout)


def test_an_unknown_command_shows_the_commands(checkout: Checkout) -> None:
    answer = checkout.course("laboratory")
    assert answer.returncode == 2
    assert "./course doctor" in answer.stdout


def test_a_half_made_environment_is_completed_and_then_left_alone(checkout: Checkout) -> None:
    with_empty_lock(checkout)
    (checkout.folder / ".venv/bin").mkdir(parents=True)
    (checkout.folder / ".venv/bin/python").symlink_to("/nowhere/python3")
    assert "half installed" in checkout.course("doctor").stdout

    first = checkout.course("rerun")
    assert "Installing the Python packages" in first.stdout
    assert re.search(r"^ok  Packages +complete", checkout.course("doctor").stdout, re.MULTILINE)
    python = checkout.folder / ".venv/bin/python"
    where = subprocess.run([python, "-Ic", "import helpers; print(helpers.__file__)"], capture_output=True)
    assert str(checkout.folder).encode() in where.stdout

    assert "Installing" not in checkout.course("rerun").stdout
    (checkout.folder / "requirements.lock").write_text("# another\n", encoding="utf-8")
    assert "out of date" in checkout.course("doctor").stdout


def test_an_active_environment_that_lacks_packages_is_left_alone(checkout: Checkout) -> None:
    with_empty_lock(checkout)
    said = checkout.course("rerun", VIRTUAL_ENV=sys.prefix).stdout
    assert f"The active environment {sys.prefix} lacks no-such-package>=1: left alone" in said
    assert (checkout.folder / ".venv/bin/python").exists()


def test_without_a_network_one_line_says_so(checkout: Checkout) -> None:
    with_empty_lock(checkout, ONE_PACKAGE)
    answer = checkout.course("lab", PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0")
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-1] == (
        "The package index does not answer. Is there a network? Then type: ./course lab"
    )
    assert "Traceback" not in answer.stdout


def test_ctrl_c_while_installing_says_how_to_go_on(checkout: Checkout) -> None:
    with_empty_lock(checkout, ONE_PACKAGE)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        process = subprocess.Popen(
            checkout.command("lab"),
            env=checkout.environment | {"PIP_INDEX_URL": index},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        silent.settimeout(60)
        silent.accept()  # pip asks now, and waits
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "Stopped. To go on where this ended, type: ./course lab"
    assert "Traceback" not in said
    assert "half installed" in checkout.course("doctor").stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_checkout_says_where_to_go(checkout: Checkout) -> None:
    checkout.folder.chmod(0o555)
    answer = checkout.course("lab")
    checkout.folder.chmod(0o755)
    assert answer.returncode == 1
    assert "cannot be written to" in answer.stdout
    assert re.search("^Type: cp -r ", answer.stdout, re.MULTILINE)


def test_options_of_test_are_those_of_pytest(checkout: Checkout) -> None:
    answer = in_the_active_environment(checkout).course("test", "--version")
    assert answer.returncode == 0
    assert re.search(r"^pytest \d", answer.stdout, re.MULTILINE)


def status_of(url: str) -> int:
    """Of a page whose server may still be starting: the address is printed a moment before it answers."""
    deadline = time.monotonic() + 40
    while True:
        try:
            with urllib.request.urlopen(url, timeout=20) as page:
                return int(page.status)
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_lab_opens_lesson_00_for_this_machine_only(checkout: Checkout) -> None:
    """Also where nothing can be installed, and where this account's settings open Jupyter to the network."""
    in_the_active_environment(checkout)
    settings = Path(checkout.environment["HOME"]) / ".jupyter/jupyter_server_config.py"
    settings.parent.mkdir()
    settings.write_text("c.ServerApp.ip = '0.0.0.0'\n", encoding="utf-8")
    process = subprocess.Popen(
        checkout.command("lab", "--no-browser"),
        env=checkout.environment | {"ART_OF_WAITING_PATH": "/nowhere"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+\S*token=\w+", line):
                break
        assert found, "".join(said)
        assert "lab/tree/notebooks/00_start_here.ipynb" in found.group()
        assert status_of(found.group()) == 200
        listening = [
            c.laddr.ip for c in psutil.Process(process.pid).net_connections() if c.status == "LISTEN"
        ]
        assert listening
        assert set(listening) == {"127.0.0.1"}
        assert "RabbitMQ (missing): only cells that need it stop." in "".join(said)
    finally:
        process.terminate()
        process.wait(timeout=20)
