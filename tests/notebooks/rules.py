"""What every lesson must obey: each rule yields one sentence for each thing that it finds wrong.

`test_lint.py` holds all lessons against all rules; `test_rules.py` shows for each rule that it can fail.
"""

from __future__ import annotations

import copy
import re
import socket
from collections.abc import Callable, Iterator
from statistics import median

from helpers.exercises.exercise import exercises
from tests.notebooks import links, rerun
from tests.notebooks.lesson import Lesson, plain

__all__ = ["RULES", "Rule", "british", "filler"]

Rule = Callable[[Lesson], Iterator[str]]

BRITISH = re.compile(
    r"\b(\w*(?:colour|behaviour|favour|neighbour|honour|labour|flavour|rumour)\w*|grey(?:s|ed|scale)?|whilst|learnt"
    r"|(?:anal|paral)yse\w*|catalogue\w*|centre[sd]?|defence|licence|programme[sd]?|judgement|tonne\w*"
    r"|\w*(?:serial|parallel|normal|initial|optim|recogn|organ|real|summar|synchron|minim|maxim|util|visual"
    r"|categor|emphas|prior|special|standard|memor|monopol|random|tokenis|custom|general|author|apolog)is(?:e|ed|es|ing|ation|er)"
    r"|(?:label|travel|model|signal|channel|fuel|tunnel|marshal)l(?:ed|ing|ers?))\b",
    re.IGNORECASE,
)
FILLER = re.compile(
    r"\b(simply|just|obviously|as you can see|as we can see|basically|needless to say)\b", re.IGNORECASE
)
PERSONAL = {
    "an absolute path": (
        r"(?<![\w.:/])(?:/(?:home|root|Users|tmp|var|private|usr|opt|mnt|srv|etc)/[\w.~/-]+|[A-Z]:\\\w+)"
    ),
    "a port": r"(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0|\bports?(?: is)?)[\s:=(,']{1,3}\d{2,5}\b",
    "a date": r"\b(?:19|20)\d\d-[01]\d-[0-3]\d\b|\b\d{1,2}:\d\d:\d\d\b",
    "an address in memory": r"\b0x[0-9a-f]{6,}\b",
}


def british(text: str) -> list[str]:
    """British spellings in `text`."""
    return BRITISH.findall(text)


def filler(text: str) -> list[str]:
    """Words that belittle the reader's trouble or say nothing."""
    return FILLER.findall(text)


# -- stored form ------------------------------------------------------------------------------


def every_cell_was_run_in_order(lesson: Lesson) -> Iterator[str]:
    counts = [cell.execution_count for cell in lesson.code]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are {counts}: nbval never compares a cell without one; {_rerun(lesson)}"


def no_output_is_stale(lesson: Lesson) -> Iterator[str]:
    ran = lesson.notebook.metadata.get("sources", {})
    for number, (name, source) in enumerate(rerun.sources(lesson.notebook).items(), 1):
        if ran.get(name) != source:
            yield f"code cell {number} was edited after its output was stored; {_rerun(lesson)}"


def it_is_stored_in_normal_form(lesson: Lesson) -> Iterator[str]:
    normal = copy.deepcopy(lesson.notebook)
    rerun.normalize(normal)
    if normal != lesson.notebook:
        yield f"metadata, counts or widget views are not in the form that is stored; {_rerun(lesson)}"


def the_kernel_is_python3(lesson: Lesson) -> Iterator[str]:
    name = lesson.notebook.metadata.get("kernelspec", {}).get("name")
    if name != "python3":
        yield f"the kernel is {name!r}: other machines have only python3"


def outputs_name_nothing_of_one_machine(lesson: Lesson) -> Iterator[str]:
    patterns = PERSONAL | {
        "a host's name": rf"\b{re.escape(socket.gethostname())}\b|\b[\w-]+\.(?:local|lan|internal)\b"
    }
    for number, _, text in lesson.shown():
        for what, pattern in patterns.items():
            for found in re.finditer(pattern, text):
                yield f"code cell {number} shows {what}: {found[0]!r}"


def no_cell_fails_unless_it_should(lesson: Lesson) -> Iterator[str]:
    for number, cell in enumerate(lesson.code, 1):
        failed = [output.ename for output in cell.outputs if output.output_type == "error"]
        if failed and "raises-exception" not in cell.metadata.get("tags", []):
            yield f"code cell {number} is stored with a {failed[0]} and no tag raises-exception"


def few_outputs_are_ignored_and_each_says_why(lesson: Lesson) -> Iterator[str]:
    ignored = [(number, cell) for number, cell in enumerate(lesson.code, 1) if rerun.ignores_output(cell)]
    if len(ignored) * 5 > len(lesson.code):
        yield f"{len(ignored)} of {len(lesson.code)} code cells ignore their output: at most one in five may"
    for number, cell in ignored:
        if not re.search(r"^\s*#(?!\s*NBVAL_).*\w{3}", cell.source, re.MULTILINE):
            yield f"code cell {number} ignores its output and has no comment that says why"


def nothing_is_skipped(lesson: Lesson) -> Iterator[str]:
    for number, cell in enumerate(lesson.code, 1):
        if "nbval-skip" in cell.metadata.get("tags", []) or re.search(
            r"^\s*#\s*NBVAL_SKIP", cell.source, re.M
        ):
            yield f"code cell {number} is skipped: a cell that no test runs is a cell that breaks"


def every_picture_is_said_in_words(lesson: Lesson) -> Iterator[str]:
    for number, cell in enumerate(lesson.code, 1):
        for data in (output.get("data", {}) for output in cell.outputs):
            words = data.get("text/plain", "<")
            if {"image/png", "image/svg+xml", "text/html"} & set(data) and words.startswith("<"):
                yield f"code cell {number} shows a picture or a table whose text is {words!r}"


# -- parts ------------------------------------------------------------------------------------

ENDING = ["Break it", "Exercises", "What changed", "In practice", "Recap", "Next"]


def it_opens_with_promise_time_and_needs(lesson: Lesson) -> Iterator[str]:
    first = lesson.notebook.cells[0]
    head, _, rest = first.source.partition("\n")
    number = lesson.path.stem.split("_")[0]
    if first.cell_type != "markdown" or not re.match(rf"# {number}\b.*\w", head):
        yield f"the first line is {head!r}, not '# {number}' and a title"
    if len(re.findall(r"^# ", "\n".join(plain(c.source) for c in lesson.markdown), re.MULTILINE)) != 1:
        yield "a lesson has one title, and all other headings begin with ## or ###"
    if not re.match(r"\s*[\w*“]", rest):
        yield "the first cell has no promise under the title"
    for part in ("Time", "Needs"):
        if not re.search(rf"\*\*{part}[.:]?\*\*", rest):
            yield f"the first cell doesn't say **{part}**"


def it_begins_with_one_import_cell(lesson: Lesson) -> Iterator[str]:
    lines = [line for line in lesson.code[0].source.splitlines() if line.strip() and not line.startswith("#")]
    if not any(line.startswith("%load_ext helpers") for line in lines):
        yield "the first code cell has no line %load_ext helpers"
    for line in lines:
        if not re.match(r"import |from |%load_ext |[\s)]", line):
            yield f"the first code cell does more than import: {line!r}"


def it_ends_with_all_its_parts(lesson: Lesson) -> Iterator[str]:
    titles = [section.title.lower() for section in lesson.sections]
    places = [next((i for i, t in enumerate(titles) if t.startswith(part.lower())), None) for part in ENDING]
    for part, place in zip(ENDING, places, strict=True):
        if place is None:
            yield f"there is no section '## {part}'"
    there = [place for place in places if place is not None]
    if there != sorted(there):
        yield f"the last sections stand in another order than {', '.join(ENDING)}"
    if (broken := lesson.section("Break it")) and not broken.code.strip():
        yield "'Break it' breaks nothing: it has no code cell"


def predictions_come_before_runs(lesson: Lesson) -> Iterator[str]:
    predicted = 0
    for section in lesson.sections:
        code = [cell.source for cell in section.cells if cell.cell_type == "code"]
        asked = [i for i, source in enumerate(code) if re.search(r"\bpredict\.\w+\(", source)]
        predicted += bool(asked)
        if asked and asked[-1] == len(code) - 1:
            yield f"in '{section.title}' nothing is run after the prediction"
    if predicted < 4:
        yield f"{predicted} sections ask for a prediction: four at least"


def exercises_start_from_their_starters(lesson: Lesson) -> Iterator[str]:
    known, used = exercises(), []
    for number, cell in enumerate(lesson.code, 1):
        if found := re.match(r"%%exercise\s+(\S+)[^\n]*\n?(.*)", cell.source, re.DOTALL):
            name, code = found[1], found[2]
            used.append(name)
            if name not in known:
                yield f"code cell {number} asks for {name!r}, an exercise that helpers.exercises doesn't have"
            elif code.strip() != known[name].starter.strip():
                yield f"code cell {number} doesn't hold the starter of exercise {name!r}"
    if not 2 <= len(set(used)) <= 4 or len(used) != len(set(used)):
        yield f"the exercises are {used}: two to four, each once"
    number_of_lesson = lesson.path.stem.split("_")[0]
    for name in (name for name, exercise in known.items() if exercise.lesson == number_of_lesson):
        if name not in used:
            yield f"exercise {name!r} of this lesson stands nowhere in it"


# -- writing ----------------------------------------------------------------------------------


def cells_are_short(lesson: Lesson) -> Iterator[str]:
    lengths = [
        sum(bool(ln.strip()) and not ln.startswith("%%") for ln in c.source.splitlines()) for c in lesson.code
    ]
    if median(lengths) > 4:
        yield f"the median code cell has {median(lengths):g} lines: at most 4"
    for number, length in enumerate(lengths, 1):
        if length == 0:
            yield f"code cell {number} is empty"
        if length > 25:
            yield f"code cell {number} has {length} lines: at most 25"


def paragraphs_are_short(lesson: Lesson) -> Iterator[str]:
    lengths = [len(paragraph.split()) for paragraph in lesson.paragraphs]
    if lengths and median(lengths) >= 45:
        yield f"the median paragraph has {median(lengths):g} words: under 45"
    for paragraph in lesson.paragraphs:
        if len(paragraph.split()) > 110:
            yield f"a paragraph has {len(paragraph.split())} words: {paragraph[:60]!r}…"


def the_spelling_is_american(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.markdown:
        yield from (f"British spelling: {word!r}" for word in british(plain(cell.source)))
    for number, _, text in lesson.shown():
        yield from (f"code cell {number} shows British spelling: {word!r}" for word in british(text))


def no_word_belittles(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.markdown:
        yield from (f"filler: {word!r} in {cell.source[:40]!r}…" for word in filler(plain(cell.source)))


def links_lead_somewhere(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.markdown:
        yield from links.broken(cell.source, lesson.path)
    for number, kind, text in lesson.shown():
        if kind == "text/html":
            yield from (f"code cell {number}: {problem}" for problem in links.broken(text, lesson.path))


def _rerun(lesson: Lesson) -> str:
    return f"type ./course rerun {lesson.path.stem}"


RULES: list[Rule] = [
    every_cell_was_run_in_order,
    no_output_is_stale,
    it_is_stored_in_normal_form,
    the_kernel_is_python3,
    outputs_name_nothing_of_one_machine,
    no_cell_fails_unless_it_should,
    few_outputs_are_ignored_and_each_says_why,
    nothing_is_skipped,
    every_picture_is_said_in_words,
    it_opens_with_promise_time_and_needs,
    it_begins_with_one_import_cell,
    it_ends_with_all_its_parts,
    predictions_come_before_runs,
    exercises_start_from_their_starters,
    cells_are_short,
    paragraphs_are_short,
    the_spelling_is_american,
    no_word_belittles,
    links_lead_somewhere,
]
