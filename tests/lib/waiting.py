# SPDX-License-Identifier: ISC
"""Waiting for something to become true: the only place where tests sleep."""

import os
import time

POLL_S = 0.02
# Deadlines are longer where Redis is far or refuses writes (store.py), and under a
# sanitizer: nothing becomes true there that would not have been true sooner.
PATIENCE = 6 if any(os.environ.get(name, "0") not in ("", "0") for name in (
    "LATENCY_MS", "LATENCY_REQUESTS_MS", "LATENCY_REPLIES_MS", "REDIS_ERRORS",
    "SANITIZED")) else 1


def wait_until(predicate, deadline_s=10, what=None):
    """Polls until predicate() is true and returns it; fails after the deadline.

    An AssertionError of the predicate counts as "not yet" and is what the
    failure shows.
    """
    deadline_s *= PATIENCE
    end = time.monotonic() + deadline_s
    last = None
    while True:
        try:
            value = predicate()
            if value:
                return value
            last = None
        except AssertionError as e:
            last = e
        if time.monotonic() > end:
            raise AssertionError("not within %s s: %s" % (
                deadline_s, last or what or getattr(predicate, "__doc__", None) or predicate))
        time.sleep(POLL_S)


def keep_busy(seconds, action=lambda: None):
    """Calls action for a while: for things that must not happen meanwhile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        action()
        time.sleep(POLL_S)
