# SPDX-License-Identifier: ISC
"""Feed content (docs/reliability.md), row by row, through every connector it applies to.

A test's name begins with the row's number.  The others are in test_time.py
(F9 to F11), test_guard.py and test_fetching.py: docs/reliability.md has the list.
"""

import json

import pytest

import listings
import steady
from feeds import Rec, day
from waiting import wait_until

KINDS = sorted(listings.KINDS)
CSV = ("texas", "nglcc-csv")
SOCRATA = ("socrata-json", "socrata-xml")
PROVEN = [k for k in KINDS if listings.KINDS[k].proof]      # by the list itself
PROOFLESS = [k for k in KINDS if not listings.KINDS[k].proof]


@pytest.fixture(scope="module")
def built_worlds():
    """Built when first asked for, one of each kind, for the tests that leave it as it was."""
    worlds = {}
    yield worlds
    for world in worlds.values():
        world.end()


@pytest.fixture
def world_of(request, built_worlds):
    used = []

    def get(kind):
        if kind not in built_worlds:
            built_worlds[kind] = steady.World(kind)
        used.append(built_worlds[kind])
        return used[-1]
    yield get
    steady.finish(request, *used)


@pytest.fixture
def own_world(request):
    """For the tests that change what is there."""
    yield from steady.own_worlds(request)


def kinds(which=KINDS):
    return pytest.mark.parametrize("kind", which)


def is_left_alone(world, results, *words):
    """The poll ends so, changes nothing at all, and its reason says these words everywhere."""
    assert world.sync() in results, world.said
    connector = world.connector()
    for word in words:
        assert word in connector["error"], connector
        assert word in world.said
    assert connector["state"] == "backoff" and connector["error"]
    assert connector["records"] == world.known
    assert "keeping the last snapshot" in world.said
    world.nothing_happened()


def assert_refused(world):
    """Health says so, and what to do."""
    code, says = world.health()
    assert code == 1 and "source:%s: refused, " % world.name in says, says
    assert "certsync plan " + world.name in says


# --- F1, F2: empty and shrunk ------------------------------------------------------------------


@kinds()
def test_F1_no_bytes_at_all(world_of, kind):
    world = world_of(kind)
    world.list.serve(b"", packed=b"") if kind == "sam" else world.list.serve(b"")
    is_left_alone(world, ("failed",))
    world.heal()


EMPTY = {"sbs": "no firm at all", "nglcc-xml": "no element at /Suppliers/Supplier",
         "socrata-json": "0 records", "socrata-xml": "0 records"}


@kinds()
def test_F1_a_list_of_nothing(world_of, kind):
    """A document in good order that lists nobody."""
    world = world_of(kind)
    world.publish([])
    is_left_alone(world, ("failed", "refused"), EMPTY.get(kind, "0 records"))
    if world.connector()["error"].startswith("it has 0"):
        assert_refused(world)
        assert "certsync accept %s " % world.name in world.said
    world.heal()


@kinds()
def test_F2_half_a_list_is_refused(world_of, kind):
    world = world_of(kind)
    world.publish(world.records[::2])
    is_left_alone(world, ("refused",), "shrank from", "max_shrink is 20%")
    refused = world.plan()["refused"]
    assert refused["missing_verified"] == len(world.records) // 2
    assert_refused(world)
    assert "certsync accept %s %s" % (world.name, refused["hash"][:12]) in world.said
    # A person says that it is right: it counts as complete.  Absence comes later, if at all.
    world.accept()
    assert world.connector()["proof"] == "accepted" and world.connector()["state"] == "idle"
    assert world.health()[0] == 0
    world.nothing_happened()
    world.heal()


@kinds()
def test_F2_what_is_there_renews(own_world, kind):
    """Where the operator has switched the limits off."""
    world = own_world(kind, max_shrink="0%", max_growth="0%")
    later = world.changed(expires=day(700), only=[0, 2])
    world.publish(later[:10])
    assert world.sync() == "committed"
    for i in range(20):
        badge = world.market.badge(world.badge(i))
        assert badge["status"] == "verified" and "case" not in badge
        assert badge["version"] == ("2" if i in (0, 2) else "1")
    assert world.market.badge("b02")["expires_on"] == day(700).isoformat()


# --- F3, F4: pages -----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=SOCRATA)
def built_pages(request):
    world = steady.World(request.param, listings.paged(listings.KINDS[request.param], 8))
    yield world
    world.end()


@pytest.fixture
def pages(request, built_pages):
    yield built_pages
    steady.finish(request, built_pages)


def page(world, *which):
    rows = world.list.rows(world.records)
    return world.list.answer(world.list.page([rows[i] for i in which]))


def first_two(world):
    return [world.list.all] + world.list.pages[:2]


@pytest.mark.parametrize("how", ["a row slips away", "a row comes twice", "rows swap places",
                                 "it shrinks meanwhile", "it grows meanwhile", "a row changes meanwhile"])
def test_F3_rows_move_between_pages(pages, how):
    world, count = pages, pages.list.count
    steps = {
        "a row slips away": first_two(world) + [page(world, 17, 18, 19), count(20)],
        "a row comes twice": first_two(world) + [page(world, 15, 16, 17, 18, 19), count(20)],
        "rows swap places": [count(20), page(world, *range(8)), page(world, *range(8, 15), 3),
                             page(world, 15, 16, 17, 18), count(20)],
        "it shrinks meanwhile": first_two(world) + [page(world, 17, 18, 19), count(19)],
        "it grows meanwhile": first_two(world) + [page(world, 16, 17, 18, 19), count(21)],
        "a row changes meanwhile": first_two(world) + [
            page(world, 17, 18, 19), count(20, "2026-11-20T00:00:00.000Z")],
    }[how]
    proven = world.connector()["last_proven"]
    world.list.serve_steps(*steps)
    if how.endswith("meanwhile"):
        assert world.sync() == "unchanged"
        assert "may add and renew only: the list changed while it was read" in world.said
        assert world.connector()["proof"] == "none"
    else:
        is_left_alone(world, ("failed",))
        assert "came before" in world.said or "gave 19" in world.said
    assert world.connector()["last_proven"] == proven
    world.nothing_happened()
    world.heal()


@pytest.mark.parametrize("how", ["a page again", "the same page for ever", "no such page",
                                 "500 on the last page", "an empty page", "too large a page"])
def test_F4_pages_that_do_not_end_well(pages, how):
    world = pages
    again = world.list.pages[1]
    steps, says = {
        "a page again": (first_two(world) + [again], "came before"),
        "the same page for ever": ([world.list.all, again], "came before"),
        "no such page": (first_two(world) + [{"status": 404}], "HTTP 404"),
        "500 on the last page": (first_two(world) + [{"status": 500}], "HTTP 500"),
        "an empty page": (first_two(world) + [page(world), world.list.all], "counts 20 rows and gave 16"),
        "too large a page": ([world.list.all, page(world, *range(20))], "a page of more rows"),
    }[how]
    world.list.serve_steps(*steps)
    is_left_alone(world, ("failed",), says)
    world.heal()


# --- F5: totals ----------------------------------------------------------------------------------


@kinds(["sam", "sam-monthly", "socrata-json", "socrata-xml"])
def test_F5_a_total_that_is_not_reached(world_of, kind):
    """Twenty are declared, nineteen come, in a document that is in good order."""
    world = world_of(kind)
    whole, short = (world.list.encode(world.records[:n]) for n in (20, 19))
    if kind == "sam":
        short = json.dumps(dict(json.loads(short), totalRecords=20)).encode()
    elif kind == "sam-monthly":
        lines = whole.splitlines(keepends=True)
        short = b"".join(lines[:-2] + lines[-1:])
    world.list.serve(short)
    is_left_alone(world, ("failed",), "20", "19")
    world.heal()


# --- F6 to F8: numbers that come twice -------------------------------------------------------------


@kinds()
def test_F6_each_record_twice(world_of, kind):
    world = world_of(kind)
    total = {"total": 40} if kind in SOCRATA else {}
    world.list.serve(world.list.encode_repeated(world.records, world.records), **total)
    assert world.sync() == "unchanged", world.said
    assert world.connector()["records"] == world.known
    # SAM and SBS have several rows of a firm every day: their plug-ins put them together.
    if kind in CSV or kind in SOCRATA or kind == "nglcc-xml":
        assert "20 records, 0 differences" in world.said
        assert "20 came more than once" in world.said
    world.nothing_happened()
    world.heal()


@kinds(["nglcc-csv", "nglcc-xml", "texas", "socrata-json", "socrata-xml"])
@pytest.mark.parametrize("order", [1, -1], ids=["last", "first"])
def test_F7_a_number_that_contradicts_itself(own_world, kind, order):
    """One firm comes as active and as taken back, for the same period; another one renews."""
    world = own_world(kind)
    records = world.changed(expires=day(800), only=[6])
    records.append(Rec(**dict(vars(records[5]), status=world.list.negative)))
    world.publish(records[::order])
    assert world.sync() == "committed", world.said
    five, six = (world.market.badge(b) for b in ("b05", "b06"))
    assert five["status"] == "verified" and five["case"] == "conflicting_records"
    assert five["version"] == "1"
    assert world.market.kinds("b05") == ["badge.verified", "case.opened"]
    assert six["status"] == "verified" and six["expires_on"] == day(800).isoformat()
    world.nothing_taken()
    # The former period of what renews stays where no proof says that it has gone.
    assert world.connector()["records"] == ("22" if kind in ("nglcc-csv", "nglcc-xml") else "21")
    # Its registry has found the mistake.
    world.publish(records[:-1])
    world.sync(("committed",))
    assert "case" not in world.market.badge("b05")
    assert world.market.kinds("b05")[-1] == "case.closed"


FORMS = {"nglcc-csv": lambda n: " lg %s " % n[2:], "nglcc-xml": lambda n: " lg %s " % n[2:],
         "socrata-json": lambda n: " a %s" % n[1:], "socrata-xml": lambda n: " a %s" % n[1:],
         "texas": lambda n: " %s-%s %s" % (n[:4], n[4:8], n[8:])}


@kinds(sorted(FORMS))
def test_F8_a_number_in_another_form_is_the_same(world_of, kind):
    world = world_of(kind)
    world.publish([Rec(**dict(vars(r), number=FORMS[kind](r.number))) for r in world.records])
    if kind == "texas":         # a shifted row looks like that: this list is strict
        is_left_alone(world, ("refused",), "it has 0 records")
        assert "left out: line 2: the vendor id is not a number" in world.said
    else:
        assert world.sync() == "unchanged", world.said
        world.nothing_happened()
    world.heal()


@kinds(["nglcc-csv", "nglcc-xml", "socrata-json", "socrata-xml"])
def test_F8_forms_that_collide_are_in_conflict(own_world, kind):
    """Another firm under a number that differs only in case and blanks: never the last wins."""
    world = own_world(kind)
    stranger = Rec(FORMS[kind](world.records[3].number), "Quite Another Firm", world.list.type,
                   expires=world.records[3].expires)
    for records in (world.records + [stranger], [stranger] + world.records):
        world.publish(records)
        world.sync()
        badge = world.market.badge("b03")
        assert badge["status"] == "verified" and badge["case"] == "conflicting_records"
        assert badge["version"] == "1"
        world.nothing_taken()


@kinds(["nglcc-csv", "nglcc-xml", "socrata-json", "socrata-xml"])
def test_F8_a_zero_or_an_odd_letter_makes_another_number(world_of, kind):
    """Leading zeros count, and letters that only look alike are none of a number's."""
    world = world_of(kind)
    one = world.records[4]
    cyrillic = one.number[:-1] + "\u041e"
    strangers = [Rec(number, "Quite Another Firm %d" % i, one.type, "active", day(900))
                 for i, number in enumerate(("0" + one.number, one.number + "0", cyrillic))]
    world.publish(world.records + strangers)
    assert world.sync() == "committed", world.said
    assert "its number has characters no number has" in world.said
    world.nothing_happened()
    world.publish(world.records)
    world.sync()
    world.heal()


# --- F12, F14, F16: what would be the end of many ----------------------------------------------------


@kinds()
def test_F12_all_dates_in_the_past(world_of, kind):
    world = world_of(kind)
    world.publish(world.changed(expires=day(-5)))
    result = world.sync()
    if kind in ("nglcc-csv", "nglcc-xml"):
        # Without proof the period before, which nobody took back, still stands.
        assert result == "committed" and world.connector()["state"] == "idle"
    else:
        assert result == "held", world.said
        plan = world.plan()
        assert plan["plan"]["lines"] == 20
        assert {line["to"] for line in plan["lines"]} == {"expired"}
        assert world.health()[0] == 1 and "20 changes for the worse wait" in world.health()[1]
        assert "certsync approve %s %s" % (world.name, plan["plan"]["hash"][:12]) in world.said
    world.nothing_happened()
    world.heal()


@kinds()
def test_F14_a_status_nobody_knows(world_of, kind):
    world = world_of(kind)
    world.publish(world.changed(status="unknown"))
    assert world.sync() in ("committed", "unchanged"), world.said
    word = {"texas": "X", "sam": "unreadable-date", "sam-monthly": "unreadable-date",
            "sbs": "no-active"}.get(kind, "Suspnded")
    assert '20 records have a status that is not known, the first one "%s"' % word in world.said
    world.nothing_happened()
    world.heal()


@kinds()
def test_F16_complete_and_wrong(world_of, kind):
    """A registry in foreign hands: every firm is taken back, and the list proves itself."""
    world = world_of(kind)
    world.publish(world.changed(status=world.list.negative) if kind != "nglcc-xml"
                  else world.changed(status="suspended"))
    result = world.sync()
    if kind in ("nglcc-csv", "nglcc-xml"):      # no proof: its negative words do not count
        assert result == "committed", world.said
    else:
        assert result == "held", world.said
        plan = world.plan()
        assert plan["plan"]["lines"] == 20 and len(plan["lines"]) == 20
        assert {line["from"] for line in plan["lines"]} == {"verified"}
        held = world.market.events(world.name, "connector.held")[-1]
        assert held["data"]["changes"] == 20
        assert world.connector()["held_plan"] == plan["plan"]["hash"]
        # Whoever looks at it throws it away.
        assert world.daemon.control("discard", world.name)["exit"] == 0
    world.nothing_happened()
    world.heal()


def test_F16_slow_poison_is_counted(own_world):
    """A few every day stay below no limit: the guard counts them over its window."""
    world = own_world("texas")
    for day_of in range(1, 6):
        world.publish(world.changed(status="decertified", only=range(day_of)))
        assert world.sync() == "committed"
    for day_of in range(6, 12):
        world.publish(world.changed(status="decertified", only=range(day_of)))
        assert world.sync() == "held"
    statuses = [world.market.badge(world.badge(i))["status"] for i in range(20)]
    assert statuses == ["revoked"] * 5 + ["verified"] * 15
    # What did pass can be traced to its poll and record.
    last = world.market.history("b00")[0]
    assert (last["from"], last["to"], last["reason"], last["cause"]) == (
        "verified", "revoked", "record_decertified", "poll")
    assert last["poll"] and last["record"]["status"] == "decertified"


# --- F15: another reading of the same list ------------------------------------------------------------


class Renamed(listings.Socrata):
    """Has a second date, which is not that of the expiry."""

    @staticmethod
    def row(rec, at):
        return dict(listings.Socrata.row(rec, at), approved_on=day(-400).isoformat())


def reload(world, times):
    world.daemon.write()
    world.daemon.reload()
    world.daemon.wait_log("configuration reloaded", times)


def test_F15_fields_mapped_anew_are_guarded(own_world):
    world = own_world("socrata-json", cls=Renamed)
    good = dict(world.daemon.sections["connector city"])
    world.daemon.sections["connector city"]["field.expires_on"] = "approved_on"
    reload(world, 1)
    # Whole, although nobody said so; the poll of the reload itself may come first.
    world.daemon.sync(world.name, expect=("held", "unchanged"))
    plan = wait_until(lambda: world.daemon.control("plan", "config")["data"], 15)
    assert plan["plan"]["lines"] == 20 and {line["to"] for line in plan["lines"]} == {"expired"}
    assert world.health()[0] == 1
    world.nothing_happened()
    # The mistake is taken back: so is the plan.
    world.daemon.sections["connector city"] = good
    reload(world, 2)
    world.sync()
    wait_until(lambda: not world.daemon.control("plan", "config")["data"]["held"], 15)
    world.nothing_happened()
