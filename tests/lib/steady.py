# SPDX-License-Identifier: ISC
"""A laboratory of one registry in which all is well: what may harm it is served and judged.

Twenty firms are listed, in force and verified.  Of a list without a proof of
its own one more claims a number that it lacks, so that it was read twice.
"""

import re

import listings
from conftest import Lab
from feeds import Rec, day
from waiting import wait_until

FIRMS = 20
UNLISTED = 900


def firm_name(i):
    """Each has two words of its own: none passes for another's."""
    return "%s%s Works" % (chr(65 + i % 26) * 3 + chr(97 + i % 26), chr(97 + (i * 7 + 3) % 26) * 4)


def finish(request, *worlds):
    """At a test's end: what these say if it failed, else that all is as it must be."""
    report = getattr(request.node, "report_call", None)
    for world in worlds:
        if report is None or report.failed:
            world.lab.show_logs()
        else:
            world.lab.check()


def own_worlds(request, **settings):
    """The body of a fixture: builds worlds for one test alone, with these settings."""
    used = []

    def get(kind, **options):
        used.append(World(kind, **settings, **options))
        return used[-1]
    yield get
    try:
        finish(request, *used)
    finally:
        for world in used:
            world.end()


class World:
    """One connector with the product's own defaults, and its twenty verified badges."""

    def __init__(self, kind, cls=None, firms=FIRMS, **settings):
        self.kind = kind
        self.lab = Lab()
        try:
            self.build(cls or listings.KINDS[kind], firms, settings)
        except BaseException:
            self.lab.show_logs()
            self.lab.end()
            raise

    def build(self, cls, firms, settings):
        self.market = self.lab.market
        self.list = cls(self.lab.registry, self.lab.samples)
        self.name = self.list.name
        self.records = [Rec(self.list.number(i), firm_name(i), self.list.type, expires=day(300 + i))
                        for i in range(firms)]
        self.publish()
        self.settings = dict(self.list.settings(), **settings)
        for ours in ("max_shrink", "max_growth"):       # the product's own are what is tested
            if ours not in settings:
                del self.settings[ours]
        self.daemon = self.lab.daemon({self.name: self.settings})
        self.daemon.sync(self.name)
        for i, rec in enumerate(self.records):
            self.market.put(self.badge(i), self.list, number=rec.number, business_name=rec.name)
        if self.list.proof is None:
            self.market.put("unlisted", self.list, number=self.list.number(UNLISTED),
                            business_name="Nobody Knows Them")
        self.market.settle()
        self.daemon.sync(self.name, full=True)
        assert self.connector()["proof"] == (self.list.proof or "twice")
        self.lab.settle()
        assert {self.market.verdict(self.badge(i)) for i in range(firms)} == {
            ("verified", "record_active")}
        self.remember()

    @staticmethod
    def badge(i):
        return "b%02d" % i

    def remember(self):
        self.badges, self.events = self.market.raw_badges(), len(self.badge_events())
        self.known = self.connector()["records"]

    def badge_events(self):
        return [e for e in self.market.events() if ".connector." not in e["type"]]

    def connector(self):
        return self.market.connector(self.name)

    def changed(self, **changes):
        """The firms with these members changed, those of `only` or all."""
        only = changes.pop("only", range(len(self.records)))
        return [Rec(**dict(vars(r), **changes)) if i in only else r
                for i, r in enumerate(self.records)]

    # --- what the registry says and the daemon does ----------------------------------

    def publish(self, records=None):
        self.list.publish(self.records if records is None else records)

    def sync(self, expect=("committed", "unchanged", "failed", "refused", "held")):
        """Reads it all; the result, and what was logged meanwhile in self.said."""
        at = len(self.daemon.log())
        result = self.daemon.sync(self.name, expect=expect, full=True)
        self.lab.settle(self.daemon)
        self.said = re.sub(r"(?m)^\S+ ", "", self.daemon.log()[at:])
        return result

    def plan(self):
        return self.daemon.control("plan", self.name)["data"]

    def health(self):
        """(0 pass or 1 warn, what it says)"""
        answer = self.daemon.control("health")
        return answer["exit"], answer["data"]["output"]

    def accept(self):
        """A person says that the refused list is right; the next poll is over."""
        answer = self.daemon.control("accept", self.name, self.plan()["refused"]["hash"])
        assert answer["exit"] == 0, answer
        wait_until(lambda: "refused" not in self.plan(), 15, "the accepted list does not come")
        self.lab.settle(self.daemon)

    def next_second(self):
        """Times are kept in seconds: polls of one and the same count once."""
        self.daemon.elapse(seconds=1)

    # --- what must be true -------------------------------------------------------------

    def nothing_happened(self):
        """Every badge is what it was, byte for byte, and nobody was told anything."""
        self.as_before()
        assert len(self.badge_events()) == self.events

    def as_before(self, *but):
        """Every badge is what it was, but for these members."""
        badges = self.market.raw_badges()
        assert badges.keys() == self.badges.keys()
        for badge, fields in badges.items():
            changed = {k.decode() for k, _ in set(fields) ^ set(self.badges[badge])}
            assert changed <= set(but), (badge, changed)

    def nothing_taken(self):
        """Every firm is verified, until its day or later."""
        badges = self.market.badges()
        for i, rec in enumerate(self.records):
            badge = badges[self.badge(i)]
            assert badge["status"] == "verified", (i, badge)
            assert badge.get("expires_on", "9999") >= rec.expires.isoformat(), (i, badge)

    def heal(self):
        """The registry is well again, and so is all else."""
        self.publish()
        if self.sync() == "refused":
            self.accept()
        assert "refused" not in self.plan()
        wait_until(lambda: self.connector()["state"] == "idle", 15, "it does not recover")
        assert self.connector()["error"] == ""
        self.nothing_happened()

    def end(self):
        self.lab.end()
