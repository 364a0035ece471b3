# SPDX-License-Identifier: ISC
"""The guard: many changes for the worse wait for a person, few do not."""

import json
import os
import pwd

import pytest

from feeds import Rec, day
from firms import COMPANY, Firms, certsync
from gate import Gate
from waiting import keep_busy, wait_until


def test_seven_of_twelve_wait(lab, market):
    firms = Firms(lab, 12)
    before = market.raw_badges()
    firms.recs[8].expires = day(900)
    firms.turn(range(7))
    assert firms.sync("held") == "held"
    # Nothing is taken away; what is for the better is there.
    after = market.raw_badges()
    assert {b for b in after if after[b] != before[b]} == {"b08"}
    assert market.badge("b08")["expires_on"] == day(900).isoformat()
    assert firms.count("verified") == 12
    # Everywhere it can be seen, and once.
    connector = market.connector(firms.name)
    plan = firms.plan()
    assert connector["state"] == "held"
    assert connector["held_plan"] == plan["plan"]["hash"]
    assert plan["held"] and plan["plan"]["lines"] == 7
    assert [line["badge"] for line in plan["lines"]] == ["b%02d" % i for i in range(7)]
    assert {(line["from"], line["to"], line["reason"]) for line in plan["lines"]} == {
        ("verified", "revoked", "record_decertified")}
    held = firms.kinds("held")
    assert [e["id"] for e in held] == [firms.name + "-1"]
    assert held[0]["data"]["changes"] == 7
    assert held[0]["data"]["plan"] == plan["plan"]["hash"][:12]
    health = firms.daemon.control("health")
    assert health["exit"] == 1 and "7 changes for the worse wait" in health["data"]["output"]
    assert firms.daemon.ready()
    firms.daemon.wait_log("certsync approve %s %s" % (firms.name, plan["plan"]["hash"][:12]))
    # More polls change nothing, tell nothing new and still say "held".
    firms.sync("held")
    assert market.raw_badges() == after and len(firms.kinds("held")) == 1


def test_three_of_twelve_pass(lab):
    firms = Firms(lab, 12)
    firms.turn(range(3))
    assert firms.sync() == "committed"
    assert firms.count("revoked") == 3 and firms.count("verified") == 9
    assert not firms.plan()["held"] and not firms.kinds("held")
    all_types = firms.plan()["window"]["counts"][0]
    assert all_types == {"type": "*", "verified": 12, "worse": 3}


def test_counts_of_the_window_add_up_and_survive_a_restart(lab):
    firms = Firms(lab, 12)
    firms.turn(range(3))
    firms.sync()
    firms.restart()
    firms.turn(range(5))
    firms.sync()
    assert firms.count("revoked") == 5
    firms.restart(kill=True)
    firms.turn(range(6))
    firms.sync("held")
    assert firms.count("revoked") == 5
    assert firms.plan()["plan"]["lines"] == 1


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


def test_nothing_enters_by_the_back_door(lab, market):
    firms = Firms(lab, 12)
    firms.turn(range(7))
    firms.sync("held")
    market.command("recheck", "b00", "p-b00")
    firms.put(1)                                # the same claim once more
    firms.put(2, rev="5")                       # with a newer rev only
    market.command("hide", "b03", "p-b03")
    firms.put(4, names=["Another Name"])        # an edit: decided anew
    market.command("delete", "b05", "p-b05")
    market.settle()
    assert firms.statuses() == ["verified"] * 4 + ["revoked", None] + ["verified"] * 6
    assert market.badge("b03")["visibility"] == "hidden" and market.tile("p-b03", "b03") is None
    plan = firms.plan()
    assert [line["badge"] for line in plan["lines"]] == ["b00", "b01", "b02", "b03", "b06"]
    firms.ask("approve", plan["plan"]["hash"])
    firms.released()
    assert firms.statuses() == ["revoked"] * 5 + [None, "revoked"] + ["verified"] * 5


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


@pytest.mark.parametrize("worse,held", [(4, False), (9, True)])
def test_kill_while_a_poll_commits(lab, market, worse, held):
    """However often it dies meanwhile, the outcome is that of one quiet poll."""
    firms = Firms(lab, 12)
    firms.turn(range(worse))
    for i in range(8):
        firms.daemon.control("sync", firms.name)
        keep_busy(0.004 * i)
        firms.restart(kill=True)
    lab.settle(firms.daemon)
    firms.sync("held" if held else "committed", "unchanged" if not held else "held")
    assert firms.count("revoked") == (0 if held else worse)
    assert len(firms.kinds("held")) == (1 if held else 0)


@pytest.mark.parametrize("mark", ['"next":"apply"', '"next":"merge"'], ids=["judged", "applied"])
def test_killed_behind_a_mark_a_change_counts_once(lab, market, mark):
    """What the guard has counted is stored with the mark that it passed: neither lost nor doubled."""
    firms = Firms(lab, 12)
    redis = firms.daemon.sections["redis"]
    direct = redis["url"]
    with Gate(lab.server.socket, firms.daemon.directory / "gate.sock", mark.encode()) as gate:
        redis["url"] = "unix://%s" % gate.address
        firms.daemon.write()
        firms.restart()
        firms.turn(range(4))
        firms.daemon.control("sync", firms.name)
        gate.wait()
        redis["url"] = direct
        firms.daemon.write()
        firms.restart(kill=True)
    wait_until(lambda: firms.count("revoked") == 4, 15)
    firms.sync()
    # Of fewer than 100, five may get worse in a window: one more does, the sixth waits.
    firms.turn(range(5))
    firms.sync("committed")
    assert firms.count("revoked") == 5
    firms.turn(range(6))
    firms.sync("held")
    assert firms.count("revoked") == 5


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


def test_earlier_dates_and_cases_are_guarded(lab, market):
    firms = Firms(lab, 12)
    before = market.raw_badges()
    for i in range(4):
        firms.recs[i].expires = day(20)
        firms.recs[11 - i].name = "Entirely Different Holdings %d" % i
    firms.publish()
    firms.sync("held")
    assert market.raw_badges() == before
    lines = {line["badge"]: (line["to"], line["reason"]) for line in firms.plan()["lines"]}
    assert lines["b00"] == ("until:" + day(20).isoformat(), "record_active")
    assert lines["b11"] == ("case", "name_mismatch") and len(lines) == 8
    firms.ask("approve", firms.plan()["plan"]["hash"])
    firms.released()
    assert market.badge("b00")["expires_on"] == day(20).isoformat()
    assert market.badge("b11")["case"] == "name_mismatch"
    assert firms.count("verified") == 12


def test_F12_dates_suddenly_in_the_past_are_guarded(lab, market):
    firms = Firms(lab, 12)
    before = market.raw_badges()
    for rec in firms.recs[:8]:
        rec.expires = day(-2)
    firms.publish()
    firms.sync("held")
    firms.sync("held")
    assert market.raw_badges() == before
    assert {line["to"] for line in firms.plan()["lines"]} == {"expired"}
    market.command("recheck", "b00", "p-b00")
    market.settle()
    firms.restart()
    assert market.raw_badges() == before
    firms.ask("approve", firms.plan()["plan"]["hash"])
    firms.released()
    assert firms.count("expired") == 8


def test_one_type_lost_is_held_though_the_others_are_well(lab, market):
    firms = Firms(lab, 12)
    other = firms.source
    small = [Rec(other.number(500 + i), "Weavers %d" % i, other.other_type, expires=day(100))
             for i in range(2)]
    firms.others += small
    firms.publish()
    firms.sync()
    for i, rec in enumerate(small):
        market.put("w%d" % i, other, number=rec.number, business_name=rec.name,
                   type=other.other_type, category=other.other_category)
    market.settle()
    for rec in small:
        rec.status = "decertified"
    firms.publish()
    firms.sync("held")
    assert "of type %s" % other.other_type in firms.plan()["plan"]["why"]
    assert market.verdict("w0")[0] == "verified"


def test_settings_move_the_thresholds(lab):
    firms = Firms(lab, 12, guard={"count": "2"})
    firms.turn(range(3))
    firms.sync("held")
    assert firms.count("revoked") == 0


def test_once_says_75_when_something_is_held(lab):
    firms = Firms(lab, 12)
    firms.daemon.stop()
    firms.turn(range(7))
    result = firms.daemon.run("--once")
    assert result.returncode == 75 and " held " in result.stdout
    firms.turn(range(7), "active")
    assert firms.daemon.run("--once").returncode == 0
    firms.daemon.start()


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
