# SPDX-License-Identifier: ISC
"""A member of a consumer group: which entries it is given, and in which order.

Own pending ones first, then new ones and, now and then, those that another
member has left.  What is done about them is the business of a subclass:
begin(p), resync(p), and handle(p, entries, again).
"""

import logging
import time

import redis

BATCH = 100             # entries a read: what others wait for when this one dies
BLOCK_MS = 10000        # longest wait for news
TIMEOUT_S = 30          # longest wait for any answer: more than BLOCK_MS
BACKOFF_S = (0.1, 2)    # between attempts while Redis or the directory is away

log = logging.getLogger("consumer")


class Stop(Exception):
    """SIGTERM while we only waited."""


class Member:
    Away = (redis.RedisError,)      # errors of the world: wait and begin again

    def __init__(self, store, group, name, claim_after_s):
        self.redis, self.store = store.redis, store
        self.group, self.name, self.claim_after_s = group, name, claim_after_s
        self.partitions, self.next_look = [], 0
        self.stopping = self.waiting = False

    def stream(self, p):
        return self.store.key(p, "events")

    def run(self):
        pause = BACKOFF_S[0]
        while not self.stopping:
            try:
                self.open()
                pause = BACKOFF_S[0]
                while not self.stopping:
                    self.turn()
            except self.Away as e:
                # A reply may be lost: open() reads what was delivered to us and never came.
                log.warning("again in %.1f s: %s", pause, e)
                self.wait(time.sleep, pause)
                pause = min(2 * pause, BACKOFF_S[1])

    def wait(self, what, *args, **more):
        """Calls what; SIGTERM may end it, for a reply lost now is read at the next start."""
        self.waiting = True
        try:
            if self.stopping:
                raise Stop
            return what(*args, **more)
        finally:
            self.waiting = False

    def terminate(self, *_):
        self.stopping = True
        if self.waiting:
            raise Stop

    def open(self):
        """Finds out where we stand, and finishes what we had begun."""
        self.partitions = self.begin()
        for p in self.partitions:
            self.look(p)
            self.resync(p)
            self.read_pending(p)
        self.next_look = time.monotonic() + self.claim_after_s / 2

    def turn(self):
        if time.monotonic() >= self.next_look:
            self.next_look = time.monotonic() + self.claim_after_s / 2
            self.partitions = self.begin()
            for p in self.partitions:
                self.look(p)
                self.claim(p)
        for p in self.partitions:
            self.resync(p)
        streams = {self.stream(p): p for p in self.partitions}
        block_ms = min(BLOCK_MS, max(1, int(1000 * (self.next_look - time.monotonic()))))
        for stream, entries in self.wait(self.redis.xreadgroup, self.group, self.name,
                                         dict.fromkeys(streams, ">"), BATCH, block_ms):
            self.handle(streams[stream], entries)

    def look(self, p):
        """Joins the group, or makes it; asks for a resync where events were missed."""
        try:
            groups = self.redis.xinfo_groups(self.stream(p))
        except redis.ResponseError:
            groups = []             # no stream yet
        ours = [g for g in groups if g["name"] == self.group]
        if not ours:
            self.directory.want_resync(p)       # before the group, should we die between
            try:
                self.redis.xgroup_create(self.stream(p), self.group, "$", mkstream=True)
            except redis.ResponseError as e:    # another member was quicker
                if not str(e).startswith("BUSYGROUP"):
                    raise
        elif self.missed(p, ours[0]):
            log.warning("partition %d: events were removed before they were read", p)
            self.directory.want_resync(p)

    def missed(self, p, group):
        """Whether entries after the last that the group was given are gone."""
        stream = self.redis.xinfo_stream(self.stream(p))
        last, end = stream_id(group["last-delivered-id"]), stream["last-generated-id"]
        if stream["first-entry"] is None:
            if last < stream_id(end):
                self.redis.xgroup_setid(self.stream(p), self.group, end)    # do not find it again
            return last < stream_id(end)
        removed, read = stream["entries-added"] - stream["length"], group["entries-read"]
        return last < stream_id(stream["first-entry"][0]) and (read is None or read < removed)

    def read_pending(self, p):
        """What was delivered to us and not acknowledged: before anything new."""
        last = "0"
        while not self.stopping:
            reply = self.redis.xreadgroup(self.group, self.name, {self.stream(p): last}, BATCH)
            entries = reply[0][1] if reply else []
            if not entries:
                return
            self.handle(p, entries, again=True)
            last = entries[-1][0]

    def claim(self, p):
        """Takes over what a member, dead or we ourselves, has left for too long."""
        cursor, idle_ms = "0-0", int(1000 * self.claim_after_s)
        while not self.stopping:
            cursor, entries, deleted = self.redis.xautoclaim(
                self.stream(p), self.group, self.name, idle_ms, cursor, BATCH)
            if deleted:             # trimmed before anybody was done with them
                self.directory.want_resync(p)
            self.handle(p, entries, again=True)
            if cursor == "0-0":
                return

    def deliveries(self, p, entries):
        """How often each of our pending entries was given to somebody."""
        return {e["message_id"]: e["times_delivered"] for e in self.redis.xpending_range(
            self.stream(p), self.group, entries[0][0], entries[-1][0], len(entries), self.name)}


def stream_id(text):
    return tuple(int(part) for part in text.split("-"))
