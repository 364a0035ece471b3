# SPDX-License-Identifier: ISC
"""A daemon whose allocations fail when the test says so (tests/lib/memory.c)."""

import mmap
import pathlib
import struct

from preload import library

COUNT, FIRST, FAILURES = 0, 8, 16


class Memory:
    """Of the daemons that are started with it, one at a time."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.write_bytes(bytes(24))
        with open(self.path, "r+b") as f:
            self.words = mmap.mmap(f.fileno(), 24)

    @property
    def count(self):
        """Allocations so far."""
        return struct.unpack_from("=q", self.words, COUNT)[0]

    def fail(self, n, times=1):
        """The n-th allocation from now on fails, and as many after it as make `times`."""
        struct.pack_into("=q", self.words, FAILURES, times)
        struct.pack_into("=q", self.words, FIRST, self.count + n)

    def mend(self):
        struct.pack_into("=q", self.words, FIRST, 0)

    def restart(self):
        """Counts from 0, for the next start."""
        self.mend()
        struct.pack_into("=q", self.words, COUNT, 0)

    def add(self, environment):
        """environment: that of the clock, with its own library."""
        libraries = environment.get("LD_PRELOAD", "").split()
        return {**environment, "LD_PRELOAD": " ".join([*libraries, library("memory")]),
                "TEST_MEMORY": str(self.path)}
