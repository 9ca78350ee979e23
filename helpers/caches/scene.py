"""A scene: who asks whom for what, one step after another, in an order that is fixed.

    scene = Scene("too late", cache=cache, source=shop)
    reader, writer = scene.actors("reader", "writer")
    page = reader.source.read("price")      # as shop.read("price"), and one more step in the picture
    writer.cache.delete("price")
    scene.show()

Races depend on luck. In a scene everybody sees the unlucky order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from helpers.errors import CourseError
from helpers.tracing.trace import Arrow, Trace

__all__ = ["Actor", "Scene", "Step"]


class Step(NamedTuple):
    """`actor` asked `thing` for `asked`, and it said `answer`, which may be empty."""

    actor: str
    thing: str
    asked: str
    answer: str

    @property
    def words(self) -> str:
        """What was asked, and what was said."""
        return f"{self.asked} → {self.answer}" if self.answer else self.asked


class Scene:
    """`things` are what the actors ask, by the names that they have in the picture: a cache, a source."""

    def __init__(self, title: str, **things: Any) -> None:
        self.title, self.things = title, things
        self.people: list[str] = []
        self.steps: list[Step] = []

    def actors(self, *names: str) -> tuple[Actor, ...]:
        """One actor for each name."""
        self.people += names
        return tuple(Actor(self, name) for name in names)

    @property
    def lanes(self) -> list[str]:
        """All who take part, in the order in which they are drawn: things between the actors."""
        return [*self.people[:1], *self.things, *self.people[1:]]

    def text(self) -> str:
        """The steps in words, one a line."""
        width = max((len(step.actor) for step in self.steps), default=0)
        lines = [
            f"  {number} {step.actor:{width}} → {step.thing}: {step.words}"
            for number, step in enumerate(self.steps, 1)
        ]
        return "\n".join([self.title, *lines])

    def trace(self) -> Trace:
        """The steps as arrows, a second apart."""
        arrows = [
            Arrow(step.actor, number, step.thing, number, step.words)
            for number, step in enumerate(self.steps)
        ]
        return Trace(self.title, self.lanes, arrows=arrows, duration=len(arrows), talk=True)

    def show(self) -> None:
        """Draw what has been played so far. Raises CourseError if nobody has asked anything."""
        from helpers import views
        from helpers.views.sequence import drawn

        if not self.steps:
            raise CourseError("Nothing has been played yet: let an actor ask, and then call show().")
        views._display({"image/png": drawn(self.trace()), "text/plain": self.text()})

    def _step(self, actor: str, thing: str, what: str, arguments: tuple[Any, ...], more: Any) -> Any:
        asked = " ".join([what, *map(_in_words, arguments), *(f"{name}={more[name]}" for name in more)])
        try:
            answer = getattr(self.things[thing], what)(*arguments, **more)
        except Exception as error:
            self.steps.append(Step(actor, thing, asked, type(error).__name__))
            raise
        said = "" if what == "write" else _in_words(answer)
        self.steps.append(Step(actor, thing, asked, said))
        return answer


class Actor:
    """Somebody in a scene: ``actor.cache`` is the cache, and what is asked of it gets into the picture."""

    def __init__(self, scene: Scene, name: str) -> None:
        self._scene, self._name = scene, name

    def __getattr__(self, thing: str) -> _Thing:
        if thing not in self._scene.things:
            there = ", ".join(f"{self._name}.{name}" for name in self._scene.things)
            raise AttributeError(f"In this scene there is no {thing!r}. There are: {there}.")
        return _Thing(self._scene, self._name, thing)


class _Thing:
    def __init__(self, scene: Scene, actor: str, thing: str) -> None:
        self._where = scene, actor, thing

    def __getattr__(self, what: str) -> Any:
        scene, actor, thing = self._where
        return lambda *arguments, **more: scene._step(actor, thing, what, arguments, more)


def _in_words(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, tuple):
        return ", ".join(map(_in_words, value))
    if value is None:
        return "nothing"
    return "done" if value is True else f"{value}"
