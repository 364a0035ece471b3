# SPDX-License-Identifier: ISC
"""TCP ports that nobody else takes between two uses of a test.

A daemon that restarts binds its port a second time.  So the ports lie below those
that the kernel gives to outgoing connections (32768 and up), and each process has
a range of its own on this machine, whoever started it: it holds an abstract Unix
socket named after the range, which goes with the process.
"""

import functools
import socket

FIRST, WIDTH, RANGES = 16000, 250, 64
LOCK = "\0certsync-test-ports-%d"


class Range:
    def __init__(self):
        self.lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.base = next((FIRST + n * WIDTH for n in range(RANGES) if self.claim(n)), None)
        if self.base is None:
            raise OSError("all %d port ranges are taken" % RANGES)
        self.given = 0

    def claim(self, number):
        try:
            self.lock.bind(LOCK % number)
            return True
        except OSError:
            return False

    def next(self):
        """The next port of the range that can be bound now."""
        for _ in range(WIDTH):
            port = self.base + self.given % WIDTH
            self.given += 1
            if bindable(port):
                return port
        raise OSError("no port is free in %d..%d" % (self.base, self.base + WIDTH - 1))


def bindable(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)     # as the daemon does
        try:
            s.bind(("127.0.0.1", port))
            s.listen(1)
            return True
        except OSError:
            return False


@functools.cache
def own_range():
    return Range()


def free_port():
    """A port of this process's range; the range is claimed with the first."""
    return own_range().next()
