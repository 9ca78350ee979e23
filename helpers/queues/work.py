"""A worker's program: ``work.py NAME QUEUE SECONDS ACK PREFETCH PAUSE``; see `helpers.queues.workers`.

Each line of its output begins with what `time.perf_counter_ns` read.
"""

import os
import sys
import time

import pika


def say(words: str) -> None:
    print(time.perf_counter_ns(), words, flush=True)


def main(name: str, queue: str, seconds: str, ack: str, prefetch: str, pause: str) -> None:
    parameters = pika.URLParameters(os.environ["ART_OF_WAITING_RABBITMQ"].split(" ")[0])
    parameters.client_properties = {"connection_name": name}
    parameters.heartbeat = 0

    def work(channel, method, properties, body):  # type: ignore[no-untyped-def]
        task = body.decode()
        if ack == "before":
            channel.basic_ack(method.delivery_tag)
            connection.process_data_events(0)
        say(f"{name} begins {task}")
        time.sleep(float(task.split()[-1] if seconds == "as it says" else seconds))
        say(f"{name} done {task}")
        time.sleep(float(pause))
        if ack in ("after", "auto and after"):
            channel.basic_ack(method.delivery_tag)

    try:
        connection = pika.BlockingConnection(parameters)
        channel = connection.channel()
        if int(prefetch):
            channel.basic_qos(prefetch_count=int(prefetch))
        channel.basic_consume(queue, work, auto_ack=ack.startswith("auto"))
        say(f"{name} ready")
        channel.start_consuming()
        say(f"{name} ends: nothing to consume from any more")
        connection.close()
    except KeyboardInterrupt:
        say(f"{name} ends: stopped")
        connection.close()
    except pika.exceptions.ChannelClosedByBroker as error:
        say(f"{name} ends: {type(error).__name__} {error.reply_code}")
    except Exception as error:
        say(f"{name} ends: {type(error).__name__}")


if __name__ == "__main__":
    main(*sys.argv[1:])
