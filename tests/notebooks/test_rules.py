"""Each rule of the lint passes a good lesson and catches a bad one: one notebook, spoiled in many ways."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.exercises.exercise import exercises
from tests.notebooks import rerun, rules
from tests.notebooks.lesson import Lesson
from tests.notebooks.rules import RULES, Rule

EXERCISES = {name: exercise for name, exercise in exercises().items() if exercise.lesson == "01"}
OPENING = "# 01 A good lesson\n\nYou can tell good from bad.\n\n**Time** 5 min. **Needs** nothing."
PICTURE = new_output("display_data", data={"image/png": "aGk=", "text/plain": "three lanes"})


def good() -> NotebookNode:
    """A lesson that obeys every rule."""
    cells = [new_markdown_cell(OPENING), code("%load_ext helpers\nfrom helpers import predict")]
    for title in ("One after another", "Three threads", "Processes", "Break it: kill -9"):
        cells += [
            new_markdown_cell(f"## {title}"),
            code("p = predict.number('a', 'How long?')"),
            code("show(trace)", PICTURE),
        ]
    cells += [new_markdown_cell("## Exercises\n\nSee [the first one](#Three-threads).")]
    cells += [code(f"%%exercise {name}\n{exercise.starter}") for name, exercise in EXERCISES.items()]
    cells += [new_markdown_cell(f"## {title}\n\nSome words.") for title in rules.ENDING[2:]]
    notebook = new_notebook(cells=cells)
    rerun.normalize(notebook)
    return notebook


def code(source: str, *outputs: NotebookNode) -> NotebookNode:
    return new_code_cell(source, outputs=[NotebookNode(o) for o in outputs])


def printed(text: str) -> NotebookNode:
    return new_output("stream", name="stdout", text=text)


def source(number: int, text: str, tags: list[str] | None = None) -> Callable[[NotebookNode], None]:
    """Another source for one cell, as if it had been run like that."""

    def spoil(notebook: NotebookNode) -> None:
        notebook.cells[number].source = text
        notebook.cells[number].metadata = NotebookNode(tags=tags) if tags else NotebookNode()
        rerun.normalize(notebook)

    return spoil


def more(text: str, first: int = 2) -> Callable[[NotebookNode], None]:
    """Another paragraph of prose."""

    def spoil(notebook: NotebookNode) -> None:
        notebook.cells[first].source += "\n\n" + text

    return spoil


def output(out: NotebookNode) -> Callable[[NotebookNode], None]:
    """Another output for the first run."""

    def spoil(notebook: NotebookNode) -> None:
        notebook.cells[4].outputs = [out]

    return spoil


def all_of(changes: Iterable[Callable[[NotebookNode], None]]) -> Callable[[NotebookNode], None]:
    changes = list(changes)

    def spoil(notebook: NotebookNode) -> None:
        for change in changes:
            change(notebook)

    return spoil


def says(text: str) -> Callable[[NotebookNode], None]:
    return output(printed(text))


def counts(notebook: NotebookNode) -> None:
    notebook.cells[3].execution_count = None


def edited(notebook: NotebookNode) -> None:
    notebook.cells[4].source = "show(trace)  # edited"


def author(notebook: NotebookNode) -> None:
    notebook.metadata.authors = ["me"]


def kernel(notebook: NotebookNode) -> None:
    notebook.metadata.kernelspec.name = "conda-env-mine-py"


def without(title: str) -> Callable[[NotebookNode], None]:
    """The lesson without one of its headings."""

    def spoil(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            cell.source = cell.source.replace(f"## {title}", "### Something")

    return spoil


def swapped(notebook: NotebookNode) -> None:
    notebook.cells[-1], notebook.cells[-2] = notebook.cells[-2], notebook.cells[-1]


def all_ignored(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code" and not cell.source.startswith("%"):
            cell.source = "# differs in every run\n" + cell.source
            cell.metadata.tags = ["nbval-ignore-output"]


def without_exercises(notebook: NotebookNode) -> None:
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("%%exercise")]


def break_it_in_words_only(notebook: NotebookNode) -> None:
    place = next(i for i, cell in enumerate(notebook.cells) if cell.source.startswith("## Break it"))
    del notebook.cells[place + 1 : place + 3]


LONG = " ".join(["word"] * 60)
SPOILED: list[tuple[Rule, str, Callable[[NotebookNode], None]]] = [
    (rules.every_cell_was_run_in_order, "never compares", counts),
    (rules.no_output_is_stale, "code cell 3 was edited", edited),
    (rules.it_is_stored_in_normal_form, "./course rerun 01_good", author),
    (rules.the_kernel_is_python3, "conda-env-mine-py", kernel),
    (rules.outputs_name_nothing_of_one_machine, "an absolute path", says("in /home/me/course/x.py")),
    (rules.outputs_name_nothing_of_one_machine, "an absolute path", says("File C:\\Users\\me")),
    (rules.outputs_name_nothing_of_one_machine, "a port", says("listening on 127.0.0.1:34567")),
    (rules.outputs_name_nothing_of_one_machine, "a port", says("('127.0.0.1', 34567)")),
    (rules.outputs_name_nothing_of_one_machine, "a port", says("the port is 34567")),
    (rules.outputs_name_nothing_of_one_machine, "a date", says("2026-11-23")),
    (rules.outputs_name_nothing_of_one_machine, "a date", says("at 12:03:59")),
    (rules.outputs_name_nothing_of_one_machine, "in memory", says("<object at 0x7f3a2b4c5d6e>")),
    (rules.outputs_name_nothing_of_one_machine, "a host's name", says(f"on {socket.gethostname()} now")),
    (rules.outputs_name_nothing_of_one_machine, "a host's name", says("on mylaptop.local")),
    (
        rules.no_cell_fails_unless_it_should,
        "KeyError",
        output(new_output("error", ename="KeyError", evalue="'a'")),
    ),
    (
        rules.few_outputs_are_ignored_and_each_says_why,
        "no comment",
        source(4, "show(trace)", ["nbval-ignore-output"]),
    ),
    (
        rules.few_outputs_are_ignored_and_each_says_why,
        "no comment",
        source(4, "# NBVAL_IGNORE_OUTPUT\nshow(t)"),
    ),
    (rules.few_outputs_are_ignored_and_each_says_why, "at most one in five", all_ignored),
    (rules.nothing_is_skipped, "is skipped", source(4, "show(trace)", ["nbval-skip"])),
    (rules.nothing_is_skipped, "is skipped", source(4, "# NBVAL_SKIP\nshow(trace)")),
    (
        rules.every_picture_is_said_in_words,
        "<Figure",
        output(new_output("display_data", data={"image/png": "aGk=", "text/plain": "<Figure size 640x480>"})),
    ),
    (
        rules.every_picture_is_said_in_words,
        "'<'",
        output(new_output("display_data", data={"text/html": "<p>hi"})),
    ),
    (rules.it_opens_with_promise_time_and_needs, "not '# 01'", source(0, OPENING.replace("01 ", ""))),
    (rules.it_opens_with_promise_time_and_needs, "one title", more("# Another title")),
    (
        rules.it_opens_with_promise_time_and_needs,
        "no promise",
        source(0, "# 01 A\n\n---\n**Time** **Needs**"),
    ),
    (rules.it_opens_with_promise_time_and_needs, "**Time**", source(0, OPENING.replace("Time", "Hours"))),
    (rules.it_opens_with_promise_time_and_needs, "**Needs**", source(0, OPENING.replace("Needs", "Wants"))),
    (rules.it_begins_with_one_import_cell, "no line %load_ext", source(1, "from helpers import predict")),
    (rules.it_begins_with_one_import_cell, "more than import", source(1, "%load_ext helpers\nx = 1")),
    *[(rules.it_ends_with_all_its_parts, f"'## {part}'", without(part)) for part in rules.ENDING],
    (rules.it_ends_with_all_its_parts, "another order", swapped),
    (rules.it_ends_with_all_its_parts, "breaks nothing", break_it_in_words_only),
    (
        rules.predictions_come_before_runs,
        "nothing is run",
        source(4, "p = predict.choice('b', 'Which?', [])"),
    ),
    (rules.predictions_come_before_runs, "3 sections", source(3, "ask(1.0)")),
    (rules.exercises_start_from_their_starters, "'no_such'", source(15, "%%exercise no_such\npass")),
    (rules.exercises_start_from_their_starters, "doesn't hold the starter", more("return 1", 15)),
    (rules.exercises_start_from_their_starters, "two to four", without_exercises),
    (rules.exercises_start_from_their_starters, "stands nowhere in it", without_exercises),
    (rules.cells_are_short, "has 26 lines", source(4, "show(trace)\n" * 26)),
    (rules.cells_are_short, "is empty", source(4, "\n")),
    (rules.cells_are_short, "median", all_of(source(i, "1\n" * 5) for i in (3, 4, 6, 7, 9, 10, 12, 13))),
    (rules.paragraphs_are_short, "median", all_of([more(LONG)] * 20)),
    (rules.paragraphs_are_short, "has 120 words", more(LONG + " " + LONG)),
    (rules.the_spelling_is_american, "'colours'", more("The colours mean the same.")),
    (rules.the_spelling_is_american, "'serialised'", more("It is serialised, then labelled.")),
    (rules.the_spelling_is_american, "shows British", says("grey\n")),
    (rules.no_word_belittles, "'simply'", more("You simply wait.")),
    (rules.no_word_belittles, "'Just'", more("Just wait.")),
    (rules.links_lead_somewhere, "file that is not there", more("[b](../02_nowhere.ipynb)")),
    (rules.links_lead_somewhere, "heading that 01_good.ipynb", more("[b](#Nowhere)")),
    (rules.links_lead_somewhere, "heading that 01_good.ipynb", more("[b](01_good.ipynb#three-threads)")),
    (rules.links_lead_somewhere, "no description", more("![](01_good.ipynb)")),
    (rules.links_lead_somewhere, "cannot follow", more("[b](http://127.0.0.1:8888/lab)")),
    (rules.links_lead_somewhere, "cannot follow", more('<img alt="b" src="/home/me/b.png">')),
    (
        rules.links_lead_somewhere,
        "code cell 3: a link to a file",
        output(
            new_output(
                "display_data", data={"text/html": "<a href='../nowhere.ipynb'>b</a>", "text/plain": "b"}
            )
        ),
    ),
]


def problems(notebook: NotebookNode, rule: Rule, folder: Path) -> str:
    path = folder / "01_good.ipynb"
    nbformat.write(notebook, path)
    return "\n".join(rule(Lesson(path)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_lesson_obeys(rule: Rule, tmp_path: Path) -> None:
    assert problems(good(), rule, tmp_path) == ""


@pytest.mark.parametrize(
    ("rule", "words", "spoil"), SPOILED, ids=[f"{r.__name__}-{w}" for r, w, _ in SPOILED]
)
def test_a_spoiled_lesson_is_caught(
    rule: Rule, words: str, spoil: Callable[[NotebookNode], None], tmp_path: Path
) -> None:
    notebook = good()
    spoil(notebook)
    assert words in problems(notebook, rule, tmp_path)


def test_every_rule_can_fail() -> None:
    assert {rule for rule, _, _ in SPOILED} == set(RULES)


@pytest.mark.parametrize(
    "text", ["size of promise", "raised, advised, precise", "an otherwise empty", "gray, color"]
)
def test_american_words_are_left_alone(text: str) -> None:
    assert rules.british(text) == []


@pytest.mark.parametrize(
    "text", ["2.5 s, 0.1 s", "width:1000px; #a0b1c2", "<b>1:30</b>", "and/or the/usual", "Redis 7.0.15"]
)
def test_innocent_output_is_left_alone(text: str, tmp_path: Path) -> None:
    notebook = good()
    says(text)(notebook)
    assert problems(notebook, rules.outputs_name_nothing_of_one_machine, tmp_path) == ""
