# SPDX-License-Identifier: ISC
"""A store that an earlier version wrote (tests/fixtures/store) is gone on with as it is."""

import pathlib
import shutil

import pytest

import invariants
from daemon import Daemon
from firms import facts

STORES = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "store"
VERSIONS = sorted(path.parent.name for path in STORES.glob("*/dump.rdb"))


class Older:
    """Redis and state_dir as a version left them, and its registries as they were."""

    def __init__(self, lab, version):
        self.lab, self.market = lab, lab.market
        self.folder = STORES / version
        lab.server.load(self.folder / "dump.rdb")
        self.city, self.texas = lab.source("socrata-json"), lab.source("texas")
        shutil.copy(self.folder / "feeds" / "city.json", self.city.file)
        shutil.copy(self.folder / "feeds" / "texas.csv", self.texas.directory)
        # Its events are as old as the file: Redis's own clock says so.
        lab.clock.set((self.folder / "now").read_text().strip())
        self.daemon = Daemon(
            lab.directory / "d", lab.server.settings,
            {s.name: s.settings() for s in (self.city, self.texas)}, lab.clock,
            events={"retain_days": 3650})
        shutil.copytree(self.folder / "state", self.daemon.directory / "state",
                        dirs_exist_ok=True)

    def start(self):
        self.lab.daemons.append(self.daemon)
        self.daemon.start()

    def held_plan(self):
        answer = self.daemon.control("plan", self.texas.name)
        assert answer["exit"] == 0, answer
        return answer["data"]["plan"]


@pytest.fixture(params=VERSIONS)
def older(request, lab):
    return Older(lab, request.param)


def test_there_is_something_of_everything(older):
    """What these tests show, they show of a store that has it."""
    market = older.market
    badges = market.badges()
    assert {b["status"] for b in badges.values()} == set(invariants.STATUSES)
    assert {b["visibility"] for b in badges.values()} == {"shown", "hidden"}
    assert [b for b, fields in badges.items() if fields.get("case")] == ["case"]
    assert len(market.history("edited")) > 3
    assert len(market.events(kind="badge.expiring")) == 1
    assert len(market.rejected()) == 1
    assert market.kinds("deleted")[-1] == "badge.erased"
    assert len(list(market.redis.scan_iter("*:internal:tomb:*"))) == 1
    assert market.connector(older.texas.name)["state"] == "held"
    state = market.key("internal", "{certsync:connector:%s}" % older.city.name, "state")
    assert market.redis.hget(state, "checkpoint")
    invariants.check(market)


def test_it_is_loaded_as_it_is(older):
    market = older.market
    badges, events = facts(market), market.events()
    plan = market.connector(older.texas.name)["held_plan"]
    meta = market.redis.hgetall(market.key("meta"))
    older.start()
    assert older.held_plan()["hash"] == plan
    older.lab.check()
    assert facts(market) == badges
    assert market.events() == events
    assert market.redis.hgetall(market.key("meta")) == meta


def test_polls_of_the_same_lists_change_nothing(older):
    market = older.market
    badges, events = facts(market), market.events()
    plan = market.connector(older.texas.name)["held_plan"]
    older.start()
    older.daemon.sync(older.city.name)
    older.daemon.sync(older.texas.name, expect=("committed", "unchanged", "held"))
    assert older.held_plan()["hash"] == plan
    assert facts(market) == badges
    assert market.events() == events


def test_claims_go_on_where_they_were(older):
    market = older.market
    versions = {b: int(fields["version"]) for b, fields in market.badges().items()}
    last = market.events("deleted")[-1]["data"]["version"]
    older.start()
    known = market.badge("verified")
    for badge in "new", "deleted":
        market.put(badge, older.city, number=known["number"], holder=known["holder"],
                   business_name=known["business_name"])
    market.put("edited", older.city, number="C000699", business_name="Harbour C Works")
    market.settle()
    assert market.verdict("new") == ("verified", "record_active")
    assert market.badge("deleted")["version"] == str(last + 1)
    assert market.verdict("edited") == ("not_found", "number_unknown")
    assert market.badge("edited")["version"] == str(versions["edited"] + 1)


def test_its_plan_can_be_approved(older):
    market = older.market
    older.start()
    lines = older.held_plan()
    answer = older.daemon.control("approve", older.texas.name, lines["hash"])
    assert answer["exit"] == 0, answer
    older.lab.settle(older.daemon)
    revoked = [b for b, f in market.badges().items() if f["reason"] == "record_decertified"]
    assert sorted(revoked) == ["revoked"] + ["v%d" % i for i in range(7)]
