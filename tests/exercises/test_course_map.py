"""The map: 25 stops, states that differ in shape, links to what exists."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from helpers.exercises import metro
from helpers.exercises.exercise import exercises
from helpers.exercises.lessons import LESSONS
from helpers.exercises.metro import BEGUN, FINISHED, OPEN, PLANNED, stops
from helpers.exercises.progress import PASSED, PREDICTED, store
from tests.exercises.conftest import Notebook

FRESH = """\
Start here: lesson 00 begun, exercises passed: 0 of 2
Part 1, Asynchronous I/O: 1 open, 9 not yet written; exercises passed: 0 of 3
Part 2, Databases: 3 not yet written
Part 3, Queues: 6 not yet written
Part 4, Caching: 3 not yet written
Part 5, Together: 2 not yet written"""


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of notebooks in which lessons 00, 01 and 02 are written; 00 is being read."""
    folder = tmp_path / "notebooks"
    for lesson in LESSONS[:3]:
        (folder / lesson.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / lesson.path).write_text("{}")
    monkeypatch.chdir(folder)
    return folder


def states() -> dict[str, str]:
    return {stop.lesson.number: stop.state for stop in stops()}


def pass_all(lesson: str) -> None:
    for exercise in exercises().values():
        if exercise.lesson == lesson:
            store().note(PASSED, lesson, exercise.name, exercise.solution)


def test_a_fresh_learner_has_begun_lesson_00_and_nothing_else(course: Path) -> None:
    assert [states()[number] for number in ("00", "01", "02", "03")] == [BEGUN, OPEN, OPEN, PLANNED]


def test_a_prediction_begins_a_lesson_and_its_last_exercise_finishes_it(course: Path) -> None:
    store().note(PREDICTED, "01", "01 three threads", "0.9")
    assert states()["01"] == BEGUN
    pass_all("01")
    assert states()["01"] == FINISHED
    assert states()["00"] == BEGUN


def test_every_lesson_is_a_stop_inside_the_picture_and_no_two_coincide() -> None:
    svg = ElementTree.fromstring(metro._svg(stops()))
    texts = {element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert {lesson.title for lesson in LESSONS} <= texts
    places = metro._places()
    assert len(set(places.values())) == len(LESSONS) == 25
    assert all(30 < x < metro.WIDTH - 30 and 30 < y < metro.HEIGHT - 30 for x, y in places.values())


def test_states_differ_in_shape_and_not_only_in_color() -> None:
    shapes = set()
    for state in (FINISHED, BEGUN, OPEN, PLANNED):
        drawn = metro._disc(metro.Stop(LESSONS[1], state, 0, 0), 100, 100)
        shapes.add(re.sub(r'(fill|stroke)="[^"]*"', "", drawn))
    assert len(shapes) == 4


def test_the_map_links_exactly_the_lessons_that_exist(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = ["00_start_here.ipynb", "part1_async_io/01_timelines.ipynb"]
    expected.append("part1_async_io/02_server_models.ipynb")
    assert re.findall(r'href="([^"]*)"', metro._links(stops())) == expected
    assert re.findall(r'href="([^"]*)"', metro._doors(stops())) == expected
    monkeypatch.chdir(course / "part1_async_io")
    assert re.findall(r'href="([^"]*)"', metro._links(stops()))[0] == "../00_start_here.ipynb"


def test_both_themes_have_an_image_and_a_place_that_strips_styles_shows_the_light_one(course: Path) -> None:
    html = metro._html(stops())
    found = re.findall(r'<img class="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)" width="([^"]*)"', html)
    assert [(name, width) for name, _, width in found] == [
        ("course-map-light", "100%"),
        ("course-map-dark", "0"),
    ]
    light, dark = (base64.b64decode(image).decode() for _, image, _ in found)
    assert {ElementTree.fromstring(svg).tag for svg in (light, dark)} == {"{http://www.w3.org/2000/svg}svg"}
    assert metro.PAPER in light
    assert not any(color in dark for color in metro.DARK)
    assert "<svg" not in html  # what strips the tag would leave its words
    assert 'alt="Start here: lesson 00 begun' in html


def test_the_cell_shows_the_map_in_words_the_same_for_every_fresh_learner(notebook: Notebook) -> None:
    texts = notebook.run("course_map()")
    written = sum((metro.notebooks() / lesson.path).exists() for lesson in LESSONS)
    if written == 2:
        assert texts[0] == FRESH
    assert len(texts[0].splitlines()) == 6
    assert texts[1].startswith("Take your progress along: progress.export(")
    first = notebook.outputs[0]["text/html"]
    notebook.run("course_map()")
    assert notebook.outputs[0]["text/html"] == first


def test_the_buttons_under_the_map_save_and_bring_back(notebook: Notebook) -> None:
    notebook.run(
        "from helpers.exercises.luggage import Luggage\n"
        "from helpers.exercises.progress import dumps, store\n"
        "store().note('passed', '00', 'stopwatch', 'x')\n"
        "sent, luggage = [], Luggage()\n"
        "luggage.send = lambda content, buffers=None: sent.append(content)\n"
        "luggage._handle_custom_msg({'kind': 'save'}, [])\n"
        "assert sent == [{'kind': 'file', 'text': dumps()}], sent\n"
        "luggage._handle_custom_msg({'kind': 'bring', 'text': 'nonsense'}, [])\n"
        "assert 'nothing was changed' in luggage.said, luggage.said\n"
        'another = dumps().replace(\'"id": "\', \'"id": "other\')\n'
        "luggage._handle_custom_msg({'kind': 'bring', 'text': another}, [])\n"
        "assert luggage.said.startswith('Brought back 1 entry'), luggage.said\n"
    )
