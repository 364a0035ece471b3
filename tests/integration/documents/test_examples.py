# SPDX-License-Identifier: ISC
"""The consumers of examples/ beside a real daemon: killed, copied, trimmed, poisoned."""

import json
import sqlite3

import pytest

import consumers
import feeds
from consumers import GROUP
from feeds import Rec
from waiting import wait_until

FIRM = "Harbour Light Works"
LEFT_S = 0.2        # when a test's consumer takes over another's entries
NEVER_S = 600
MAX_DELIVERIES = 5  # as in the examples
PAUSE_MS = 60000    # longer than any test; ended by hand


class World:
    """A daemon with one registry, and consumers of one kind."""

    def __init__(self, lab, kind):
        self.lab, self.market, self.redis = lab, lab.market, lab.market.redis
        self.kind = consumers.KINDS[kind]
        self.all = []
        self.source = lab.source("texas")
        self.recs = []
        self.source.publish(self.company())
        self.daemon = lab.daemon([self.source])
        self.stream = self.market.key("{0}", "events")

    def company(self):
        """Enough verified firms that losing one alarms nobody."""
        return [Rec(self.source.number(900000 + i), "Company %d Ltd" % i, self.source.type,
                    expires=feeds.day(300)) for i in range(20)]

    def consumer(self, name="one", claim_after=NEVER_S):
        c = self.kind(self.lab, name, claim_after)
        self.all.append(c)
        return c

    def claim(self, *badges, **fields):
        """Claims that no record knows yet: nobody is mailed."""
        for badge in badges:
            n = int(badge[1:])
            self.market.put(badge, self.source, number=self.source.number(n),
                            business_name="%s %d" % (FIRM, n), **fields)
        self.lab.settle()

    def verify(self, *badges):
        """The registry lists them: one mail each."""
        self.recs += [Rec(self.source.number(int(b[1:])), "%s %d" % (FIRM, int(b[1:])),
                          self.source.type, expires=feeds.day(300)) for b in badges]
        self.publish()
        for badge in badges:
            assert self.market.verdict(badge) == ("verified", "record_active")

    def revoke(self, badge):
        next(r for r in self.recs if r.number == self.source.number(int(badge[1:]))).status = \
            "decertified"
        self.publish()
        assert self.market.verdict(badge)[0] == "revoked"

    def publish(self):
        self.source.publish(self.recs + self.company())
        self.daemon.sync(self.source.name)

    def entry(self, badge, kind):
        """(id, fields) of a badge's newest event of a kind."""
        return [(i, f) for i, f in self.redis.xrange(self.stream)
                if json.loads(f["event"])["subject"] == badge and
                json.loads(f["event"])["type"] == "org.certsync.badge.%s.v1" % kind][-1]

    def foreign(self, fields):
        """An entry that no daemon wrote; taken away at the end."""
        entry = self.redis.xadd(self.stream, fields)
        self.extra.append(entry)
        return entry

    extra = ()

    def end(self):
        for c in self.all:
            c.kill()
        if self.extra:
            self.redis.xdel(self.stream, *self.extra)


@pytest.fixture(params=sorted(consumers.KINDS))
def world(request, lab):
    if request.param == "node":
        consumers.node()
    world = World(lab, request.param)
    world.extra = []
    try:
        yield world
        for c in world.all:
            if c.process is not None:
                c.stop()
    except BaseException:
        for c in world.all:
            print("--- %s\n%s" % (c.name, c.log()))
        raise
    finally:
        world.end()


def all_done(world, consumer):
    consumer.settle()
    wait_until(consumer.right, consumers.READY_S)
    mails = consumer.mails()
    assert len(mails) == len(set(mails)), "a mail went out twice"
    return consumer.mailed()


def test_keeps_a_directory(world):
    """Badges from before it came, changes since, hidden and deleted ones."""
    world.claim("b1", "b2")
    world.verify("b1")
    consumer = world.consumer().start()
    assert all_done(world, consumer) == []      # what was before it came is read, not acted on
    assert set(consumer.directory()) == {"b1", "b2"}
    world.verify("b2")
    # It acts on what a badge is when it reads it: nothing, if it is deleted by then.
    assert all_done(world, consumer) == [("b2", "verified")]
    world.claim("b3", visibility="hidden")
    world.revoke("b1")
    world.market.command("delete", "b2", "p-b2")
    world.market.settle()
    assert all_done(world, consumer) == [("b2", "verified"), ("b1", "revoked")]
    directory = consumer.directory()
    assert set(directory) == {"b1", "b3"}
    assert directory["b1"] == ("revoked", int(world.market.badge("b1")["version"]), "shown")
    assert directory["b3"][2] == "hidden"
    consumer.stop()
    world.verify("b3")
    consumer.start()
    assert all_done(world, consumer)[2:] == [("b3", "verified")]
    assert consumer.resyncs() == 1 and consumer.parked() == {}


def test_waits_for_the_store(world):
    """Started first, it makes the group once there is a store to read."""
    world.daemon.stop()
    world.redis.flushall()
    consumer = world.consumer().launch()
    wait_until(lambda: "no store" in consumer.log(), consumers.READY_S)
    assert world.redis.keys("*events") == []
    world.daemon.start()
    wait_until(consumer.waits, consumers.READY_S)
    world.claim("b1")
    assert all_done(world, consumer) == []


def test_own_pending_entries_come_first(world):
    """Killed with entries in its hands: nothing is lost, nothing is done twice."""
    consumer = world.consumer().start()
    world.claim("b1", "b2", "b3", "b4")
    consumer.settle()
    consumer.freeze()
    world.verify("b1", "b2")
    assert consumer.hand_over() >= 2    # those that the list does not have are not found
    consumer.kill()
    assert consumer.mails() == []
    world.verify("b3")
    consumer.start()
    mailed = all_done(world, consumer)
    assert sorted(mailed[:2]) == [("b1", "verified"), ("b2", "verified")]
    assert mailed[2:] == [("b3", "verified")]
    assert consumer.resyncs() == 1


def test_killed_between_effect_and_acknowledgement(world):
    """The memory of the effect outlives it."""
    consumer = world.consumer().start()
    world.claim("b1")
    consumer.settle()
    if world.kind is consumers.PythonConsumer:
        before = hold_at_acknowledgement(world, consumer)
    else:
        before = hold_at_transaction(world, consumer)
    consumer.kill()
    world.redis.client_unpause()
    assert consumer.mailed() == before and len(consumer.pending()) == 1
    consumer.start()
    assert all_done(world, consumer) == [("b1", "verified")]
    assert consumer.resyncs() == 1


def hold_at_acknowledgement(world, consumer):
    """Its own database: the effect is there, the acknowledgement cannot be."""
    lock = sqlite3.connect(consumer.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    world.verify("b1")
    wait_until(consumer.pending, consumers.READY_S)
    world.redis.client_pause(PAUSE_MS, all=False)
    lock.execute("ROLLBACK")
    lock.close()
    wait_until(consumer.mails, consumers.READY_S)
    return [("b1", "verified")]


def hold_at_transaction(world, consumer):
    """Its keys in Redis: effect and acknowledgement are on their way together."""
    consumer.freeze()
    world.verify("b1")
    wait_until(consumer.pending, consumers.READY_S)
    world.redis.client_pause(PAUSE_MS, all=False)
    consumer.thaw()
    wait_until(lambda: consumer.connection()["cmd"].startswith("eval"), consumers.READY_S)
    return []


def test_takes_over_a_dead_ones_work(world):
    """And the dead one, only asleep, does not do it again."""
    one = world.consumer("one").start()
    world.claim("b1", "b2")
    one.settle()
    one.freeze()
    world.verify("b1", "b2")
    assert one.hand_over() >= 2
    two = world.consumer("two", claim_after=LEFT_S).start()
    assert sorted(all_done(world, two)) == [("b1", "verified"), ("b2", "verified")]
    one.thaw()
    wait_until(one.waits, consumers.READY_S)
    world.revoke("b1")
    assert all_done(world, two)[2:] == [("b1", "revoked")]
    assert one.resyncs() + two.resyncs() == 1


def test_duplicates_are_ignored(world):
    consumer = world.consumer().start()
    world.claim("b1")
    world.verify("b1")
    mailed = all_done(world, consumer)
    _, again = world.entry("b1", "verified")
    world.foreign(again)
    world.foreign(again)
    world.revoke("b1")
    world.foreign(again)
    assert all_done(world, consumer) == mailed + [("b1", "revoked")]
    assert consumer.resyncs() == 1


@pytest.mark.parametrize("delivered", [False, True], ids=["unread", "pending"])
def test_reads_badges_again_after_a_trim(world, delivered):
    """Entries are gone, before or after they were delivered: it finds the true state."""
    consumer = world.consumer().start()
    world.claim("b1", "b2")
    world.verify("b1")
    all_done(world, consumer)
    if delivered:
        consumer.freeze()
        world.revoke("b1")
        wait_until(consumer.pending, consumers.READY_S)
        consumer.kill()
    else:
        consumer.stop()
        world.revoke("b1")
    world.lab.check_at_end = False      # the events are not whole from here on
    world.redis.xtrim(world.stream, maxlen=0, approximate=False)
    world.verify("b2")
    assert consumer.directory() != consumer.truth()
    consumer.start()
    all_done(world, consumer)
    assert consumer.directory()["b1"][0] == "revoked"
    assert consumer.resyncs() == 2


def test_a_gap_in_versions_is_found(world):
    """An event is lost while it runs."""
    consumer = world.consumer().start()
    world.claim("b1", "b2")
    world.verify("b1")
    all_done(world, consumer)
    consumer.freeze()
    # What the frozen one is given first fills its read; the rest is lost before the next.
    world.claim("b3")
    wait_until(consumer.pending, consumers.READY_S)
    world.revoke("b1")
    world.lab.check_at_end = False
    world.redis.xdel(world.stream, world.entry("b1", "revoked")[0])
    world.market.command("hide", "b1", "p-b1")
    world.market.settle()
    consumer.thaw()
    all_done(world, consumer)
    assert consumer.directory()["b1"] == ("revoked", 4, "hidden")
    wait_until(lambda: consumer.resyncs() == 2, consumers.READY_S, "it found no gap")


def test_the_daemon_announces_a_trim(world):
    """At max_entries the oldest go, read or not; one that runs learns it from an event."""
    consumer = world.consumer().start()
    world.claim("b1", "b2")
    all_done(world, consumer)
    consumer.freeze()
    world.verify("b1")
    wait_until(consumer.pending, consumers.READY_S)
    world.verify("b2")
    world.lab.check_at_end = False
    with world.redis.pipeline() as pipe:
        for n in range(1200):
            pipe.xadd(world.stream, {"event": json.dumps({
                "specversion": "1.0", "id": "n%d" % n, "source": "urn:certsync:old",
                "type": "org.certsync.connector.stale.v1", "subject": "x", "data": {}})})
        pipe.execute()
    world.daemon.stop()
    world.daemon.sections["events"] = {"max_entries": 1000}
    world.daemon.write()
    world.daemon.start()
    wait_until(lambda: world.market.events(kind="stream.trimmed"), 10)
    assert not world.market.events("b2")
    consumer.thaw()
    assert all_done(world, consumer) == [("b1", "verified")]
    assert consumer.directory()["b2"][0] == "verified" and consumer.resyncs() == 2


@pytest.mark.parametrize("runs", [True, False], ids=["running", "stopped"])
def test_a_new_store_is_read_from_its_beginning(world, runs):
    """Badges of the lost store are forgotten, and versions begin again."""
    consumer = world.consumer().start()
    world.claim("b1", "b2")
    world.verify("b1")
    all_done(world, consumer)
    if not runs:
        consumer.stop()
    world.daemon.stop()
    world.redis.flushall()
    world.source.outage()
    world.daemon.adopt()
    world.daemon.start()
    world.claim("b1")
    if not runs:
        consumer.start()
    wait_until(consumer.waits, consumers.READY_S)
    all_done(world, consumer)
    assert consumer.directory() == {"b1": ("self_reported", 1, "shown")}


POISON = {
    "not JSON": {"event": "{"},
    "bytes": {"event": b"\xff\xfe\x00"},
    "not an object": {"event": "[1]"},
    "no event": {"other": "x"},
    "another version": {"event": '{"specversion":"2.0","id":"1","source":"s","type":"t",'
                                 '"subject":"b","data":{}}'},
    "no id": {"event": '{"specversion":"1.0","source":"s","type":"t","subject":"b","data":{}}'},
    "deep": {"event": "[" * 100000},
}


def test_poison_is_parked(world):
    """What cannot be an event at once, what is delivered in vain after some attempts."""
    consumer = world.consumer(claim_after=LEFT_S).start()
    world.claim("b1", "b2")
    all_done(world, consumer)
    poison = [world.foreign(fields) for fields in POISON.values()]
    world.verify("b1")
    all_done(world, consumer)
    assert set(consumer.parked()) == set(poison)
    world.redis.xdel(world.stream, *poison)
    # An entry that has killed all who took it.
    consumer.stop()
    world.verify("b2")
    entry, _ = world.entry("b2", "verified")
    world.redis.xreadgroup(GROUP, "dead", {world.stream: ">"})
    world.redis.xclaim(world.stream, GROUP, "dead", 0, [entry], retrycount=MAX_DELIVERIES)
    consumer.start()
    assert all_done(world, consumer) == [("b1", "verified")]
    assert set(consumer.parked()) == {entry, *poison}
    assert consumer.directory()["b2"][0] == "verified"      # from the badge itself
