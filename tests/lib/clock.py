# SPDX-License-Identifier: ISC
"""A daemon on a clock that the test moves (tests/lib/clock.c)."""

import datetime
import mmap
import os
import pathlib
import struct
import subprocess
import time

import daemon

SOURCE = pathlib.Path(__file__).resolve().with_name("clock.c")


def build(directory):
    """The library to preload, compiled into a directory."""
    library = pathlib.Path(directory) / "clock.so"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-fPIC", "-shared", "-o", library, SOURCE],
                   check=True)
    return library


class Clock:
    """Wall and monotonic clock of every daemon started with it; starts at a time in UTC."""

    def __init__(self, library, path, start):
        self.library = library
        self.path = pathlib.Path(path)
        self.path.write_bytes(bytes(16))
        with open(self.path, "r+b") as f:
            self.memory = mmap.mmap(f.fileno(), 16)
        self.moved = [0, 0]
        self.set(start)

    def write(self):
        struct.pack_into("=qq", self.memory, 0, *self.moved)

    @property
    def now(self):
        return datetime.datetime.fromtimestamp(time.time() + self.moved[0], datetime.timezone.utc)

    def set(self, text):
        """Sets the wall clock alone, as somebody with `date` does."""
        then = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        self.moved[0] = round(then.timestamp() - time.time())
        self.write()

    def jump(self, **duration):
        """Moves the wall clock alone: set by hand, by NTP, or a machine that slept."""
        self.moved[0] += round(datetime.timedelta(**duration).total_seconds())
        self.write()

    def elapse(self, **duration):
        """Time passes: both clocks move."""
        seconds = round(datetime.timedelta(**duration).total_seconds())
        self.moved = [m + seconds for m in self.moved]
        self.write()

    def elapse_until(self, text):
        then = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        self.elapse(seconds=then.timestamp() - self.now.timestamp())

    def environment(self):
        return {"LD_PRELOAD": str(self.library), "TEST_CLOCK": str(self.path),
                # Under a sanitizer its runtime does not come first then.
                "ASAN_OPTIONS": "verify_asan_link_order=0"}


class ClockedDaemon(daemon.Daemon):
    """certsyncd on a Clock."""

    clock = None

    def launch(self):
        assert self.process is None
        with open(self.log_path, "ab") as log:
            log.write(b"--- started\n")
            log.flush()
            self.process = subprocess.Popen([daemon.DAEMON, "-c", self.config],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, **self.clock.environment()})
        return self

    def wake(self):
        """Its loop looks at the clock: it sleeps by the real one."""
        self.http("/livez")
