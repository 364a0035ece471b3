# SPDX-License-Identifier: ISC
"""A connector with observe = yes: polled and kept, and nothing comes from it but what it would do."""

import pytest

from feeds import day
from firms import Firms, certsync, facts
from metrics import scrape
from waiting import wait_until


def observe(firms, value):
    firms.daemon.sections["connector " + firms.name]["observe"] = value
    firms.daemon.write()
    before = scrape(firms.daemon)("certsync_config_last_reload_timestamp_seconds") or 0
    firms.daemon.clock.elapse(seconds=2)
    firms.daemon.reload()
    wait_until(lambda: (scrape(firms.daemon)("certsync_config_last_reload_timestamp_seconds") or 0)
               > before, 15, "it was not reloaded")


def test_a_new_list_is_added_without_fear(lab, market):
    firms = Firms(lab, 0, settings={"observe": "yes"})
    firms.recs = firms.recs_of(4)
    firms.publish()
    firms.sync()
    for i in range(4):
        firms.put(i)
    market.settle()
    firms.sync()
    assert [market.verdict("b%02d" % i) for i in range(4)] == [
        ("self_reported", "no_connector")] * 4
    assert market.certified() == set() and firms.kinds("stale") == []
    observed = firms.plan()["observed"]
    assert observed["summary"] == {"verified record_active": 4}
    assert (observed["better"], observed["worse"]) == (4, 0)
    assert "would change 4 badges" in certsync(firms.daemon, "plan", firms.name)
    # Nobody is looked up, nothing is stale in public, and a restart changes nothing.
    firms.restart()
    assert firms.plan()["observed"] is None
    firms.sync()
    assert firms.plan()["observed"]["better"] == 4
    observe(firms, "no")
    wait_until(lambda: firms.count("verified") == 4, 15)
    assert "observed" not in firms.plan()


@pytest.mark.parametrize("worse", [2, 7])
def test_what_it_would_take_away_waits_when_it_counts_again(lab, market, worse):
    firms = Firms(lab, 12)
    observe(firms, "yes")
    before = facts(market)
    firms.turn(range(worse))
    firms.sync()
    market.command("recheck", "b00", "p-b00")
    market.settle()
    assert facts(market) == before
    observed = firms.plan()["observed"]
    assert observed["worse"] == worse
    assert observed["summary"] == {"revoked record_decertified": worse}
    assert [line["badge"] for line in observed["lines"]] == ["b%02d" % i for i in range(worse)]
    observe(firms, "no")
    config = wait_until(lambda: firms.daemon.control("plan", "config")["data"].get("plan"), 15)
    assert config["lines"] == worse and firms.count("verified") == 12


def test_a_list_beside_the_one_that_decides(lab, market):
    """The twentieth list of a body: its authority goes on alone."""
    firms = Firms(lab, 3)
    other = dict(firms.source.settings(), observe="yes")
    firms.daemon.connector("second", other)
    firms.daemon.write()
    assert firms.daemon.run("-t").returncode == 0
    firms.restart()
    firms.daemon.sync("second")
    firms.recs[0].expires = day(450)
    firms.publish()
    firms.daemon.sync("second")
    assert market.badge("b00")["expires_on"] == day(200).isoformat()
    assert market.badge("b00")["connector"] == firms.name
    firms.sync()
    assert market.badge("b00")["expires_on"] == day(450).isoformat()
