"""The permissions of a user who may receive from one queue, and do nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from helpers.errors import CourseError
from helpers.exercises.brokered import named, refusal, table
from helpers.exercises.exercise import Answer, Exercise, Miss, Wrong
from helpers.queues.broker import connect, quiet_ctl

__all__ = ["EXERCISE"]

STARTER = '''\
def permissions_for_reader():
    """alex receives from the queue `reports`, and may do nothing else.

    Return three patterns in rabbitmqctl's order: configure, write, read.
    """
    return ".*", ".*", ".*"
'''
SOLUTION = """\
def permissions_for_reader():
    return "^$", "^$", "^reports$"
"""
USER = "alex-of-the-exercise"
EXCHANGE = "reports"
"""An exchange of the queue's name: who may write `reports` may publish to it."""
ALL = "With these, alex declares queues of his own and deletes yours. Which of the three does receiving need?"


def check(answer: Answer) -> None:
    function = answer.function("permissions_for_reader", "def permissions_for_reader():")
    given = function()
    if not isinstance(given, tuple | list) or [type(each) for each in given] != [str, str, str]:
        raise Miss("Return three strings: configure, write, read.")
    for pattern in given:
        try:
            re.compile(pattern)
        except re.error as error:
            raise Miss(f"{pattern!r} is no regular expression: {error}.") from None
    _give(given)
    with table("reports", "old-reports", "reports-2", "hello") as channel:
        channel.exchange_declare(EXCHANGE, "fanout")
        try:
            _try_out()
        finally:
            channel.exchange_delete(EXCHANGE)


def _give(patterns: Sequence[str]) -> None:
    try:
        quiet_ctl("set_permissions", USER, *patterns)
    except CourseError:  # nobody has tried this exercise yet
        quiet_ctl("add_user", USER, USER)
        quiet_ctl("set_permissions", USER, *patterns)


def _try_out() -> None:
    with connect(USER, USER, USER) as connection:

        def refused(act: Any) -> bool:
            channel = connection.channel()
            code = refusal(lambda: act(channel))
            if channel.is_open:
                channel.close()
            return code == 403

        def publish(channel: Any, exchange: str = "") -> None:
            channel.confirm_delivery()
            channel.basic_publish(exchange, "hello", b"from alex")

        own = named("own")
        may_declare = not refused(lambda channel: channel.queue_declare(own, exclusive=True))
        may_read = not refused(lambda channel: channel.basic_get("reports"))
        may_publish = not refused(publish)
        old, newer, other = (
            not refused(lambda channel, q=q: channel.basic_get(q))
            for q in ("old-reports", "reports-2", "hello")
        )
        may_send = not refused(lambda channel: publish(channel, EXCHANGE))
        may_delete = not refused(lambda channel: channel.queue_delete("reports"))
    if may_declare:
        raise Miss(ALL)
    if may_publish:
        raise Miss(
            "alex can publish through the default exchange, and so into every queue. He is to receive."
        )
    if not may_read:
        raise Miss(
            "alex can't receive from `reports` (403). Write puts in, read takes out; the order is configure, "
            "write, read."
        )
    if old:
        raise Miss(
            "alex also reads `old-reports`: a pattern matches anywhere in a name, unless ^ and $ pin it down."
        )
    if newer and not other:
        raise Miss("alex also reads `reports-2`: without a `$` a pattern matches longer names as well.")
    if other:
        raise Miss("alex also reads `hello`, which is not his. Let the pattern match the one name.")
    if may_delete:
        raise Miss("alex can delete `reports`: configure matches its name. Receiving needs one of the three.")
    if may_send:
        raise Miss(
            "alex can publish to an exchange that is called `reports`: write matches its name. Receiving "
            "needs one of the three."
        )


def _source(*patterns: str) -> str:
    return f"def permissions_for_reader():\n    return {patterns!r}\n"


WRONG = (
    Wrong(_source("", "", "reports"), "alex also reads `old-reports`"),
    Wrong(_source("", "reports", ""), "Write puts in, read takes out"),
    Wrong(_source("^reports$", "", ""), "Write puts in, read takes out"),
    Wrong(_source("", ".*", "^reports$"), "alex can publish through the default exchange"),
    Wrong(_source("^$", "^$", ".*"), "alex also reads"),
    Wrong(_source("", "", "^reports"), "alex also reads `reports-2`"),
    Wrong(_source("^reports$", "", "^reports$"), "alex can delete `reports`"),
    Wrong(_source("", "^reports$", "^reports$"), "alex can publish to an exchange that is called"),
    Wrong("def permissions_for_reader():\n    return '', '', '*reports'\n", "is no regular expression"),
    Wrong("def permissions_for_reader():\n    return 'reports'\n", "Return three strings"),
)

EXERCISE = Exercise(
    name="permissions_for_reader",
    lesson="14",
    title="One queue, and nothing else",
    starter=STARTER,
    solution=SOLUTION,
    hints=(
        "Declaring and deleting is configure, putting in is write, taking out is read.",
        "`^$` matches the empty name only, and so nothing that there is.",
        "A pattern matches anywhere in a name: `reports` also in `old-reports`. `^` and `$` pin it down.",
    ),
    check=check,
    starter_message=ALL,
    wrong=WRONG,
    passed="The broker asked its patterns at every turn, and alex got at `reports` alone.",
    time_limit=15,
    broker=True,
)
