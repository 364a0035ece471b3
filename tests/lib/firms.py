# SPDX-License-Identifier: ISC
"""Many verified badges of one list, and what may become of them."""

import subprocess

import daemon as daemons
from feeds import Rec, day
from waiting import wait_until

COMPANY = 40        # records beside those with badges


class Firms:
    """n verified badges b00, b01... of the Texas list, where a word takes a badge away."""

    def __init__(self, lab, n, kind="texas", settings=(), typed=True, **sections):
        self.lab, self.market = lab, lab.market
        self.source = lab.source(kind)
        self.typed = typed
        self.recs = self.recs_of(n)
        self.others = [Rec(self.source.number(900000 + i), "Company %d Ltd" % i, self.source.type,
                           expires=day(300)) for i in range(COMPANY)]
        self.publish()
        self.daemon = lab.daemon({self.source.name: dict(self.source.settings(), **dict(settings))},
                                 **sections)
        self.sync()
        for i in range(n):
            self.put(i)
        self.market.settle(60)
        assert self.count("verified") == n

    def recs_of(self, n):
        return [Rec(self.source.number(i), "Firm %s%d Constructions" % (chr(65 + i % 26), i),
                    self.source.type, expires=day(200)) for i in range(n)]

    @property
    def name(self):
        return self.source.name

    def put(self, i, **fields):
        if not self.typed:
            fields.setdefault("type", None)
        self.market.put(self.badge(i), self.source, number=self.recs[i].number,
                        business_name=self.recs[i].name, **fields)

    @staticmethod
    def badge(i):
        return "b%02d" % i

    def publish(self):
        self.source.publish(self.recs + self.others)

    def sync(self, *expect):
        return self.daemon.sync(self.name, expect=expect or ("committed", "unchanged"))

    def turn(self, which, status="decertified"):
        for i in which:
            self.recs[i].status = status
        self.publish()

    def statuses(self):
        return [self.market.badge(self.badge(i)).get("status") for i in range(len(self.recs))]

    def count(self, status):
        return self.statuses().count(status)

    def plan(self, *args):
        answer = self.daemon.control("plan", self.name, *args)
        assert answer["exit"] == 0, answer
        return answer["data"]

    def ask(self, cmd, *args, exit=0, **opts):
        answer = self.daemon.control(cmd, self.name, *args, **opts)
        assert answer["exit"] == exit, answer
        return answer

    def state(self):
        return self.market.connector(self.name)["state"]

    def released(self, times=1):
        """It is no longer held, and that has been told."""
        wait_until(lambda: self.state() != "held" and len(self.kinds("released")) == times, 15,
                   "it stays held")

    def kinds(self, kind):
        return self.market.events(kind="connector." + kind)

    def restart(self, kill=False):
        self.daemon.restart(kill)


def facts(market):
    """The badges without the bookkeeping of when they are looked at next."""
    return {badge: {k: v for k, v in fields.items() if k not in ("next_check", "commit")}
            for badge, fields in market.badges().items()}


def certsync(daemon, *args, exit=0):
    result = subprocess.run([daemons.COMMAND, "-s", daemon.socket, *args], capture_output=True,
                            text=True, timeout=60)
    assert result.returncode == exit, result
    return result.stdout
