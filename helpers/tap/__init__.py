"""The tap: a recording relay in front of a service, which also breaks things on command.

tap = Tap(services.redis(), framing="plain")      # "amqp" for RabbitMQ, "whole" for a cache
tap.host, tap.port                                # where clients connect instead
tap.notes()                                       # what has passed since the last call
tap.hold() .delay(0.2) .throttle(1000) .mend()    # one way ("server", "client") or both
tap.cut() .cut_inside()                           # connections end, or end in the middle of a frame
"""

from helpers.tap.tap import Note, Tap

__all__ = ["Note", "Tap"]
