# SPDX-License-Identifier: ISC
"""A Redis that refuses a write now and then, as one does that is full, read-only or loading.

Stands before a real one.  A write that is refused does not reach it and is
answered an error; so the order of answers needs no care, Redis itself is asked
to answer that error.  Reads pass.  Of each script and command the first refusal
comes within a dozen calls, the next ones ever later: a short test meets some of
each, a long one does not drown.  The same seed and the same order of commands
meet the same refusals.

After OOM a daemon tries again; with READONLY and LOADING it also leaves the
connection, as the store may be another one then, and a poll under way fails.
"""

import random

from latency import Latency

ERRORS = {"OOM": "OOM command not allowed when used memory > 'maxmemory'.",
          "READONLY": "READONLY You can't write against a read only replica.",
          "LOADING": "LOADING Redis is loading the dataset in memory"}
WRITES = {b"EVAL", b"EVALSHA", b"SET", b"SETNX", b"DEL", b"UNLINK", b"EXPIRE", b"HSET", b"HDEL",
          b"HINCRBY", b"SADD", b"SREM", b"ZADD", b"ZREM", b"LPUSH", b"LTRIM", b"XADD", b"XACK",
          b"XDEL", b"XTRIM", b"XREADGROUP", b"XGROUP"}
FIRST, LAST = 3, 12     # calls from one refusal of a kind to the next; times their number


def encode(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


class Commands:
    """What a client sends, cut into commands."""

    def __init__(self):
        self.rest = b""

    def line(self, at):
        """(number, where it goes on) of "*3" or "$5"."""
        end = self.rest.index(b"\r\n", at)
        return int(self.rest[at + 1:end]), end + 2

    def one(self, at):
        words = []
        count, at = self.line(at)
        for _ in range(count):
            size, at = self.line(at)
            if len(self.rest) < at + size + 2:
                raise ValueError("not here yet")
            words.append(self.rest[at:at + size])
            at += size + 2
        return words, at

    def feed(self, data):
        """(words, their bytes) of each command that is whole now."""
        self.rest += data
        found, at = [], 0
        while at < len(self.rest):
            try:
                words, end = self.one(at)
            except ValueError:      # of int() and index() too: not here yet
                break
            found.append((words, self.rest[at:end]))
            at = end
        self.rest = self.rest[at:]
        return found


class Refusals(Latency):
    """Relays to a Redis and refuses some writes with one of the errors named; lists them."""

    def __init__(self, target, address, errors, seed, **latency):
        self.errors = [ERRORS[name] for name in errors]
        self.seed = seed
        self.kinds = {}         # of a command or script: its chance, calls left, refusals so far
        self.refused = []
        super().__init__(target, address, **latency)

    def translator(self, way):
        if way != "requests":
            return super().translator(way)
        commands = Commands()
        return lambda data: b"".join(self.judge(*found) for found in commands.feed(data))

    def judge(self, words, data):
        name = words[0].upper()
        if name not in WRITES:
            return data
        kind = b" ".join(words[:2]) if name == b"EVALSHA" else name
        with self.lock:
            error = self.next(kind)
        return data if error is None else encode(
            b"EVAL", b"return redis.error_reply(ARGV[1])", b"0", error.encode())

    def next(self, kind):
        """The error this call of a kind is to get, or None."""
        if kind not in self.kinds:
            chance = random.Random("%s %s" % (self.seed, kind))
            self.kinds[kind] = [chance, chance.randrange(FIRST, LAST), 0]
        chance, left, times = self.kinds[kind]
        if left > 0:
            self.kinds[kind][1] -= 1
            return None
        self.kinds[kind][1:] = [chance.randrange(FIRST, LAST) * (times + 2), times + 1]
        error = chance.choice(self.errors)
        self.refused.append("%s: %s" % (kind.decode()[:20], error.split()[0]))
        return error
