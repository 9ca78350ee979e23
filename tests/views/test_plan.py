"""The broker's map before it is drawn: rows on lanes, columns, roads, sizes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from helpers.tracing import RUNNING, Arrow, Link, Place, Span, Trace
from helpers.views.grounds import Grounds
from helpers.views.plan import MOST_NODES, Plan
from helpers.views.rows import BAR, PITCH, Ends, lane_height, rows, thinned
from helpers.views.wire import wire
from tests.views.letters import call, flood, handover, hello, news, parcels


def rest(start: float, end: float, item: str, state: str = "resting") -> Span:
    return Span("q", state, start, end, item=item)


# -- rows -----------------------------------------------------------------------------------


def test_messages_that_overlap_are_stacked_and_the_lowest_free_row_is_taken() -> None:
    assert rows([rest(0, 3, "a"), rest(1, 4, "b"), rest(2, 5, "c"), rest(3, 6, "d")]) == [0, 1, 2, 0]


def test_one_after_the_other_needs_one_row() -> None:
    assert rows([rest(0, 1, "a"), rest(1, 2, "b"), rest(2, 3, "c")]) == [0, 0, 0]


def test_what_runs_lies_over_its_own_message() -> None:
    held = [rest(0, 9, item, "unacknowledged") for item in "ab"]
    assert rows([*held, rest(0, 3, "b", RUNNING)]) == [0, 1, 1]
    assert rows([rest(0, 3, "b", RUNNING), *held]) == [1, 0, 1]


def test_spans_without_a_message_overlap_as_they_always_did() -> None:
    assert rows([Span("A", "waiting", 0, 2), Span("A", "running", 1, 3)]) == [0, 0]


def test_a_lane_of_one_row_is_as_high_as_ever_and_no_lane_higher_than_ninety_pixels() -> None:
    assert lane_height(1) == PITCH
    assert lane_height(2) == PITCH - BAR + 32
    assert max(lane_height(count) for count in range(1, 3000)) < 90


def test_an_arrow_ends_at_the_bars_of_its_message() -> None:
    trace = handover()
    ends, spans = Ends(trace.spans), trace.spans
    there, over, back, again = (ends.of(arrow) for arrow in trace.arrows)
    assert there[0] == -1 and spans[there[1]].lane == "hello"
    assert [spans[over[0]].lane, spans[over[1]].lane] == ["hello", "A"]
    assert [spans[back[0]].lane, spans[back[1]].lane] == ["A", "hello"]
    assert spans[again[1]].lane == "B" and again[0] == back[1] != over[0]


def test_of_too_many_messages_only_some_are_drawn_and_the_title_says_so() -> None:
    many = flood(20_000)
    few = thinned(many)
    assert len(few.arrows) + len(few.spans) <= 40_000
    assert few.title == "many messages (one of 2 messages is drawn)"
    assert thinned(flood()) == flood()


# -- columns and roads ----------------------------------------------------------------------


def test_columns_go_from_producers_to_consumers() -> None:
    assert Plan(parcels()).columns == [["you"], ["default exchange"], ["parcels"], ["A", "B"]]


def test_an_exchange_behind_an_exchange_stands_one_column_further() -> None:
    assert Plan(news()).columns[1:3] == [["news"], ["sport"]]
    assert set(Plan(news()).columns[3]) == {"queue-1", "diary", "scores"}


def test_exchanges_that_are_bound_in_a_circle_have_a_place() -> None:
    trace = news()
    trace.links.append(Link("sport", "news", "", 0, 1))
    assert sum(map(len, Plan(trace).columns)) == 8


def test_a_road_knows_its_keys_and_how_much_went_along_it() -> None:
    roads = Plan(news()).roads
    assert roads["sport", "scores"].labels == ["sport.*", "news.#"]
    assert (roads["desk", "news"].used, roads["news", "diary"].used, roads["news", "sport"].used) == (4, 4, 2)
    assert roads["news", "queue-1"].times[-1][1] < news().duration


def test_the_routing_key_stands_on_the_road_from_the_default_exchange() -> None:
    assert Plan(hello()).roads["default exchange", "hello"].labels == ["hello"]


def test_what_comes_back_is_counted_apart_and_has_no_road_of_its_own() -> None:
    plan = Plan(parcels())
    road = plan.roads["parcels", "A"]
    assert (road.used, road.returned) == (10, 8)
    assert ("A", "parcels") not in plan.roads


def test_an_exchange_knows_what_was_lost_there() -> None:
    assert {name: node.lost for name, node in Plan(hello()).nodes.items() if node.lost} == {
        "default exchange": 1
    }


def test_a_call_goes_back_below_everything() -> None:
    plan = Plan(call())
    grounds = Grounds(plan)
    back = {key for key, road in plan.roads.items() if road.back}
    assert back == {("server", "default exchange"), ("replies", "client")}
    bottom = max(box.y + box.height for box in grounds.boxes.values())
    assert all(bottom < grounds.ways[key].track < grounds.height for key in back)


@pytest.mark.parametrize("make", [hello, parcels, news, call, flood])
@pytest.mark.parametrize("width", [760, 1100])
def test_no_node_lies_on_another(make: Callable[[], Trace], width: float) -> None:
    plan = Plan(make())
    grounds, xs = Grounds(plan), Grounds(plan).xs(width)
    placed = [(xs[node.column], grounds.boxes[name]) for name, node in plan.nodes.items()]
    for (x1, one), (x2, other) in combinations(placed, 2):
        apart = x1 + one.width <= x2 - 20 or x2 + other.width <= x1 - 20
        assert apart or one.y + one.height < other.y or other.y + other.height < one.y
    assert max(x + box.width for x, box in placed) <= width


def test_a_queue_is_as_high_as_its_fullest_moment_needs_but_never_higher_than_twelve_chips() -> None:
    some, many = (Grounds(Plan(flood(count))).boxes["parcels"].height for count in (1000, 2000))
    assert Grounds(Plan(hello())).boxes["hello"].height < some <= many < 160


def test_of_a_hundred_clients_some_are_left_out() -> None:
    trace = Trace("crowd", ["q"], duration=1.0)
    trace.places = [Place("q", "queue", 0, 1), *(Place(f"c{n}", "consumer", 0, 1) for n in range(100))]
    trace.arrows = [Arrow("q", 0.1, f"c{n}", 0.2, item=str(n)) for n in range(100)]
    wired = wire([trace], [None], 1.0, mapped=True)["recordings"][0]["map"]
    assert len(wired["nodes"]) == 1 + MOST_NODES
    assert wired["leftOut"] == 100 - MOST_NODES
