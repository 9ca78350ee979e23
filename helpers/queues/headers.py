"""How a headers exchange compares: the arguments of a binding with the headers of a message.

Both travel as AMQP field tables, and the broker compares them as the Erlang terms that they become; so does
this module. Source: rabbit_exchange_type_headers.erl, rabbit_binary_parser.erl and what pika makes of Python
values; a test holds this against a broker.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from helpers.errors import CourseError

__all__ = ["X_MATCH", "Table", "compare", "matches_headers", "table"]

X_MATCH = ("all", "any", "all-with-x", "any-with-x")
"""The values of ``x-match``; a binding without it means the first."""

Table: TypeAlias = tuple[tuple[bytes, str, Any], ...]
"""Fields as the broker holds them: a name, a type, a value. Strings are bytes here, and its atoms strings."""


def matches_headers(binding_arguments: Mapping[str, Any] | None, headers: Mapping[str, Any] | None) -> bool:
    """Whether a headers exchange takes a message with `headers` along a binding with `binding_arguments`.

    With ``x-match`` all (or without one) every argument must have its equal among the headers, with any at
    least one. Arguments whose names begin with ``x-`` are not compared, unless ``x-match`` is all-with-x or
    any-with-x; ``x-match`` itself never is. None as an argument means: a header of that name, with any value.

    Values are equal with their type: 1, "1" and True are three. But "1" is b"1", an empty list an empty dict,
    and a datetime its whole seconds. Inside lists and dicts type counts strictly, and order does, too.

    Raises `CourseError` for a value that can't travel in a header. Another word for ``x-match`` counts as all
    here: `Topology.bind` refuses such a binding, as the broker does.
    """
    return compare(table(binding_arguments), table(headers))


def compare(arguments: Table, headers: Table) -> bool:
    """What `matches_headers` says, of tables as `table` makes them."""
    sent = {name: value for name, _, value in headers}
    how = next((value for name, _, value in arguments if name == b"x-match"), b"all")
    with_x = how in (b"all-with-x", b"any-with-x")
    # The outermost type counts only if it is void; otherwise the values are compared, with Erlang's ==.
    # So 1 is 1.0, in 3.10.8: in 4.0.5 it isn't, and there a message's datetime counts milliseconds, but a
    # binding's seconds: no datetime matches itself. (Both run. Pika sends no floats, other clients do.)
    found = (
        name in sent and (kind == "void" or sent[name] == value)
        for name, kind, value in arguments
        if name != b"x-match" and (with_x or not name.startswith(b"x-"))
    )
    return any(found) if how in (b"any", b"any-with-x") else all(found)


def table(values: Mapping[str, Any] | None) -> Table:
    """The field table that pika makes of a dict and the broker sorts by name: two are equal if the broker
    takes them for the same arguments.

    Raises `CourseError` for a value that can't travel in a table.
    """
    return tuple(sorted(_fields(values or {}), key=lambda field: field[0]))


def _fields(values: Mapping[str, Any]) -> Table:
    return tuple((name.encode(), *_term(value)) for name, value in values.items())


def _term(value: Any) -> tuple[str, Any]:
    """The type and the value of one field. Only the outermost table is sorted: inside, order counts."""
    match value:
        case None:
            return "void", "undefined"
        case bool():  # Before int, because Python's True is a 1; the broker's is the atom true.
            return "bool", str(value).lower()
        case int():
            return ("signedint" if -(2**31) <= value < 2**31 else "long"), value
        case float():
            return "double", value
        case str():
            return "longstr", value.encode()
        case bytes() | bytearray():
            return "binary", bytes(value)
        case Decimal():
            return "decimal", _decimal(value)
        case datetime():
            return "timestamp", calendar.timegm(value.utctimetuple())
        case dict():
            return "table", _fields(value)
        case list():
            return "array", tuple(_term(each) for each in value)
    raise CourseError(
        f"{value!r} can't travel in a header: it is a {type(value).__name__}. Headers and arguments take "
        "str, bytes, int, bool, None, Decimal, datetime, and lists and dicts of these; str(…) makes a string."
    )


def _decimal(value: Decimal) -> tuple[int, int]:
    """Decimal places and digits: 1.50 is (1, 15)."""
    value = value.normalize()
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), "neither infinity nor NaN travels"
    places = max(0, -exponent)
    return places, int(value.scaleb(places))
