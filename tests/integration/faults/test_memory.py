# SPDX-License-Identifier: ISC
"""One allocation of the daemon fails: nothing is lost, rejected or concluded from that.

What one poll, claim or request needed is tried again; where the daemon could not
follow the store any more it ends with 70 and a word, and the next start goes on.
MEMORY_POINTS=100 tries more allocations of each kind; they are spread evenly.
"""

import json
import os

import pytest

from feeds import day
from firms import Firms
from memory import Memory
from waiting import wait_until

POINTS = int(os.environ.get("MEMORY_POINTS", 10))
RECORDS = 12
TRY_AGAIN = (69, 70, 75)        # what systemd starts again


@pytest.fixture
def memory(lab):
    return Memory(lab.directory / "memory")


def spread(total):
    """Numbers of allocations, of so many: never the same two in a row of runs would."""
    step = total / POINTS
    return sorted({1 + int(step * i + step * ((i * 7) % POINTS) / POINTS) for i in range(POINTS)})


def ended_well(daemon):
    """It ended with a word, in a way that systemd starts it again from."""
    code = daemon.wait_exit()
    said = daemon.log().rsplit("--- started", 1)[1]
    if code not in TRY_AGAIN or "memory" not in said:       # no AssertionError: it counts at once
        raise RuntimeError("certsyncd ended with %s\n%s" % (code, said[-2000:]))


def keep_up(daemon, memory):
    """As systemd does."""
    if not daemon.alive:
        ended_well(daemon)
        memory.mend()
        daemon.start()


def fail_each(memory, act):
    """act(0) is done well; of each act(1), act(2)... one of as many allocations fails.  The last."""
    begun = memory.count
    act(0)
    for round_no, n in enumerate(spread(memory.count - begun), start=1):
        memory.fail(n)
        act(round_no)
        memory.mend()
    return round_no


def test_a_start(lab, memory):
    firms = Firms(lab, 3)
    daemon, before = firms.daemon, lab.market.raw_badges()
    daemon.memory = memory
    daemon.restart()
    total = memory.count
    assert total > 1000
    for n in spread(total):
        daemon.stop()
        memory.restart()
        memory.fail(n)
        daemon.launch()
        wait_until(lambda: not daemon.alive or daemon.ready(), 15, "allocation %d" % n)
        keep_up(daemon, memory)
        memory.mend()
        assert lab.market.raw_badges() == before


def test_requests(lab, memory):
    """Of a page, from accept to close: a request may fail, and the next one is answered."""
    firms = Firms(lab, 1)
    daemon = firms.daemon
    daemon.memory = memory
    daemon.restart()
    begun = memory.count
    daemon.wake()
    for n in range(1, memory.count - begun + 5):
        memory.fail(n)
        daemon.http("/livez")
        memory.mend()
        wait_until(lambda: not daemon.alive or daemon.ready(), 15, "allocation %d" % n)
        keep_up(daemon, memory)


def test_claims(lab, memory):
    firms = Firms(lab, RECORDS)
    daemon, market = firms.daemon, lab.market
    daemon.memory = memory
    daemon.restart()

    def put(n):
        """Each claim in another form."""
        for i in range(RECORDS):
            firms.put(i, names=["Edition %d" % n, "Of Firm %d" % i], aliases=["77AB%02d" % i])

        def settled():
            keep_up(daemon, memory)
            return market.backlog() == 0 and all(
                json.loads(market.badge(firms.badge(i))["names"])[0] == "Edition %d" % n
                for i in range(RECORDS))
        wait_until(settled, 30, "a claim was not applied")

    fail_each(memory, put)
    assert firms.count("verified") == RECORDS
    assert market.rejected() == []


def test_polls(lab, memory):
    firms = Firms(lab, RECORDS)
    daemon, market = firms.daemon, lab.market
    daemon.memory = memory
    daemon.restart()

    def poll(round_no):
        """Every date moves on."""
        for i, rec in enumerate(firms.recs):
            rec.expires = day(201 + round_no)
            rec.alias = "77AB%02d" % i
        firms.publish()

        def renewed():
            keep_up(daemon, memory)
            try:
                daemon.sync(firms.name, expect=("committed", "unchanged", "failed"))
            except (OSError, ValueError, KeyError, AssertionError):
                return False            # the request itself had no memory, or it ended
            return all(market.badge(firms.badge(i))["expires_on"] == rec.expires.isoformat()
                       for i, rec in enumerate(firms.recs))
        wait_until(renewed, 60, "a renewal was lost")

    rounds = fail_each(memory, poll)
    assert firms.count("verified") == RECORDS
    assert len(market.events(kind="badge.renewed")) == RECORDS * (1 + rounds)
