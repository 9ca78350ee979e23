"""The routing model, card by card. Each was seen on a broker too: by hand, or by the test beside this one."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from helpers.errors import CourseError
from helpers.queues.routing import (
    NoExchange,
    NoQueue,
    Refused,
    Topology,
    matches_headers,
    matches_topic,
)


def desk(kind: str, *bindings: tuple[str, str], alternate: str = "") -> Topology:
    """An exchange "log" with queues bound to it: (queue, key) each."""
    topology = Topology()
    topology.declare_exchange("log", kind, alternate)
    for queue, key in bindings:
        topology.declare_queue(queue)
        topology.bind("log", queue, key)
    return topology


def queues(topology: Topology, key: str = "", headers: dict[str, Any] | None = None) -> set[str]:
    return set(topology.route("log", key, headers).queues)


# -- the default exchange ----------------------------------------------------------------------------------


def test_the_default_exchange_reaches_a_queue_by_its_name_and_no_other() -> None:
    topology = Topology()
    topology.declare_queue("letters")
    assert topology.route("", "letters").queues == ("letters",)
    assert topology.route("", "letter").queues == ()
    assert topology.route("", "").queues == ()


@pytest.mark.parametrize(("source", "target", "to_exchange"), [("", "q", False), ("", "amq.topic", True)])
def test_the_default_exchange_can_be_neither_bound_nor_unbound(
    source: str, target: str, to_exchange: bool
) -> None:
    topology = Topology()
    topology.declare_queue("q")
    for act in (topology.bind, topology.unbind):
        with pytest.raises(Refused, match="403"):
            act(source, target, "q", to_exchange=to_exchange)


def test_no_exchange_can_be_bound_to_the_default_exchange() -> None:
    with pytest.raises(Refused, match="403"):
        Topology().bind("amq.topic", "", to_exchange=True)


def test_a_broker_begins_with_an_exchange_of_each_kind() -> None:
    topology = Topology()
    topology.declare_queue("q")
    for kind in ("direct", "fanout", "topic", "headers", "match"):
        topology.bind(f"amq.{kind}", "q", "key")
        assert topology.route(f"amq.{kind}", "key").queues == ("q",)
    assert topology.route("amq.fanout", "other").queues == ("q",)
    assert topology.route("amq.direct", "other").queues == ()


# -- direct and fanout -------------------------------------------------------------------------------------


def test_direct_compares_for_equality() -> None:
    topology = desk("direct", ("errors", "error"), ("all", "info"), ("all", "warning"), ("all", "error"))
    assert queues(topology, "info") == {"all"}
    assert queues(topology, "error") == {"errors", "all"}
    assert queues(topology, "debug") == set()
    assert queues(topology, "Error") == set()


def test_a_wildcard_means_nothing_to_a_direct_exchange() -> None:
    assert queues(desk("direct", ("q", "#")), "a") == set()
    assert queues(desk("direct", ("q", "#")), "#") == {"q"}


def test_fanout_copies_to_all_whatever_the_keys() -> None:
    topology = desk("fanout", ("a", ""), ("b", "kern.*"))
    assert queues(topology, "anything") == {"a", "b"}


# -- topic -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "taken"),
    [
        ("kern.critical", "kern.* *.critical kern.# #"),
        ("kern", "kern.# #"),
        ("cron.critical", "*.critical #"),
        ("kern.disk.critical", "kern.# #"),
        ("app.info", "#"),
    ],
)
def test_topic_compares_word_by_word(key: str, taken: str) -> None:
    patterns = ["kern.*", "*.critical", "kern.#", "#"]
    topology = desk("topic", *zip(patterns, patterns, strict=True))
    assert queues(topology, key) == set(taken.split())


@pytest.mark.parametrize(
    ("pattern", "key", "match"),
    [
        # The cards of lesson 17.
        ("#.a", "a", True),
        ("a.#.b", "a.b", True),
        ("a.*.b", "a.b", False),
        ("*", "", False),
        ("#", "", True),
        ("kern.*", "kern.", True),
        ("kern.crit#", "kern.critical", False),
        ("KERN.*", "kern.info", False),
        # And its further truths.
        ("a.*.b", "a..b", True),
        ("*.*", ".", True),
        ("*.#", "", False),
        ("#.*", "", False),
        ("*.#", "a", True),
        ("#.*", "a.b.c", True),
        ("kern.*", "kern.*", True),
        ("kern.info", "kern.*", False),
        ("#.a", "a.a", True),
        ("#.a", "aa.a", True),
        ("#.a", "x.y.a", True),
        ("*.a", "x.y.a", False),
        ("kern.#", "kernel", False),
        ("#.b.#", "a.b.c", True),
        ("#.b.#", "b", True),
        ("#.b.#", "a.c", False),
        ("#.a.#.a", "a", False),
        ("#.a.#.a", "b.a.b.a.a", True),
        ("", "", True),
        ("", ".", False),
        (".", ".", True),
        ("", "a", False),
        ("#.#", "", True),
        ("#.", "", False),
        ("#.", "a.", True),
        ("ä.*", "ä.ö", True),
    ],
)
def test_the_corners_of_topic(pattern: str, key: str, match: bool) -> None:
    assert matches_topic(pattern, key) is match
    assert queues(desk("topic", ("q", pattern)), key) == ({"q"} if match else set())


def test_many_hashes_and_a_long_key_take_no_time() -> None:
    assert not matches_topic(".".join(["#.a"] * 60), ".".join(["a"] * 59))


# -- headers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"format": "pdf"}, {"any"}),
        ({"format": "pdf", "type": "report"}, {"all", "any"}),
        ({"format": "PDF", "type": "report"}, {"any"}),
        ({"format": "pdf", "type": "report", "more": 1}, {"all", "any"}),
        (None, set()),
    ],
)
def test_headers_are_compared_all_or_any(headers: dict[str, Any] | None, taken: set[str]) -> None:
    topology = desk("headers")
    for how in ("all", "any"):
        topology.declare_queue(how)
        topology.bind("log", how, arguments={"x-match": how, "format": "pdf", "type": "report"})
    assert queues(topology, "ignored", headers) == taken


def test_without_x_match_all_is_meant() -> None:
    assert not matches_headers({"a": 1, "b": 2}, {"a": 1})
    assert matches_headers({"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3})


@pytest.mark.parametrize("headers", [None, {"format": "pdf"}, {"x-format": "pdf"}, {"x-format": "doc"}])
def test_the_strictest_binding_of_all_takes_everything(headers: dict[str, Any] | None) -> None:
    binding = {"x-match": "all", "x-format": "pdf"}
    hit = headers == {"x-format": "pdf"}
    assert matches_headers(binding, headers)
    assert matches_headers({"x-match": "all"}, headers)
    assert matches_headers(None, headers)
    assert not matches_headers(binding | {"x-match": "any"}, headers)
    assert not matches_headers({"x-match": "any"}, headers)
    assert matches_headers(binding | {"x-match": "all-with-x"}, headers) is hit
    assert matches_headers(binding | {"x-match": "any-with-x"}, headers) is hit


def test_x_match_itself_is_never_compared() -> None:
    assert matches_headers({"x-match": "all-with-x"}, {})
    assert not matches_headers({"x-match": "any-with-x"}, {"x-match": "any-with-x"})


def test_only_a_small_x_and_a_dash_keep_a_name_out() -> None:
    assert matches_headers({"x-": 1}, {})
    assert not matches_headers({"X-a": 1}, {})
    assert not matches_headers({"x": 1}, {})


def test_none_in_a_binding_asks_for_the_name_alone() -> None:
    values: list[Any] = [1, "", False, [], {}, None]
    for value in values:
        assert matches_headers({"a": None}, {"a": value})
    assert not matches_headers({"a": None}, {"b": 1})
    assert not matches_headers({"a": None}, None)
    assert not matches_headers({"a": ""}, {"a": None})


DIFFERENT = [1, "1", True, False, 0, "", "true", Decimal(1), Decimal("1.5"), [], [1], ["1"], [True], [b"1"]]
DIFFERENT += [[1, 2], [2, 1], [[1]], {"a": 1}, {"a": "1"}, {"a": 1, "b": 2}, {"b": 2, "a": 1}, 2**40]


@pytest.mark.parametrize("bound", range(len(DIFFERENT)))
def test_values_are_equal_with_their_type_and_their_order(bound: int) -> None:
    found = [n for n, sent in enumerate(DIFFERENT) if matches_headers({"a": DIFFERENT[bound]}, {"a": sent})]
    assert found == [bound]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", b"1"),
        ([], {}),
        (Decimal("1.50"), Decimal("1.5")),
        (1, 1.0),
        (datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, 0, 0, 0, 999_999)),
        (datetime(1970, 1, 1, 0, 1, tzinfo=UTC), 60),
    ],
)
def test_some_values_are_equal_though_python_or_their_type_says_otherwise(one: Any, other: Any) -> None:
    assert matches_headers({"a": one}, {"a": other})
    assert matches_headers({"a": other}, {"a": one})
    assert not matches_headers({"a": [one]}, {"a": [other]}) or isinstance(one, Decimal | datetime)


@pytest.mark.parametrize("value", [{1, 2}, (1, 2), object(), 1j])
def test_what_cannot_travel_in_a_header_is_told_with_what_can(value: Any) -> None:
    with pytest.raises(CourseError, match=f"it is a {type(value).__name__}.*lists and dicts"):
        matches_headers({"a": value}, {})


@pytest.mark.parametrize("word", ["some", "ALL", "", b"all", None, 1])
def test_a_wrong_word_for_x_match_is_refused_by_a_headers_exchange_only(word: Any) -> None:
    with pytest.raises(Refused, match="all, any, all-with-x, any-with-x.*406"):
        desk("headers", ("q", "")).bind("log", "q", arguments={"x-match": word})
    desk("fanout", ("q", "")).bind("log", "q", arguments={"x-match": word})


# -- bindings ----------------------------------------------------------------------------------------------


def test_a_queue_gets_one_copy_however_many_bindings_match() -> None:
    topology = desk("topic", ("q", "kern.*"), ("q", "*.critical"), ("q", "kern.*"))
    topology.bind("log", "q", "kern.*", {"another": 1})
    assert topology.route("log", "kern.critical").queues == ("q",)


def test_bound_three_times_is_bound_once_and_one_unbind_ends_it() -> None:
    topology = desk("direct", *[("errors", "error")] * 3)
    topology.unbind("log", "errors", "error")
    assert queues(topology, "error") == set()


@pytest.mark.parametrize(
    ("bound", "unbound"),
    [
        ({"n": 1}, {"n": True}),
        ({"n": "1"}, {"n": b"1"}),
        ({"n": 1}, None),
        ({"n": {"a": 1, "b": 2}}, {"n": {"b": 2, "a": 1}}),
    ],
)
def test_a_binding_with_other_arguments_is_another_binding(bound: Any, unbound: Any) -> None:
    topology = desk("fanout")
    topology.declare_queue("q")
    topology.bind("log", "q", "key", bound)
    topology.unbind("log", "q", "key", unbound)
    assert queues(topology) == {"q"}
    topology.unbind("log", "q", "other key", bound)
    assert queues(topology) == {"q"}
    topology.unbind("log", "q", "key", bound)
    assert queues(topology) == set()


def test_the_order_of_arguments_makes_no_other_binding() -> None:
    topology = desk("fanout")
    topology.declare_queue("q")
    topology.bind("log", "q", arguments={"a": 1, "b": 2})
    topology.unbind("log", "q", arguments={"b": 2, "a": 1})
    assert queues(topology) == set()


def test_unbinding_what_is_not_bound_does_nothing() -> None:
    topology = desk("direct", ("q", "key"))
    topology.unbind("log", "q", "other")
    topology.unbind("log", "nobody", "key")
    topology.unbind("nowhere", "q", "key")
    topology.unbind("nowhere", "log", "key", to_exchange=True)
    assert queues(topology, "key") == {"q"}


def test_binding_needs_both_ends() -> None:
    topology = desk("direct")
    for source, target, to_exchange, missing in [
        ("nowhere", "nobody", False, NoExchange),
        ("log", "nobody", False, NoQueue),
        ("log", "nowhere", True, NoExchange),
        ("log", "", False, NoQueue),
    ]:
        with pytest.raises(missing, match="404") as error:
            topology.bind(source, target, to_exchange=to_exchange)
        assert isinstance(error.value, LookupError)


def test_a_queue_and_an_exchange_may_have_one_name() -> None:
    topology = desk("fanout")
    topology.declare_exchange("same", "fanout")
    topology.declare_queue("same")
    topology.declare_queue("behind")
    topology.bind("log", "same")
    topology.bind("log", "same", to_exchange=True)
    topology.bind("same", "behind")
    assert queues(topology) == {"same", "behind"}
    topology.delete_queue("same")
    assert queues(topology) == {"behind"}


# -- from exchange to exchange -----------------------------------------------------------------------------


def test_a_message_passes_from_exchange_to_exchange() -> None:
    topology = desk("topic")
    topology.declare_exchange("sport", "fanout")
    topology.declare_queue("fans")
    topology.bind("sport", "fans")
    topology.bind("log", "sport", "sport.#", to_exchange=True)
    assert topology.route("log", "sport.chess").paths == {"fans": ("log", "sport")}
    assert topology.route("log", "weather").queues == ()


def test_circles_end() -> None:
    topology = Topology()
    for name in "ABC":
        topology.declare_exchange(name, "fanout")
        topology.declare_queue(f"q{name}")
        topology.bind(name, f"q{name}")
    for source, target in ("AA", "AB", "BC", "CA", "CB"):
        topology.bind(source, target, to_exchange=True)
    assert topology.route("B").paths == {"qB": ("B",), "qC": ("B", "C"), "qA": ("B", "C", "A")}


def test_the_path_is_the_shortest_one_whatever_was_bound_first() -> None:
    topology = Topology()
    topology.declare_queue("q")
    for name in "ABC":
        topology.declare_exchange(name, "fanout")
    for source, target in ("AB", "BC"):
        topology.bind(source, target, to_exchange=True)
    topology.bind("C", "q")
    assert topology.route("A").paths == {"q": ("A", "B", "C")}
    topology.bind("A", "C", to_exchange=True)
    assert topology.route("A").paths == {"q": ("A", "C")}
    topology.bind("A", "q")
    assert topology.route("A").paths == {"q": ("A",)}
    assert topology.route("", "q").paths == {"q": ("",)}


# -- alternate exchanges -----------------------------------------------------------------------------------


def lost_and_found(topology: Topology, name: str = "spare") -> Topology:
    topology.declare_exchange(name, "fanout")
    topology.declare_queue("found")
    topology.bind(name, "found")
    return topology


def test_the_alternate_exchange_gets_what_no_binding_takes() -> None:
    topology = lost_and_found(desk("topic", ("kern", "kern.*"), ("cron", "corn.*"), alternate="spare"))
    assert queues(topology, "kern.info") == {"kern"}
    assert topology.route("log", "cron.info").paths == {"found": ("log", "spare")}


def test_a_binding_that_leads_nowhere_keeps_the_alternate_exchange_out() -> None:
    topology = lost_and_found(desk("direct", alternate="spare"))
    topology.declare_exchange("blind alley", "fanout")
    topology.bind("log", "blind alley", "key", to_exchange=True)
    topology.bind("log", "log", "self", to_exchange=True)
    assert queues(topology, "key") == set()
    assert queues(topology, "self") == set()
    assert queues(topology, "other") == {"found"}


def test_an_exchange_on_the_way_uses_an_alternate_exchange_of_its_own() -> None:
    topology = lost_and_found(desk("fanout"))
    topology.declare_exchange("blind alley", "direct", "spare")
    topology.bind("log", "blind alley", to_exchange=True)
    assert topology.route("log").paths == {"found": ("log", "blind alley", "spare")}


def test_alternate_exchanges_form_chains_and_circles_which_end() -> None:
    topology = Topology()
    for name, alternate in ("AB", "BC", "CA"):
        topology.declare_exchange(name, "direct", alternate)
        topology.declare_queue(name)
        topology.bind(name, name, name)
    assert topology.route("A", "C").paths == {"C": ("A", "B", "C")}
    assert topology.route("B", "A").paths == {"A": ("B", "C", "A")}
    assert topology.route("A", "D").queues == ()


def test_an_alternate_exchange_is_looked_for_when_a_message_comes() -> None:
    topology = desk("direct", alternate="spare")
    assert queues(topology) == set()
    lost_and_found(topology)
    assert queues(topology) == {"found"}
    topology.delete_exchange("spare")
    assert queues(topology) == set()


def test_an_exchange_may_be_its_own_alternate_exchange_in_vain() -> None:
    assert queues(desk("direct", alternate="log"), "key") == set()


# -- further keys in headers -------------------------------------------------------------------------------


def test_the_headers_cc_and_bcc_hold_further_keys() -> None:
    topology = desk("direct", ("a", "a"), ("b", "b"), ("c", "c"))
    assert queues(topology, "a", {"CC": ["b", "b", "nowhere"], "BCC": ["c", 1, b"b"]}) == {"a", "b", "c"}
    assert topology.route("", "a", {"CC": ["b"]}).queues == ("a", "b")
    assert queues(topology, "a", {"cc": ["b"]}) == {"a"}


def test_one_key_that_matches_keeps_the_alternate_exchange_out() -> None:
    topology = lost_and_found(desk("topic", ("q", "b.*"), alternate="spare"))
    assert queues(topology, "a", {"CC": ["b.c"]}) == {"q"}


def test_a_headers_exchange_sees_cc_but_not_bcc() -> None:
    topology = desk("headers")
    for name in ("CC", "BCC"):
        topology.declare_queue(name)
        topology.bind("log", name, arguments={name: None})
    assert queues(topology, "", {"CC": [], "BCC": []}) == {"CC"}


@pytest.mark.parametrize("keys", ["b", None, {"b": 1}])
def test_further_keys_come_in_a_list(keys: Any) -> None:
    with pytest.raises(Refused, match="list of routing keys.*406"):
        Topology().route("", "a", {"CC": keys})


# -- declaring and deleting --------------------------------------------------------------------------------


def test_publishing_to_no_exchange_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(NoExchange, match=r"Declare it first: declare_exchange\('nowhere'\).*404") as error:
        Topology().route("nowhere")
    assert isinstance(error.value, LookupError)
    assert error.value.code == 404


def test_declaring_once_more_changes_nothing() -> None:
    topology = desk("direct", ("q", "key"))
    topology.declare_exchange("log", "direct")
    topology.declare_exchange("amq.topic", "topic")
    topology.declare_queue("q")
    assert queues(topology, "key") == {"q"}


@pytest.mark.parametrize(("kind", "alternate"), [("topic", ""), ("direct", "spare")])
def test_an_exchange_stays_what_it_was_declared_as(kind: str, alternate: str) -> None:
    with pytest.raises(Refused, match="Delete it before.*406"):
        desk("direct").declare_exchange("log", kind, alternate)


def test_what_belongs_to_the_broker_stays() -> None:
    topology = Topology()
    for name in ("", "amq.topic", "amq.mine"):
        with pytest.raises(Refused, match="403"):
            topology.delete_exchange(name)
    for name in ("", "amq.mine"):
        with pytest.raises(Refused, match="403"):
            topology.declare_exchange(name)
    with pytest.raises(Refused, match="406"):
        topology.declare_exchange("amq.topic", "direct")


def test_an_unknown_kind_of_exchange_is_told_with_the_known_ones() -> None:
    with pytest.raises(Refused, match="direct, fanout, topic, headers"):
        Topology().declare_exchange("log", "broadcast")


def test_a_queue_needs_a_name() -> None:
    with pytest.raises(CourseError, match="name"):
        Topology().declare_queue("")


def test_a_deleted_queue_takes_its_bindings_along() -> None:
    topology = lost_and_found(desk("fanout", ("q", ""), alternate="spare"))
    topology.delete_queue("q")
    topology.declare_queue("q")
    assert queues(topology) == {"found"}


def test_a_deleted_exchange_takes_its_bindings_along_in_both_directions() -> None:
    topology = desk("fanout")
    topology.declare_queue("q")
    topology.declare_exchange("middle", "fanout")
    topology.bind("log", "middle", to_exchange=True)
    topology.bind("middle", "q")
    assert queues(topology) == {"q"}
    topology.delete_exchange("middle")
    topology.declare_exchange("middle", "fanout")
    assert queues(topology) == set()
    topology.bind("middle", "q")
    assert queues(topology) == set()
    assert topology.route("middle").queues == ("q",)


def test_deleting_what_is_not_there_does_nothing() -> None:
    topology = desk("fanout", ("q", ""))
    topology.delete_exchange("nowhere")
    topology.delete_queue("nobody")
    assert queues(topology) == {"q"}
