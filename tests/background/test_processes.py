"""%%background --process: a plain Python process, as a script would run."""

from __future__ import annotations

import psutil

from tests.background.foreground import Foreground

UNCHANGED = """\
from gevent import monkey; monkey.patch_all()
import gevent, time
def errand(name):
    time.sleep(0.2)
    print(name, 'done')
began = time.monotonic()
gevent.joinall([gevent.spawn(errand, name) for name in 'ABC'])
took = time.monotonic() - began
"""


def test_monkey_patching_in_the_first_line_patches_everything(foreground: Foreground) -> None:
    cell = foreground.run(f"%%background greenlets --process\n{UNCHANGED}")
    assert cell.text == "A done\nB done\nC done\n" and cell.status == "ok"
    assert foreground.run("background.cell('greenlets').fetch('took') < 0.5").value == "True"


PATCHED = {"socket", "ssl", "threading", "select", "selectors", "subprocess", "queue", "asyncio"}


def test_nothing_that_gevent_patches_is_imported_before_the_cell(foreground: Foreground) -> None:
    source = f"import sys\nprint(sorted({PATCHED} & set(sys.modules)))"
    assert foreground.run(f"%%background fresh --process\n{source}").text == "[]\n"


def test_it_is_a_script_of_its_own_without_input(foreground: Foreground) -> None:
    cell = foreground.run(
        "%%background p --process\nprint(__name__)\nx = 3\nx\nimport sys\nprint(repr(sys.stdin.read()))"
    )
    assert cell.text == "__main__\n''\n" and not cell.data("text/plain")


def test_each_run_is_a_fresh_process(foreground: Foreground) -> None:
    foreground.run("%%background p --process\nx = 3")
    first = int(foreground.run("background.cell('p').pid").value)
    assert foreground.run("%%background p --process\nprint('x' in globals())").text == "False\n"
    assert not psutil.pid_exists(first)


def test_output_streams_while_it_runs(foreground: Foreground) -> None:
    cell = foreground.send(
        "%%background p --process\nimport time\nprint('one')\ntime.sleep(0.4)\nprint('two')"
    )
    foreground.until(lambda: bool(cell.status))
    assert cell.first("two") - cell.first("one") > 0.3


def test_all_output_is_there_before_the_cell_is_done(foreground: Foreground) -> None:
    cell = foreground.run(
        "%%background p --process\nimport sys\n"
        "print('x' * 90_000)\nprint('end')\nprint('err', file=sys.stderr)"
    )
    assert cell.text.count("x") == 90_000 and "end\n" in cell.text and "err\n" in cell.text


def test_an_exception_appears_in_the_usual_colors(foreground: Foreground) -> None:
    cell = foreground.run("%%background p --process\nprint('before')\ndef f():\n    1 / 0\nf()")
    assert cell.text == "before\n" and cell.error == "ZeroDivisionError: division by zero"
    traceback = "\n".join(cell.errors[0]["traceback"])
    assert "\x1b[31mZeroDivisionError" in traceback and "bootstrap" not in traceback
    assert "%%background p:4" in traceback, "the learner's line"


def test_a_syntax_error_appears_with_the_learners_line(foreground: Foreground) -> None:
    cell = foreground.run("%%background p --process\nx = 1\ndef f(:\n    pass")
    assert cell.error.startswith("SyntaxError") and "line 3" in cell.error


def test_exit_with_success_is_an_ordinary_end(foreground: Foreground) -> None:
    assert foreground.run("%%background p --process\nprint('bye')\nimport sys\nsys.exit()").status == "ok"
    cell = foreground.run("%%background p --process\nimport sys\nsys.exit(3)")
    assert "died. The code called sys.exit(3)." in cell.error


def test_a_crash_is_told(foreground: Foreground) -> None:
    assert (
        "killed by SIGKILL"
        in foreground.run("%%background p --process\nimport os\nos.kill(os.getpid(), 9)").error
    )
    assert (
        "ended with exit code 3" in foreground.run("%%background p --process\nimport os\nos._exit(3)").error
    )


def test_it_is_interrupted_and_its_values_are_still_there(foreground: Foreground) -> None:
    foreground.run("%%background p --process --wait-for on\nn = 1\nprint('on')\nwhile True: n += 1")
    assert "is still running" in foreground.run("background.cell('p').fetch('n')").error
    foreground.run("background.cell('p').interrupt()\nbackground.cell('p')._run.wait(10)")
    assert foreground.run("background.cell('p').fetch('n') > 1").value == "True"


def test_values_of_the_cells_own_classes_come_back(foreground: Foreground) -> None:
    foreground.run("%%background p --process\nclass Point:\n    x = 3\npoint = Point()")
    assert foreground.run("background.cell('p').fetch('point').x").value == "3"
    assert "There is no 'line' over there" in foreground.run("background.cell('p').fetch('line')").error


def test_its_children_end_with_it(foreground: Foreground) -> None:
    source = "import subprocess\nchild = subprocess.Popen(['sleep', '600']).pid"
    foreground.run(f"%%background p --process\n{source}")
    child = int(foreground.run("background.cell('p').fetch('child')").value)
    foreground.run("background.cell('p').stop()")
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_a_million_lines_are_cut(foreground: Foreground) -> None:
    cell = foreground.run("%%background flood --process\nfor n in range(1_000_000): print(n)")
    assert len(cell.text) < 100_200 and cell.text.endswith("longer than 100,000 characters.]\n")


def test_a_forked_copy_that_runs_to_the_end_is_not_taken_for_the_cell(foreground: Foreground) -> None:
    source = "import os, time\nif os.fork() == 0:\n    raise KeyError('in the copy')\nos.wait()\nprint('end')"
    cell = foreground.run(f"%%background p --process\n{source}")
    assert cell.text == "end\n" and not cell.errors
