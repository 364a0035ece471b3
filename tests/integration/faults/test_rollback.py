# SPDX-License-Identifier: ISC
"""A store that comes back older than it was left: a fail-over that lost its tail, an old backup, a
power cut."""

import json
import pathlib
import random
import shutil

import pytest

from feeds import Rec, day
from waiting import wait_until

SCRIPTS = pathlib.Path(__file__).resolve().parents[3] / "src/store/scripts"
FENCE = "certsync:{0}:fence"
ROUNDS = 150
SEED = 20261130


def records(source, *ended):
    return [Rec(source.number(i), "Rolling %s Works" % ("ABC"[i] * 3), source.type,
                "decertified" if i in ended else "active", day(300)) for i in range(3)]


def save(lab):
    """The store as it is now, as a file."""
    lab.server.client.save()
    path = lab.directory / "old.rdb"
    shutil.copy(lab.server.directory / "dump.rdb", path)
    return path


class World:
    """A badge that the registry has taken back, and the store from before that."""

    def __init__(self, lab):
        self.lab, self.market = lab, lab.market
        self.source = lab.source("texas")
        self.source.publish(records(self.source))
        self.daemon = lab.daemon([self.source])
        self.daemon.sync(self.source.name)
        for i in range(3):
            self.market.put("b%d" % i, self.source, number=self.source.number(i),
                            business_name="Rolling %s Works" % ("ABC"[i] * 3))
        self.market.settle()
        self.old = save(lab)
        self.source.publish(records(self.source, 0))
        self.daemon.sync(self.source.name)
        assert self.market.verdict("b0") == ("revoked", "record_decertified")
        self.epoch = self.market.redis.hget("certsync:meta", "epoch")
        self.seen = self.events()

    def events(self):
        return {(e["source"], e["id"]): e for e in self.market.events()}

    def kept(self):
        """What the daemon keeps of the partition's count, and what Redis has."""
        path = self.daemon.directory / "state" / "counts.json"
        kept = json.loads(path.read_text())["counts"][FENCE] if path.exists() else None
        return kept, int(self.market.redis.hget(FENCE, "count"))

    def ends(self, says):
        """It says that the store is lost, and ends, to be started again."""
        wait_until(lambda: b"store_lost" in self.daemon.http("/readyz")[1] or not self.daemon.alive)
        before = {k: self.market.raw().dump(k) for k in self.market.redis.keys("*")
                  if not k.endswith(":lease")}
        assert self.daemon.wait_exit() == 75
        self.daemon.wait_log(says)
        # Not one write.
        assert {k: self.market.raw().dump(k) for k in before} == before

    def is_mended(self):
        """By the next start: a new epoch, told once, and every badge right again."""
        self.daemon.start()
        assert self.market.redis.hget("certsync:meta", "epoch") != self.epoch
        assert len(self.market.events(kind="store.reset")) == 1
        self.daemon.sync(self.source.name)
        assert self.market.verdict("b0") == ("revoked", "record_decertified")
        again = self.events()
        assert [k for k in again if k in self.seen and again[k] != self.seen[k]] == []


@pytest.fixture
def world(lab):
    return World(lab)


def test_a_store_that_comes_back_older_is_lost(world):
    """With the fence of this run: only the counts tell."""
    world.lab.server.load(world.old)
    assert world.market.verdict("b0") == ("verified", "record_active")
    world.ends("came back older")
    world.is_mended()


def test_one_that_came_back_older_while_nobody_looked(world):
    wait_until(lambda: len(set(world.kept())) == 1)
    world.daemon.kill()
    world.lab.server.load(world.old)
    world.is_mended()
    world.daemon.wait_log("this is a new epoch")


def test_one_that_came_back_as_it_was_is_no_other(world):
    world.lab.server.load(save(world.lab))
    world.daemon.sync(world.source.name)
    world.daemon.restart(kill=True)
    assert world.market.redis.hget("certsync:meta", "epoch") == world.epoch
    assert world.market.events(kind="store.reset") == []


@pytest.mark.parametrize("change", [
    lambda redis: redis.delete("certsync:meta"),
    lambda redis: redis.hset("certsync:meta", "epoch", "0" * 32),
    lambda redis: redis.hset("certsync:meta", "partitions", "2"),
], ids=["deleted", "replaced", "partitions"])
def test_a_description_that_is_not_ours_any_more(world, change):
    """It is looked at every five seconds."""
    world.lab.check_at_end = False
    change(world.market.redis)
    world.daemon.elapse(seconds=5)
    world.ends("description (meta) was deleted or is another")


# --- what the next start does -------------------------------------------------------------------


def partition(market):
    """One slot of a store that has several, as it is."""
    raw = market.raw()
    return {k: raw.dump(k) for k in market.redis.keys("certsync:{0}:*")}


def restore(market, saved):
    market.redis.delete(*market.redis.keys("certsync:{0}:*"))
    for key, data in saved.items():
        market.raw().restore(key, 0, data)


@pytest.fixture
def drop(lab):
    """Badges that were put before their list was read; the state in which each has been."""
    source = lab.source("nglcc-drop")
    recs = [Rec(source.number(i), "Rolling %s Works" % ("ABC"[i] * 3), source.type,
                expires=day(300)) for i in range(3)]
    daemon = lab.daemon([source])
    for i in range(3):
        lab.market.put("b%d" % i, source, number=source.number(i), business_name=recs[i].name)
    lab.market.settle()
    before = partition(lab.market)
    source.publish(recs)
    daemon.sync(source.name)
    lab.settle()
    assert {b["status"] for b in lab.market.badges().values()} == {"verified"}
    return source, recs, daemon, before


def state(market, source):
    """What is known of its last list."""
    kept = market.redis.hgetall("certsync:internal:{certsync:connector:%s}:state" % source.name)
    return int(json.loads(kept["validator"])["request"], 16), int(kept["last_proven"]), kept["checkpoint"]


def test_badges_are_decided_anew_before_the_first_poll(lab, market, drop):
    """By the records there are; and what is known of the last list is not relied on any more."""
    source, _recs, daemon, before = drop
    assert all(state(market, source)[:2])
    daemon.stop()
    restore(market, before)
    source.outage()
    daemon.start()
    daemon.wait_log("deciding every badge anew")
    wait_until(lambda: {b["status"] for b in market.badges().values()} == {"verified"})
    events = [e for e in market.events() if e["subject"] != "store"][-3:]
    assert {(e["data"]["to"], e["data"]["cause"]) for e in events} == {("verified", "rebuild")}
    assert daemon.sync(source.name, expect=("failed",)) == "failed"
    assert state(market, source) == (0, 0, "")
    # It is over with that: a restart does not do it again.
    told = len(market.events(kind="store.reset"))
    daemon.restart()
    daemon.rest()
    assert daemon.log().count("deciding every badge anew") == 1
    assert len(market.events(kind="store.reset")) == told == 1


def test_nothing_is_taken_away_before_the_next_list(lab, market, drop):
    """What the registry took back is a record still; the next whole list proves it again."""
    source, recs, daemon, _before = drop
    verified = partition(market)
    recs[0].status = "suspended"
    source.publish(recs)
    daemon.sync(source.name)
    lab.settle()
    assert market.verdict("b0")[0] == "suspended"
    daemon.stop()
    restore(market, verified)
    source.outage()
    daemon.start()
    wait_until(lambda: market.redis.get("certsync:internal:{certsync:meta}:rules") != "rebuild")
    assert market.verdict("b0")[0] == "verified"
    source.publish(recs)
    daemon.sync(source.name)
    lab.settle()
    assert market.verdict("b0") == ("suspended", "record_suspended")


@pytest.mark.parametrize("counts", [True, False], ids=["counted", "no-counts"])
def test_a_start_that_is_killed_meanwhile_begins_it_again(lab, market, drop, counts):
    source, _recs, daemon, before = drop
    epoch = market.redis.hget("certsync:meta", "epoch")
    daemon.stop()
    restore(market, before)
    source.outage()
    market.redis.config_set("maxmemory", "1")       # nothing can be written
    daemon.launch()
    daemon.wait_log("Redis answered an error")
    daemon.kill()
    market.redis.config_set("maxmemory", "0")
    # As if it had come as far as its first script.
    known = json.loads((daemon.directory / "state" / "store.json").read_text())
    assert known["epoch"] == epoch and known["offered"] not in known["epochs"]
    market.redis.hset("certsync:meta", "epoch", known["offered"])
    market.redis.set("certsync:internal:{certsync:meta}:rules", "rebuild")
    if not counts:
        (daemon.directory / "state" / "counts.json").unlink()
    daemon.start()
    wait_until(lambda: {b["status"] for b in market.badges().values()} == {"verified"})
    assert market.redis.hget("certsync:meta", "epoch") == known["offered"]
    assert len(market.events(kind="store.reset")) == 1


# --- a store that may not be the right one ------------------------------------------------------


def refused(daemon, market, says):
    """It changes nothing, and says what to type."""
    before = {k: market.raw().dump(k) for k in market.redis.keys("*")}
    for options in ([], ["--once"]):
        run = daemon.run(*options)
        assert run.returncode == 78 and says in run.stderr and "certsyncd --adopt-store" in run.stderr
    assert {k: market.raw().dump(k) for k in market.redis.keys("*")} == before


def test_another_store_is_refused(lab, market, drop):
    """A wrong database, of a test say, whose badges would be told as ours."""
    source, _recs, daemon, _before = drop
    daemon.stop()
    epoch = "e" * 32
    market.redis.hset("certsync:meta", "epoch", epoch)
    refused(daemon, market, "has an epoch that never was ours")
    daemon.adopt()
    daemon.start()
    assert market.redis.hget("certsync:meta", "epoch") not in (None, epoch)
    assert len(market.events(kind="store.reset")) == 1
    lab.settle()
    daemon.restart()                            # once is enough
    assert len(market.events(kind="store.reset")) == 1


def test_an_empty_store_is_refused(lab, market, drop):
    _source, _recs, daemon, _before = drop
    daemon.stop()
    market.redis.flushall()
    refused(daemon, market, "is empty, but there have been badges")
    daemon.adopt()
    daemon.start()
    assert market.badges() == {} and len(market.events(kind="store.reset")) == 1


def test_an_empty_store_is_taken_if_there_was_no_badge(lab, market):
    lab.use_store()
    daemon = lab.daemon()
    epoch = market.redis.hget("certsync:meta", "epoch")
    daemon.stop()
    market.redis.flushall()
    daemon.start()
    assert market.redis.hget("certsync:meta", "epoch") not in (None, epoch)


def test_a_damaged_description_is_not_replaced(lab, market, drop):
    lab.check_at_end = False
    _source, _recs, daemon, _before = drop
    daemon.stop()
    market.redis.hdel("certsync:meta", "epoch")
    run = daemon.run()
    assert run.returncode == 78 and "description is damaged" in run.stderr
    assert sorted(market.redis.hgetall("certsync:meta")) == ["partitions", "schema"]


def test_a_backup_from_before_the_last_reset_is_ours(world):
    """Its epoch was ours once: no person is needed."""
    world.lab.server.load(world.old)
    world.ends("came back older")
    world.daemon.start()
    world.daemon.stop()
    world.lab.server.load(world.old)
    world.daemon.start()
    assert world.market.redis.hget("certsync:meta", "epoch") != world.epoch


def test_what_is_known_of_the_store_cannot_be_read(lab, market):
    """Then it is not nothing that is known."""
    lab.use_store()
    daemon = lab.daemon()
    daemon.stop()
    (daemon.directory / "state" / "store.json").write_text('{"epoch":')
    run = daemon.run()
    assert run.returncode == 78 and "store.json is damaged" in run.stderr
    assert daemon.run("--adopt-store").returncode == 78


def test_no_store_is_adopted_while_a_daemon_runs(lab):
    daemon = lab.daemon()
    run = daemon.run("--adopt-store")
    assert run.returncode == 75 and "is locked" in run.stderr


# --- the rule, as a model: the scripts are ours, their caller is the test ----------------------


class Slot:
    """One slot of a store, and its only writer.  Values stand for badges."""

    def __init__(self, redis, rng, rolls):
        self.redis, self.rng, self.rolls = redis, rng, rolls
        self.writer = (SCRIPTS / "head.lua").read_text() + (SCRIPTS / "fenced.lua").read_text()
        self.taker = (SCRIPTS / "take.lua").read_text() + (SCRIPTS / "fence.lua").read_text()
        self.keys = ["{s}:fence", "{s}:list"]
        self.redis.delete(*self.keys)
        self.copies = []
        self.count = 0              # the highest that was answered
        self.acknowledged = set()
        self.asked = 0
        self.noticed = False
        self.unsure = []            # sent, and no answer came
        self.take()

    def copy(self):
        self.copies.append([self.redis.dump(k) for k in self.keys])

    def roll_back(self):
        if not self.rolls:
            return
        for key, data in zip(self.keys, self.rng.choice(self.copies)):
            self.redis.delete(key)
            if data is not None:
                self.redis.restore(key, 0, data)

    def values(self):
        return {int(v) for v in self.redis.lrange(self.keys[1], 0, -1)}

    def heard(self, answer, value=None):
        """An answer has come.  Nothing may be acknowledged on a store that lost what was."""
        if answer[0] == b"OLDER" or answer[1][1] <= self.count:
            self.noticed = True
            return
        assert answer[0] == b"OK"
        self.count = answer[1][1]
        if value is not None:
            self.acknowledged.add(value)

    def take(self):
        """A new connection: this one alone, before all others."""
        self.heard(self.redis.eval(self.taker, 1, self.keys[0], 1, "op", self.count))

    def write(self):
        """Several at once, each with what was known when it was sent; some answers are lost."""
        again, self.unsure = self.unsure, []
        values = again + [self.asked + i for i in range(self.rng.randint(1, 4))]
        self.asked += len(values) - len(again)
        known, answered = self.count, self.rng.randint(0, len(values))
        # It goes back under a connection that lives on (and would not be seen if that took the
        # answers with it), or while there is none.
        losing = self.rng.randrange(len(values)) if self.rng.random() < 0.2 else None
        if losing is not None:
            answered = len(values)
        before = set(self.acknowledged)
        for i, value in enumerate(values):
            if i == losing:
                self.roll_back()
            lost = before - self.values()
            answer = self.redis.eval(self.writer, 2, *self.keys, 1, "op", known,
                                     3, "RPUSH", self.keys[1], value)
            # Nothing is written where something is missing that had been answered by then.
            assert answer[0] == b"OLDER" or not lost
            if self.rng.random() < 0.2:
                self.copy()
            if i >= answered or self.noticed:
                self.unsure.append(value)
                continue
            self.heard(answer, value)
        if self.unsure and not self.noticed:
            if self.rng.random() < 0.3:
                self.roll_back()
            self.take()


@pytest.mark.parametrize("rolls", [True, False], ids=["rolled-back", "only-cut"])
def test_no_loss_of_what_was_acknowledged_goes_unnoticed(redis_server, rolls):
    """Pipeline x lost tail x lost answers x retries."""
    rng = random.Random(SEED)
    redis = redis_server.connect("admin")
    redis.connection_pool.connection_kwargs["decode_responses"] = False
    noticed = 0
    for _ in range(ROUNDS):
        slot = Slot(redis, rng, rolls)
        slot.copy()
        for _ in range(10):
            slot.write()
            lost = slot.acknowledged - slot.values()
            assert slot.noticed or not lost, lost
            if slot.noticed:
                noticed += 1
                break
    assert noticed > ROUNDS // 4 if rolls else noticed == 0
