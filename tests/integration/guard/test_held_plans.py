# SPDX-License-Identifier: ISC
"""What waits, and the people who decide: approve, discard, hold, release, accept."""

import json
import os
import pwd

import pytest

from feeds import day
from firms import COMPANY, Firms, certsync
from waiting import keep_busy, wait_until


def test_approve_applies_exactly_the_plan(lab, market):
    firms = Firms(lab, 12)
    firms.turn(range(7))
    firms.sync("held")
    plan_hash = firms.plan()["plan"]["hash"]
    assert "no plan" in firms.ask("approve", "0" * 64, exit=1)["error"]
    assert "no plan" in firms.ask("approve", plan_hash[:7], exit=1)["error"]
    firms.ask("approve", plan_hash[:8])
    firms.released()
    assert firms.statuses() == ["revoked"] * 7 + ["verified"] * 5
    assert len(firms.kinds("released")) == 1
    assert market.connector(firms.name)["held_plan"] == ""
    entry = market.history("b00")[0]
    assert entry["plan"] == plan_hash and entry["actor"] == "%s (uid %d)" % (
        pwd.getpwuid(os.getuid()).pw_name, os.getuid())
    assert entry["cause"] == "poll" and entry["to"] == "revoked"
    # What was approved does not count: five more pass.
    firms.turn(range(11))
    firms.sync()
    assert firms.count("revoked") == 11


def test_approve_only_and_except(lab, market):
    firms = Firms(lab, 14)
    firms.turn(range(5))
    firms.turn(range(5, 9), "withdrawn")
    firms.sync("held")
    first = firms.plan()["plan"]["hash"]
    assert firms.plan()["summary"] == {"revoked record_decertified": 5, "revoked record_withdrawn": 4}
    assert "reason" in firms.ask("approve", first, only="record_withdrawn", exit=1)["error"]
    firms.ask("approve", first, only="reason=record_withdrawn", **{"except": ["b05"]})
    wait_until(lambda: firms.count("revoked") == 3, 10)
    wait_until(lambda: firms.plan()["plan"]["hash"] != first, 10)
    plan = firms.plan()
    assert plan["held"] and [line["badge"] for line in plan["lines"]] == [
        "b00", "b01", "b02", "b03", "b04", "b05"]
    # The rest is another plan, with a hash of its own.
    firms.ask("approve", first, exit=1)
    firms.ask("approve", plan["plan"]["hash"])
    firms.released()
    assert firms.count("revoked") == 9 and firms.count("verified") == 5


def test_discard_drops_the_plan_and_does_not_ask_again(lab, market):
    firms = Firms(lab, 12)
    before = market.raw_badges()
    firms.turn(range(7))
    firms.sync("held")
    firms.ask("discard")
    firms.released()
    assert market.raw_badges() == before and len(firms.kinds("released")) == 1
    # The record changes in another way, the owner asks: the same change stays discarded.
    firms.recs[0].name += " Inc"
    firms.publish()
    firms.sync()
    market.command("recheck", "b01", "p-b01")
    market.settle()
    assert market.raw_badges() == before
    firms.restart()
    market.command("recheck", "b02", "p-b02")
    market.settle()
    assert market.raw_badges() == before
    # The registry says something else: that is a new question, and a single one passes.
    firms.turn([3], "withdrawn")
    firms.sync()
    assert market.verdict("b03") == ("revoked", "record_withdrawn")
    assert firms.plan()["plans"][0]["lines"] == 6
    # Later it can be approved all the same.
    firms.ask("approve", firms.plan()["plans"][0]["hash"])
    wait_until(lambda: firms.count("revoked") == 7, 10)
    assert len(firms.kinds("held")) == 1


def test_new_lines_open_a_second_plan(lab):
    firms = Firms(lab, 14)
    firms.turn(range(7))
    firms.sync("held")
    first = firms.plan()["plan"]["hash"]
    firms.turn([7])
    firms.sync("held")
    firms.turn([8], "withdrawn")
    firms.sync("held")
    plans = firms.plan()["plans"]
    assert [p["lines"] for p in plans] == [7, 2] and plans[0]["hash"] == first
    assert len(firms.kinds("held")) == 1
    firms.ask("approve", first)
    wait_until(lambda: firms.count("revoked") == 7, 10)
    wait_until(lambda: len(firms.plan()["plans"]) == 1, 10)
    assert firms.state() == "held"
    firms.ask("approve", plans[1]["hash"])
    firms.released()
    assert firms.count("revoked") == 9


@pytest.mark.parametrize("kill", [False, True], ids=["stop", "kill"])
def test_a_restart_finds_the_plan(lab, market, kill):
    firms = Firms(lab, 12)
    firms.turn(range(7))
    firms.sync("held")
    before, plan = market.raw_badges(), firms.plan()
    firms.restart(kill)
    wait_until(lambda: firms.plan()["held"], 10)
    again = firms.plan()
    assert again["plan"]["hash"] == plan["plan"]["hash"] and again["lines"] == plan["lines"]
    assert market.raw_badges() == before and len(firms.kinds("held")) == 1
    assert firms.state() == "held"
    firms.ask("approve", plan["plan"]["hash"])
    firms.released()
    assert firms.count("revoked") == 7


def test_kill_while_approving(lab, market):
    firms = Firms(lab, 120)
    firms.turn(range(60))
    firms.sync("held")
    firms.ask("approve", firms.plan()["plan"]["hash"])
    wait_until(lambda: market.verdict("b00")[0] == "revoked" or firms.count("revoked") > 0, 10)
    for _ in range(5):
        firms.restart(kill=True)
        keep_busy(0.02)
    firms.released()
    assert firms.statuses() == ["revoked"] * 60 + ["verified"] * 60
    assert len(firms.kinds("held")) == 1 and len(firms.kinds("released")) == 1


def test_an_operator_holds_and_releases(lab, market):
    firms = Firms(lab, 12)
    assert "--why" in firms.ask("hold", exit=1)["error"]
    firms.ask("hold", why="the list looks odd today")
    assert firms.state() == "held"
    firms.ask("hold", why="twice", exit=1)
    firms.recs[5].expires = day(700)
    firms.turn(range(2))
    firms.sync("held")
    assert firms.count("verified") == 12
    assert market.badge("b05")["expires_on"] == day(700).isoformat()
    firms.restart()
    assert firms.plan()["stopped"]["why"] == "the list looks odd today"
    # Two of twelve would have passed: they pass now, and are counted.
    firms.ask("release")
    firms.released()
    assert firms.count("revoked") == 2
    assert firms.plan()["window"]["counts"][0]["worse"] == 2
    assert len(firms.kinds("held")) == len(firms.kinds("released")) == 1
    assert "not held" in firms.ask("release", exit=1)["error"]


def test_release_does_not_outvote_the_guard(lab):
    firms = Firms(lab, 12)
    firms.ask("hold", why="wait")
    firms.turn(range(7))
    firms.sync("held")
    firms.ask("release")
    assert firms.state() == "held" and firms.count("revoked") == 0
    firms.ask("approve", firms.plan()["plan"]["hash"])
    firms.released()
    assert firms.count("revoked") == 7


def test_a_refused_feed_is_accepted(lab, market):
    firms = Firms(lab, 4, kind="nglcc-drop", settings={"max_shrink": "20%", "absence": "case"})
    assert "no feed" in firms.ask("accept", "0" * 64, exit=1)["error"]
    kept = firms.others
    firms.others = kept[:10]
    firms.publish()
    firms.sync("refused")
    assert market.connector(firms.name)["records"] == str(COMPANY + 4)
    refused = firms.plan()["refused"]
    assert refused["records"] == 14 and refused["missing"] == 30 and refused["missing_verified"] == 0
    firms.daemon.wait_log("certsync accept %s %s" % (firms.name, refused["hash"][:12]))
    firms.ask("accept", "0" * 64, exit=1)
    firms.restart()
    # Accepted is what was seen: a feed that says something else is refused again.
    firms.others = kept[:9]
    firms.publish()
    firms.ask("accept", refused["hash"])
    wait_until(lambda: firms.plan()["refused"]["hash"] != refused["hash"], 15)
    lab.settle(firms.daemon)
    assert market.connector(firms.name)["records"] == str(COMPANY + 4)
    firms.ask("accept", firms.plan()["refused"]["hash"][:12])
    wait_until(lambda: market.connector(firms.name)["records"] == "13", 15)
    lab.settle(firms.daemon)
    assert market.connector(firms.name)["proof"] == "accepted"
    assert "refused" not in firms.plan() and firms.count("verified") == 4


def test_the_command_shows_and_decides(lab, tmp_path):
    firms = Firms(lab, 12)
    assert "not held" in certsync(firms.daemon, "plan", firms.name)
    firms.turn(range(7))
    firms.sync("held")
    text = certsync(firms.daemon, "plan", firms.name)
    assert "b06" in text and "record_decertified" in text and "7 of 12 verified badges" in text
    data = json.loads(certsync(firms.daemon, "--json", "plan", firms.name))
    assert len(data["lines"]) == 7 and "next" not in data
    keep = tmp_path / "keep"
    keep.write_text("# still certified, said the body by phone\nb02\n\n b03 \n")
    certsync(firms.daemon, "approve", firms.name, data["plan"]["hash"][:12], "--except", str(keep))
    wait_until(lambda: firms.count("revoked") == 5, 10)
    wait_until(lambda: firms.plan()["plan"]["lines"] == 2, 10)
    assert "discarded" in certsync(firms.daemon, "discard", firms.name)
    firms.released()
    assert firms.count("verified") == 7
    certsync(firms.daemon, "hold", firms.name, "--why", "we ask the body")
    assert "we ask the body" in certsync(firms.daemon, "plan", firms.name)
    certsync(firms.daemon, "release", firms.name)
    certsync(firms.daemon, "approve", firms.name, "xyz", exit=1)
    certsync(firms.daemon, "plan", "nobody", exit=1)
    certsync(firms.daemon, "approve", firms.name, exit=2)
    certsync(firms.daemon, "approve", firms.name, "x", "--except", "/nonexistent", exit=2)


def test_a_plan_of_many_pages(lab):
    firms = Firms(lab, 1300)
    firms.turn(range(1200))
    firms.sync("held")
    data = json.loads(certsync(firms.daemon, "--json", "plan", firms.name))
    assert len(data["lines"]) == 1200
    badges = [line["badge"] for line in data["lines"]]
    assert badges == sorted(set(badges))
    firms.restart(kill=True)
    assert firms.plan()["plan"]["lines"] == 1200
    firms.ask("approve", data["plan"]["hash"])
    firms.released()
    assert firms.count("revoked") == 1200
