# SPDX-License-Identifier: ISC
"""A server that seems to stand far away: a relay that holds back what passes.

    with Latency(server.socket, directory / "far.sock", requests_ms=20) as far:
        ... connect to far.address instead ...

Every byte comes a fixed time later than it was sent, in order, and as fast as
before: only the way is longer.  What is taken for an order of events but is
mere luck of a short way fails behind it, every time.  hold() lets nothing pass
until release(), for what has to happen while something is on its way.

An address is the path of a Unix socket, or a pair (host, port) of TCP; port 0
to listen on is any free one.
"""

import contextlib
import pathlib
import queue
import socket
import threading
import time

CHUNK = 65536
BACKLOG = 64


def is_path(address):
    return isinstance(address, (str, pathlib.Path))


def socket_for(address):
    return socket.socket(socket.AF_UNIX if is_path(address) else socket.AF_INET)


class Way:
    """One direction of one connection: a thread reads, another passes on when it is time."""

    def __init__(self, latency, source, sink, name):
        self.latency = latency
        self.source, self.sink, self.name = source, sink, name
        self.translate = latency.translator(name)
        self.queue = queue.Queue()
        for run in (self.read, self.pass_on):
            threading.Thread(target=run, daemon=True).start()

    def read(self):
        data = b"?"
        while data:
            try:
                data = self.source.recv(CHUNK)
            except OSError:
                data = b""
            passed = self.translate(data) if data else data
            delay_s = getattr(self.latency, self.name + "_ms") / 1000
            if passed or not data:
                self.queue.put((time.monotonic() + delay_s, passed))

    def pass_on(self):
        data = b"?"
        while data:
            due, data = self.queue.get()
            self.latency.over.wait(max(0, due - time.monotonic()))
            self.latency.passing.wait()
            if self.latency.over.is_set():
                break
            try:
                if data:
                    self.sink.sendall(data)
                else:
                    self.sink.shutdown(socket.SHUT_WR)
            except OSError:
                break
        if data:        # the other side is gone: so is this one
            with contextlib.suppress(OSError):
                self.source.shutdown(socket.SHUT_RDWR)


class Latency:
    """Listens, and relays each connection to target; requests_ms and replies_ms may be changed."""

    def __init__(self, target, address=("127.0.0.1", 0), requests_ms=0, replies_ms=0):
        self.target = str(target) if is_path(target) else target
        self.requests_ms, self.replies_ms = requests_ms, replies_ms
        self.over = threading.Event()
        self.passing = threading.Event()
        self.passing.set()
        self.lock = threading.Lock()
        self.sockets = []       # of all connections, both ends
        self.listener = socket_for(address)
        self.listener.bind(str(address) if is_path(address) else address)
        self.listener.listen(BACKLOG)
        self.address = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket_for(self.target)
            try:
                far.connect(self.target)
            except OSError:     # as a server that is down
                near.close()
                far.close()
                continue
            with self.lock:
                self.sockets += [near, far]
                if self.over.is_set():
                    self.cut()
                    return
            Way(self, near, far, "requests")
            Way(self, far, near, "replies")

    def translator(self, way):
        """What is done to all that goes one way of one connection: bytes to bytes."""
        return lambda data: data

    def hold(self):
        self.passing.clear()

    def release(self):
        self.passing.set()

    def cut(self):
        for end in self.sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        """Ends it with all its connections; what was on the way is lost."""
        self.over.set()
        self.release()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            self.cut()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()
