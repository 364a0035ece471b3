# SPDX-License-Identifier: ISC
"""Rows that cannot be read: who may be behind them has not gone, and nobody stays for their sake.

What comes of many of them in a row is in tests/unit/test_room_poll_left_out.c.
"""

import pytest

import steady
from feeds import Rec, day
from metrics import scrape

TABLES = ("nglcc-csv", "nglcc-xml", "socrata-json", "socrata-xml", "texas")
HARMED = 3
PATTERN = "[A-Z]+[0-9]+"
HARMS = {"blank": lambda number: " ", "over-long": lambda number: number + "0" * 64,
         "a spreadsheet's": lambda number: number + ".0"}


@pytest.fixture
def world_of(request):
    yield from steady.own_worlds(request, absence="revoke", absent_polls="2", absent_hours="0")


class Lists:
    """One list after the other, each with a firm more than the one before."""

    def __init__(self, world):
        self.world = world
        self.strangers = []

    def poll(self, records):
        world = self.world
        self.strangers.append(Rec(world.list.number(500 + len(self.strangers)), "Stranger Works",
                                  world.list.type, expires=day(400)))
        world.next_second()
        world.publish(records + self.strangers)
        result = world.sync(expect=("committed", "unchanged"))
        return result, world.connector()["proof"]


def harmed(world, harm="blank"):
    return world.changed(only=[HARMED], number=HARMS[harm](world.records[HARMED].number))


@pytest.mark.parametrize("kind, harm", [(kind, "blank") for kind in TABLES] + [
    ("nglcc-csv", "over-long"), ("nglcc-csv", "a spreadsheet's"), ("socrata-json", "a spreadsheet's"),
    ("texas", "a spreadsheet's"), ("sam", "blank"), ("sam-monthly", "blank")])
def test_a_firm_under_a_damaged_number_has_not_gone(world_of, kind, harm):
    pattern = {"number_pattern": PATTERN} if kind in TABLES and kind != "texas" else {}
    world = world_of(kind, **pattern)
    lists = Lists(world)
    for n in range(4):
        result, proof = lists.poll(harmed(world, harm))
        # What it had not had before may be anybody; the same once more is nobody new.
        assert (proof == "none") == (n == 0), world.said
        assert "left out: " in world.said
        assert HARMS[harm](world.records[HARMED].number).strip() not in world.said or harm == "blank"
        world.as_before()
    assert world.connector()["left_out"] == "1"
    assert scrape(world.daemon)("certsync_connector_left_out_rows", connector=world.name) == 1
    lists.poll(world.records)
    assert world.connector()["left_out"] == "0"
    world.as_before()


@pytest.mark.parametrize("kind", TABLES)
def test_who_goes_while_a_row_is_damaged_goes(world_of, kind):
    world = world_of(kind)
    lists = Lists(world)
    lists.poll(harmed(world))
    for _ in range(2):
        lists.poll([r for i, r in enumerate(harmed(world)) if i != 7])
    assert world.market.verdict(world.badge(7)) == ("revoked", "record_missing")
    assert world.market.verdict(world.badge(HARMED)) == ("verified", "record_active")


def test_a_restart_concludes_nothing(world_of):
    world = world_of("nglcc-csv")
    lists = Lists(world)
    lists.poll(harmed(world))
    lists.poll(harmed(world))
    for kill in (False, True):
        world.daemon.restart(kill)
        lists.poll(harmed(world))
        world.as_before()


def test_a_number_may_be_behind_a_row_that_cannot_be_read(world_of):
    world = world_of("nglcc-csv")
    lists = Lists(world)
    lists.poll(harmed(world))
    lists.poll(harmed(world))
    world.market.put("late", world.list, number=world.list.number(901), business_name="Late Works")
    world.lab.settle(world.daemon)
    assert world.market.verdict("late") == ("self_reported", "awaiting_source")
    assert "1 row left out" in world.daemon.control("explain", "late")["data"]["text"]
    # Once every row can be read, the list has said all.
    lists.poll(world.records)
    assert world.market.verdict("late") == ("not_found", "number_unknown")
