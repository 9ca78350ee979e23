"""The lessons of the course: their numbers, names and parts never change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["LESSONS", "PARTS", "Lesson", "lesson_of", "notebooks"]

PARTS = (
    ("", "Start here"),
    ("part1_async_io", "Asynchronous I/O"),
    ("part2_databases", "Databases"),
    ("part3_queues", "Queues"),
    ("part4_caching", "Caching"),
    ("part5_together", "Together"),
)
"""Folder and name of each part; part 0 is lesson 00 alone."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One stop of the course."""

    number: str
    title: str
    part: int
    stem: str

    @property
    def path(self) -> Path:
        """Where its notebook is, or will be, under the folder of notebooks."""
        return Path(PARTS[self.part][0]) / f"{self.number}_{self.stem}.ipynb"


LESSONS = (
    Lesson("00", "Start here", 0, "start_here"),
    Lesson("01", "Timelines", 1, "timelines"),
    Lesson("02", "Server models", 1, "server_models"),
    Lesson("03", "Event driven", 1, "event_driven"),
    Lesson("04", "I/O models", 1, "io_models"),
    Lesson("05", "select", 1, "select"),
    Lesson("06", "poll, epoll", 1, "poll_epoll"),
    Lesson("07", "selectors", 1, "selectors"),
    Lesson("08", "gevent", 1, "gevent"),
    Lesson("09", "Twisted", 1, "twisted"),
    Lesson("10", "asyncio", 1, "asyncio"),
    Lesson("11", "Databases", 2, "databases"),
    Lesson("12", "SQLAlchemy", 2, "sqlalchemy"),
    Lesson("13", "Paramiko", 2, "paramiko"),
    Lesson("14", "Hello, RabbitMQ", 3, "hello_rabbitmq"),
    Lesson("15", "Work queues", 3, "work_queues"),
    Lesson("16", "Publish, subscribe", 3, "publish_subscribe"),
    Lesson("17", "Routing, topics", 3, "routing_topics_headers"),
    Lesson("18", "RPC", 3, "rpc"),
    Lesson("19", "Nothing lost", 3, "nothing_lost"),
    Lesson("20", "memcached", 4, "memcached"),
    Lesson("21", "Redis", 4, "redis"),
    Lesson("22", "Caching patterns", 4, "caching_patterns"),
    Lesson("23", "Capstone", 5, "capstone"),
    Lesson("24", "Beyond one machine", 5, "beyond_one_machine"),
)


def lesson_of(name: str) -> str:
    """The lesson's number at the beginning of `name`: "01" of "01 three threads".

    Raises ValueError if there is none, which is a mistake of the lesson's author.
    """
    number = name[:2]
    if number not in {lesson.number for lesson in LESSONS}:
        raise ValueError(f"{name!r} must begin with the number of its lesson, as in '01 three threads'")
    return number


def notebooks() -> Path:
    """The folder of the course's notebooks: the one that is worked in, else the one beside this package."""
    here = Path.cwd()
    for folder in (here, here.parent):
        if (folder / LESSONS[0].path).exists():
            return folder
    return Path(__file__).resolve().parents[2] / "notebooks"
