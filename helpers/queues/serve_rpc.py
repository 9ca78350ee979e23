"""An RPC server's program: ``serve_rpc.py NAME QUEUE ACK PAUSE CAREFUL``; see `helpers.queues.servers`.

Each line of its output begins with what `time.perf_counter_ns` read.
"""

import json
import os
import sys
import time

import pika


def say(words: str) -> None:
    print(time.perf_counter_ns(), words, flush=True)


def fib(n: int) -> int:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def answer_to(request: str) -> int:
    """To "7" fib(7), at once; to "7:0.4" the same after 0.4 seconds."""
    n, _, nap = request.partition(":")
    time.sleep(float(nap or 0))
    return fib(int(n))


def main(name: str, queue: str, ack: str, pause: str, careful: str) -> None:
    parameters = pika.URLParameters(os.environ["ART_OF_WAITING_RABBITMQ"].split(" ")[0])
    parameters.client_properties = {"connection_name": name}
    parameters.heartbeat = 0

    def on_request(channel, method, properties, body):  # type: ignore[no-untyped-def]
        request = body.decode()
        if ack == "first":
            channel.basic_ack(method.delivery_tag)
        say(f"{name} begins {request}")
        answer: object
        try:
            answer = answer_to(request)
        except ValueError as error:
            if not careful:
                raise
            answer = {"error": str(error)}
        same_number = pika.BasicProperties(correlation_id=properties.correlation_id)
        if properties.reply_to or not careful:
            channel.basic_publish("", properties.reply_to, json.dumps(answer), same_number)
        say(f"{name} answered {request}")
        time.sleep(float(pause))
        if ack == "last":
            channel.basic_ack(method.delivery_tag)

    try:
        connection = pika.BlockingConnection(parameters)
        channel = connection.channel()
        channel.queue_declare(queue, durable=True)
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume(queue, on_request)
        say(f"{name} ready")
        channel.start_consuming()
        say(f"{name} ends: nothing to consume from any more")
        connection.close()
    except KeyboardInterrupt:
        say(f"{name} ends: stopped")
        connection.close()
    except Exception as error:
        say(f"{name} ends: {type(error).__name__}")


if __name__ == "__main__":
    main(*sys.argv[1:])
