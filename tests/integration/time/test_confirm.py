# SPDX-License-Identifier: ISC
"""`confirm`: an absence in SAM's list counts once SBS has said the same of the number.

SAM's extract and SBS as the daemon's own connectors read them, on a clock that the test moves.
"""

import json

import pytest

from feeds import Rec
from metrics import scrape
from test_time import date
from waiting import wait_until

FIRM = "Lakeside Bakery Works"
START = "2027-02-08T15:00:00Z"
EXPIRES = date("2029-03-01")
WAIT_S = 15
SEARCH, PROFILE = "/sbs/_api/v2/search", "/sbs/_api/v2/profile/"

NOT_FOUND = {"status": 500, "body": '{"message":"No matching MeiliSearch document"}'}
DOWN = [{"status": 503, "body": "down"}, {"status": 500, "body": '{"message":"timeout"}'},
        {"status": 200, "body": "<html>", "headers": {"Content-Type": "text/html"}},
        {"status": 200, "body": '{"entity":{"uei":', "headers": {"Content-Type": "application/json"}},
        {"reset": True}]


def firm(uei, name=FIRM, programs=("WOSB",), active=True, exit_date=EXPIRES, **members):
    """A row of SBS."""
    certs = [dict({"name": p, "active": active, "entranceDate": "2024-01-01",
                   "exitDate": exit_date and exit_date.isoformat(), "status": "", "suspended": False,
                   "pending": False}, **members) for p in programs]
    return {"uei": uei, "cage_code": None, "entity_detail_id": "e-" + uei, "legal_business_name": name,
            "dba_name": "", "certs": certs, "active_wosb_boolean": active and "WOSB" in programs}


def profile(row):
    return {"status": 200, "headers": {"Content-Type": "application/json"},
            "body": json.dumps({"entity": row, "naics": [], "performanceHistory": []})}


class World:
    """Badges of SAM's WOSB firms, and SBS beside it."""

    def __init__(self, lab, badges=1, sections=None, sbs=None, **sba):
        self.lab, self.market, self.registry = lab, lab.market, lab.registry
        self.source = lab.source("sam-extract")
        self.clock = lab.clock
        self.clock.set(START)
        self.mine = [Rec(self.source.number(7 + i), FIRM, "WOSB", expires=EXPIRES) for i in range(badges)]
        self.others = [Rec(self.source.number(100 + i), "Company %d Ltd" % i, "WOSB", expires=EXPIRES)
                       for i in range(20)]
        slow = {"interval": "30d", "stale_after": "300d"}
        self.answers = {}
        self.daemon = lab.daemon({
            "sba": {**self.source.settings(), **slow, "confirm": "sbs", "absent_polls": "1", **sba},
            "sbs": {"plugin": "sbs", "body": "sba", "url": self.registry.url + "/sbs", "min_records": "1",
                    "programs": "wosb, vosb", "max_shrink": "0%", "max_growth": "0%", **slow, **(sbs or {})}},
            start=False, **(sections or {}))

    def begin(self):
        self.list(*self.mine)
        self.sbs_lists(*[firm(r.number) for r in self.mine])
        self.sbs_says(NOT_FOUND)
        self.daemon.start()
        self.sync("sba")
        self.sync("sbs")
        for i, rec in enumerate(self.mine):
            self.market.put("b%d" % i, self.source, number=rec.number, business_name=FIRM)
        self.market.settle()
        assert self.market.verdict("b0") == ("verified", "record_active")
        assert self.market.badge("b0")["connector"] == "sba"
        self.daemon.elapse(hours=1)
        self.registry.requests_clear()
        return self

    # --- what the registries say ---------------------------------------------------------

    def list(self, *records):
        self.source.write(list(records) + self.others)
        self.registry.script(self.answers)

    def sbs_lists(self, *rows):
        others = [firm(r.number, r.name) for r in self.others]
        veterans = [firm("ZZTEST9%05d" % i, "Veteran %d Ltd" % i, ("VOSB",)) for i in range(3)]
        for row in veterans:
            row["active_vosb_boolean"] = True
        self.answers[SEARCH] = [
            {"status": 200, "headers": {"Content-Type": "application/json"},
             "body": json.dumps({"status": "ok", "results": rows_, "meili_filter": ""})}
            for rows_ in (list(rows) + others, veterans)] * 20
        self.registry.script(self.answers)

    def sbs_says(self, *answers):
        self.answers[PROFILE] = list(answers)
        self.registry.script(self.answers)

    def sync(self, name, expect=("committed", "unchanged")):
        self.market.settle()
        return self.daemon.sync(name, expect=expect)

    def vanish(self, *left):
        """SAM lists the firms no more (but for left), and is read."""
        self.list(*left)
        self.sync("sba", ("committed", "unchanged", "held"))

    def next_absent_poll(self, **duration):
        self.daemon.elapse(**(duration or {"days": 1}))
        self.source.write(self.others + [Rec(self.source.number(500 + self.clock.moved[0] % 400), "New Ltd",
                                             "WOSB", expires=EXPIRES)])
        self.sync("sba", ("committed", "unchanged", "held"))

    # --- what is seen ----------------------------------------------------------------------

    def asked(self):
        return [r["path"][len(PROFILE):] for r in self.registry.requests(PROFILE)]

    def wait(self, predicate):
        """Waits for it; numbers that are collected meanwhile are asked for soon, once."""
        collects = True

        def come():
            nonlocal collects
            self.daemon.wake()
            if predicate():
                return True
            if collects and not self.daemon.polling() and self.daemon.waiting_numbers():
                self.daemon.elapse_slowly(3)
                collects = False
            return False
        wait_until(come, WAIT_S)

    def wait_long(self, predicate):
        """The same, while time passes from one question to the next: a day, after many that had
        no answer, so the steps grow."""
        seconds = 15

        def come():
            nonlocal seconds
            self.daemon.elapse(seconds=seconds)
            seconds = min(2 * seconds, 600)
            return predicate()
        wait_until(come, WAIT_S)

    def until_said(self, said, badge="b0"):
        self.wait(lambda: self.market.badge(badge).get("confirm") == said)

    def until_waits(self, badge="b0"):
        self.wait(lambda: "confirm_since" in self.market.badge(badge))

    def until_asked(self, n):
        self.wait(lambda: len(self.asked()) >= n)

    def stays(self):
        """Nothing happens to the status of any badge in ten minutes, and no event comes."""
        before = self.market.verdict("b0"), len(self.market.events())
        self.daemon.elapse(minutes=10)
        self.daemon.turns()
        assert (self.market.verdict("b0"), len(self.market.events())) == before

    def verified(self):
        badge = self.market.badge("b0")
        assert badge["status"] == "verified" and "case" not in badge, badge
        assert "p-b0" in self.market.certified("woman")

    def explain(self, badge="b0"):
        return self.daemon.control("explain", badge)["data"]["text"]

    def status(self):
        return self.daemon.control("status")["data"]

    def health(self):
        return json.loads(self.daemon.http("/readyz")[1])["checks"]["confirm"][0]


@pytest.fixture
def world(lab):
    return lambda **options: World(lab, **options)


# --- what it says ----------------------------------------------------------------------------


@pytest.mark.parametrize("absence", ["case", "revoke"])
def test_still_certified_there_the_badge_stays(world, absence):
    w = world(absence=absence).begin()
    w.sbs_says(profile(firm(w.mine[0].number)))
    w.vanish()
    w.until_said("active")
    w.verified()
    assert w.asked() == [w.mine[0].number]
    assert w.market.kinds("b0") == ["badge.verified"]
    assert "Not confirmed: connector sbs has it in force, as of " in w.explain()
    assert w.status()["confirming"] == {"waiting": 0, "since": None}
    # Other polls, on the same day: not asked again.
    w.next_absent_poll(hours=2)
    w.next_absent_poll(hours=2)
    w.stays()
    assert len(w.asked()) == 1
    # A day later the absence is asked about again, and now it is confirmed.
    w.sbs_says(NOT_FOUND)
    w.next_absent_poll(hours=22)
    w.until_asked(2)
    w.until_said("gone") if absence == "case" else w.wait(
        lambda: w.market.verdict("b0") == ("revoked", "record_missing"))
    assert w.market.kinds("b0")[-1] == ("case.opened" if absence == "case" else "badge.revoked")


GONE = {
    "not-found": lambda uei: NOT_FOUND,
    "404": lambda uei: {"status": 404, "body": ""},
    "other-program": lambda uei: profile(firm(uei, programs=("VOSB",))),
    "ended": lambda uei: profile(firm(uei, active=False, exit_date=date("2027-01-31"))),
    "suspended": lambda uei: profile(firm(uei, suspended=True)),
}


@pytest.mark.parametrize("answer", sorted(GONE))
def test_gone_there_too_it_counts(world, answer):
    w = world(absence="revoke").begin()
    w.sbs_says(GONE[answer](w.mine[0].number))
    w.vanish()
    w.wait(lambda: w.market.verdict("b0") == ("revoked", "record_missing"))
    assert w.market.badge("b0")["cause"] == "lookup"
    assert "p-b0" not in w.market.certified()
    assert len(w.asked()) == 1
    # Listed again, it is forgotten.
    w.list(*w.mine)
    w.sync("sba")
    assert w.market.verdict("b0") == ("verified", "record_active")
    assert not [f for f in w.market.badge("b0") if f.startswith("confirm")]


def test_gone_there_too_opens_a_case_and_a_return_closes_it(world):
    w = world().begin()
    w.vanish()
    w.until_said("gone")
    assert w.market.badge("b0")["case"] == "record_missing"
    assert "Confirmed: connector sbs does not have it in force either, as of " in w.explain()
    # SBS lists it: the case is closed although SAM does not.
    w.daemon.elapse(hours=3)
    w.sync("sbs")
    w.until_said("active")
    assert "case" not in w.market.badge("b0")
    assert w.market.kinds("b0") == ["badge.verified", "case.opened", "case.closed"]


def test_two_polls_must_lack_it_before_anybody_is_asked(world):
    w = world(absence="revoke", absent_polls="2").begin()
    w.vanish()
    w.stays()
    assert w.asked() == []
    w.next_absent_poll(hours=25)
    w.wait(lambda: w.market.verdict("b0") == ("revoked", "record_missing"))
    assert len(w.asked()) == 1


# --- when it says nothing ------------------------------------------------------------------


@pytest.mark.parametrize("answer", DOWN + [profile(firm("ZZTEST000008")),
                                           profile(firm("ZZTEST000007", active=False, exit_date=None)),
                                           profile(firm("ZZTEST000007", name="Zenith Holdings"))])
def test_no_answer_takes_nothing_and_ends_in_a_case(world, answer):
    w = world(absence="revoke").begin()
    w.sbs_says(answer)
    w.vanish()
    w.until_asked(1)
    w.until_waits()
    w.stays()
    w.verified()
    since = w.market.badge("b0")["confirm_since"]
    assert w.status()["confirming"] == {"waiting": 1, "since": since}
    assert w.health() == {"status": "pass", "output": "1 absence to be confirmed, waiting since " + since,
                          "observedValue": "waiting", "time": since}
    metrics = w.daemon.http("/metrics")[1].decode()
    assert "\ncertsync_absences_to_confirm 1\n" in metrics
    assert "has been asked since %s, and from " % since in w.explain()
    for _ in range(6):
        w.next_absent_poll()
        w.stays()
        w.verified()
    assert w.market.badge("b0")["confirm_since"] == since
    assert w.health()["status"] == "warn"
    # The bound: a person must look; it is never revoked by that.
    w.daemon.elapse(days=1, hours=1)
    w.wait(lambda: w.market.badge("b0").get("case") == "record_missing")
    assert w.market.badge("b0")["status"] == "verified"
    assert w.market.kinds("b0") == ["badge.verified", "case.opened"]
    # An answer counts even then.
    w.sbs_says(NOT_FOUND)
    w.next_absent_poll()
    w.wait_long(lambda: w.market.verdict("b0") == ("revoked", "record_missing"))


def test_one_bad_answer_does_not_silence_the_others(world):
    w = world(badges=3, sections={"guard": {"count": "10"}}).begin()
    numbers = [r.number for r in w.mine]
    w.answers = {k: v for k, v in w.answers.items() if k != PROFILE}
    w.answers[PROFILE + numbers[0]] = [profile(firm(numbers[2]))]
    for number in numbers[1:]:
        w.answers[PROFILE + number] = [profile(firm(number))]
    w.vanish()
    w.wait_long(lambda: all(w.market.badge("b%d" % i).get("confirm") == "active" for i in (1, 2)))
    assert "confirm_since" in w.market.badge("b0")
    w.verified()


def test_the_budget_is_spent(world):
    w = world(absence="revoke", sbs={"daily_budget": "4"}).begin()
    while scrape(w.daemon)("certsync_budget_remaining_requests", connector="sbs"):
        w.sync("sbs")       # two requests each; the first was that of the start, or another
    w.daemon.elapse(minutes=1)      # a list of the same second as the absence would answer for it
    w.vanish()
    w.until_waits()
    w.stays()
    w.verified()
    assert w.asked() == []
    w.daemon.elapse(hours=12)        # a day of the budget has begun
    w.wait(lambda: w.market.verdict("b0") == ("revoked", "record_missing"))
    assert len(w.asked()) == 1


def test_its_list_answers_where_a_question_cannot(world):
    w = world(absence="revoke", sbs={"absent_share": "10%"}).begin()
    w.sbs_says(DOWN[0])
    w.vanish()
    w.until_waits()
    w.daemon.elapse(hours=1)
    w.sync("sbs")           # which has it
    w.until_said("active")
    w.verified()
    assert w.explain().count("connector sbs has it in force") == 1
    # And then lacks it, a day and more later.
    w.sbs_lists()
    w.daemon.elapse(hours=30)
    w.sync("sbs")
    w.wait(lambda: w.market.verdict("b0") == ("revoked", "record_missing"))


# --- restarts --------------------------------------------------------------------------------


@pytest.mark.parametrize("kill", [False, True])
def test_the_wait_survives_a_restart(world, kill):
    w = world(absence="revoke").begin()
    w.sbs_says({"hold": True})
    w.vanish()
    w.until_asked(1)
    w.until_waits()
    since = w.market.badge("b0")["confirm_since"]
    w.daemon.kill() if kill else w.daemon.stop()
    w.daemon.elapse(hours=5)
    w.sbs_says(profile(firm(w.mine[0].number)))
    w.daemon.start()
    w.until_said("active")          # asked again at once, without any poll
    w.verified()
    assert since not in w.market.badge("b0").values()
    # What was said is known after the next restart: nobody is asked.
    w.registry.requests_clear()
    w.daemon.kill() if kill else w.daemon.stop()
    w.daemon.start()
    w.next_absent_poll(hours=2)
    w.stays()
    assert w.asked() == []
    w.verified()


@pytest.mark.parametrize("kill", [False, True])
def test_a_confirmed_absence_survives_a_restart(world, kill):
    w = world().begin()
    w.vanish()
    w.until_said("gone")
    w.registry.requests_clear()
    w.daemon.kill() if kill else w.daemon.stop()
    w.daemon.start()
    w.sbs_says(DOWN[0])
    w.next_absent_poll(days=3)
    w.stays()
    badge = w.market.badge("b0")
    assert (badge["status"], badge["case"], badge["confirm"]) == ("verified", "record_missing", "gone")
    assert w.asked() == []
    assert w.market.kinds("b0") == ["badge.verified", "case.opened"]


# --- beside it --------------------------------------------------------------------------------


def test_a_code_that_vanished_from_a_listed_firm(world):
    w = world().begin()
    hubzone = Rec(w.mine[0].number, FIRM, "HUBZONE", expires=EXPIRES)
    w.sbs_says(profile(firm(w.mine[0].number)))
    w.vanish(hubzone)
    w.until_said("active")
    w.verified()
    assert len(w.asked()) == 1
    w.sbs_says(profile(firm(w.mine[0].number, programs=("VOSB",))))
    w.daemon.elapse(days=1)
    w.list(hubzone)
    w.sync("sba")
    w.until_said("gone")
    assert w.market.badge("b0")["case"] == "type_mismatch"
    assert len(w.asked()) == 2


def test_of_what_both_cover_it_decides_nothing(world):
    w = world().begin()
    only_there = "ZZTEST000055"
    w.sbs_lists(firm(w.mine[0].number, active=False, exit_date=date("2027-01-31")), firm(only_there))
    w.sync("sbs")
    w.verified()            # SAM has the say of a WOSB
    w.market.put("c", w.source, number=only_there, business_name=FIRM)
    w.market.put("v", w.source, number="ZZTEST900001", business_name="Veteran 1 Ltd", type="VOSB",
                 category="veteran")
    w.wait(lambda: w.market.verdict("c") == ("not_found", "number_unknown"))
    w.wait(lambda: w.market.verdict("v") == ("verified", "record_active"))
    assert w.market.badge("v")["connector"] == "sbs"
    assert w.asked() == []


def test_the_guard_judges_what_is_confirmed(world):
    w = world(badges=12, absence="revoke").begin()
    w.vanish()
    w.wait(lambda: w.market.connector("sba")["state"] == "held")
    w.wait(lambda: len(w.asked()) == 12 and all(
        "confirm_since" not in w.market.badge("b%d" % i) for i in range(12)))
    revoked = [b for b in w.market.badges().values() if b["status"] == "revoked"]
    assert len(revoked) <= 5
    waiting = [b for b in w.market.badges().values() if b["status"] == "verified"]
    assert len(waiting) == 12 - len(revoked) and all(b["confirm"] == "gone" for b in waiting)
    # Days later the plan still stands, though nobody has asked again.
    w.daemon.elapse(days=3)
    w.daemon.wake()
    plans = w.daemon.control("plan", "sba")["data"]["plans"]
    assert sum(p["lines"] for p in plans) == len(waiting), plans
    for plan in plans:
        assert w.daemon.control("approve", "sba", plan["hash"])["exit"] == 0
    w.wait(lambda: all(b["status"] == "revoked" for b in w.market.badges().values()))
    assert len(w.asked()) == 12


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("connector, why", [
    ({"plugin": "texas_hub"}, "names a connector whose plug-in cannot look up single numbers"),
    ({"plugin": "sam", "mode": "monthly", "url": "file:///nowhere.dat"},
     "names a connector that reads files: there no number can be looked up"),
    ({"plugin": "sbs", "programs": "vosb"}, "names a connector that covers none of the types of this one"),
    ({"plugin": "sbs", "programs": "wosb", "confirm": "sba"}, "leads back to this connector: "),
])
def test_who_cannot_confirm(lab, connector, why):
    source = lab.source("sam-extract")
    daemon = lab.daemon({"sba": dict(source.settings(), confirm="other"),
                         "other": {"body": "sba", "url": lab.registry.url + "/x", **connector}}, start=False)
    result = daemon.run("-t")
    assert result.returncode == 78
    line = daemon.config.read_text().splitlines().index("confirm = other") + 1
    assert "%s:%d: [connector sba] confirm %s" % (daemon.config, line, why) in result.stderr
