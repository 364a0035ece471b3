# SPDX-License-Identifier: ISC
"""The guard: many changes for the worse wait for a person, few do not."""

import pytest

from feeds import Rec, day
from firms import Firms
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
