"""%%background in a real foreground kernel: what appears where, when, and what one can do with it."""

from __future__ import annotations

import re
from statistics import median

import psutil

from tests.background.foreground import Foreground

SERVER = """\
import socket
listener = socket.create_server(("127.0.0.1", PORT))
print("listening")
while True:
    client, _ = listener.accept()
    print("got", client.recv(100).decode())
    client.close()
"""


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_the_output_stands_under_the_cell_and_state_is_kept(foreground: Foreground) -> None:
    assert foreground.run("%%background calc\nprint('hello')\nx = 20").text == "hello\n"
    again = foreground.run("%%background calc\nprint(x + 1)\nx + 2")
    assert again.text == "21\n" and again.data("text/plain") == ["22"]


def test_output_streams_under_its_own_cell_while_other_cells_run(foreground: Foreground) -> None:
    source = "import time\nfor n in range(5):\n    print('tick', n)\n    time.sleep(0.2)\nprint('end')"
    clock = foreground.run(f"%%background clock --wait-for 'tick 0'\n{source}")
    assert "tick 0" in clock.text and "tick 2" not in clock.text
    busy = foreground.run(
        "import time\nend = time.monotonic() + 0.5\nwhile time.monotonic() < end: pass\nprint('mine')"
    )
    foreground.run("background.cell('clock').wait_for('end')")
    foreground.until(lambda: "end" in clock.text)
    assert clock.text == "".join(f"tick {n}\n" for n in range(5)) + "end\n"
    assert busy.text == "mine\n"
    assert clock.first("tick 1") < busy.began + 0.5 - clock.began, "it waited for the busy cell"


def test_both_streams_and_pictures_come_through(foreground: Foreground) -> None:
    cell = foreground.run(
        "%%background all\nimport sys\nfrom IPython.display import HTML\n"
        "print('out')\nprint('err', file=sys.stderr)\ndisplay(HTML('<b>x</b>'))"
    )
    streams = [(content["name"], content["text"]) for _, kind, content in cell.outputs if kind == "stream"]
    assert sorted(streams) == [("stderr", "err\n"), ("stdout", "out\n")]
    assert cell.data("text/html") == ["<b>x</b>"]


def test_a_widget_of_the_other_kernel_is_shown_by_its_other_forms(foreground: Foreground) -> None:
    cell = foreground.run("%%background slider\nimport ipywidgets\nipywidgets.IntSlider(3)")
    assert cell.data("text/plain") and not cell.data("application/vnd.jupyter.widget-view+json")


def test_an_exception_appears_once_in_the_usual_colors_and_fails_the_cell(foreground: Foreground) -> None:
    cell = foreground.run("%%background bad\nprint('before')\n1 / 0")
    assert cell.text == "before\n" and cell.error == "ZeroDivisionError: division by zero"
    traceback = "\n".join(cell.errors[0]["traceback"])
    assert "\x1b[31mZeroDivisionError" in traceback and "helpers" not in traceback
    assert re.search(r"line.* 3", traceback), "line 3 of the cell as the learner sees it"


def test_a_syntax_error_appears_with_the_learners_line(foreground: Foreground) -> None:
    cell = foreground.run("%%background bad\nx = 1\ndef f(:\n    pass")
    assert cell.error.startswith("SyntaxError") and "line 3" in cell.error
    assert "def f(:" in "\n".join(cell.errors[0]["traceback"])


def test_an_exception_after_the_cell_is_over_appears_under_it(foreground: Foreground) -> None:
    cell = foreground.run(
        "%%background late --wait-for ready\nimport time\nprint('ready')\ntime.sleep(0.3)\n1 / 0"
    )
    assert cell.status == "ok" and not cell.errors
    other = foreground.run("import time; time.sleep(0.6)")
    foreground.until(lambda: bool(cell.errors))
    assert cell.error == "ZeroDivisionError: division by zero" and not other.outputs


def test_a_crash_is_told_under_the_cell_with_what_to_do(foreground: Foreground) -> None:
    cell = foreground.run("%%background crash\nimport os\nos.kill(os.getpid(), 9)")
    assert cell.error.startswith("CourseError: The background cell 'crash' died.")
    assert "killed by SIGKILL" in cell.error and "Run it again" in cell.error
    assert foreground.run("%%background crash\nprint('again')").text == "again\n"


def test_a_crash_after_the_cell_is_over_appears_under_it(foreground: Foreground) -> None:
    cell = foreground.run("%%background crash --detach\nimport os, time\ntime.sleep(0.3)\nos._exit(3)")
    assert cell.status == "ok"
    foreground.until(lambda: bool(cell.errors))
    assert "ended with exit code 3" in cell.error


def test_a_server_is_talked_to_and_started_again_on_its_port(foreground: Foreground) -> None:
    server = SERVER.replace("PORT", str(free_port()))
    port = server.split(", ")[1].split(")")[0]
    talk = (
        f"import socket\nwith socket.create_connection(('127.0.0.1', {port})) as s: s.sendall(b'hi')\n"
        "background.cell('server').wait_for('got')"
    )
    for _ in range(2):
        cell = foreground.run(f"%%background server --wait-for listening\n{server}")
        assert cell.status == "ok" and cell.text == "listening\n"
        assert foreground.run(talk).value == "'got hi'"


def test_a_restart_runs_the_cell_again_and_prints_where_it_printed(foreground: Foreground) -> None:
    server = SERVER.replace("PORT", str(free_port()))
    cell = foreground.run(f"%%background server --wait-for listening\n{server}")
    pid = foreground.run("background.cell('server').pid").value
    restarted = foreground.run(
        "background.cell('server').restart()\nbackground.cell('server').wait_for('listening')"
    )
    assert restarted.status == "ok" and not restarted.text
    assert cell.text == "listening\nlistening\n" and not cell.errors
    assert foreground.run("background.cell('server').pid").value != pid


def test_stopping_is_no_news(foreground: Foreground) -> None:
    cell = foreground.run("%%background long --detach\nwhile True: pass")
    pid = int(foreground.run("background.cell('long').pid").value)
    assert foreground.run("background.cell('long').stop()\nbackground.cell('long')").value == (
        "<background cell 'long': stopped>"
    )
    assert not psutil.pid_exists(pid) and not cell.errors
    assert "is stopped. Run it again." in foreground.run("background.cell('long').fetch('x')").error


def test_interrupting_a_background_cell_shows_where_it_was(foreground: Foreground) -> None:
    cell = foreground.run("%%background long --wait-for on\nprint('on')\nwhile True: pass")
    assert foreground.run("background.cell('long').running").value == "True"
    foreground.run("background.cell('long').interrupt()")
    foreground.until(lambda: bool(cell.errors))
    assert cell.error == "KeyboardInterrupt: "
    assert foreground.run("background.cell('long')").value == "<background cell 'long': done>"


def test_interrupting_the_foreground_interrupts_what_it_waits_for(foreground: Foreground) -> None:
    cell = foreground.send("%%background long\nprint('on')\nwhile True: pass")
    foreground.until(lambda: "on" in cell.text)
    foreground.manager.interrupt_kernel()
    foreground.until(lambda: bool(cell.status))
    assert cell.error == "KeyboardInterrupt: " and "while" in "\n".join(cell.errors[0]["traceback"])
    assert foreground.run("%%background long\nprint('free')").text == "free\n"


def test_interrupting_the_foreground_leaves_servers_running(foreground: Foreground) -> None:
    server = SERVER.replace("PORT", str(free_port()))
    foreground.run(f"%%background server --wait-for listening\n{server}")
    other = foreground.send("print('on')\nwhile True: pass")
    foreground.until(lambda: "on" in other.text)
    foreground.manager.interrupt_kernel()
    foreground.until(lambda: bool(other.status))
    assert foreground.run("background.cell('server').running").value == "True"


def test_nothing_waits_for_ever(foreground: Foreground) -> None:
    cell = foreground.run("%%background slow --timeout 0.5\nwhile True: pass")
    assert (
        "was not done after 0.5 s, so it was interrupted. A server never is: write --wait-for" in cell.error
    )
    cell = foreground.run("%%background slow --wait-for ready --timeout 0.5\nwhile True: pass")
    assert "did not print 'ready' in 0.5 s, so it was interrupted" in cell.error
    cell = foreground.run("%%background slow --wait-for ready\nprint('done')")
    assert "did not print 'ready' before it ended" in cell.error
    cell = foreground.run("background.cell('slow').wait_for('ready', timeout=0.2)")
    assert cell.error == (
        "CourseError: The background cell 'slow' did not print 'ready' before it ended. It printed:\ndone"
    )


def test_an_exception_before_the_line_is_shown_instead_of_waiting(foreground: Foreground) -> None:
    cell = foreground.run("%%background bad --wait-for ready\n1 / 0")
    assert cell.error == "ZeroDivisionError: division by zero"


def test_values_and_functions_are_fetched(foreground: Foreground) -> None:
    foreground.run(
        "%%background work\nanswers = {'a': [1, 2]}\ndef double(x): return 2 * x\n"
        "import threading\nlock = threading.Lock()"
    )
    assert foreground.run("background.cell('work').fetch('answers')").value == "{'a': [1, 2]}"
    assert foreground.run("background.cell('work').fetch('double')(4)").value == "8"
    assert (
        "There is no 'nothing' over there" in foreground.run("background.cell('work').fetch('nothing')").error
    )
    assert "cannot leave its process" in foreground.run("background.cell('work').fetch('lock')").error
    foreground.run("%%background work --wait-for on\nprint('on')\nwhile True: pass")
    assert (
        "is still running, so 'answers' may change"
        in foreground.run("background.cell('work').fetch('answers')").error
    )


def test_an_unknown_name_says_which_cell_to_run(foreground: Foreground) -> None:
    foreground.run("%%background known\npass")
    error = foreground.run("background.cell('serve')").error
    assert "start it first, run the cell that begins with %%background serve." in error and "known" in error


def test_a_wrong_option_is_one_line(foreground: Foreground) -> None:
    assert (
        foreground.run("%%background x --nonsense\npass").text
        == "UsageError: unrecognized arguments: --nonsense\n"
    )


def test_a_million_lines_leave_the_foreground_alive(foreground: Foreground) -> None:
    cell = foreground.run("%%background flood\nfor n in range(1_000_000): print(n)")
    assert len(cell.text) < 100_200 and cell.text.endswith("longer than 100,000 characters.]\n")
    assert foreground.run("1 + 1").value == "2"


def test_what_is_printed_is_on_the_screen_in_50_ms(foreground: Foreground) -> None:
    source = "import time\nfor _ in range(10):\n    print(f'at {time.time()}')\n    time.sleep(0.1)"
    cell = foreground.send(f"%%background stamps\n{source}")
    came: list[float] = []

    def done() -> bool:
        import time

        came.extend([time.time()] * (cell.text.count("at ") - len(came)))
        return bool(cell.status)

    foreground.until(done)
    stamps = [float(stamp) for stamp in re.findall(r"at ([\d.]+)", cell.text)]
    assert len(stamps) == 10
    assert median(shown - printed for shown, printed in zip(came, stamps, strict=True)) < 0.05


def test_a_second_name_is_a_second_kernel_and_starts_from_the_spare(foreground: Foreground) -> None:
    foreground.run("%%background one\nx = 1")
    foreground.run("from helpers.background import start\nstart.warm().result(30)\nNone")
    two = foreground.run("%%background two\nprint('x' in globals())")
    assert two.text == "False\n" and two.first("False") < 0.15


def test_a_temporary_directory_that_cannot_be_used_is_told() -> None:
    with Foreground() as fresh:
        fresh.run("import os\nos.environ['TMPDIR'] = '/nowhere'")
        error = fresh.run("%%background x\npass").error
        assert error.startswith("CourseError: The temporary directory /nowhere") and "TMPDIR=" in error
        fresh.run("del os.environ['TMPDIR']")
        assert fresh.run("%%background x\nprint('works')").text == "works\n"


def test_interrupting_while_a_kernel_starts_loses_nothing() -> None:
    with Foreground() as fresh:
        cell = fresh.send("%%background x\nprint(1)")
        fresh.until(lambda: any("k.json" in str(p.cmdline()) for p in psutil.Process(fresh.pid).children()))
        fresh.manager.interrupt_kernel()
        fresh.until(lambda: bool(cell.status))
        assert "Interrupted before 'x' had begun" in cell.error
        assert fresh.run("%%background x\nprint('works')").text == "works\n"
        fresh.run("import psutil\nfrom helpers.background import start\nstart.warm().result(30)")
        kernels = "[p for p in psutil.Process().children() if 'ipykernel' in str(p.cmdline())]"
        assert fresh.run(f"print(len({kernels}))").text == "2\n"


def test_code_that_heeds_no_interrupt_is_stopped(foreground: Foreground) -> None:
    cell = foreground.run("%%background deaf --timeout 0.5\nsum(range(10**12))")
    assert "did not heed the interrupt, so it was stopped. Run it again." in cell.error
    assert foreground.run("background.cell('deaf').state").value == "'stopped'"
