# SPDX-License-Identifier: ISC
"""`plan NAME --dry-run`: what a poll would change, told without changing anything."""

import json
import socket

import pytest

from feeds import Rec, day
from firms import Firms, certsync
from waiting import wait_until


def state(firms):
    """All that a poll leaves behind: badges, events, what the connector shows, the mirror, no diff."""
    redis = firms.market.redis
    connector = {k: v for k, v in firms.market.connector(firms.name).items()}
    keys = sorted(k for k in redis.keys("*") if "staged" not in k)
    mirror = [redis.hgetall(k) for k in keys if k.endswith(":mirror")]
    polls = [line for line in firms.daemon.http("/metrics")[1].decode().splitlines()
             if line.startswith("certsync_polls_total")]
    assert polls
    return firms.market.raw_badges(), firms.market.events(), connector, keys, mirror, polls


def dry(firms, exit=0):
    before = state(firms)
    answer = firms.daemon.control("plan", firms.name, dry_run=True)
    assert answer["exit"] == exit, answer
    wait_until(lambda: not [k for k in firms.market.redis.keys("*") if "staged" in k], 5,
               "a diff stays behind")
    wait_until(lambda: state(firms) == before, 5, "a dry run changed something")
    return answer["data"]["dry_run"]


def test_what_it_foretells_comes_true(lab, market):
    firms = Firms(lab, 12)
    assert dry(firms)["result"] == "unchanged"
    new = Rec(firms.source.number(700), "Newcomer Constructions", firms.source.type, expires=day(90))
    market.put("new", firms.source, number=new.number, business_name=new.name)
    market.settle()
    firms.others.append(new)
    firms.recs[8].expires = day(900)
    firms.recs[9].name = "Entirely Different Holdings"
    firms.turn(range(2))
    told = dry(firms)
    assert told["result"] == "committed" and told["worse"] == 3 and told["better"] == 2
    assert told["summary"] == {"revoked record_decertified": 2, "case name_mismatch": 1,
                               "renewed record_active": 1, "verified record_active": 1}
    assert [(line["badge"], line["to"]) for line in told["lines"]] == [
        ("b00", "revoked"), ("b01", "revoked"), ("b09", "case")]
    # The real one does just that.
    assert firms.sync() == "committed"
    assert firms.count("revoked") == 2 and market.badge("b09")["case"] == "name_mismatch"
    assert market.badge("b08")["expires_on"] == day(900).isoformat()
    assert market.verdict("new") == ("verified", "record_active")
    assert dry(firms)["result"] == "unchanged"


def test_it_says_that_it_would_be_held(lab):
    firms = Firms(lab, 12)
    firms.turn(range(7))
    told = dry(firms, exit=1)
    assert told["result"] == "held" and "7 of 12 verified badges" in told["text"]
    assert firms.count("verified") == 12 and not firms.plan()["held"]
    text = certsync(firms.daemon, "plan", firms.name, "--dry-run", exit=1)
    assert "dry run, nothing is changed: held" in text and "b06" in text
    assert "7      revoked record_decertified" in text
    # Held in earnest, the lines that wait are no news.
    firms.sync("held")
    assert dry(firms)["result"] == "unchanged"
    firms.turn([8])
    told = dry(firms, exit=1)
    assert [line["badge"] for line in told["lines"]] == ["b08"] and "held already" in told["text"]


def test_refused_and_failed_feeds(lab, registry):
    firms = Firms(lab, 4, settings={"max_shrink": "20%"})
    firms.others = firms.others[:5]
    firms.publish()
    told = dry(firms, exit=1)
    assert told["result"] == "refused" and "max_shrink" in told["text"]
    assert "refused" not in firms.plan() and firms.state() == "idle"
    firms.source.outage()
    assert dry(firms, exit=1)["result"] == "failed"
    assert firms.state() == "idle"


@pytest.mark.parametrize("kind", ["nglcc-drop", "texas"])
def test_absences_are_named_and_do_not_count(lab, kind):
    firms = Firms(lab, 5, kind=kind, settings={"absence": "revoke", "absent_polls": "1"})
    gone, firms.recs = firms.recs[3:], firms.recs[:3]
    firms.publish()
    for _ in range(3):
        told = dry(firms)
        assert told["result"] == "unchanged" and told["missing_verified"] == 2
    text = firms.daemon.control("explain", "b04")["data"]["text"]
    assert "it lacked the number" not in text
    firms.recs += gone
    firms.publish()
    firms.sync()
    assert firms.count("verified") == 5


def test_remapping_is_foretold(lab):
    """Even one badge would wait when the list is read otherwise than before."""
    firms = Firms(lab, 1, kind="nglcc-drop")
    section = firms.daemon.sections["connector nglcc"]
    section.update({"status.suspended": "Active", "status.active": "Suspended"})
    firms.daemon.stop()
    firms.source.outage()                   # the poll that follows by itself fails
    firms.daemon.write()
    firms.daemon.start()
    wait_until(lambda: firms.state() == "backoff", 15)
    firms.publish()
    told = dry(firms, exit=1)
    assert told["result"] == "held" and "read otherwise than before" in told["text"]
    assert told["summary"] == {"suspended record_suspended": 1}
    assert firms.count("verified") == 1


def test_what_goes_on_meanwhile(lab, market, registry):
    """Claims are decided by the mirror, a sync follows, whoever asked may go."""
    firms = Firms(lab, 12)
    firms.turn(range(3))
    body = (registry.directory / "texas.csv").read_bytes().decode("latin-1")
    registry.script({"/texas/": [{"body": body, "delay_s": 1.5}]})
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(firms.daemon.socket))
        s.sendall(json.dumps({"cmd": "plan", "args": [firms.name], "opts": {"dry_run": True}}).encode() + b"\n")
        wait_until(lambda: firms.state() == "polling", 5)
        again = firms.daemon.control("plan", firms.name, dry_run=True)
        assert again["exit"] == 1 and "a poll is running" in again["error"]
        market.command("recheck", "b00", "p-b00")
        market.settle()
        assert firms.count("verified") == 12
    registry.script({})
    wait_until(lambda: firms.daemon.control("sync", firms.name, wait=True)["exit"] == 0 and
               firms.count("revoked") == 3, 20)
    assert firms.count("revoked") == 3


def test_the_configuration_has_no_list(lab):
    firms = Firms(lab, 1)
    answer = firms.daemon.control("plan", "config", dry_run=True)
    assert answer["exit"] == 1 and "by loading it" in answer["error"]
