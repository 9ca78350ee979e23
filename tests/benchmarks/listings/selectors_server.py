import selectors
import socket

selector = selectors.DefaultSelector()
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
listener.setblocking(False)


def accept(line, mask):
    client, _ = line.accept()
    client.setblocking(False)
    selector.register(client, selectors.EVENT_READ, Echo())


class Echo:
    rest = b""

    def __call__(self, line, mask):
        try:
            if mask & selectors.EVENT_READ:
                data = line.recv(65536)
                if not data:
                    raise ConnectionError
                self.rest += data
            held, self.rest = bool(mask & selectors.EVENT_WRITE), self.rest[line.send(self.rest) :]
            if held != bool(self.rest):
                selector.modify(line, selectors.EVENT_WRITE if self.rest else selectors.EVENT_READ, self)
        except BlockingIOError:
            selector.modify(line, selectors.EVENT_WRITE, self)
        except OSError:
            selector.unregister(line)
            line.close()


selector.register(listener, selectors.EVENT_READ, accept)
print("listening", flush=True)
while True:
    for key, mask in selector.select():
        key.data(key.fileobj, mask)
