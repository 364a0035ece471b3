# SPDX-License-Identifier: ISC
"""A list that is read at its hour: `poll_at`, in the zone of the body."""

import pytest

from feeds import Rec, day
from waiting import wait_until

SUMMER = "2027-06-10T16:00:00Z"         # noon in New York
WAIT_S = 15


class Morning:
    def __init__(self, lab, registry, start=SUMMER):
        self.market, self.registry = lab.market, registry
        lab.clock.set(start)
        self.source = lab.source("texas")
        self.source.publish([Rec(self.source.number(1), "Lakeside Bakery Works", self.source.type,
                                 expires=day(400))])
        self.settings = {**self.source.settings(), "timezone": "America/New_York",
                         "poll_at": "05:30"}
        self.daemon = lab.daemon({self.source.name: self.settings})
        wait_until(lambda: self.connector().get("last_success"), WAIT_S)
        self.registry.requests_clear()

    def connector(self):
        return self.market.connector(self.source.name)

    def next(self):
        return self.connector()["next_poll"]

    def asked(self):
        return len(self.registry.requests("/texas/"))

    def waits_for(self, text):
        wait_until(lambda: self.connector()["state"] == "idle" and self.next() == text, WAIT_S)


@pytest.fixture
def morning(lab, registry):
    return Morning(lab, registry)


def test_it_is_read_at_its_hour(morning):
    morning.waits_for("2027-06-11T09:30:00Z")
    for today, tomorrow in (("2027-06-11", "2027-06-12"), ("2027-06-12", "2027-06-13")):
        asked = morning.asked()
        morning.daemon.elapse_until(today + "T09:29:00Z")
        morning.daemon.turns()
        assert morning.asked() == asked
        morning.daemon.elapse_until(today + "T09:30:01Z")
        morning.waits_for(tomorrow + "T09:30:00Z")
        assert morning.asked() > asked


def test_summer_time_ends(lab, registry):
    morning = Morning(lab, registry, start="2027-11-06T16:00:00Z")
    morning.waits_for("2027-11-07T10:30:00Z")
    morning.daemon.elapse_until("2027-11-07T10:30:01Z")
    morning.waits_for("2027-11-08T10:30:00Z")


def test_a_restart_keeps_the_hour(morning):
    morning.daemon.stop()
    morning.daemon.start()
    morning.waits_for("2027-06-11T09:30:00Z")
    morning.daemon.turns()
    assert morning.asked() == 0


def test_a_missed_hour_is_made_up(morning):
    morning.daemon.stop()
    morning.daemon.clock.elapse(days=1)         # noon of the next day
    morning.daemon.start()
    morning.waits_for("2027-06-12T09:30:00Z")
    assert morning.asked() > 0


def test_a_wall_clock_that_jumps(morning):
    """Its hour is that of the wall clock: one that was put on has it read, one put back does not."""
    morning.daemon.clock.jump(hours=-10)
    morning.daemon.elapse(hours=18)             # 20:00 of the first day, the timer's time is over
    morning.daemon.turns()
    assert morning.asked() == 0
    morning.daemon.clock.jump(hours=10)         # 06:00
    morning.daemon.elapse(minutes=16)
    morning.waits_for("2027-06-12T09:30:00Z")
    assert morning.asked() > 0


def test_a_failure_is_tried_again_before_the_next_day(morning):
    morning.registry.script({"/texas/": [{"status": 503}]})
    morning.daemon.elapse_until("2027-06-11T09:30:01Z")
    wait_until(lambda: morning.connector()["state"] == "backoff", WAIT_S)
    assert "2027-06-11T09:30:" <= morning.next() < "2027-06-11T09:32:"
    morning.registry.script({})
    morning.daemon.elapse(minutes=2)
    morning.waits_for("2027-06-12T09:30:00Z")


def test_another_hour_counts_at_a_reload(morning):
    morning.daemon.connector(morning.source.name, {**morning.settings, "poll_at": "13:00"})
    morning.daemon.write()
    morning.daemon.reload()
    morning.waits_for("2027-06-10T17:00:00Z")
