# SPDX-License-Identifier: ISC
"""One key of another type, one damaged hash: that badge alone waits, told, and delays nothing."""

import binascii
import json

import pytest

from feeds import Rec, day
from firms import Firms, certsync
from metrics import scrape
from waiting import wait_until

FIRMS = 6


@pytest.fixture
def firms(lab):
    return Firms(lab, FIRMS)


def renew(firms, days=400):
    for rec in firms.recs:
        rec.expires = day(days)
    firms.publish()


def renewed(firms, days=400):
    return [i for i in range(FIRMS)
            if firms.market.redis.type(firms.market.key("{0}", "badge", firms.badge(i))) == "hash"
            and firms.market.badge(firms.badge(i)).get("expires_on") == day(days).isoformat()]


def spoil(market, *parts):
    """Puts a string in the place of a key; what was there, to be put back."""
    key = market.key(*parts)
    kept = market.redis.dump(key)
    market.redis.set(key, "not ours")   # whatever was there
    return key, kept


def mend(market, key, kept):
    """In one step: in between, the daemon would find no key at all and write its own."""
    if kept is None:
        market.redis.delete(key)
    else:
        market.redis.restore(key, 0, kept, replace=True)


BADGE_KEYS = {"badge": ("{0}", "badge", "b02"), "history": ("{0}", "history", "b02"),
              "profile": ("{0}", "profile", "p-b02")}


@pytest.mark.parametrize("which", sorted(BADGE_KEYS))
def test_a_poll_goes_on_without_the_badge(lab, market, firms, which):
    lab.check_at_end = False            # of a key that is not ours
    key, kept = spoil(market, *BADGE_KEYS[which])
    renew(firms)
    assert firms.sync("committed") == "committed"
    assert renewed(firms) == [0, 1, 3, 4, 5]
    status, observed, output = firms.daemon.check("badges")
    assert (status, observed) == ("warn", "stuck") and "b02" in output
    assert scrape(firms.daemon)("certsync_stuck_badges") == 1
    assert firms.daemon.ready()
    firms.daemon.wait_log("badges: b02 cannot be decided or written")
    # A restart forgets nothing, and the badge follows as soon as somebody has mended its key.
    firms.restart(kill=True)
    mend(market, key, kept)
    if which == "badge":                # it could not even be read at the start
        firms.daemon.elapse(minutes=1)
    wait_until(lambda: renewed(firms) == [0, 1, 2, 3, 4, 5], 15)
    wait_until(lambda: firms.daemon.check("badges")[:2] == ("pass", "whole"), 10)
    assert market.redis.hlen(market.key("{0}", "internal", "owed")) == 0


def test_a_badge_that_cannot_be_read_at_the_start(lab, market, firms):
    lab.check_at_end = False
    key, kept = spoil(market, "{0}", "badge", "b02")
    firms.restart()
    assert firms.daemon.check("badges")[:2] == ("warn", "stuck")
    firms.daemon.wait_log("badges: b02 cannot be read: its key is no hash")
    renew(firms)
    firms.sync("committed")
    assert renewed(firms) == [0, 1, 3, 4, 5]
    mend(market, key, kept)
    firms.daemon.elapse(minutes=1)
    wait_until(lambda: renewed(firms) == [0, 1, 2, 3, 4, 5], 15)
    wait_until(lambda: firms.daemon.check("badges")[:2] == ("pass", "whole"), 10)


@pytest.mark.parametrize("observe", [False, True])
def test_what_a_list_would_do_is_told_without_the_badge(lab, market, firms, observe):
    lab.check_at_end = False
    if observe:
        firms.daemon.sections["connector " + firms.name]["observe"] = "yes"
        firms.daemon.write()
        firms.restart()
    spoil(market, "{0}", "badge", "b02")
    firms.turn([2, 4])
    firms.recs[0].expires = day(400)
    firms.publish()
    if observe:
        firms.sync("committed")
        told, text = firms.plan()["observed"], certsync(firms.daemon, "plan", firms.name)
    else:
        told = firms.daemon.control("plan", firms.name, dry_run=True)["data"]["dry_run"]
        assert told["result"] == "committed"
        text = certsync(firms.daemon, "plan", firms.name, "--dry-run")
    assert (told["worse"], told["better"], told["stuck"]) == (1, 1, 1)
    assert told["stuck_badges"] == ["b02"] and [x["badge"] for x in told["lines"]] == ["b04"]
    assert "1 cannot be decided, for a fault in the store that health names: b02\n" in text


def test_once_says_75_while_a_badge_is_stuck(lab, market, firms):
    lab.check_at_end = False
    key, kept = spoil(market, "{0}", "badge", "b02")
    firms.daemon.stop()
    renew(firms)
    assert firms.daemon.run("--once").returncode == 75
    mend(market, key, kept)
    assert firms.daemon.run("--once").returncode == 0
    assert renewed(firms) == [0, 1, 2, 3, 4, 5]
    firms.daemon.start()


# --- commands -----------------------------------------------------------------------------------


def rejected(daemon):
    return daemon.control("rejected")["data"]["commands"]


def served(firms, badge):
    return firms.market.verdict(badge)[0] == "verified"


@pytest.mark.parametrize("which", sorted(BADGE_KEYS))
def test_claims_go_on_without_the_one(lab, market, firms, which):
    lab.check_at_end = False
    key, kept = spoil(market, *BADGE_KEYS[which])
    firms.put(2, names=["First"])
    firms.put(2, names=["Second"])
    for i in range(5):
        market.put("z%d" % i, firms.source, number=firms.recs[2].number,
                   business_name=firms.recs[2].name, holder="p-b02")
    market.settle()                     # nothing is left in the stream
    assert all(served(firms, "z%d" % i) for i in range(5))
    stuck = rejected(firms.daemon)
    assert [(s["state"], s["op"], s["badge"], s["profile"]) for s in stuck] == [
        ("stuck", "put", "b02", "p-b02")] * 2
    assert firms.daemon.check("commands")[:2] == ("warn", "stuck")
    assert scrape(firms.daemon)("certsync_stuck_commands") == 2
    if which == "profile":              # all of the profile goes behind it
        market.put("b02x", firms.source, profile="p-b02", number=firms.recs[2].number,
                   business_name=firms.recs[2].name)
        market.settle()
        assert market.badge("b02x") == {} and len(rejected(firms.daemon)) == 3
    firms.restart(kill=True)
    assert len(rejected(firms.daemon)) == len(stuck) + (which == "profile")
    mend(market, key, kept)
    wait_until(lambda: rejected(firms.daemon) == [], 20)
    assert json.loads(market.badge("b02")["names"]) == ["Second"]
    assert which != "profile" or served(firms, "b02x")
    assert firms.daemon.check("commands")[:2] == ("pass", "flowing")
    assert market.rejected() == []


def test_an_erased_profile_leaves_no_stuck_command(lab, market, firms):
    lab.check_at_end = False
    key, kept = spoil(market, "{0}", "history", "b02")
    firms.put(2, names=["First"])
    market.settle()
    assert len(rejected(firms.daemon)) == 1
    mend(market, key, kept)
    market.command("erase", profile="p-b02", stream="staff")
    market.settle()
    wait_until(lambda: rejected(firms.daemon) == [], 20)
    assert market.badge("b02") == {}
    assert not market.redis.exists(market.key("{0}", "internal", "stuck"))


def partition(profile):
    return binascii.crc_hqx(profile.encode(), 0) % 16384 % 2


def test_a_key_of_a_partition_stops_only_that_partition(lab, market):
    lab.check_at_end = False
    source = lab.source("texas")
    rec = Rec(source.number(1), "Harbour Lights Bakery", source.type, expires=day(200))
    source.publish([rec])
    daemon = lab.daemon([source], redis={"partitions": "2"})
    daemon.sync(source.name)
    profiles = ["p%d" % i for i in range(40)]
    here = [p for p in profiles if partition(p) == 1][:8]
    there = [p for p in profiles if partition(p) == 0][:8]

    def put(profile):
        market.put("b-" + profile, source, profile=profile, number=rec.number, holder="h",
                   business_name=rec.name)

    def served(profile):
        return market.redis.hget(market.key("{%d}" % partition(profile), "badge",
                                            "b-" + profile), "status") == "verified"

    key, kept = spoil(market, "{1}", "review")
    for profiles in zip(here, there):
        for profile in profiles:
            put(profile)
    wait_until(lambda: all(map(served, there)), 15)
    assert not any(map(served, here)) and market.backlog() == len(here)
    assert daemon.check("commands")[:2] == ("warn", "stuck") and rejected(daemon) == []
    daemon.restart(kill=True)
    put("p-late")
    wait_until(lambda: partition("p-late") == 1 or served("p-late"), 15)
    mend(market, key, kept)
    daemon.elapse(seconds=5)
    market.settle(30)
    assert all(map(served, here + there))
    assert daemon.check("commands")[:2] == ("pass", "flowing")


def test_once_ends_before_a_wall_of_waiting_commands(lab, market):
    """More than are read on: what can be done is done, and the rest is said by 75."""
    lab.check_at_end = False
    firms = Firms(lab, FIRMS)
    firms.daemon.stop()
    key, kept = spoil(market, "{0}", "review")
    for i in range(300):
        firms.put(i % FIRMS, names=["Edition %d" % i])
    assert firms.daemon.run("--once").returncode == 75
    mend(market, key, kept)
    assert firms.daemon.run("--once").returncode == 0
    assert json.loads(market.badge("b05")["names"]) == ["Edition 299"] and market.backlog() == 0
    firms.daemon.start()
