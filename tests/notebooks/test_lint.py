"""Every lesson obeys every rule; see rules.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks import links
from tests.notebooks.lesson import Lesson
from tests.notebooks.rerun import ROOT, lessons
from tests.notebooks.rules import RULES, Rule, british, filler

README = ROOT / "README.md"


@pytest.fixture(scope="module", params=lessons(), ids=lambda path: path.stem)
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return Lesson(request.param)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_lesson_obeys(rule: Rule, lesson: Lesson) -> None:
    problems = list(rule(lesson))
    assert not problems, f"{lesson.path.relative_to(ROOT)}:\n- " + "\n- ".join(problems)


def test_lesson_numbers_are_those_of_the_file_names_and_unique() -> None:
    numbers = [path.stem.split("_")[0] for path in lessons()]
    assert numbers, "there are no lessons"
    assert all(number.isdigit() and len(number) == 2 for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_every_picture_that_is_kept_is_shown_somewhere() -> None:
    pages = README.read_text(encoding="utf-8") + "".join(
        path.read_text(encoding="utf-8") for path in lessons()
    )
    pictures = [p for p in (ROOT / "notebooks").rglob("*") if p.suffix in (".png", ".svg", ".gif", ".jpg")]
    assert [p.name for p in pictures if p.name not in pages] == []


def test_the_links_of_the_readme_lead_somewhere() -> None:
    assert list(links.broken(README.read_text(encoding="utf-8"), README)) == []


def test_the_readme_is_american_and_without_filler() -> None:
    text = README.read_text(encoding="utf-8")
    assert british(text) + filler(text) == []


def test_the_code_is_american_too() -> None:
    kinds = (".py", ".js", ".css", ".md", ".yml", ".cfg")
    files = [p for name in ("helpers", "launcher", "tests", "binder") for p in (ROOT / name).rglob("*.*")]
    files = [p for p in files if p.suffix in kinds and p.parent != Path(__file__).parent]
    found = {str(p.relative_to(ROOT)): british(p.read_text(encoding="utf-8")) for p in files}
    assert {name: words for name, words in found.items() if words} == {}
