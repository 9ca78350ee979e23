"""What Binder would build and start."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.steps import ROOT

BIN = str(Path(sys.executable).parent)
LESSON = "notebooks/00_start_here.ipynb"


@pytest.fixture(scope="module")
def dockerfile() -> str:
    answer = subprocess.run(
        [f"{BIN}/repo2docker", "--no-build", "--debug", ROOT], capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout + answer.stderr


def test_binder_installs_the_servers_and_the_packages(dockerfile: str) -> None:
    installs = re.findall(r"apt-get install --yes --no-install-recommends (.*?) &&", dockerfile)
    assert "memcached" in " ".join(installs).split()
    assert '--file "binder/environment.yml"' in dockerfile


def test_the_packages_are_installed_before_the_lessons_are_copied(dockerfile: str) -> None:
    """A changed lesson must not install everything again."""
    copied = re.search(r"^COPY .* src/? \$\{REPO_DIR\}/?$", dockerfile, re.MULTILINE)
    assert copied
    assert dockerfile.index('--file "binder/environment.yml"') < copied.start()


def test_binder_runs_our_scripts(dockerfile: str) -> None:
    assert "RUN ./binder/postBuild" in dockerfile
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in dockerfile
    assert os.access(ROOT / "binder/start", os.X_OK)
    assert os.access(ROOT / "binder/postBuild", os.X_OK)


def start(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"HOME": str(home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_CONFIG_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
        variables.pop(name, None)
    return subprocess.run(
        [ROOT / "binder/start", *command], env=variables, cwd=home, capture_output=True, text=True, timeout=60
    )


def test_start_becomes_the_command_it_was_given(tmp_path: Path) -> None:
    ended = start(tmp_path, "sh", "-c", 'echo "$2"; exit 7', "sh", "one", "two words")
    assert ended.returncode == 7
    assert ended.stdout.splitlines()[-1] == "two words"


def test_start_lays_out_jupyterlab_with_lesson_00(tmp_path: Path) -> None:
    ended = start(tmp_path, "jupyter", "lab", "workspaces", "export")
    assert ended.returncode == 0, ended.stderr
    layout = json.loads(ended.stdout.splitlines()[-1])
    assert layout["data"][f"notebook:{LESSON}"]["data"] == {"path": LESSON, "factory": "Notebook"}
    assert (ROOT / LESSON).exists()


def test_start_hands_our_settings_to_jupyterlab(tmp_path: Path) -> None:
    ended = start(tmp_path, "jupyter", "lab", "--show-config-json")
    assert (
        json.loads(ended.stdout[ended.stdout.index("{\n") :])["LabApp"]["default_url"]
        == f"/lab/tree/{LESSON}"
    )
