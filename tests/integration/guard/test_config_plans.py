# SPDX-License-Identifier: ISC
"""Another configuration changes no badge for the worse before a person has approved it."""

import pytest

from feeds import Rec, day
from firms import Firms, facts
from waiting import wait_until


def config(firms):
    return firms.daemon.control("plan", "config")["data"]


def misspelt(firms, n):
    """The list writes n of the names a little differently: good enough at first."""
    for rec in firms.recs[:n]:
        rec.name = rec.name.replace("Constructions", "Constrctions")
    firms.publish()
    firms.sync()
    assert firms.count("verified") == len(firms.recs)


@pytest.mark.parametrize("how", ["reload", "restart", "kill"])
def test_a_stricter_rule_makes_a_plan_of_its_own(lab, market, how):
    firms = Firms(lab, 12)
    misspelt(firms, 7)
    before = facts(market)
    firms.daemon.sections["badges"] = {"name_match": "1.0"}
    firms.daemon.write()
    firms.daemon.reload() if how == "reload" else firms.restart(how == "kill")

    wait_until(lambda: config(firms)["held"], 15)
    assert facts(market) == before
    plan = config(firms)
    assert [line["badge"] for line in plan["lines"]] == ["b%02d" % i for i in range(7)]
    assert {(line["to"], line["reason"]) for line in plan["lines"]} == {("case", "name_mismatch")}
    assert plan["plan"]["cause"] == "config" and firms.state() == "idle"
    assert firms.daemon.control("health")["exit"] == 1
    # Nor does a poll or the owner bring it in; another restart does not ask again.
    market.command("recheck", "b00", "p-b00")
    market.settle()
    firms.sync()
    firms.restart()
    assert facts(market) == before
    assert config(firms)["plan"]["hash"] == plan["plan"]["hash"]
    # The rule taken back, its plan is gone.
    del firms.daemon.sections["badges"]
    firms.daemon.write()
    firms.daemon.reload()
    wait_until(lambda: not config(firms)["held"], 15)
    assert facts(market) == before


def test_a_stricter_rule_is_approved(lab, market):
    firms = Firms(lab, 12)
    misspelt(firms, 7)
    firms.daemon.sections["badges"] = {"name_match": "1.0"}
    firms.daemon.write()
    firms.restart()
    wait_until(lambda: config(firms)["held"], 15)
    plan_hash = config(firms)["plan"]["hash"]
    assert firms.daemon.control("approve", "config", plan_hash)["exit"] == 0
    wait_until(lambda: all(market.badge("b%02d" % i).get("case") for i in range(7)), 15)
    assert firms.count("verified") == 12
    wait_until(lambda: not config(firms)["held"], 15)


def test_even_one_change_waits(lab, market):
    """Nothing is taken away by a configuration: no count lets it pass."""
    firms = Firms(lab, 12)
    misspelt(firms, 1)
    events = len(market.events())
    before = facts(market)
    firms.daemon.sections["badges"] = {"name_match": "1.0"}
    firms.daemon.write()
    firms.daemon.reload()
    wait_until(lambda: config(firms)["held"], 15)
    assert [line["badge"] for line in config(firms)["lines"]] == ["b00"]
    assert facts(market) == before
    text = firms.daemon.control("explain", "b00")["data"]["text"]
    assert "waits for an operator" in text and "of config" in text
    # Ending a hold is no approval.
    firms.daemon.control("release", "config")
    assert config(firms)["held"] and facts(market) == before
    firms.daemon.control("approve", "config", config(firms)["plan"]["hash"])
    wait_until(lambda: market.badge("b00").get("case") == "name_mismatch", 15)
    wait_until(lambda: not config(firms)["held"], 15)
    # Held and released have been told, and the case; what was approved is not counted.
    wait_until(lambda: len(market.events()) == events + 3, 15)
    assert firms.plan()["window"]["counts"][0]["worse"] == 0


def test_a_shorter_grace_ends_nothing_by_itself(lab, market):
    """What would have ended anyway ends; what only the new rule ends waits."""
    firms = Firms(lab, 3, settings={"grace_days": "300"})
    for rec in firms.recs[:2]:
        rec.expires = day(-100)
    firms.publish()
    firms.sync()
    assert firms.count("verified") == 3         # in grace
    before = facts(market)
    firms.daemon.sections["connector " + firms.name]["grace_days"] = "0"
    firms.daemon.write()
    firms.daemon.reload()
    wait_until(lambda: config(firms)["held"], 15)
    assert {(line["badge"], line["to"]) for line in config(firms)["lines"]} == {
        ("b00", "expired"), ("b01", "expired"), ("b02", "until:" + day(200).isoformat())}
    market.command("recheck", "b00", "p-b00")
    market.settle()
    assert firms.count("verified") == 3
    assert facts(market) == before


# --- connectors that go, come and say something else --------------------------------------


def test_a_removed_connector_changes_no_badge(lab, market):
    firms = Firms(lab, 4)
    before = facts(market)
    gone = firms.daemon.sections.pop("connector " + firms.name)
    other = lab.source("nglcc-csv-http")
    firms.daemon.connector(other.name, other.settings())
    firms.daemon.write()
    firms.daemon.reload()
    firms.daemon.wait_log("rules have changed")
    market.command("recheck", "b00", "p-b00")
    market.settle()
    assert facts(market) == before
    text = firms.daemon.control("explain", "b00")["data"]["text"]
    assert "Status: verified (record_active), kept as it was." in text
    del firms.daemon.sections["connector " + other.name]
    firms.daemon.connector(firms.name, gone)
    firms.daemon.write()
    firms.restart()
    firms.sync()
    assert facts(market) == before and not firms.plan()["held"]


def test_a_renamed_connector_changes_no_badge(lab, market):
    firms = Firms(lab, 4)
    before = facts(market)
    settings = firms.daemon.sections.pop("connector " + firms.name)
    firms.daemon.connector("hub-two", settings)
    firms.daemon.write()
    firms.turn([1])
    firms.daemon.reload()
    # What its first list would take away waits, be it one badge.
    wait_until(lambda: config(firms)["held"], 15)
    firms.daemon.wait_log("connector hub-two: poll 1 done")
    assert facts(market) == before
    plan = config(firms)
    assert [line["badge"] for line in plan["lines"]] == ["b01"]
    assert "hub-two reads its list otherwise than before" in plan["plan"]["why"]
    firms.restart(kill=True)
    assert facts(market) == before and config(firms)["lines"] == plan["lines"]
    firms.daemon.control("approve", "config", plan["plan"]["hash"])
    wait_until(lambda: market.verdict("b01") == ("revoked", "record_decertified"), 15)
    assert market.history("b01")[0]["poll"].startswith("hub-two-")
    # From then on it is a connector like others.
    firms.turn([2])
    assert firms.daemon.sync("hub-two") == "committed"
    assert market.verdict("b02") == ("revoked", "record_decertified")


def test_a_plugin_that_cannot_be_loaded_changes_no_badge(lab, market):
    firms = Firms(lab, 4)
    before = facts(market)
    directory = firms.daemon.sections["daemon"]["plugin_dir"]
    firms.daemon.sections["daemon"]["plugin_dir"] = firms.daemon.directory
    firms.daemon.write()
    firms.turn(range(4))
    firms.restart()
    firms.daemon.wait_log("its plug-in cannot be used")
    market.command("recheck", "b00", "p-b00")
    new = Rec(firms.source.number(800), "Newcomer Constructions", firms.source.type, expires=day(90))
    market.put("new", firms.source, number=new.number, business_name=new.name)
    market.settle()
    badges = facts(market)
    assert {b: f for b, f in badges.items() if b != "new"} == before
    # Nobody can say that there is no such number.
    assert market.verdict("new") == ("self_reported", "awaiting_source")
    health = firms.daemon.control("health")
    assert health["exit"] == 1 and "its plug-in says nothing" in health["data"]["output"]
    assert "its plug-in cannot be used now" in firms.daemon.control("explain", "b00")["data"]["text"]
    assert firms.daemon.control("sync", firms.name, wait=True)["exit"] == 1
    # It is there again, and so are its records.
    firms.daemon.sections["daemon"]["plugin_dir"] = directory
    firms.daemon.write()
    firms.turn(range(4), "active")
    firms.others.append(new)
    firms.publish()
    firms.restart()
    firms.sync()
    assert market.verdict("new") == ("verified", "record_active")
    badges = facts(market)
    assert {b: f for b, f in badges.items() if b != "new"} == before


REMAPS = [      # settings, and what waits for badges with and without a type of their own
    ({"type": "MBE"}, None, ("case", "category_conflict")),
    ({"field.expires_on": "Certification Number"}, None, None),
    ({"status.suspended": "Active", "status.active": "Suspended"},
     ("suspended", "record_suspended"), ("suspended", "record_suspended")),
    ({"field.number": "Company Name"}, ("revoked", "record_missing"), ("revoked", "record_missing")),
    ({"body": "outandequal"}, None, None),
]


@pytest.mark.parametrize("change,of_type,of_any", REMAPS,
                         ids=["type", "date", "word", "number", "body"])
@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("typed", [True, False], ids=["typed", "untyped"])
def test_a_remapped_connector_changes_no_badge(lab, market, change, of_type, of_any, n, typed):
    """Be it one badge: other types, another column, a word that means something else, another body."""
    waits = of_type if typed else of_any
    firms = Firms(lab, n, kind="nglcc-drop", settings={"absence": "revoke", "absent_hours": "0"},
                  typed=typed)
    before = facts(market)
    section = firms.daemon.sections["connector " + firms.name]
    was = dict(section)
    section.update(change)
    firms.daemon.write()
    firms.daemon.reload()
    firms.daemon.wait_log("configuration reloaded")
    for _ in range(2):
        firms.publish()
        firms.daemon.sync(firms.name, expect=("committed", "unchanged", "held", "failed", "refused"))
        market.command("recheck", "b00", "p-b00")
        market.settle()
        assert verdicts(market) == verdicts_of(before)
    lines = {(line["badge"], line["to"], line["reason"]) for line in config(firms).get("lines", [])}
    assert lines == ({("b%02d" % i, *waits) for i in range(n)} if waits else set())
    firms.restart()
    assert verdicts(market) == verdicts_of(before)
    # Taken back, everything is as before and nothing waits.
    section.clear()
    section.update(was)
    firms.daemon.write()
    firms.daemon.reload()
    firms.daemon.wait_log("configuration reloaded", 2)
    for _ in range(2):
        firms.publish()
        firms.sync("committed", "unchanged", "held")
    wait_until(lambda: not config(firms)["held"] and not firms.plan()["held"], 15)
    assert verdicts(market) == verdicts_of(before)
    assert not [e for e in market.events() if ".badge." in e["type"] and
                e["data"]["to"] != "verified"]


def verdicts_of(badges):
    return {badge: (f["status"], f["reason"], f["expires_on"], f.get("case")) for badge, f in badges.items()}


def verdicts(market):
    return verdicts_of(market.badges())


def test_reloads_while_badges_are_decided(lab, market):
    """A registry that goes while its records are being read is not asked any more."""
    firms = Firms(lab, 200)
    gone = firms.daemon.sections.pop("connector " + firms.name)
    for round_ in range(6):
        for i in range(0, 200, 2):
            market.command("recheck", firms.badge(i), "p-" + firms.badge(i))
        if round_ % 2 == 0:
            firms.daemon.sections.pop("connector " + firms.name, None)
        else:
            firms.daemon.connector(firms.name, gone)
        firms.daemon.write()
        firms.daemon.reload()
        firms.daemon.wait_log("configuration reloaded", round_ + 1)
    market.settle(60)
    assert firms.count("verified") == 200


def test_no_connector_is_called_config(lab):
    source = lab.source("texas")
    d = lab.daemon({"config": source.settings()}, start=False)
    result = d.run("-t")
    assert result.returncode == 78 and "another name" in result.stdout + result.stderr
