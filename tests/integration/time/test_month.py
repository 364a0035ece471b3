# SPDX-License-Identifier: ISC
"""Thirty days of the real daemon in fast motion: renewals, lapses, reminders, an outage, a mass
change.  An oracle that knows only the calendar and the promises says which events there must be.

Two moments make a day: midnight in the body's zone (05:00 UTC), when days end,
and the poll at 15:00 UTC.  At each the event stream must be the oracle's, no
event less or more.
"""

import dataclasses
import datetime

from feeds import Rec
from waiting import wait_until

START = datetime.date(2027, 2, 1)
DAYS = 30
REMIND = (7, 1)
FIRM = "Lakeside Bakery %d Works"
OUTAGE = range(13, 18)          # days of the month without a file: the 14th to the 18th
MASS_DAY, ANSWER_DAY = 21, 23   # the list turns bad, and somebody looks at it
WAIT_S = 15


def on(day_of_february):
    return datetime.date(2027, 2, day_of_february)


@dataclasses.dataclass
class Firm:
    """What the registry lists of it, day by day."""

    name: str
    expires: datetime.date = datetime.date(2031, 1, 1)
    renewed: dict = dataclasses.field(default_factory=dict)     # day index -> new expiry
    suspended: int = DAYS                                       # day index
    excepted: bool = False                                      # by the one who approves

    def listed(self, day):
        for since, expires in sorted(self.renewed.items(), reverse=True):
            if day >= since:
                return expires, day >= self.suspended
        return self.expires, day >= self.suspended


NEXT_YEAR = datetime.date(2028, 2, 12)
FIRMS = {"b%02d" % i: firm for i, firm in enumerate([
    *(Firm("steady") for _ in range(8)),
    Firm("renews in time", on(13), {7: NEXT_YEAR}),
    Firm("lapses", on(12)),
    Firm("renews late", on(20), {22: NEXT_YEAR}),
    Firm("renews during the outage", on(16), {14: NEXT_YEAR}),
    Firm("lapses during the outage", on(16)),
    Firm("ends after the outage", on(27)),
    *(Firm("of the mass change", suspended=MASS_DAY) for _ in range(7)),
    Firm("of the mass change, by mistake", suspended=MASS_DAY, excepted=True)])}


class Oracle:
    """Events as (day, subject, kind), from the firms above and the rules alone."""

    def __init__(self, source):
        self.source = source
        self.status = dict.fromkeys(FIRMS, "verified")
        self.seen = {b: f.expires for b, f in FIRMS.items()}    # expiry as last read
        self.waits = set()                                      # expiry unconfirmed
        self.events = [(START, b, "badge.verified") for b in FIRMS]

    def add(self, date, subject, kind):
        self.events.append((date, subject, kind))

    def midnight(self, day):
        """The day before has ended."""
        today = START + datetime.timedelta(days=day)
        for b, expires in self.seen.items():
            if self.status[b] != "verified":
                continue
            if any(today == expires - datetime.timedelta(days=n) for n in REMIND):
                self.add(today, b, "badge.expiring")
            if today == expires + datetime.timedelta(days=1):
                if day in OUTAGE:
                    self.waits.add(b)
                    self.add(today, b, "badge.changed")
                else:
                    self.expire(b, today)

    def expire(self, b, ended):
        self.status[b] = "expired"
        self.add(ended, b, "badge.expired")

    def poll(self, day):
        today = START + datetime.timedelta(days=day)
        if day in OUTAGE:
            if day == OUTAGE[2]:        # 70 hours after the last list
                self.add(today, self.source, "connector.stale")
            return
        if day == OUTAGE[-1] + 1:
            self.add(today, self.source, "connector.recovered")
        if day == MASS_DAY:             # eight of them are more than five
            self.add(today, self.source, "connector.held")
        for b, firm in FIRMS.items():
            self.read(b, firm.listed(day)[0], today)

    def read(self, b, expires, today):
        if expires != self.seen[b]:
            renewal = self.status[b] == "verified"
            self.status[b] = "verified"
            self.add(today, b, "badge.renewed" if renewal else "badge.verified")
            self.seen[b] = expires
            self.waits.discard(b)
        elif b in self.waits:
            self.waits.remove(b)
            self.expire(b, self.seen[b] + datetime.timedelta(days=1))

    def answer(self, day):
        """Approved, but for one."""
        today = START + datetime.timedelta(days=day)
        for b, firm in FIRMS.items():
            if firm.suspended < DAYS and not firm.excepted:
                self.status[b] = "suspended"
                self.add(today, b, "badge.suspended")
        self.add(today, self.source, "connector.released")


class Month:
    def __init__(self, lab):
        self.lab, self.market = lab, lab.market
        self.source = lab.source("nglcc-drop")
        self.clock = lab.clock
        self.clock.set("%sT15:00:00Z" % START)
        settings = {**self.source.settings(), "interval": "48h", "stale_after": "70h",
                    "remind_days": ", ".join(map(str, REMIND))}
        self.daemon = lab.daemon({self.source.name: settings}, start=False,
                                 badges={"expiry_evidence": "36h"})
        self.oracle = Oracle(self.source.name)
        self.publish(0)
        self.daemon.start()
        self.daemon.sync(self.source.name)
        for i, b in enumerate(FIRMS):
            self.market.put(b, self.source, number=self.source.number(i), business_name=FIRM % i)
        self.market.settle()

    def publish(self, day):
        records = []
        for i, firm in enumerate(FIRMS.values()):
            expires, suspended = firm.listed(day)
            records.append(Rec(self.source.number(i), FIRM % i, self.source.type, expires=expires,
                               status="suspended" if suspended else "active"))
        # One more each day: a new list, not the one read before.
        records += [Rec(self.source.number(500 + i), "Company %d Ltd" % i, self.source.type,
                        expires=datetime.date(2031, 1, 1)) for i in range(40 + day)]
        self.source.publish(records)

    def told(self):
        found = []
        for event in self.market.events():
            moment = datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
            kind = event["type"].split(".")
            # The zone of the body, five hours behind all February.
            found.append(((moment - datetime.timedelta(hours=5)).date(), event["subject"],
                          ".".join(kind[-3:-1])))
        return found

    def agree(self):
        """All that the oracle says is told, and no more."""
        want = sorted(self.oracle.events)

        def come():
            self.daemon.wake()
            told = sorted(self.told())
            assert told == want, ("missing", set(want) - set(told), "too many",
                                  set(told) - set(want), len(told), len(want))
            return True
        wait_until(come, WAIT_S)

    def poll(self, day):
        if day in OUTAGE:
            self.source.outage()
            self.daemon.sync_fails(self.source.name)
        else:
            self.publish(day)
            self.daemon.sync(self.source.name, expect=("committed", "unchanged", "held"))

    def plan(self):
        return self.daemon.control("plan", self.source.name)["data"]["plan"]

    def ask(self, verb, **options):
        answer = self.daemon.control(verb, self.source.name, self.plan()["hash"], **options)
        assert answer["exit"] == 0, answer

    def answer(self):
        assert self.plan()["lines"] == 8
        self.ask("approve", **{"except": [b for b, firm in FIRMS.items() if firm.excepted]})
        wait_until(lambda: self.plan()["lines"] == 1, WAIT_S)
        self.ask("discard")


def test_thirty_days(lab):
    month = Month(lab)
    month.agree()
    for day in range(1, DAYS):
        date = START + datetime.timedelta(days=day)
        month.daemon.elapse_until("%sT05:00:01Z" % date)
        month.oracle.midnight(day)
        month.agree()
        if day in (6, 15, 22):          # whatever it knows survives
            month.daemon.kill()
            month.daemon.start()
        month.daemon.elapse_until("%sT15:00:00Z" % date)
        month.poll(day)
        month.oracle.poll(day)
        month.agree()
        if day == ANSWER_DAY:
            month.answer()
            month.oracle.answer(day)
            month.agree()
    statuses = [month.market.badge(b)["status"] for b in FIRMS]
    assert statuses == [month.oracle.status[b] for b in FIRMS]
    assert statuses.count("suspended") == 7 and statuses.count("expired") == 3
