"""`./course rerun`: run for real, on scratch notebooks."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.notebooks import rerun

PICTURE = (
    "import os\nfrom base64 import b64encode\nfrom IPython.display import display\n"
    "display({'image/png': b64encode(os.urandom(6)).decode(), 'text/plain': 'a picture'}, raw=True)"
)


def scratch(path: Path, *sources: str, **metadata: object) -> Path:
    cells = [new_markdown_cell("# A lesson"), *map(new_code_cell, sources)]
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
    return path


def code_cells(path: Path) -> list[NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def replace_source(path: Path, number: int, source: str) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[number].source = source
    nbformat.write(notebook, path)


def test_a_lesson_is_stored_in_its_normal_form(tmp_path: Path) -> None:
    lesson = scratch(
        tmp_path / "x.ipynb",
        "print('one')",
        "1 + 1",
        "1 / 0",
        author="me",
        kernelspec={"name": "mine", "display_name": "Mine"},
    )
    notebook = nbformat.read(lesson, as_version=4)
    ids = [cell.id for cell in notebook.cells]
    notebook.cells[3].metadata = NotebookNode(tags=["raises-exception"], collapsed=True)
    notebook.cells[1].execution_count = 77
    nbformat.write(notebook, lesson)

    assert rerun.rerun(lesson) == [1, 2, 3]

    stored = nbformat.read(lesson, as_version=4)
    assert [cell.id for cell in stored.cells] == ids
    assert set(stored.metadata) == {"kernelspec", "language_info", "sources"}
    assert stored.metadata.kernelspec.name == "python3"
    assert [c.execution_count for c in code_cells(lesson)] == [1, 2, 3]
    assert stored.cells[1].outputs[0].text == "one\n"
    assert stored.cells[2].outputs[0].execution_count == 2
    assert stored.cells[3].metadata == {"tags": ["raises-exception"]}


def test_running_again_changes_not_one_byte(tmp_path: Path) -> None:
    lesson = scratch(tmp_path / "x.ipynb", PICTURE, "print('one')")
    rerun.rerun(lesson)
    first = lesson.read_bytes()
    assert rerun.rerun(lesson) == []
    assert lesson.read_bytes() == first


def test_a_new_picture_is_stored_when_its_source_or_its_words_changed_or_all_is_asked(tmp_path: Path) -> None:
    lesson = scratch(tmp_path / "x.ipynb", PICTURE, PICTURE)
    rerun.rerun(lesson)
    first = [cell.outputs[0].data["image/png"] for cell in code_cells(lesson)]

    replace_source(lesson, 1, PICTURE + "  # changed")
    assert rerun.rerun(lesson) == [1]
    second = [cell.outputs[0].data["image/png"] for cell in code_cells(lesson)]
    assert second[0] != first[0] and second[1] == first[1]

    assert rerun.rerun(lesson, everything=True) == [1, 2]


def test_an_output_that_is_not_compared_is_kept_while_its_source_is(tmp_path: Path) -> None:
    lesson = scratch(tmp_path / "x.ipynb", "# NBVAL_IGNORE_OUTPUT\nimport os\nprint(os.urandom(4))")
    rerun.rerun(lesson)
    first = lesson.read_bytes()
    assert rerun.rerun(lesson) == []
    assert lesson.read_bytes() == first


def test_a_widget_leaves_its_text_and_no_model_that_nobody_has(tmp_path: Path) -> None:
    lesson = scratch(tmp_path / "x.ipynb", "from ipywidgets import IntSlider\nIntSlider()")
    rerun.rerun(lesson)
    (cell,) = code_cells(lesson)
    assert set(cell.outputs[0].data) == {"text/plain"}
    assert "widgets" not in nbformat.read(lesson, as_version=4).metadata


def test_a_traceback_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    lesson = scratch(
        tmp_path / "x.ipynb", "import json, nbformat\njson.loads('{')", "nbformat.reads('{}', 4)"
    )
    notebook = nbformat.read(lesson, as_version=4)
    for cell in notebook.cells[1:]:
        cell.metadata = NotebookNode(tags=["raises-exception"])
    nbformat.write(notebook, lesson)
    rerun.rerun(lesson)
    text = json.dumps([cell.outputs for cell in code_cells(lesson)])
    assert "site-packages/nbformat" in text and "/json/" in text
    for folder in (str(rerun.ROOT), str(Path.home()) + "/", "/usr/", "/lib/python", str(tmp_path)):
        assert folder not in text.replace("…", "").replace(" python3", ""), folder


def test_a_lesson_that_fails_is_left_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lesson = scratch(tmp_path / "x.ipynb", "print('one')", "no_such_name")
    before = lesson.read_bytes()
    assert rerun.main([str(lesson)]) == 1
    assert lesson.read_bytes() == before
    assert "no_such_name" in capsys.readouterr().out


def test_an_unknown_lesson_is_said_in_one_line() -> None:
    with pytest.raises(SystemExit, match="There is no lesson 'nothing'"):
        rerun.find("nothing")
