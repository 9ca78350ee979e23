"""Run a lesson from the top in a fresh kernel and store its outputs: `./course rerun 01 [LESSON…] [--all]`.

What is stored is the same whoever runs it, so that a diff shows only what changed:

- cells keep their ids and tags; all other metadata goes;
- execution counts are 1, 2, 3, …;
- a widget's view goes where a text or a picture of it stands beside it: no other kernel has that widget;
- a picture (PNG) stays as it was while neither its cell's source nor its text form changed, and so do all
  outputs of a cell that is tagged `nbval-ignore-output`: they differ in every run and say the same.
  `--all` takes them anew, for instance after a change of colors;
- paths in tracebacks begin at the library's own folder;
- `sources` in the notebook's metadata says, cell by cell, which source these outputs belong to.

A lesson whose cell fails is left as it was.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat import NotebookNode

__all__ = ["execute", "find", "lessons", "main", "normalize", "rerun", "sources"]

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
IGNORE_OUTPUT = re.compile(r"^\s*#+\s*NBVAL_IGNORE_OUTPUT\s*$", re.MULTILINE)
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def lessons() -> list[Path]:
    """All lessons, in the order of the course."""
    found = (p for p in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    return sorted(found, key=lambda path: path.name)


def find(name: str) -> Path:
    """The lesson that is meant by a path, a file name or a number such as `01`.

    Raises SystemExit with the names there are.
    """
    if Path(name).is_file():
        return Path(name).resolve()
    for path in lessons():
        if name in (path.stem, path.name, path.stem.split("_")[0]):
            return path
    raise SystemExit(
        f"There is no lesson {name!r}. There are: {', '.join(p.stem for p in lessons()) or 'none'}."
    )


def sources(notebook: NotebookNode) -> dict[str, str]:
    """A short name for the source of each code cell: stored outputs belong to one of these."""
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    return {cell.id: hashlib.sha256(cell.source.encode()).hexdigest()[:8] for cell in code}


def ignores_output(cell: NotebookNode) -> bool:
    """Whether nbval runs this cell without comparing what it shows."""
    return "nbval-ignore-output" in cell.metadata.get("tags", []) or bool(IGNORE_OUTPUT.search(cell.source))


@contextmanager
def _newcomer() -> Iterator[None]:
    """The lesson is run as a learner who has no settings and no progress yet."""
    with tempfile.TemporaryDirectory(prefix="aow-rerun-") as house:
        before = dict(os.environ)
        os.environ.update({n: f"{house}/{n.lower()}" for n in ("ART_OF_WAITING_DATA", "IPYTHONDIR")})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run all cells in `folder`, in a kernel of this Python, whatever kernels the user has installed.

    Raises nbclient's CellExecutionError or CellTimeoutError.
    """
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from traitlets import default

    class ThisPython(AsyncKernelManager):
        @default("kernel_spec_manager")
        def _none_installed(self) -> KernelSpecManager:
            return KernelSpecManager(kernel_dirs=[])

    with _newcomer():
        NotebookClient(
            notebook,
            kernel_manager_class=ThisPython,
            kernel_name="python3",
            timeout=60,
            coalesce_streams=True,
            store_widget_state=False,
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        ).execute()


def normalize(notebook: NotebookNode, before: NotebookNode | None = None, everything: bool = False) -> None:
    """Bring a notebook that was run into the form in which it is stored; see the top of this file.

    `before` is the stored one: its pictures stay where they still hold, unless `everything` is wanted anew.
    """
    old = {}
    if before and not everything:
        ran, code = before.metadata.get("sources", {}), sources(notebook)
        old = {
            cell.id: cell for cell in before.cells if cell.id in code and ran.get(cell.id) == code[cell.id]
        }
    notebook.metadata = NotebookNode(
        kernelspec=NotebookNode(KERNEL),
        language_info=NotebookNode(name="python"),
        sources=NotebookNode(sources(notebook)),
    )
    count = 0
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = NotebookNode(tags=tags) if tags else NotebookNode()
        if cell.cell_type == "code":
            count += 1
            _store(cell, count, old.get(cell.id))


def _store(cell: NotebookNode, count: int, old: NotebookNode | None) -> None:
    for output in cell.outputs:
        _tidy(output)
    if old is not None and _says_the_same(old, cell):
        cell.outputs = old.outputs
    cell.execution_count = count
    for output in cell.outputs:
        if output.output_type == "execute_result":
            output.execution_count = count


def _tidy(output: NotebookNode) -> None:
    if len(output.get("data", {})) > 1:
        output.data.pop(WIDGET_VIEW, None)
    if output.output_type == "error":
        output.traceback = [_shorten(line) for line in output.traceback]


def _shorten(line: str) -> str:
    """A traceback's line without this machine's folders; nbval doesn't compare tracebacks."""
    line = re.sub(r"[~/][\w./~-]*?/(site-packages|python3\.\d+)/", r"\1/", line)
    return line.replace(f"{ROOT}/", "").replace(str(Path.home()), "~")


def _says_the_same(old: NotebookNode, new: NotebookNode) -> bool:
    """Whether only pictures differ, or what nbval is told not to compare."""
    if not old.outputs or (error := _error(old)) != _error(new):
        return False
    return (ignores_output(new) and not error) or _in_words(old) == _in_words(new)


def _error(cell: NotebookNode) -> list[str]:
    return [output.ename for output in cell.outputs if output.output_type == "error"]


def _in_words(cell: NotebookNode) -> list[dict[str, object]]:
    words = []
    for output in cell.outputs:
        seen = {
            k: v for k, v in output.items() if k not in ("execution_count", "metadata", "data", "traceback")
        }
        shown = {k: v for k, v in output.get("data", {}).items() if k not in ("image/png", "image/jpeg")}
        pictures = sorted(set(output.get("data", {})) - set(shown))
        words.append(seen | {"data": shown, "pictures": pictures})
    return words


def rerun(path: Path, everything: bool = False) -> list[int]:
    """Run the lesson at `path` and write it back; the numbers of the code cells that changed.

    Raises nbclient's CellExecutionError or CellTimeoutError, and then writes nothing.
    """
    before = nbformat.read(path, as_version=4)
    notebook = nbformat.read(path, as_version=4)
    execute(notebook, path.parent)
    normalize(notebook, before, everything)
    nbformat.validate(notebook)
    text = nbformat.writes(notebook) + "\n"
    if text != path.read_text(encoding="utf-8"):
        path.write_text(text, encoding="utf-8")
    old = {cell.id: cell for cell in before.cells}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [number for number, cell in enumerate(code, 1) if cell != old.get(cell.id)]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 if a lesson failed."""
    parser = argparse.ArgumentParser(
        prog="./course rerun", description="Run lessons and store their outputs."
    )
    parser.add_argument("lesson", nargs="*", help="a number, a name or a path; none means all")
    parser.add_argument("--all", action="store_true", help="store new pictures and ignored outputs too")
    options = parser.parse_args(arguments)
    from nbclient.exceptions import CellControlSignal, DeadKernelError

    failed = False
    for path in [find(name) for name in options.lesson] or lessons():
        try:
            changed = rerun(path, options.all)
        except (CellControlSignal, DeadKernelError, TimeoutError) as error:
            failed = True
            print(f"{path.stem}: failed, and is left as it was.\n{error}")
        else:
            news = f"changed: code cells {', '.join(map(str, changed))}" if changed else "as before"
            print(f"{path.stem}: {news}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
