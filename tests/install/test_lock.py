"""pyproject.toml, requirements.lock, environment.yml and binder/environment.yml say the same."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from launcher.steps import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", LOCK, re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WANTED = [
    Requirement(line) for line in PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]
]
CONDA = (ROOT / "environment.yml").read_text(encoding="utf-8")
ITSELF = "      - -e .\n"


def packages_of_conda() -> list[str]:
    """The lines under `pip:`."""
    return next(part["pip"] for part in yaml.safe_load(CONDA)["dependencies"] if isinstance(part, dict))


@pytest.mark.parametrize("requirement", WANTED, ids=lambda requirement: requirement.name)
def test_the_lock_has_what_the_project_asks_for(requirement: Requirement) -> None:
    assert requirement.name in LOCKED, "type: uv pip compile ... (the second line of requirements.lock)"
    assert requirement.specifier.contains(LOCKED[requirement.name])


def test_every_locked_package_has_hashes() -> None:
    entries = re.split(r"^(?=[a-z0-9-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) > 100
    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_conda_gets_the_same_packages_in_the_locked_versions() -> None:
    expected = {(r.name, *sorted(r.extras), str(r.marker or ""), LOCKED[r.name]) for r in WANTED}
    listed = [Requirement(line) for line in packages_of_conda() if not line.startswith("-e")]
    found = {(r.name, *sorted(r.extras), str(r.marker or ""), str(r.specifier)[2:]) for r in listed}
    assert found == expected


def test_conda_brings_the_servers_it_has() -> None:
    names = [
        re.split("[>=<]", part)[0] for part in yaml.safe_load(CONDA)["dependencies"] if isinstance(part, str)
    ]
    assert names == ["python", "pip", "rabbitmq-server", "redis-server"]


def test_binder_gets_the_same_environment() -> None:
    """But for this project itself, which binder/postBuild installs: its path would be another there."""
    assert CONDA.endswith(ITSELF)
    assert (ROOT / "binder/environment.yml").read_text(encoding="utf-8") == CONDA.removesuffix(ITSELF)


@pytest.mark.parametrize("name", ["requirements.lock", "environment.yml", "binder/environment.yml"])
def test_no_file_names_a_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|index-url|find-links|@ file|\.(org|com|io|net)\b", text)
