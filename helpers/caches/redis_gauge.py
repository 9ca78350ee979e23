"""Redis' own counters, and its keys: redis.io on INFO, SCAN and PTTL."""

from __future__ import annotations

from typing import Any

from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from helpers.caches.gauges import MOST_KEYS, PATIENCE, Gauge, Inside, Key, Reading
from helpers.services.redis_service import Redis

__all__ = ["RedisGauge"]


class RedisGauge(Gauge):
    _broken = (OSError, RedisError)
    _slow = (TimeoutError, RedisTimeoutError)

    def __init__(self, server: Redis) -> None:
        # No tries with pauses between them: who asks again and again learns soon enough that it is back.
        self._client = server.client(
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            encoding_errors="backslashreplace",
            retry=Retry(NoBackoff(), 0),
            client_name="cache-meter",
        )
        self._life, self._own = "", (0, 0)

    def close(self) -> None:
        self._client.close()

    def _read(self) -> Reading:
        asked: Any = self._client.pipeline(transaction=False)
        server, stats, memory = asked.info("server").info("stats").info("memory").execute()
        if server["run_id"] != self._life:  # a new process, which counts from zero
            self._life, self._own = server["run_id"], (0, 0)
        # Replicas' and the log's buffers are not what keys are pushed out for.
        used = memory["used_memory"] - memory.get("mem_not_counted_for_evict", 0)
        return Reading(
            hits=max(0, stats["keyspace_hits"] - self._own[0]),
            misses=max(0, stats["keyspace_misses"] - self._own[1]),
            evictions=stats["evicted_keys"],
            expirations=stats["expired_keys"],
            memory=used,
            taken=used,
            limit=memory["maxmemory"],
            process=server["run_id"],
        )

    def _inside(self) -> Inside:
        client: Any = self._client
        count, names, cursor = client.dbsize(), dict[str, None](), 0
        for _ in range(20):
            cursor, some = client.scan(cursor, count=100)
            names |= dict.fromkeys(some)
            if not cursor or len(names) >= MOST_KEYS:
                break
        chosen = list(names)[:MOST_KEYS]
        asked = client.pipeline(transaction=False)
        for name in chosen:
            asked.pttl(name)
        lives = asked.execute() if chosen else []
        # Redis counts these questions as hits, or misses, of its own.
        gone = lives.count(-2)
        self._own = self._own[0] + len(lives) - gone, self._own[1] + gone
        there = [(name, life) for name, life in zip(chosen, lives, strict=True) if life != -2]
        return Inside(count, [Key(name, None if life == -1 else life / 1000) for name, life in there])
