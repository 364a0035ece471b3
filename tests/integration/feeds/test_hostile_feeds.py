# SPDX-License-Identifier: ISC
"""Lists as people and programs spoil them: no badge is taken away, and the operator is told."""

import pytest

import listings
import steady
from feeds import Rec, day
from waiting import wait_until

KINDS = sorted(listings.KINDS)
PROOFLESS_HISTORY = ("nglcc-csv", "nglcc-xml")     # another period beside the present one is its history


@pytest.fixture(scope="module", params=KINDS)
def built_world(request):
    world = steady.World(request.param)
    yield world
    world.end()


@pytest.fixture
def world(request, built_world):
    yield built_world
    steady.finish(request, built_world)


def each(world, change):
    """Every record with these members, which change(i, record) says."""
    return [Rec(**dict(vars(r), **change(i, r))) for i, r in enumerate(world.records)]


# --- well formed, and wrong ------------------------------------------------------------------------


def names_shifted(world):
    """Somebody sorted one column of a sheet."""
    return each(world, lambda i, r: {"name": world.records[(i + 1) % 20].name})


def columns_exchanged(world):
    return each(world, lambda i, r: {"name": r.number, "number": r.name.replace(" ", "")})


def older_dates(world):
    """A copy from before the last renewals."""
    return each(world, lambda i, r: {"expires": day(30 + i)})


def dates_a_year_earlier(world):
    return each(world, lambda i, r: {"expires": day(-65 + i)})


def other_firms(world):
    return [Rec(world.list.number(5000 + i), "Elsewhere " + r.name, r.type, expires=r.expires)
            for i, r in enumerate(world.records)]


def numbers_reformatted(world):
    return each(world, lambda i, r: {"number": r.number[:4] + "8" + r.number[5:]
                                     if len(r.number) > 8 else r.number[0] + "8" + r.number[2:]})


def one_number_for_all(world):
    """Somebody filled a column down."""
    return each(world, lambda i, r: {"number": world.records[0].number})


def names_withheld(world):
    return each(world, lambda i, r: {"name": "Name withheld"})


def unknown_words(world):
    return each(world, lambda i, r: {"status": "unknown"})


def some_both_ways(world):
    """Eight rows twice, once as they are and once as taken back."""
    return world.records + [Rec(**dict(vars(r), status=world.list.negative))
                            for r in world.records[:8]]


def half_pasted_over(world):
    """As many rows as ever, the second half of them those of the first."""
    return world.records[:10] * 2


def two_lists_in_one(world):
    """Two bodies' firms in one list, all in good order."""
    return world.records + other_firms(world)


WRONG = {
    names_shifted: ("held", "20 changes for the worse wait"),
    columns_exchanged: ("refused", "20 of 20 numbers have gone"),
    other_firms: ("refused", "numbers have gone"),
    numbers_reformatted: ("refused", "numbers have gone"),
    one_number_for_all: ("refused", ""),
    names_withheld: ("held", "20 changes for the worse wait"),
    unknown_words: ("committed", "20 records have a status that is not known"),
    some_both_ways: ("held", "8 changes for the worse wait"),
    half_pasted_over: ("refused", "shrank from"),
    two_lists_in_one: ("refused", "it grew from"),
    # Last: a list without proof keeps them as history.
    older_dates: ("held", "20 changes for the worse wait"),
    dates_a_year_earlier: ("held", "20 changes for the worse wait"),
}
# Where a plug-in, or what it proves, makes another end of it.
OTHERWISE = {
    ("sam", columns_exchanged): ("refused", "it has 0 records"),
    ("sam-monthly", columns_exchanged): ("refused", "it has 0 records"),
    ("sbs", columns_exchanged): ("refused", "it shrank from 41 to 21 records"),
    ("texas", columns_exchanged): ("refused", "it has 0 records"),
    # One entity has one exclusion, and SBS says of no period before one in force.
    ("sam", some_both_ways): ("unchanged", ""),
    ("sam-monthly", some_both_ways): ("held", "8 changes for the worse wait"),
    ("sbs", some_both_ways): ("unchanged", ""),
    **{(kind, what): ("committed", "may add and renew only: nothing proves that it is complete")
       for kind in PROOFLESS_HISTORY for what in (older_dates, dates_a_year_earlier)},
}


@pytest.mark.parametrize("what", WRONG, ids=lambda what: what.__name__)
def test_a_list_that_is_wrong(world, what):
    result, says = OTHERWISE.get((world.kind, what), WRONG[what])
    world.publish(what(world))
    assert world.sync() == result, world.said
    assert says in world.said
    if result in ("held", "refused"):
        assert world.health()[0] == 1
    world.nothing_taken()
    world.as_before("next_check", "commit")     # when to look again, at most
    world.publish()
    if world.sync() == "refused":
        world.accept()
    assert not world.plan()["held"]
    world.nothing_taken()
    world.as_before("next_check", "commit", "case_number")
    world.remember()


# --- damaged as bytes --------------------------------------------------------------------------------


def twice_in_one_file(data):
    return data + data


def another_kind_behind(data):
    return data + b'<?xml version="1.0"?><a/>{"results":[]}\n"x'


def utf16(data):
    return data.decode("latin-1").encode("utf-16")


def encoding_changes_midway(data):
    half = len(data) // 2
    return data[:half] + "\u00c9\u00e9 Works\u20ac".encode("utf-16-le") + data[half:]


def semicolons(data):
    return data.replace(b",", b";")


def nul_in_the_middle(data):
    return data[:len(data) // 2] + b"\0" + data[len(data) // 2:]


def open_quote(data):
    return data.replace(b"Works", b'"Works', 1)


def page_around_it(data):
    return b"<html><body><pre>" + data + b"</pre></body></html>"


def column_lost(data):
    """The first comma of every line has gone."""
    return b"\n".join(line.replace(b",", b"", 1) for line in data.split(b"\n"))


DAMAGES = [twice_in_one_file, another_kind_behind, utf16, encoding_changes_midway, semicolons,
           nul_in_the_middle, open_quote, page_around_it, column_lost]
# Text like any other there.
HARMLESS = {("nglcc-xml", open_quote), ("socrata-xml", open_quote), ("sam-monthly", open_quote),
            ("sam-monthly", encoding_changes_midway), ("sam-monthly", nul_in_the_middle),
            # A quote harms its own line, and the delimiter is the header's.
            ("nglcc-csv", open_quote), ("texas", open_quote), ("nglcc-csv", semicolons),
            ("nglcc-csv", utf16), ("nglcc-xml", utf16), ("socrata-xml", utf16),
            # A header is a row like any other that cannot be read, or a page break.
            ("texas", twice_in_one_file), ("nglcc-csv", twice_in_one_file)}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_a_list_that_is_damaged(world, damage):
    data = world.list.encode(world.records)
    spoilt = damage(data)
    if spoilt == data:          # it has nothing of the kind
        assert damage in (semicolons, column_lost)
        return
    world.list.serve(spoilt)
    if (world.kind, damage) in HARMLESS:
        assert world.sync() in ("committed", "unchanged"), world.said
        world.nothing_happened()
        world.heal()
        return
    world.sync(("failed", "refused"))
    connector = world.connector()
    assert connector["state"] == "backoff" and connector["error"]
    assert "keeping the last snapshot" in world.said
    assert connector["records"] == world.known
    world.nothing_happened()
    world.heal()


def test_a_roster_that_loses_its_columns_is_told(world):
    """What a default names may be missing: then nobody knows of an end, and the log says so."""
    if world.kind != "nglcc-csv":
        return
    rows = [line.split(b",") for line in world.list.encode(world.records).splitlines()]
    world.list.serve(b"".join(b",".join(row[:2] + row[4:]) + b"\n" for row in rows))
    world.sync(("committed",))
    for column in ("Status", "Expiration Date"):
        assert 'there is no column "%s"; if it has another name now, set field.' % column in world.said
    world.nothing_taken()
    # They come back, as ends where there were none: that waits for a person.
    world.publish()
    assert world.sync() == "held", world.said
    answer = world.daemon.control("approve", world.name, world.plan()["plan"]["hash"])
    assert answer["exit"] == 0, answer
    wait_until(lambda: not world.plan()["held"], 15)
    for i, rec in enumerate(world.records):
        assert world.market.badge(world.badge(i))["expires_on"] == rec.expires.isoformat()
