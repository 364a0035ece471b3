# SPDX-License-Identifier: ISC
"""What time does to badges: expiry, reminders, cases, absence, staleness, and broken clocks.

The daemon runs on a clock that the test moves.  Days are those of the body:
America/New_York, where 2027-03-01 ends at 05:00 UTC of the next day.
"""

import datetime
import json
import re
import threading

import pytest

import schemas
from feeds import Rec
from latency import Latency
from waiting import wait_until

FIRM = "Lakeside Bakery Works"
START = "2027-02-08T15:00:00Z"
WAIT_S = 15


def date(text):
    return datetime.date.fromisoformat(text)


class Scene:
    """One badge "b" beside some company, one source that proves its lists, one clock."""

    kind = "nglcc-drop"

    def __init__(self, lab, start=START, expires="2027-03-01", badges=None, **settings):
        self.lab = lab
        self.market = lab.market
        self.source = lab.source(self.kind)
        self.clock = lab.clock
        self.clock.set(start)
        self.mine = Rec(self.source.number(7), FIRM, self.source.type,
                        expires=date(expires) if expires else None)
        self.others = [Rec(self.source.number(100 + i), "Company %d Ltd" % i, self.source.type,
                           expires=date("2031-01-01")) for i in range(20)]
        # Within four weeks polls come only when the test says so.
        self.settings = {**self.source.settings(), "interval": "30d", "stale_after": "300d",
                         "absence": "case", **settings}
        self.daemon = lab.daemon({self.source.name: self.settings}, start=False,
                                 badges={"expiry_evidence": "72h", **(badges or {})})

    def begin(self, **claim):
        self.list()
        self.daemon.start()
        self.sync()
        self.market.put("b", self.source, number=self.mine.number, business_name=FIRM, **claim)
        self.market.settle()
        return self

    def list(self, *records):
        """The registry lists these, or the firm and its company."""
        self.source.publish(list(records) or [self.mine] + self.others)

    def sync(self, expect=("committed", "unchanged")):
        return self.daemon.sync(self.source.name, expect=expect)

    def resync(self):
        """The registry publishes the same again, and it is read."""
        self.list()
        self.sync()

    def vanish(self):
        self.list(*self.others)
        self.sync()

    def wait(self, predicate):
        """Waits for it, waking the daemon each time: what it began before the clock
        moved may end after the first wake, and then it sleeps by the real clock."""
        def come():
            self.daemon.wake()
            return predicate()
        wait_until(come, WAIT_S)

    def until(self, status, reason=None):
        def come():
            verdict = self.market.verdict("b")
            assert verdict == (status, reason or verdict[1])
            return True
        self.wait(come)

    def until_kinds(self, *kinds):
        def come():
            assert self.market.kinds("b") == list(kinds)
            return True
        self.wait(come)

    def stays(self):
        """Nothing of the badge changes, though it might."""
        before = self.market.badge("b"), len(self.market.events())
        self.daemon.turns()
        assert (self.market.badge("b"), len(self.market.events())) == before

    def restart(self, kill=False):
        self.daemon.restart(kill)

    def outage(self):
        self.source.outage()

    def explain(self):
        return self.daemon.control("explain", "b")["data"]["text"]

    def last(self, kind):
        return self.market.events("b", kind)[-1]

    def connector_kinds(self):
        return [e["type"].split(".")[-2] for e in self.market.events(self.source.name)]


@pytest.fixture
def scene(lab):
    return lambda **options: Scene(lab, **options)


# --- expiry --------------------------------------------------------------------------------


def test_a_badge_expires_when_its_day_has_ended_in_the_bodys_zone(scene):
    s = scene().begin()
    assert s.market.badge("b")["valid_until"] == "2027-03-02T05:00:00Z"
    s.daemon.elapse_until("2027-02-28T15:00:00Z")
    s.resync()
    s.daemon.elapse_until("2027-03-02T04:59:50Z")
    s.stays()
    s.daemon.elapse(seconds=10)
    s.until("expired", "expiry_passed")
    event = s.last("badge.expired")
    assert event["time"] == "2027-03-02T05:00:00Z"
    assert event["data"]["cause"] == "expiry" and event["data"]["from"] == "verified"
    assert s.market.certified() == set()


def test_expiry_waits_for_evidence(scene):
    s = scene().begin()
    s.daemon.elapse_until("2027-03-02T05:00:01Z")      # nothing was read for a month
    s.wait(lambda: s.market.badge("b").get("valid_until") == "2027-04-01T04:00:00Z")
    assert s.market.verdict("b") == ("verified", "record_active")
    assert "p-b" in s.market.certified()
    assert "Expiry unconfirmed" in s.explain()
    s.restart()                                       # it still knows that it waits
    s.resync()
    s.until("expired", "expiry_passed")
    assert s.last("badge.expired")["time"] == "2027-03-02T05:00:00Z"


def test_the_wait_for_evidence_ends(scene):
    s = scene(badges={"unconfirmed_days": "10"}).begin()
    s.outage()
    s.daemon.elapse_until("2027-03-11T15:00:00Z")
    s.wait(lambda: s.market.badge("b").get("valid_until") == "2027-03-12T05:00:00Z")
    s.daemon.elapse_until("2027-03-12T05:00:01Z")
    s.until("expired", "expiry_passed")
    assert s.last("badge.expired")["time"] == "2027-03-02T05:00:00Z"


def test_a_renewal_that_arrives_late(scene):
    s = scene().begin()
    s.outage()
    s.daemon.elapse_until("2027-03-10T15:00:00Z")
    s.wait(lambda: s.market.badge("b")["version"] == "2")
    s.mine.expires = date("2028-03-01")
    s.resync()
    assert s.market.verdict("b") == ("verified", "record_active")
    assert s.market.badge("b")["expires_on"] == "2028-03-01"
    kinds = [k for k in s.market.kinds("b") if k != "badge.expiring"]
    assert kinds == ["badge.verified", "badge.changed", "badge.renewed"]


def test_a_renewal_after_expiry_brings_it_back(scene):
    s = scene().begin()
    s.daemon.elapse_until("2027-02-28T15:00:00Z")
    s.resync()
    s.daemon.elapse_until("2027-03-02T05:00:01Z")
    s.until("expired")
    s.mine.expires = date("2028-03-01")
    s.resync()
    assert s.market.verdict("b") == ("verified", "record_active")


def test_a_record_that_stops_stating_a_date_never_expires(scene):
    s = scene().begin()
    s.mine.expires = None
    s.resync()
    badge = s.market.badge("b")
    assert badge["status"] == "verified"
    assert not {"expires_on", "valid_until", "expires_source", "next_check"} & set(badge)
    s.daemon.elapse_until("2027-11-01T15:00:00Z")
    s.stays()


def test_grace_delays_expiry(scene):
    s = scene(grace_days="3").begin()
    s.daemon.elapse_until("2027-03-02T15:00:00Z")
    s.resync()
    assert s.market.badge("b")["status"] == "verified"
    s.daemon.elapse_until("2027-03-05T05:00:01Z")
    s.until("expired", "expiry_passed")


def test_expiry_of_what_is_unlisted(scene):
    """The last known day ends while proven snapshots lack the number."""
    s = scene(absence="ignore").begin()
    s.daemon.elapse_until("2027-02-28T15:00:00Z")
    s.vanish()
    s.daemon.elapse_until("2027-03-02T05:00:01Z")
    s.until("expired", "expiry_passed")


def test_a_renewal_listed_as_pending(lab):
    s = Scene(lab, **{"status.pending": "Renewal Pending"}).begin()
    s.daemon.elapse_until("2027-03-01T15:00:00Z")
    s.resync()
    s.mine.status = "pending"
    s.daemon.elapse_until("2027-03-02T06:00:00Z")
    s.resync()
    assert s.market.verdict("b") == ("expired", "renewal_listed")


# --- reminders -----------------------------------------------------------------------------


def rungs(scene):
    return [int(e["id"].rpartition("-d")[2]) for e in scene.market.events("b", "badge.expiring")]


def test_reminders_come_once_on_their_days(scene):
    s = scene().begin(visibility="hidden")
    assert rungs(s) == [30]                 # of 90 and 30 only the nearest
    event = s.last("badge.expiring")
    assert event["id"] == "b-1-d30" and event["data"]["days_left"] == 21
    assert event["data"]["cause"] == "expiry"
    s.restart(kill=True)
    s.daemon.elapse_until("2027-02-22T04:59:55Z")
    s.stays()
    s.daemon.elapse(seconds=5)
    s.until_kinds("badge.verified", "badge.expiring", "badge.expiring")
    assert s.last("badge.expiring")["data"]["days_left"] == 7
    assert s.last("badge.expiring")["time"] == "2027-02-22T05:00:00Z"
    s.restart(kill=True)
    s.resync()
    s.stays()
    s.daemon.elapse_until("2027-02-28T05:00:01Z")
    s.wait(lambda: rungs(s) == [30, 7, 1])
    assert s.market.badge("b")["version"] == "1"
    assert len({e["id"] for e in s.market.events("b")}) == 4


def test_a_daemon_that_was_down_sends_only_the_nearest(scene):
    s = scene(expires="2027-06-01").begin()
    assert rungs(s) == []
    s.daemon.stop()
    s.daemon.elapse_until("2027-05-28T15:00:00Z")
    s.daemon.start()
    s.wait(lambda: rungs(s) == [7])
    s.stays()


def test_a_renewal_cancels_reminders(scene):
    s = scene().begin()
    s.mine.expires = date("2028-03-01")
    s.resync()
    s.daemon.elapse_until("2027-02-28T15:00:00Z")
    s.stays()
    assert rungs(s) == [30]
    s.daemon.elapse_until("2027-12-02T05:00:01Z")
    s.wait(lambda: rungs(s) == [30, 90])
    assert s.last("badge.expiring")["id"] == "b-2-d90"


def test_reminders_of_a_connector_of_its_own(scene):
    s = scene(remind_days="20").begin()
    assert rungs(s) == []
    s.daemon.elapse_until("2027-02-09T05:00:01Z")
    s.wait(lambda: rungs(s) == [20])
    # Other days: at the reload, without any other cause.
    s.daemon.sections["connector " + s.source.name]["remind_days"] = "15, 10"
    s.daemon.write()
    s.daemon.reload()
    s.daemon.wait_log("configuration reloaded")
    s.daemon.elapse_until("2027-02-14T05:00:01Z")
    s.wait(lambda: rungs(s) == [20, 15])


def test_no_reminders(scene):
    s = scene(remind_days="").begin()
    s.daemon.elapse_until("2027-02-28T15:00:00Z")
    s.stays()
    assert rungs(s) == []


# --- absence -------------------------------------------------------------------------------


def test_absence_counts_in_two_proven_polls_a_day_apart(scene):
    s = scene(expires="2028-03-01").begin()
    assert "it lacked" not in s.explain()
    s.vanish()
    s.daemon.elapse(hours=23)
    s.vanish()
    s.stays()
    assert "case" not in s.market.badge("b")
    s.restart(kill=True)                    # the count survives
    text = s.explain()
    assert "it lacked the number in 1 proven reading in a row, first 23 hours ago" in text
    assert "2 count as absence, at least 24 hours apart" in text
    s.daemon.elapse(hours=2)
    s.vanish()
    assert "it lacked the number in 2 proven readings in a row" in s.explain()
    badge = s.market.badge("b")
    assert badge["status"] == "verified" and badge["case"] == "record_missing"
    assert s.market.kinds("b") == ["badge.verified", "case.opened"]
    assert "p-b" in s.market.certified()
    s.resync()                              # it is back
    assert "case" not in s.market.badge("b")
    assert s.market.kinds("b") == ["badge.verified", "case.opened", "case.closed"]


def test_reappearance_begins_the_count_anew(scene):
    s = scene(expires="2028-03-01").begin()
    s.vanish()
    s.daemon.elapse(hours=25)
    s.resync()
    s.daemon.elapse(hours=25)
    s.vanish()
    s.daemon.elapse(hours=23)
    s.vanish()
    assert "case" not in s.market.badge("b")
    assert s.market.kinds("b") == ["badge.verified"]


def test_failed_and_unproven_polls_count_for_nothing(scene):
    s = scene(expires="2028-03-01").begin()
    s.vanish()
    s.daemon.elapse(hours=25)
    assert s.sync() == "unchanged"          # the file that has been read before: no new proof
    assert "case" not in s.market.badge("b")
    text = s.explain()
    assert "in 1 proven reading in a row" in text
    assert re.search(r"last read \d+ seconds? ago, last proven complete 25 hours ago", text)
    s.outage()
    s.sync(expect=("failed", "unchanged"))
    assert "case" not in s.market.badge("b")
    s.daemon.elapse(hours=25)
    s.vanish()
    assert s.market.badge("b")["case"] == "record_missing"


def test_absence_may_revoke(scene):
    s = scene(expires="2028-03-01", absence="revoke", absent_polls="3", absent_hours="1").begin()
    for _ in range(2):
        s.vanish()
        s.daemon.elapse(hours=2)
    assert s.market.badge("b")["status"] == "verified"
    s.vanish()
    assert s.market.verdict("b") == ("revoked", "record_missing")
    s.resync()
    assert s.market.verdict("b") == ("verified", "record_active")


def test_absence_may_be_ignored(scene):
    s = scene(expires="2028-03-01", absence="ignore", absent_polls="1", absent_hours="0").begin()
    for _ in range(3):
        s.vanish()
        s.daemon.elapse(days=2)
    assert s.market.kinds("b") == ["badge.verified"]


# --- cases ---------------------------------------------------------------------------------


def near(a, b):
    """The same time, but for what a test takes."""
    a, b = (datetime.datetime.fromisoformat(t.replace("Z", "+00:00")) for t in (a, b))
    return abs((a - b).total_seconds()) < 60


def in_doubt(s):
    """Another name: a case, at the start of its clock."""
    s.mine.name = "Entirely Different Holdings"
    s.resync()
    assert s.market.badge("b")["case"] == "name_mismatch"
    assert s.market.redis.zscore(s.market.key("{0}", "review"), "b") is not None
    return s


def test_an_unanswered_case_goes_to_review(scene):
    s = in_doubt(scene(expires="2028-03-01", badges={"case_days": "14"}).begin())
    assert near(s.market.badge("b")["case_until"], "2027-02-22T15:00:00Z")
    s.daemon.elapse(days=13, hours=23)
    s.stays()
    s.restart()
    s.daemon.elapse(hours=1)
    s.until("review", "name_mismatch")
    assert s.market.kinds("b") == ["badge.verified", "case.opened", "badge.review", "case.closed"]
    assert "case" not in s.market.badge("b")
    assert s.market.redis.zscore(s.market.key("{0}", "review"), "b") is not None
    assert s.market.certified() == set()


def test_a_case_may_keep(scene):
    s = in_doubt(scene(expires="2028-03-01", badges={"case_timeout": "keep"}).begin())
    s.daemon.elapse(days=14, seconds=5)
    s.until_kinds("badge.verified", "case.opened", "case.closed")
    assert s.market.verdict("b") == ("verified", "record_active")
    assert s.market.redis.zscore(s.market.key("{0}", "review"), "b") is None
    s.resync()                              # the same doubt is settled
    assert s.market.kinds("b") == ["badge.verified", "case.opened", "case.closed"]
    s.mine.name = FIRM
    s.resync()
    s.mine.name = "Yet Another Name Entirely"
    s.resync()                              # that is a new one
    assert s.market.kinds("b") == ["badge.verified", "case.opened", "case.closed", "case.opened"]


def test_the_clock_of_a_case_stands_while_the_source_is_stale(scene):
    s = in_doubt(scene(expires="2028-03-01", interval="1d", stale_after="3d").begin())
    s.outage()
    s.daemon.elapse(days=20)                 # three of them count
    s.wait(lambda: "stale" in s.connector_kinds())
    s.restart()
    assert s.market.badge("b")["status"] == "verified"
    s.resync()
    assert s.market.badge("b")["status"] == "verified"
    assert near(s.market.badge("b")["case_until"], "2027-03-11T15:00:00Z")
    for _ in range(11):
        s.daemon.elapse(days=1)
        s.resync()
    s.until("review", "name_mismatch")


def test_the_clock_of_a_case_stands_while_its_source_is_held(scene):
    s = in_doubt(scene(expires="2028-03-01").begin())
    s.daemon.elapse(days=4)
    s.daemon.control("hold", s.source.name, why="the registry moves house")
    s.daemon.elapse(days=12)
    s.daemon.wake()
    s.sync(expect=("committed", "unchanged", "held"))
    assert s.market.badge("b")["status"] == "verified"
    s.daemon.control("release", s.source.name)
    s.wait(lambda: near(s.market.badge("b")["case_until"], "2027-03-06T15:00:00Z"))
    s.daemon.elapse_until("2027-03-06T15:01:00Z")
    s.until("review", "name_mismatch")


# --- stale sources -------------------------------------------------------------------------


def test_stale_and_recovered_are_told_once(scene):
    s = scene(expires="2028-03-01", interval="1d", stale_after="2d").begin()
    name = s.source.name
    s.outage()
    s.daemon.elapse(days=1, hours=23)
    s.daemon.turns()
    assert s.connector_kinds() == []
    s.daemon.elapse(hours=2)
    s.wait(lambda: s.connector_kinds() == ["stale"])
    event = s.market.events(name)[0]
    assert event["id"] == name + "-s1" and event["partitionkey"] == "0"
    assert event["type"] == "org.certsync.connector.stale.v1"
    assert "stale" in s.explain()
    status, body, _ = s.daemon.http("/readyz")
    assert status == 200 and json.loads(body)["status"] == "warn"
    s.restart(kill=True)
    s.daemon.turns()
    assert s.connector_kinds() == ["stale"]
    s.resync()
    s.wait(lambda: s.connector_kinds() == ["stale", "recovered"])
    s.restart()
    s.daemon.turns()
    assert [e["id"] for e in s.market.events(name)] == [name + "-s1", name + "-s2"]
    assert s.market.kinds("b") == ["badge.verified"]
    s.outage()
    s.daemon.elapse(days=3)
    s.wait(lambda: s.connector_kinds() == ["stale", "recovered", "stale"])


def health_of(s):
    check = json.loads(s.daemon.http("/readyz")[1])["checks"]["source:" + s.source.name][0]
    return check["status"], check["observedValue"]


def test_a_frozen_source_expires_nobody(scene):
    """It answers well every day, and says the same for ever: that is no fresh evidence."""
    s = scene(interval="3d", unchanged_after="10d").begin()
    s.daemon.elapse(days=9)
    s.sync()
    assert health_of(s) == ("pass", "fresh")
    s.daemon.elapse_until("2027-03-01T15:00:00Z")
    s.sync()
    assert health_of(s) == ("warn", "unchanged")
    s.daemon.elapse_until("2027-03-02T05:00:01Z")
    s.wait(lambda: s.market.badge("b").get("valid_until") == "2027-04-01T04:00:00Z")
    s.restart(kill=True)
    s.sync()
    s.stays()
    assert s.market.verdict("b") == ("verified", "record_active")
    assert "unchanged for so long that it may be frozen" in s.explain()
    # Somebody writes the list again, and another firm is gone.
    s.others.pop()
    s.resync()
    s.until("expired", "expiry_passed")
    assert s.last("badge.expired")["time"] == "2027-03-02T05:00:00Z"
    assert health_of(s) == ("pass", "fresh")


def test_a_frozen_source_may_say_the_day_by_its_setting(scene):
    s = scene(interval="3d", unchanged_after="30d").begin()
    s.daemon.elapse_until("2027-03-01T15:00:00Z")
    s.sync()
    s.daemon.elapse_until("2027-03-02T05:00:01Z")
    s.until("expired", "expiry_passed")


def test_holds_and_staleness_are_told_apart(scene):
    """Their events are counted apart; the invariants want each id once."""
    s = scene(expires="2028-03-01", interval="1d", stale_after="2d").begin()
    s.outage()
    s.daemon.elapse(days=3)
    s.wait(lambda: s.connector_kinds() == ["stale"])
    s.daemon.control("hold", s.source.name, why="it moves house")
    s.daemon.control("release", s.source.name)
    s.resync()
    s.wait(lambda: sorted(s.connector_kinds()) == ["held", "recovered", "released", "stale"])


def test_a_source_that_was_never_read_becomes_stale_too(scene):
    s = scene(interval="1d", stale_after="2d")
    s.outage()
    s.daemon.start()
    s.daemon.turns()
    assert s.connector_kinds() == []
    s.restart()                             # its time goes on over a restart
    s.daemon.elapse(days=2, minutes=1)
    s.wait(lambda: s.connector_kinds() == ["stale"])
    s.list()
    s.sync()
    s.wait(lambda: s.connector_kinds() == ["stale", "recovered"])


def test_events_of_time_are_as_described(scene):
    s = scene(interval="1d", stale_after="2d").begin()
    s.outage()
    s.daemon.elapse(days=3)
    s.wait(lambda: s.connector_kinds() == ["stale"])
    s.resync()
    s.wait(lambda: s.connector_kinds() == ["stale", "recovered"])
    assert rungs(s) == [30]
    for event in s.market.events():
        errors = list(schemas.validator(schemas.STRICT).iter_errors(event))
        assert not errors, (event, errors)


# --- broken clocks: the T rows of docs/reliability.md ----------------------------------------


@pytest.mark.parametrize("jump", [{"days": 3650}, {"hours": 2}], ids=["ten-years", "two-hours"])
def test_T1_a_clock_that_jumps_expires_nothing(scene, jump):
    s = scene(start="2027-03-02T04:00:00Z").begin()
    s.clock.jump(**jump)
    s.daemon.elapse(hours=1)                 # it looks at least so often
    s.daemon.wait_log("the wall clock moved")
    s.stays()
    s.resync()                              # nor does what a poll decides now
    assert s.market.badge("b")["status"] == "verified"
    s.clock.jump(**{k: -v for k, v in jump.items()})
    s.daemon.turns()
    assert s.market.badge("b")["status"] == "verified"
    assert s.connector_kinds() == []


def test_T1_a_clock_that_jumps_runs_out_no_case(scene):
    s = in_doubt(scene(expires="2028-03-01").begin())
    s.clock.jump(days=25)
    s.daemon.wake()
    s.resync()
    s.daemon.turns()
    assert s.market.badge("b")["status"] == "verified"
    assert s.market.kinds("b") == ["badge.verified", "case.opened"]


def test_T1_a_clock_set_back_repeats_nothing(scene):
    s = scene().begin()
    events = s.market.kinds("b")
    s.clock.jump(hours=-1)
    s.daemon.elapse(minutes=20)
    s.stays()
    s.resync()
    s.daemon.elapse(minutes=50)
    s.stays()
    assert s.market.kinds("b") == events


def test_T2_a_start_before_the_clock_is_set_expires_nothing(scene):
    s = scene().begin()
    s.daemon.elapse_until("2027-02-28T15:00:00Z")
    s.resync()
    kinds = s.market.kinds("b")
    s.daemon.stop()
    s.clock.set("1970-01-02T00:00:00Z")
    s.daemon.start()
    s.daemon.wait_log("before this program's release")
    s.stays()
    s.clock.set("2027-03-02T06:00:00Z")     # NTP has come
    s.daemon.turns()
    assert s.market.kinds("b") == kinds
    for _ in range(3):                      # two looks must agree
        s.daemon.elapse(minutes=11)
        s.daemon.turns()
    s.until("expired", "expiry_passed")
    assert s.last("badge.expired")["time"] == "2027-03-02T05:00:00Z"


def test_T3_after_a_sleep_what_is_due_comes(scene):
    """Suspend stops the monotonic clock: waking up looks like a jump."""
    s = scene().begin()
    s.daemon.elapse_until("2027-03-01T15:00:00Z")
    s.resync()
    s.clock.jump(hours=20)
    s.daemon.elapse(minutes=1)
    s.daemon.turns()
    assert s.market.badge("b")["status"] == "verified"
    for _ in range(7):
        s.daemon.elapse(minutes=10)
        s.daemon.turns()
    s.until("expired", "expiry_passed")


def test_T4_a_registrys_clock_far_off_changes_nothing(lab, registry):
    """Its Date header is nobody's clock."""
    s = Scene(lab)
    s.source = lab.source("nglcc-csv-http")
    s.settings.update(s.source.settings(), interval="30d", stale_after="300d")
    s.daemon.sections["connector nglcc"] = s.settings
    s.daemon.write()
    s.begin()
    s.clock.jump(days=0)
    far = [{"headers": {"Date": "Thu, 01 Jan 2099 00:00:00 GMT",
                        "Last-Modified": "Fri, 02 Jan 2099 00:00:00 GMT"}}]
    s.list()
    registry.script({s.source.prefix: far})
    s.sync(expect=("committed", "unchanged", "failed"))
    assert s.market.verdict("b") == ("verified", "record_active")
    assert s.market.connector("nglcc")["last_attempt"] < "2028"


@pytest.mark.parametrize("how", ["reload", "restart"])
def test_a_shorter_interval_counts_at_once(scene, how):
    """It was planned for in 30 days: a day after the last poll it is late."""
    s = scene().begin()
    s.daemon.elapse(days=2)
    before = s.market.connector(s.source.name)
    assert before["next_poll"] > "2027-03"
    s.settings["interval"] = "1d"
    s.daemon.write()
    getattr(s.daemon, how)()
    s.wait(lambda: s.market.connector(s.source.name)["last_attempt"] > before["last_attempt"])


# --- what may take its time -----------------------------------------------------------------


class Listed(Scene):
    kind = "texas"


def test_a_commit_may_take_longer_than_the_timeout_of_its_registry(lab):
    answers = []
    url = lab.source("texas").settings()["url"]
    with Latency(("127.0.0.1", lab.registry.port)) as way:
        s = Listed(lab, url=url.replace(lab.registry.url, "http://%s:%d" % way.address))
        s.begin()
        way.hold()
        waiter = threading.Thread(target=lambda: answers.append(
            s.daemon.control("sync", s.source.name, wait=True)), daemon=True)
        waiter.start()
        wait_until(lambda: s.market.connector(s.source.name)["state"] == "polling")
        s.market.redis.config_set("maxmemory", "1")
        way.release()
        s.daemon.wait_log("poll 3 may add and renew only")
        s.clock.elapse(hours=2)
        for _ in range(2):
            s.daemon.wake()
        s.market.redis.config_set("maxmemory", "0")
        waiter.join(WAIT_S)
    assert [a["data"]["result"] for a in answers] == ["unchanged"]


# --- feeds that are about time: F9 to F11 in docs/reliability.md --------------------------------


def test_F9_dates_that_do_not_exist_change_nothing(scene):
    s = scene(expires="2028-03-01").begin()
    before = s.market.badge("b")
    text = b"".join(p.read_bytes() for p in sorted(s.source.drop.glob("*.csv"))[-1:])
    for bad in ("02/30/2027", "0000-00-00", "13/12/11", "2026-1-1T24:00", "1800000000000"):
        data = text.replace(b"03/01/2028", bad.encode())
        assert data != text
        type(s.source).count += 1
        s.source.put("bad-%d.csv" % s.source.count, data, 21, s.source.count)
        s.sync(expect=("committed", "unchanged", "failed", "refused"))
        assert s.market.badge("b")["status"] == "verified", bad
        assert s.market.badge("b").get("expires_on") in (before["expires_on"], None)


@pytest.mark.parametrize("zone,day,end", [
    ("America/New_York", "2028-02-29", "2028-03-01T05:00:00Z"),
    ("Pacific/Honolulu", "2028-02-29", "2028-03-01T10:00:00Z"),
    ("UTC", "2028-02-29", "2028-03-01T00:00:00Z")])
def test_F10_a_leap_day_ends_in_the_registrys_zone(scene, zone, day, end):
    s = scene(start="2028-02-28T15:00:00Z", expires=day, timezone=zone).begin()
    assert s.market.badge("b")["valid_until"] == end
    s.daemon.elapse_until(end)
    s.daemon.elapse(seconds=-10)
    s.daemon.wake()
    s.stays()
    s.daemon.elapse(seconds=10)
    s.until("expired", "expiry_passed")
    assert s.last("badge.expired")["time"] == end


def test_F11_a_day_that_begins_at_one(scene):
    """In Havana 2028-03-12 has no midnight: the 11th ends when the 12th begins, at 05:00 UTC."""
    s = scene(start="2028-03-10T15:00:00Z", expires="2028-03-11", timezone="America/Havana").begin()
    assert s.market.badge("b")["valid_until"] == "2028-03-12T05:00:00Z"
    s.daemon.elapse_until("2028-03-12T05:00:00Z")
    s.until("expired", "expiry_passed")
