"""The loop that the checks of lesson 07 use is the one that the lesson shows."""

from __future__ import annotations

import ast
from pathlib import Path

from helpers.exercises.lesson_07 import loop
from tests.notebooks.listing import listing

CELLS = ("e5-loop", "e5-wait", "e5-step", "e6-ask")


class WithoutTypes(ast.NodeTransformer):
    """Drops what only a type checker reads."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.Assign | None:
        return ast.Assign([node.target], node.value, lineno=node.lineno) if node.value else None


def functions(source: str) -> dict[str, str]:
    """Class and name of each function, and its code in one normal form."""
    found: dict[str, str] = {}
    for node in WithoutTypes().visit(ast.parse(source)).body:
        owned = node.body if isinstance(node, ast.ClassDef) else [node]
        owner = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        found |= {f"{owner}{f.name}": ast.unparse(f) for f in owned if isinstance(f, ast.FunctionDef)}
    return found


def test_each_function_of_the_lessons_loop_is_in_the_checks_loop_word_for_word() -> None:
    shown = functions("\n".join(listing("07", cell) for cell in CELLS))
    ours = functions(Path(loop.__file__).read_text())
    assert {"Task.__init__", "Loop.run", "Loop.wait", "Loop.step", "Loop.join", "ask"} <= set(shown)
    assert shown == {name: ours[name] for name in shown}


def test_a_loop_in_which_nobody_can_ever_wake_says_so_instead_of_waiting() -> None:
    async def waits_for(others: list[loop.Task]) -> None:
        await loop.ask("sleep", 0)
        await loop.ask("join", others[0])

    async def each_other() -> None:
        first: list[loop.Task] = []
        first.append(await loop.ask("spawn", waits_for(first)))
        await loop.ask("join", first[0])

    checked = loop.Checked()
    with checked.selector:
        try:
            checked.run(each_other())
        except loop.Stuck:
            return
    raise AssertionError("a task that waits for itself was done")
