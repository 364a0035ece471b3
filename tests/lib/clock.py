# SPDX-License-Identifier: ISC
"""A daemon on a clock that the test moves (tests/lib/clock.c)."""

import datetime
import mmap
import os
import pathlib
import time

from feeds import day
from preload import library


class Clock:
    """Wall and monotonic clock of every daemon started with it: the true ones, or from a time in UTC."""

    def __init__(self, path, start=None):
        self.path = pathlib.Path(path)
        self.path.write_bytes(bytes(16))
        with open(self.path, "r+b") as f:
            # One store a clock: struct.pack_into() clears the bytes first, and who reads them
            # then sets its timers by the true time.
            self.words = memoryview(mmap.mmap(f.fileno(), 16)).cast("q")
        self.moved = [0, 0]
        if start is not None:
            self.set(start)

    def write(self):
        self.words[0], self.words[1] = self.moved

    @property
    def now(self):
        return datetime.datetime.fromtimestamp(time.time() + self.moved[0], datetime.timezone.utc)

    def set(self, text):
        """Sets the wall clock alone, as somebody with `date` does."""
        then = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        self.moved[0] = round(then.timestamp() - time.time())
        self.write()

    def noon(self):
        """Sets the wall clock to noon of day(0): a day's budget does not begin anew meanwhile."""
        self.set("%sT12:00:00Z" % day(0))

    def jump(self, **duration):
        """Moves the wall clock alone: set by hand, by NTP, or a machine that slept."""
        self.moved[0] += round(datetime.timedelta(**duration).total_seconds())
        self.write()

    def elapse(self, **duration):
        """Time passes: both clocks move."""
        seconds = round(datetime.timedelta(**duration).total_seconds())
        self.moved = [m + seconds for m in self.moved]
        self.write()

    def environment(self):
        sanitizer = os.environ.get("ASAN_OPTIONS", "")
        return {**os.environ, "LD_PRELOAD": library("clock"), "TEST_CLOCK": str(self.path),
                # Under a sanitizer its runtime does not come first then.
                "ASAN_OPTIONS": (sanitizer and sanitizer + ":") + "verify_asan_link_order=0"}
