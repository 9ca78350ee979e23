import select
import socket

listener = socket.create_server(("127.0.0.1", 0), backlog=128)
listener.setblocking(False)
readers = [listener]
waiting: dict[socket.socket, bytes] = {}
print("listening", flush=True)


def leave(line):
    readers.remove(line)
    waiting.pop(line, None)
    line.close()


while True:
    readable, writable, _ = select.select(readers, list(waiting), [])
    for line in readable:
        if line is listener:
            client, _ = listener.accept()
            client.setblocking(False)
            readers.append(client)
            continue
        try:
            data = line.recv(65536)
        except OSError:
            data = b""
        if data:
            waiting[line] = waiting.get(line, b"") + data
        else:
            leave(line)
    for line in writable:
        if line in waiting:
            try:
                rest = waiting[line][line.send(waiting[line]) :]
            except OSError:
                leave(line)
                continue
            if rest:
                waiting[line] = rest
            else:
                del waiting[line]
