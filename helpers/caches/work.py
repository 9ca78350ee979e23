"""A worker's program: ``work.py NAME ORDER``, a file that says what to run; see `helpers.caches.workers`."""

import json
import os
import sys
import time
from typing import Any

import redis


def main(name: str, order: str) -> None:
    with open(order) as file:
        what = json.load(file)
    os.unlink(order)
    names: dict[str, Any] = {"redis": redis, "time": time}
    # Annotations may name what the function does not need to run.
    exec(compile("from __future__ import annotations\n" + what["source"], "the worker", "exec"), names)
    client = redis.Redis.from_url(what["url"], decode_responses=True, client_name=name)
    client.ping()
    print(name, "ready", flush=True)
    try:
        names[what["function"]](client, name)
        print(name, "ends", flush=True)
    except KeyboardInterrupt:
        print(name, "ends: stopped", flush=True)
    except Exception as error:
        print(f"{name} ends: {type(error).__name__}: {error}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
