# SPDX-License-Identifier: ISC
"""Crashes and outages: after them everything is as if they had not been."""

import random
import signal
import threading

import pytest

from feeds import Rec, day
from latency import Latency
from waiting import keep_busy, wait_until

FIRM = "Steadfast Metal Works"
CLAIMS = 200
KILLS = 20
SEED = 20261122


def firm(i):
    return "Steadfast %s%s%s Works" % tuple(chr(65 + (i // n) % 26) * 2 for n in (1, 26, 676))


def records(source, n, generation=0):
    """The list in a generation: dates move, and every seventh certification ends."""
    out = []
    for i in range(n):
        ended = generation > 0 and i % 7 == 0
        out.append(Rec(source.number(i), firm(i), source.type,
                       "decertified" if ended else "active",
                       day(300 + (generation if i % 3 == 0 else 0))))
    return out


def claim(market, source, i):
    market.put("b%03d" % i, source, number=source.number(i), business_name=firm(i),
               profile="p%02d" % (i // 4), holder="h%d" % i, rev=str(i))


def outcome(market):
    """What may not depend on when the daemon died; versions and times may."""
    volatile = {"version", "commit", "claim_id", "claimed_at", "since", "checked_at", "evidence", "cause",
                "next_check", "verified_once", "expires_since"}
    return {badge: {k: v for k, v in fields.items() if k not in volatile}
            for badge, fields in market.badges().items()}


def test_sigkill_storm(lab, market, registry):
    """Killed again and again while claims and new lists come in: the same final state."""
    rng = random.Random(SEED)
    source = lab.source("texas")
    source.publish(records(source, CLAIMS + 50))
    # Each new list takes badges away by the dozen, which is not what is looked at here.
    guard = {"share": "100%", "count": 1000, "max": 100000, "total": 100000}
    daemon = lab.daemon({source.name: dict(source.settings(), interval="1s")}, guard=guard)
    fed = 0
    for kill in range(KILLS):
        if kill in (5, 10, 15):
            source.publish(records(source, CLAIMS + 50, generation=kill))
        for _ in range(CLAIMS // KILLS):
            claim(market, source, fed)
            fed += 1
        # At any moment: while it starts, loads, reads, polls or commits.
        keep_busy(rng.uniform(0, 0.35))
        daemon.kill()
        daemon.launch()
    daemon.wait_ready()
    market.settle(30)
    daemon.sync(source.name)
    lab.settle()
    lab.check()
    stormy = outcome(market)
    assert len(stormy) == CLAIMS
    assert {b["status"] for b in stormy.values()} == {"verified", "revoked"}
    daemon.stop()

    # The same without a crash: another store, all claims, the last list.
    market.redis.flushall()
    calm = lab.daemon({source.name: source.settings()}, guard=guard)
    calm.sync(source.name)
    for i in range(CLAIMS):
        claim(market, source, i)
    market.settle(30)
    lab.settle()
    calm_outcome = outcome(market)
    assert [(b, k, f.get(k), stormy[b].get(k)) for b, f in calm_outcome.items()
            for k in sorted(set(f) | set(stormy[b])) if f.get(k) != stormy[b].get(k)][:5] == []
    assert len(calm_outcome) == len(stormy)


def test_sigkill_while_a_commit_runs(lab, market):
    """Killed at growing delays after a list came that changes every badge."""
    source = lab.source("texas")
    source.publish(records(source, 150))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    for i in range(150):
        claim(market, source, i)
    market.settle(30)
    for round_, delay_s in enumerate((0, 0.02, 0.05, 0.1, 0.2)):
        new = [Rec(r.number, r.name, r.type, "active", day(500 + round_))
               for r in records(source, 150)]
        source.publish(new)
        daemon.control("sync", source.name)         # started, not awaited
        keep_busy(delay_s)
        daemon.kill()
        daemon.start()
        market.settle()
        wait_until(lambda: sync_calm(daemon, source), 30)
        lab.settle()
        lab.check()
        assert {b["expires_on"] for b in market.badges().values()} == {
            day(500 + round_).isoformat()}
        # A renewal each, once, whenever it died.
        renewed = market.events(kind="badge.renewed")
        assert len(renewed) == 150 * (round_ + 1)


def sync_calm(daemon, source):
    """A poll as soon as a commit that is carried on has ended."""
    answer = daemon.control("sync", source.name, wait=True)
    return answer["exit"] == 0


@pytest.mark.parametrize("outage", ["daemon", "redis"])
def test_no_connector_seems_to_poll_for_ever(lab, market, redis_server, outage):
    """The note that a poll has ended may be lost with whoever died then."""
    source = lab.source("texas")
    source.publish(records(source, 5))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    lab.settle()
    if outage == "daemon":
        daemon.kill()
    market.redis.hset("certsync:connector:vethub", "state", "polling")
    if outage == "redis":
        redis_server.kill()
        redis_server.start()
        wait_until(daemon.ready, 20)
    else:
        daemon.start()
    wait_until(lambda: market.connector(source.name)["state"] == "idle", 5)


def test_sigterm_in_the_middle_of_a_poll(lab, market, registry):
    source = lab.source("texas")
    source.publish(records(source, 5))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    claim(market, source, 1)
    market.settle()
    before = market.raw_badges()
    registry.script({source.prefix: [{"body": "x" * 10000, "drip": True}]})
    daemon.control("sync", source.name)
    wait_until(lambda: market.connector(source.name)["state"] == "polling")
    daemon.stop()
    registry.script({})
    daemon.start()
    assert daemon.sync(source.name) == "unchanged"
    assert market.raw_badges() == before


def test_sigterm_while_claims_come(lab, market):
    source = lab.source("texas")
    source.publish(records(source, 300))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    for i in range(300):
        claim(market, source, i)
    daemon.stop()
    daemon.start()
    market.settle(30)
    assert {b["status"] for b in market.badges().values()} == {"verified"}
    assert len(market.badge_ids()) == 300


# --- Redis ------------------------------------------------------------------------------------


def test_redis_dies_and_returns(lab, market, redis_server):
    """SIGKILL and the append-only file: nothing acknowledged is lost, work resumes by itself."""
    source = lab.source("texas")
    source.publish(records(source, 100))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    for i in range(50):
        claim(market, source, i)
    redis_server.kill()
    wait_until(lambda: daemon.http("/readyz")[0] == 503, 10, "/readyz stays 200 without Redis")
    assert daemon.http("/livez")[0] == 200
    redis_server.start()
    wait_until(daemon.ready, 20, "/readyz stays 503 although Redis is back")
    for i in range(50, 100):
        claim(market, source, i)
    market.settle(30)
    assert {b["status"] for b in market.badges().values()} == {"verified"}
    assert len(market.badge_ids()) == 100
    source.publish(records(source, 100, generation=1))
    daemon.sync(source.name)
    assert market.verdict("b098") == ("revoked", "record_decertified")


def test_redis_dies_again_and_again(lab, market, redis_server):
    source = lab.source("texas")
    source.publish(records(source, 100))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    rng = random.Random(SEED)
    fed = 0
    for _ in range(5):
        for _ in range(20):
            claim(market, source, fed)
            fed += 1
        keep_busy(rng.uniform(0, 0.2))
        redis_server.kill()
        redis_server.start()
    wait_until(daemon.ready, 30)
    market.settle(30)
    assert len(market.badge_ids()) == fed
    assert {b["status"] for b in market.badges().values()} == {"verified"}


class Losing(Latency):
    """Loses the answer to the next command that tells an event, and all after it, until cut()."""

    def __init__(self, *args):
        self.armed = self.losing = False
        super().__init__(*args)

    def translator(self, way):
        def requests(data):
            self.losing |= self.armed and b"org.certsync.badge" in data
            return data

        return requests if way == "requests" else lambda data: b"" if self.losing else data

    def lose(self, happens):
        """Until happens(), which only Redis knows of."""
        self.armed = True
        wait_until(happens)
        self.armed = self.losing = False
        self.cut()


def test_a_lost_answer_is_made_up_for(lab, market, redis_server):
    """What was written without the daemon's hearing of it, it knows by reading it again."""
    source = lab.source("texas")
    source.publish(records(source, 2))
    with Losing(redis_server.socket, lab.directory / "far.sock") as far:
        daemon = lab.daemon([source], redis={**redis_server.settings,
                                             "url": "unix://%s" % far.address})

        def counts():
            return {k: n for k, n in daemon.control("status")["data"]["badges"].items() if n}

        daemon.sync(source.name)
        claim(market, source, 0)
        far.lose(lambda: market.verdict("b000") == ("verified", "record_active"))
        market.settle()
        assert counts() == {"verified": 1}
        source.publish(records(source, 2, generation=1))
        waiter = threading.Thread(target=daemon.control, args=("sync", source.name))
        waiter.start()
        far.lose(lambda: market.verdict("b000") == ("revoked", "record_decertified"))
        waiter.join(15)
        wait_until(lambda: counts() == {"revoked": 1}, 15)
        market.command("delete", "b000", "p00")
        far.lose(lambda: not market.badge("b000"))
        market.settle()
        wait_until(lambda: counts() == {}, 15)
        daemon.stop()


def test_redis_is_not_there_at_the_start(lab, market, redis_server):
    source = lab.source("texas")
    source.publish(records(source, 5))
    redis_server.kill()
    daemon = lab.daemon([source], start=False).launch()
    wait_until(lambda: daemon.http("/livez")[0] == 200, 10)
    assert daemon.http("/readyz")[0] == 503
    redis_server.start()
    daemon.wait_ready()
    daemon.sync(source.name)
    claim(market, source, 1)
    market.settle()
    assert market.verdict("b001") == ("verified", "record_active")


def test_a_silent_redis_is_noticed(lab, market, redis_server):
    source = lab.source("texas")
    source.publish(records(source, 5))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    redis_server.process.send_signal(signal.SIGSTOP)
    try:
        wait_until(lambda: daemon.http("/readyz")[0] == 503, 20,
                   "a Redis that does not answer is not noticed")
        assert daemon.http("/livez")[0] == 200
    finally:
        redis_server.process.send_signal(signal.SIGCONT)
    wait_until(daemon.ready, 20)
    claim(market, source, 1)
    market.settle()
    assert market.verdict("b001") == ("verified", "record_active")


def test_script_flush_is_harmless(lab, market):
    source = lab.source("texas")
    source.publish(records(source, 5))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    market.redis.script_flush()
    claim(market, source, 1)
    market.settle()
    assert market.verdict("b001") == ("verified", "record_active")


def test_redis_out_of_memory_loses_nothing(lab, market):
    source = lab.source("texas")
    source.publish(records(source, 50))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    for i in range(50):
        claim(market, source, i)
        if i == 10:
            market.redis.config_set("maxmemory", "1mb")
            daemon.wait_log(REFUSED)
            market.redis.config_set("maxmemory", "0")
    market.settle(30)
    assert {b["status"] for b in market.badges().values()} == {"verified"}
    assert len(market.badge_ids()) == 50


REFUSED = "Redis answered an error"


class Refusing:
    """A poll that ends, by the registry's doing, while Redis takes no write."""

    def __init__(self, lab):
        self.lab, self.market = lab, lab.market
        self.source = source = lab.source("texas")
        source.publish(records(source, 5))
        self.way = way = Latency(("127.0.0.1", lab.registry.port))
        settings = source.settings()
        settings["url"] = settings["url"].replace(lab.registry.url, "http://%s:%d" % way.address)
        self.daemon = lab.daemon({source.name: settings})
        self.daemon.sync(source.name)
        source.outage()
        way.hold()
        self.answers = []
        self.waiter = threading.Thread(target=self.wait, daemon=True)
        self.waiter.start()
        wait_until(lambda: self.stored()["state"] == "polling")
        self.refuse(True)
        way.release()
        self.daemon.wait_log("poll 3 failed")
        self.daemon.wait_log(REFUSED)

    def refuse(self, yes):
        self.market.redis.config_set("maxmemory", "1" if yes else "0")

    def wait(self):
        self.answers.append(self.daemon.control("sync", self.source.name, wait=True))

    def stored(self):
        return self.market.connector(self.source.name)

    def agree(self):
        """What Redis says of the connector is what the daemon knows."""
        known = self.daemon.control("connectors")["data"]["connectors"][0]
        fields = ("state", "error", "last_success", "next_poll")
        stored = self.stored()
        assert {f: stored[f] for f in fields} == {f: known[f] or "" for f in fields}
        return True


def test_an_end_that_redis_refuses_is_stored_later(lab, market):
    poll = Refusing(lab)
    assert poll.stored()["state"] == "polling"
    assert poll.waiter.is_alive()
    poll.refuse(False)
    wait_until(poll.agree)
    assert poll.stored()["state"] == "backoff" and poll.stored()["error"]
    key = "certsync:internal:{certsync:connector:%s}:state" % poll.source.name
    assert market.redis.hget(key, "failures") == "1"
    poll.waiter.join(10)
    assert poll.answers[0]["data"]["result"] == "failed"


def test_a_sync_after_a_refused_end_is_another_poll(lab, registry):
    poll = Refusing(lab)
    registry.script({})
    poll.refuse(False)
    poll.daemon.sync(poll.source.name)
    poll.waiter.join(10)
    assert poll.answers[0]["data"]["result"] == "failed"
    poll.daemon.wait_log("poll 4 done")


@pytest.mark.parametrize("end", ["killed", "lost"])
def test_nobody_waits_for_a_store_that_is_gone(lab, redis_server, end):
    poll = Refusing(lab)
    assert poll.waiter.is_alive()
    if end == "killed":
        redis_server.kill()
    else:
        redis_server.client.flushall()
    poll.waiter.join(15)
    # By the poll that ends, or because the store is gone: whichever is seen first.
    answer = poll.answers[0]
    assert answer["exit"] == 1
    assert answer.get("data", {}).get("result") == "failed" or "emptied" in answer["error"]
    lab.check_at_end = False
    if end == "lost":
        assert poll.daemon.wait_exit() == 75


# --- a store that was lost ---------------------------------------------------------------------


def test_a_flushed_store_is_lost(lab, market, redis_server):
    source = lab.source("texas")
    source.publish(records(source, 20))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    for i in range(10):
        claim(market, source, i)
    market.settle()
    epoch = market.redis.hget("certsync:meta", "epoch")
    market.redis.flushall()
    claim(market, source, 11)
    wait_until(lambda: daemon.http("/readyz")[0] == 503, 10, "/readyz stays 200 after FLUSHALL")
    assert b"store_lost" in daemon.http("/readyz")[1]
    assert daemon.http("/livez")[0] == 200
    assert "emptied" in daemon.control("sync", source.name, wait=True)["error"]
    assert daemon.wait_exit() == 75
    assert market.redis.keys("*") == ["certsync:claims"]      # not one write
    assert market.backlog() == 1

    # A wrong database would look the same: a person says that it is the right one.
    refused = daemon.run()
    assert refused.returncode == 78 and "certsyncd --adopt-store" in refused.stderr
    assert market.redis.keys("*") == ["certsync:claims"]
    daemon.adopt()
    daemon.start()
    daemon.sync(source.name)
    market.settle()
    assert market.redis.hget("certsync:meta", "epoch") not in (None, epoch)
    assert market.verdict("b011") == ("verified", "record_active")
    assert market.events()[0]["type"] == "org.certsync.store.reset.v1"
    assert market.events("b011")[0]["source"] == "urn:certsync:%s" % \
        market.redis.hget("certsync:meta", "epoch")


def told(events):
    """What a consumer acts on."""
    return [(e["subject"], e["type"].split(".", 2)[2], e["data"].get("from"), e["data"].get("to"),
             e["data"].get("cause")) for e in events]


@pytest.mark.parametrize("claims_first", [True, False], ids=["claims-first", "registry-first"])
def test_a_flushed_store_is_rebuilt_without_inventing_events(lab, market, claims_first):
    """Claims are put again, registries read again; that it is a rebuilding is said everywhere."""
    source = lab.source("nglcc-drop")
    recs = [Rec(source.number(i), firm(i), source.type, expires=day(20 if i < 3 else 300))
            for i in range(20)]
    source.publish(recs)
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    for i in range(10):
        claim(market, source, i)
    market.settle()
    wait_until(lambda: len(market.events(kind="badge.expiring")) == 3, 10)
    was = outcome(market)
    daemon.stop()
    market.redis.flushall()

    source.outage()                         # nothing can be concluded from what is gone
    daemon.adopt()
    daemon.start()
    daemon.wait_log("emptied or restored; badges are rebuilt")
    assert told(market.events()) == [("store", "store.reset.v1", None, None, None)]
    health = daemon.control("health")
    assert health["exit"] == 1 and "emptied or restored at" in health["data"]["output"]
    assert daemon.ready()
    if not claims_first:
        source.publish(recs)
        daemon.sync(source.name)
    for i in range(10):
        claim(market, source, i)
    market.settle()
    if claims_first:
        assert {b["reason"] for b in market.badges().values()} == {"awaiting_source"}
        assert "Rebuilt from claim and registry" in daemon.control("explain", "b001")["data"]["text"]
        source.publish(recs)
        daemon.sync(source.name)
    assert outcome(market) == was
    # A restart does not forget it.
    daemon.stop()
    daemon.start()
    assert "emptied or restored at" in daemon.control("health")["data"]["output"]
    events = [e for e in market.events() if e["subject"] != "store"]
    want = [(None, "self_reported"), ("self_reported", "verified")] if claims_first else [(None, "verified")]
    assert sorted(told(events)) == sorted(
        ("b%03d" % i, "badge.%s.v1" % to, frm, to, "rebuild") for i in range(10) for frm, to in want)
    assert "Rebuilt from claim and registry" in daemon.control("explain", "b001")["data"]["text"]
    # What happens from now on is news again.
    recs[1].status, recs[2].expires = "suspended", day(400)
    source.publish(recs)
    daemon.sync(source.name)
    assert told(market.events())[-2:] in permutations_of(
        ("b001", "badge.suspended.v1", "verified", "suspended", "poll"),
        ("b002", "badge.renewed.v1", "verified", "verified", "poll"))


def permutations_of(a, b):
    return [a, b], [b, a]


def test_a_store_that_was_rolled_back_is_lost(lab, market, redis_server):
    """A restored backup: the fence is lower than the one last taken."""
    source = lab.source("texas")
    source.publish(records(source, 20))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    claim(market, source, 1)
    market.settle()
    daemon.stop()
    saved = {key: (market.redis.type(key), dump(market, key)) for key in market.redis.keys("*")}
    daemon.start()
    daemon.stop()
    epoch = market.redis.hget("certsync:meta", "epoch")
    market.redis.flushall()
    for key, (_, data) in saved.items():
        market.raw().restore(key, 0, data)
    daemon.start()
    assert market.redis.hget("certsync:meta", "epoch") != epoch
    claim(market, source, 2)
    market.settle()
    assert market.verdict("b002") == ("verified", "record_active")
    assert market.verdict("b001") == ("verified", "record_active")
    assert [e["type"] for e in market.events()].count("org.certsync.store.reset.v1") == 1


def dump(market, key):
    return market.raw().dump(key)


# --- one writer ----------------------------------------------------------------------------------


def test_a_second_daemon_on_the_same_state_is_refused(lab, market):
    source = lab.source("texas")
    source.publish(records(source, 5))
    first = lab.daemon([source])
    second = lab.daemon([source], start=False, daemon={
        "state_dir": first.sections["daemon"]["state_dir"]})
    assert second.run(timeout=20).returncode == 75
    assert second.run("--once", timeout=20).returncode == 75
    assert first.ready()
    first.sync(source.name)


LEASE = "certsync:internal:{certsync:meta}:lease"


@pytest.fixture
def rivals(lab):
    """Two daemons for one Redis, of two machines; the first one runs."""
    source = lab.source("texas")
    source.publish(records(source, 20))
    settings = {"lease": "10m", "instance": "first"}
    first = lab.daemon([source], daemon=settings)
    first.sync(source.name)
    second = lab.daemon([source], start=False, daemon=dict(settings, instance="second"))
    return source, first, second


@pytest.mark.parametrize("once", [[], ["--once"]], ids=["daemon", "once"])
def test_a_second_daemon_leaves_the_first_in_its_place(rivals, market, once):
    source, first, second = rivals
    fence = market.fence()
    result = second.run(*once, timeout=20)
    assert result.returncode == 75
    assert "another certsyncd, first, writes to this store and is alive" in result.stderr
    assert market.fence() == fence
    claim(market, source, 1)
    market.settle()
    assert first.ready()
    assert first.sync(source.name) == "unchanged"


def test_its_place_is_free_when_it_stops(rivals, market):
    _source, first, second = rivals
    assert market.redis.get(LEASE).endswith(" first")
    first.stop()
    assert not market.redis.exists(LEASE)
    second.start()
    assert market.redis.get(LEASE).endswith(" second")


def test_its_place_is_free_when_its_lease_has_run_out(rivals, market):
    source, first, second = rivals
    first.kill()
    assert second.run(timeout=20).returncode == 75
    market.redis.pexpire(LEASE, 1)
    wait_until(lambda: not market.redis.exists(LEASE))
    second.start()
    assert second.sync(source.name) == "unchanged"
    assert first.run("--once", timeout=20).returncode == 75


def test_the_next_one_of_the_same_state_takes_its_place_at_once(lab, market):
    lab.use_store()
    daemon = lab.daemon(daemon={"lease": "10m"})
    before = market.redis.get(LEASE)
    daemon.restart(kill=True)
    assert daemon.ready() and market.redis.get(LEASE) == before


def test_a_lease_is_renewed_while_the_daemon_lives(lab, market):
    lab.use_store()
    daemon = lab.daemon(daemon={"lease": "2s"})
    for _ in range(2):
        wait_until(lambda: market.redis.pttl(LEASE) < 1500)
        wait_until(lambda: market.redis.pttl(LEASE) > 1500)
    # Also if it was lost: by a FLUSHALL that spared the rest, say.
    market.redis.delete(LEASE)
    wait_until(lambda: market.redis.pttl(LEASE) > 1500)
    assert daemon.ready()


def test_a_daemon_that_slept_may_not_write(rivals, market):
    """SIGSTOP past a takeover, then SIGCONT: its fence is old, its writes are refused."""
    source, first, second = rivals
    first.process.send_signal(signal.SIGSTOP)
    market.redis.delete(LEASE)          # it has run out
    second.start()
    source.publish(records(source, 20, generation=1))
    second.sync(source.name)
    first.process.send_signal(signal.SIGCONT)
    for i in range(8):
        claim(market, source, i)
    market.settle()
    assert first.wait_exit() == 75      # its place is taken: the service manager tries again
    first.wait_log("taken over")
    assert market.verdict("b000") == ("revoked", "record_decertified")


@pytest.mark.parametrize("change,why", [
    ({"schema": "2.0"}, "a newer store"), ({"partitions": "4"}, "other partitions")],
    ids=["schema", "partitions"])
def test_a_store_of_another_kind_is_refused(lab, market, change, why):
    source = lab.source("texas")
    source.publish(records(source, 5))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    daemon.stop()
    market.redis.hset("certsync:meta", mapping=change)
    before = {k: dump(market, k) for k in market.redis.keys("*") if "fence" not in k}
    daemon.launch()

    def refused():
        return not daemon.alive or (daemon.http("/readyz")[0] == 503 and
                                    b"refused" in daemon.http("/readyz")[1])
    wait_until(refused, 15, why + " is not refused")
    after = {k: dump(market, k) for k in market.redis.keys("*") if "fence" not in k}
    assert after == before
    if daemon.alive:
        daemon.stop()
    else:
        assert daemon.wait_exit() != 0
    lab.check_at_end = False        # the store is not one of ours any more
