# SPDX-License-Identifier: ISC
"""What wakes somebody: a real daemon is brought into each such state, and the alert
rules are asked about the pages it showed before and in it."""

import signal
import subprocess

import pytest

from alerts import PHASE_MIN, RULES, Phase, firing
from daemon import BUILD
from feeds import Rec, day
from metrics import scrape
from waiting import wait_until

FIRM = "Plain Sailing Works"


class World:
    """A list, some firms that claim what is on it, and a daemon on a clock of ours."""

    def __init__(self, lab, firms=4, **sections):
        self.lab, self.market = lab, lab.market
        self.source = lab.source("texas")
        self.recs = [Rec(self.source.number(i), "%s %d" % (FIRM, i), self.source.type,
                         expires=day(300)) for i in range(firms)]
        self.source.publish(self.recs)
        self.clock = lab.clock
        settings = dict(self.source.settings(), interval="30d", **sections.pop("settings", {}))
        self.daemon = lab.daemon({"r7": settings}, **sections)
        self.daemon.sync("r7")
        for i in range(firms):
            self.put(i)
        self.market.settle()

    def put(self, i):
        self.market.put("b%d" % i, self.source, number=self.recs[i].number,
                        business_name=self.recs[i].name)

    def page(self):
        return scrape(self.daemon)

    def phase(self, **options):
        return Phase(self.page(), self.clock.now.timestamp(), **options)

    def sampled(self, condition):
        """The page, as soon as what is read every half minute meets a condition."""
        self.daemon.elapse(seconds=31)

        def come():
            page = self.page()
            return page if condition(page) else None
        return wait_until(come, 20)

    def pages(self, *phases, **options):
        return firing(phases, self.lab.directory, **options)


def test_a_daemon_that_is_well_wakes_nobody(lab):
    world = World(lab)
    world.sampled(lambda m: m("certsync_sample_timestamp_seconds"))
    phase = world.phase()
    assert world.pages(phase) == world.pages(phase, severity="ticket", minute=5) == []


def freeze(world):
    """Nothing is taken until thaw()."""
    world.daemon.process.send_signal(signal.SIGSTOP)


def thaw(world):
    world.daemon.process.send_signal(signal.SIGCONT)


def test_commits_that_fail_and_claims_that_wait(lab):
    world = World(lab)
    well = world.phase()
    freeze(world)
    world.market.command("delete", "b1", "p-b1")
    lab.server.client.config_set("maxmemory", "1")
    thaw(world)
    wait_until(lambda: world.page()("certsync_commits_total", result="failed") >= 2, 15)
    world.sampled(lambda m: m("certsync_claims_oldest_timestamp_seconds", stream="claims"))
    bad = world.phase(goes_on=True)
    assert bad.page("certsync_commits_total", result="ok") == \
        well.page("certsync_commits_total", result="ok")
    assert bad.page("certsync_claims_waiting_entries", stream="claims") == 1
    assert world.pages(well, bad, minute=PHASE_MIN + 5) == []
    assert world.pages(well, bad) == ["CertsyncClaimsWaiting", "CertsyncCommitsFailing"]
    # That was all: it goes on by itself, and nobody is called again.
    lab.server.client.config_set("maxmemory", "0")
    world.market.settle()
    world.sampled(lambda m: m("certsync_claims_waiting_entries", stream="claims") == 0)
    assert world.page()("certsync_badges_erased_total") == 1
    assert world.pages(well, bad, world.phase()) == []


def test_a_redis_that_is_away(lab):
    world = World(lab)
    well = world.phase()
    lab.server.kill()
    lab.check_at_end = False
    wait_until(lambda: world.page()("certsync_ready") == 0, 15)
    assert world.pages(well, world.phase()) == ["CertsyncCommitsFailing"]


def test_a_loop_that_is_stuck(lab):
    world = World(lab)
    well = world.phase()
    freeze(world)
    assert world.daemon.http("/metrics", timeout=0.5)[0] == 0
    assert world.pages(well, Phase(None), minute=PHASE_MIN + 4) == []
    assert world.pages(well, Phase(None)) == ["CertsyncStuck"]
    thaw(world)
    wait_until(lambda: world.daemon.http("/metrics")[0] == 200, 10)
    # What the watchdog ends and systemd starts, again and again.
    phases = [world.phase()]
    for _ in range(4):
        world.daemon.kill()
        world.daemon.elapse(seconds=60)
        world.daemon.start()
        phases.append(world.phase())
    assert world.pages(*phases[:4], length=6) == []
    assert world.pages(*phases, length=6) == ["CertsyncStuck"]


def test_a_group_that_is_about_to_lose_events(lab):
    world = World(lab, events={"max_entries": "1000"})
    stream = world.market.key("{0}", "events")
    world.market.redis.xgroup_create(stream, "search", "$")
    well = world.sampled(lambda m: m("certsync_stream_group_lag", group="search") == 0)
    for i in range(900):
        world.market.redis.xadd(stream, {"specversion": "1.0"})
    full = world.sampled(lambda m: m("certsync_stream_group_lag", group="search") >= 900)
    lab.check_at_end = False        # those events were ours
    now = world.clock.now.timestamp()
    # Redis cannot tell the lag of a group that has read nothing: no less than it is.
    assert full("certsync_stream_fullest_entries") > 900
    assert b"[!]events warn" in world.daemon.http("/readyz?verbose")[1]
    assert world.pages(Phase(well, now), Phase(full, now)) == ["CertsyncGroupLosesEvents"]
    # The group has read and acknowledged: they may go.
    for entry, _ in world.market.redis.xreadgroup("search", "c", {stream: ">"})[0][1]:
        world.market.redis.xack(stream, "search", entry)
    read = world.sampled(lambda m: m("certsync_stream_group_lag", group="search") == 0 ==
                         m("certsync_stream_group_pending", group="search"))
    assert world.pages(Phase(full, now), Phase(read, now)) == []


def test_many_badges_that_get_worse(lab):
    world = World(lab, firms=30, guard={"count": "1000", "share": "100%", "total": "20"})
    well = world.phase()
    for rec in world.recs[:21]:
        rec.status = "decertified"
    world.source.publish(world.recs)
    world.daemon.sync("r7")
    bad = world.phase()
    assert bad.page("certsync_badges_worsened_total", cause="poll") == 21
    soon = PHASE_MIN + 10
    assert world.pages(well, bad, minute=soon) == ["CertsyncManyBadgesWorse"]
    assert "CertsyncGuardAlarm" in world.pages(well, bad, minute=soon, severity="ticket")
    # What is to be run first tells which.
    run = next(line.split("run: ")[1] for line in RULES.read_text().splitlines()
               if "run: certsync events" in line)
    said = subprocess.run(["sh", "-c", run], capture_output=True, text=True,
                          env={"PATH": "%s:/usr/bin:/bin" % BUILD,
                               "CERTSYNC_SOCKET": str(world.daemon.socket)})
    assert said.returncode == 0 and said.stdout.count("revoked") >= 21, said
    # The hour has passed.
    assert world.pages(well, bad) == []


def test_badges_that_expire_behind_a_hold(lab):
    world = World(lab, settings={"stale_after": "60d"}, badges={"expiry_evidence": "72h"})
    for rec in world.recs[:2]:
        rec.expires = day(2)
    world.source.publish(world.recs)
    world.daemon.sync("r7", expect=("committed", "held"))
    if world.page()("certsync_connector_held", connector="r7"):
        plan = world.daemon.control("plan", "r7")["data"]
        world.daemon.control("approve", "r7", plan["plans"][0]["hash"])
    world.market.settle()
    well = world.phase()
    world.daemon.control("hold", "r7", why="the registry moves house")
    world.daemon.elapse(days=5)

    def come():
        page = world.page()
        return page if page("certsync_connector_unconfirmed_badges", connector="r7") == 2 else None
    wait_until(come, 15)
    bad = world.phase()
    assert bad.page("certsync_connector_held", connector="r7") == 1
    assert bad.page("certsync_badges", status="verified") == 4
    assert world.pages(well, bad, minute=PHASE_MIN + 50) == []
    assert world.pages(well, bad) == ["CertsyncBadgesExpireBehindHold"]
    # Its source away instead of held: a ticket.
    world.daemon.control("release", "r7")
    world.source.outage()
    world.daemon.elapse(days=60)
    wait_until(lambda: world.page()("certsync_connector_stale", connector="r7") == 1, 15)
    assert world.pages(bad, world.phase()) == []


@pytest.mark.parametrize("days, told", [(20, False), (13, True), (-1, True)])
def test_a_credential_that_expires(lab, days, told):
    world = World(lab, settings={"credential_expires": str(day(days))})
    page = world.page()
    expires = page("certsync_connector_credential_expires_timestamp_seconds", connector="r7")
    assert abs(expires - world.clock.now.timestamp() - days * 86400) < 2 * 86400
    phase = world.phase()
    assert world.pages(phase, minute=1) == []
    assert world.pages(phase, minute=1, severity="ticket") == \
        (["CertsyncCredentialExpires"] if told else [])
    status = b"[!]credential:r7 warn: " if told else b"[+]credential:r7 ok: "
    assert status in world.daemon.http("/readyz?verbose")[1]
    world.daemon.elapse(seconds=61)
    world.daemon.wake()
    line = "health of credential:r7: warn: by the configuration the credential expire"
    if told:
        world.daemon.wait_log(line)
    else:
        world.daemon.turns()
        assert line not in world.daemon.log()
