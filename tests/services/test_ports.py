"""Ports for servers: nobody else's, whatever the notebook does with its dice."""

from __future__ import annotations

import random
import socket

import pytest

from helpers.services import ports
from helpers.services.ports import free_port, is_free


def test_notebooks_that_seed_their_dice_alike_do_not_draw_the_same_ports() -> None:
    drawn = []
    for _ in range(2):
        random.seed(7)
        drawn.append([free_port() for _ in range(3)])
    assert drawn[0] != drawn[1]


def test_a_port_that_somebody_keeps_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", kept := free_port()))
        monkeypatch.setattr(ports, "_PORTS", range(kept, kept + 20))
        assert kept not in {free_port() for _ in range(100)}


def test_a_port_with_connections_of_an_earlier_life_can_be_used_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
    assert is_free(port) and not is_free(port, lingering=False)
    client.close()
    accepted.close()
