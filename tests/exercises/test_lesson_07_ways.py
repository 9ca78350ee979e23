"""Other right answers to the exercises of lesson 07 pass too."""

from __future__ import annotations

import pytest

from helpers.exercises import find
from helpers.exercises.judge import judge
from helpers.exercises.lesson_07.gather import HEAD

WAYS = {
    "reading and sending in turns of their own": (
        "talk",
        "import selectors\n"
        "def talk(sel, client, mask, pending):\n"
        "    if mask & selectors.EVENT_READ:\n"
        "        data = client.recv(4096)\n"
        "        if data:\n            pending.extend(data)\n"
        "        else:\n            sel.unregister(client)\n            client.close()\n            return\n"
        "    if mask & selectors.EVENT_WRITE:\n"
        "        sent = client.send(pending)\n        del pending[:sent]\n"
        "    events = selectors.EVENT_WRITE if pending else 0\n"
        "    if len(pending) < 65536:\n        events |= selectors.EVENT_READ\n"
        "    sel.modify(client, events, pending)\n",
    ),
    "no reading while anything is pending": (
        "talk",
        "from selectors import EVENT_READ, EVENT_WRITE\n"
        "def talk(sel, client, mask, pending):\n"
        "    if mask & EVENT_READ:\n"
        "        pending += client.recv(65536)\n"
        "        if not pending:\n            sel.unregister(client)\n            return client.close()\n"
        "    try:\n        del pending[:client.send(pending)]\n    except BlockingIOError:\n        pass\n"
        "    sel.modify(client, EVENT_WRITE if pending else EVENT_READ, pending)\n",
    ),
    "two methods for two ends": (
        "step",
        "def step(self, task, value):\n"
        "    def end(result):\n"
        "        task.done = True\n        task.result = result\n"
        "        for waiter in task.waiters:\n            self.ready.append((waiter, result))\n"
        "    try:\n"
        "        if isinstance(value, Exception):\n            letter = task.coro.throw(value)\n"
        "        else:\n            letter = task.coro.send(value)\n"
        "    except StopIteration as stop:\n        end(stop.value)\n"
        "    except Exception as error:\n        end(error)\n"
        "    else:\n        verb, what = letter\n        getattr(self, verb)(task, what)\n",
    ),
    "a generator that is awaited": (
        "gather",
        HEAD + "@types.coroutine\ndef both(coros):\n"
        "    tasks = []\n    for coro in coros:\n        tasks.append((yield 'spawn', coro))\n"
        "    results = []\n    for task in tasks:\n        results.append((yield 'join', task))\n"
        "    return results\n"
        "async def gather(*coros):\n    return await both(coros)\n",
    ),
    "a task for each place": (
        "gather",
        HEAD + "async def gather(*coros):\n    results = [None] * len(coros)\n"
        "    async def put(place, coro):\n        results[place] = await coro\n"
        "    tasks = []\n    for place, coro in enumerate(coros):\n"
        "        tasks.append(await ask('spawn', put(place, coro)))\n"
        "    for task in tasks:\n        await ask('join', task)\n    return results\n",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_another_right_answer_passes_too(way: str) -> None:
    name, source = WAYS[way]
    verdict = judge(find(name), source)
    assert verdict.passed, verdict.message
