# SPDX-License-Identifier: ISC
"""A way to Redis that shuts behind one write, so that a daemon can die exactly there.

    gate = Gate(server.socket, directory / "gate.sock", b'"next":"apply"')
    ... the daemon talks to gate.address ...
    gate.wait()     # that write is done; the daemon has no answer and never gets one
"""

import threading

from latency import Latency


class Gate(Latency):
    def __init__(self, target, address, needle):
        self.needle = needle
        self.shut = threading.Event()
        super().__init__(target, address)

    def translator(self, way):
        return self.judge(b"") if way == "requests" else self.answer

    def judge(self, tail):
        """Passes what comes up to the write with the needle, and nothing after it."""
        def translate(data):
            nonlocal tail
            if self.shut.is_set():
                return b""
            tail = tail[-len(self.needle):] + data
            if self.needle in tail:
                self.shut.set()
            return data
        return translate

    def answer(self, data):
        return b"" if self.shut.is_set() else data

    def wait(self, timeout_s=30):
        assert self.shut.wait(timeout_s), "no such write came: %r" % self.needle
