# SPDX-License-Identifier: ISC
"""What holds for every feed, whatever it says, of every connector.

Order, repetition and the pieces a feed comes in change nothing; the same feed
again writes nothing; no prefix of a feed takes a badge away.

Random, from one seed, which a failure prints: SEED=N repeats it.
"""

import gzip
import os
import random
import re

import pytest

import listings
import steady
from feeds import Rec, day

SEED = int(os.environ.get("SEED", "20261122"))
ROUNDS = 5                  # random feeds of each connector
CUTS = 14                   # random cuts of each feed
KINDS = sorted(listings.KINDS)
SOCRATA = ("socrata-json", "socrata-xml")
CSV = ("nglcc-csv", "texas")
OWN_TIMES = ("claim_id", "claimed_at", "since", "checked_at", "evidence", "next_check",
             "expires_since", "case_since", "case_until")


@pytest.fixture
def chance(request):
    report_seed = "SEED=%d %s" % (SEED, request.node.name)
    yield random.Random(report_seed)
    report = getattr(request.node, "report_call", None)
    if report is None or report.failed:
        print(report_seed)


# --- order, repetition, pieces; and the same again -----------------------------------------------


@pytest.fixture(scope="module", params=KINDS)
def built_pair(request):
    base = listings.KINDS[request.param]
    second = listings.paged(base, 7) if request.param in SOCRATA else base
    pair = [steady.World(request.param, base)]
    try:
        pair.append(steady.World(request.param, second))
        yield pair
    finally:
        for world in pair:
            world.end()


@pytest.fixture
def pair(request, built_pair):
    yield built_pair
    steady.finish(request, *built_pair)


def any_feed(world, chance):
    """Renewals, lost dates, contradictions, new firms, firms gone, words of all kinds."""
    records = list(world.records)
    for i in chance.sample(range(20), 6):
        records[i] = Rec(**dict(vars(records[i]), expires=chance.choice(
            [None, day(chance.randrange(200, 900))])))
    i = chance.randrange(20)
    records[i] = Rec(**dict(vars(records[i]), status=chance.choice(
        ["unknown", world.list.negative, "active"])))
    records.append(Rec(**dict(vars(chance.choice(records)), expires=day(chance.randrange(200, 900)))))
    records += [Rec(world.list.number(2000 + chance.randrange(50)), "New " + steady.firm_name(k),
                    world.list.type, expires=day(500)) for k in range(chance.randrange(4))]
    del records[chance.randrange(len(records))]
    return records


def pieces(chance):
    return chance.choice([{}, {"chunked": True}, {"gzip": True},
                          {"content_length": None, "close": True}])


def serve_otherwise(world, records, chance):
    """The same records in another order, some more than once, in other pieces."""
    again = [r for r in records if r.number in {
        chance.choice(records).number for _ in range(3)}]
    records = chance.sample(records, len(records))
    how = pieces(chance)
    if hasattr(world.list, "publish_rows"):
        world.list.publish_rows(world.list.rows(records + again), **how)
    else:
        if world.kind == "sam":
            how.pop("gzip", None)       # it is packed as it is
        total = {"total": len(records + again)} if world.kind in SOCRATA else {}
        world.list.serve(world.list.encode_repeated(records, again), **total, **how)


def outcome(world):
    """What became of it, but for times and for what is hashed with a store's own key."""
    redis = world.market.redis
    mirror = redis.hvals(world.market.key(
        "internal", "{%s}" % world.market.key("connector", world.name), "mirror"))
    badges = {b: {k: v for k, v in fields.items() if k not in OWN_TIMES}
              for b, fields in world.market.badges().items()}
    kinds = {b: world.market.kinds(b) for b in badges}
    plans = [(line["badge"], line["to"]) for line in world.plan().get("lines", ())]
    return {"mirror": sorted(sorted(text.split("\n")) for text in mirror), "badges": badges,
            "events": kinds, "plan": plans, "records": world.connector()["records"],
            "proof": world.connector()["proof"]}


def test_order_repetition_and_pieces_change_nothing(pair, chance):
    plain, other = pair
    for _ in range(ROUNDS):
        records = any_feed(plain, chance)
        plain.publish(records)
        serve_otherwise(other, records, chance)
        assert plain.sync() == other.sync()
        mine, others = outcome(plain), outcome(other)
        for badge, fields in mine["badges"].items():
            assert fields == others["badges"][badge]
        for what in mine:
            assert mine[what] == others[what], what


def written(world):
    """Every key of the store with its value but those that say when was polled."""
    redis, raw = world.market.redis, world.market.raw()
    connector = world.market.key("connector", world.name)
    return {key: raw.dump(key) for key in redis.scan_iter("*", count=1000)
            if key not in (connector, world.market.key("claims"), world.market.key("staff")) and not key.endswith(("{%s}:state" % connector, "budget"))}


def test_the_same_feed_again_writes_nothing(pair, chance):
    for world in pair:
        records = any_feed(world, chance)
        world.publish(records)
        world.sync()
        world.lab.quiet()       # a line struck from a plan is stored a little later
        # Other than a badge's, a write may be of the daemon's own: its lease, when it polled.
        own = re.compile("certsync:internal:.*:fence")
        before, state = written(world), world.connector()["state"]
        for way in ("as it was", "in full", "in another order", "after a restart"):
            if way == "in another order":
                serve_otherwise(world, records, chance)
            if way == "after a restart":
                world.daemon.stop()
                world.daemon.start()
                before = {k: v for k, v in before.items() if "fence" not in k}
            result = world.daemon.sync(world.name, full=way != "as it was",
                                       expect=("unchanged", "held"))
            world.lab.quiet()
            assert (result == "held") == (state == "held"), way
            after = written(world)
            changed = {k for k in before if after.get(k) != before[k] and not own.fullmatch(k)} | {
                k for k in set(after) - set(before) if "fence" not in k}
            assert not changed, (way, changed)


# --- no prefix takes a badge away ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def built_world(request):
    world = steady.World(request.param, max_shrink="0%", max_growth="0%")
    yield world
    world.end()


@pytest.fixture
def world(request, built_world):
    yield built_world
    steady.finish(request, built_world)


def of_kinds(*kinds):
    return pytest.mark.parametrize("built_world", kinds or KINDS, indirect=True, scope="module")


def cut_serve(world, data, framing, at):
    """The first bytes of a document, in a framing that either fits or hides the cut."""
    if framing == "gzip":
        packed = gzip.compress(data, mtime=0)
        at = at * (len(packed) - 1) // len(data)
        if world.kind == "sam":
            world.list.serve(data, packed=packed[:at])
        else:
            world.list.serve(packed[:at], headers={"Content-Encoding": "gzip"})
    elif framing == "gzip of the cut":
        world.list.serve(data[:at], **({} if world.kind == "sam" else {"gzip": True}))
    else:
        world.list.serve(data[:at], **{
            "length fits": {}, "no length": {"content_length": None, "close": True},
            "chunked": {"chunked": True}}[framing])


FRAMINGS = ("length fits", "no length", "chunked", "gzip", "gzip of the cut")


def history_of(world):
    """Every firm has a former period, ended by the registry's own word, before the present one."""
    if world.kind in ("sam", "sam-monthly"):    # which say of no period why it has ended
        return world.records
    ended = "expired" if world.kind != "texas" else "active"
    return [r for rec in world.records for r in (
        [Rec(**dict(vars(rec), status=ended, expires=day(-200)))] * (world.kind != "texas") + [rec])]


@of_kinds()
@pytest.mark.parametrize("feed", ["as it is", "all renewed"])
def test_no_prefix_takes_a_badge(world, chance, feed):
    records = world.records if feed == "as it is" else world.changed(expires=day(800))
    data = world.list.encode(records)
    closed = world.kind not in CSV
    ends = [i + 1 for i, byte in enumerate(data) if byte in b"\n}>"]
    points = {0, 1, len(data) - 1, len(data) - 2} | set(chance.sample(range(len(data)), CUTS)) | \
        set(chance.sample(ends, min(len(ends), 6)))
    whole = len(data.rstrip())
    for at in sorted(points):
        if closed and at >= whole:
            continue
        framing = chance.choice(FRAMINGS)
        cut_serve(world, data, framing, at)
        before = world.market.raw_badges()
        result = world.sync()
        if closed or framing == "gzip":
            assert result == "failed", (at, framing, world.said)
        if result == "failed" or feed == "as it is":
            assert world.market.raw_badges() == before, (at, framing)
        world.nothing_taken()
    world.publish(records)
    world.sync()
    world.nothing_taken()
    if closed or feed == "as it is":
        world.publish()
        world.sync()
    world.remember()


ORDERS = ["Company Name", "Certification Number", "Expiration Date", "Status", "City"]


@of_kinds("nglcc-csv")
@pytest.mark.parametrize("last", ORDERS)
def test_no_byte_of_a_row_is_the_one_to_cut(world, last):
    """Every cut of the last row, whichever column is cut; it is read twice, cut alike."""
    world.publish()
    world.sync()
    world.remember()
    world.list.columns = [c for c in ORDERS if c != last] + [last]
    data = world.list.encode(world.records)
    start = sum(len(line) for line in data.splitlines(keepends=True)[:-1])
    try:
        for at in range(start, len(data) + 1):
            world.list.serve(data[:at])
            world.sync()
            world.nothing_taken()
            if last in ("Status", "City"):
                world.nothing_happened()
    finally:
        world.list.columns = ORDERS
    # A name cut short opens a case, and so does a number that is then another
    # firm's; no date at all is no end.  The next whole list puts it right.
    world.publish()
    world.sync()
    for b in world.badges:
        assert "case" not in world.market.badge(b), b
    world.as_before("case_number", "commit", *(() if last in ("Status", "City", "Company Name") else
                                               ("version", "evidence", "expires_since", "checked_at",
                                                "cause")))
    world.nothing_taken()


@of_kinds("texas")
def test_no_byte_of_a_row_is_the_one_to_cut_of_unique_rows(world):
    data = world.list.encode(world.records)
    start = sum(len(line) for line in data.splitlines(keepends=True)[:-1])
    world.publish()
    world.sync()
    world.remember()
    for at in range(start, len(data) + 1):
        world.list.serve(data[:at])
        world.sync()
        world.nothing_happened()
    world.heal()


@of_kinds("nglcc-csv", "socrata-json", "socrata-xml", "sbs")
def test_a_cut_between_two_periods_of_a_firm_takes_nothing(world, chance):
    """What has ended comes first, and the list ends before what is in force."""
    data = world.list.encode(history_of(world))
    world.list.serve(data, total=40) if world.kind in SOCRATA else world.list.serve(data)
    world.sync(("committed", "unchanged"))      # SBS tells of no period before one in force
    world.nothing_taken()
    end = {"nglcc-csv": b"Lapsed,Austin\n"}.get(world.kind, b"Expired")
    at = -1
    for _ in range(CUTS):
        at = data.find(end, at + 1)
        if at < 0:
            break
        # The second look, if there is one, sees a little more.
        answers = [world.list.answer(data[:at + len(end)]), world.list.answer(data)]
        if world.kind in SOCRATA:
            world.list.serve(data[:at + len(end)])
        else:
            world.lab.registry.script({world.list.prefix: answers})
        world.sync()
        world.nothing_taken()
    world.list.serve(data)
    world.sync()
    world.nothing_taken()


def test_of_unique_rows_a_negative_one_counts_wherever_the_list_ends(request):
    """The one exception: a list that names each firm once takes back by saying so."""
    world = steady.World("texas", max_shrink="0%", max_growth="0%")
    try:
        records = world.changed(status="decertified", only=[2, 15])
        data = world.list.encode(records)
        lines = data.splitlines(keepends=True)
        # Not yet whole, no row counts.
        cut = sum(map(len, lines[:4])) - len(lines[3]) // 2
        world.list.serve(data[:cut])
        assert world.sync() == "failed"
        world.nothing_happened()
        world.list.serve(b"".join(lines[:10]))
        world.sync(("committed",))
        assert world.market.verdict("b02") == ("revoked", "record_decertified")
        assert world.market.verdict("b15") == ("verified", "record_active")
        assert [b for b in range(20) if world.market.badge(world.badge(b))["status"] != "verified"] == [2]
        steady.finish(request, world)
    finally:
        world.end()


# --- two downloads, cut alike --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["texas", "nglcc-csv", "nglcc-xml"])
def test_two_equal_cuts_are_a_proof_and_wait_for_the_next(request, kind):
    """Absence counts in two proven polls, and then opens a case."""
    world = steady.World(kind, absent_hours="0")
    try:
        world.publish(world.records[:17])
        world.sync(("committed",))
        assert world.connector()["proof"] == "twice"
        world.nothing_happened()
        world.next_second()
        world.sync(("committed", "unchanged"))
        cases = {b for b in range(20) if world.market.badge(world.badge(b)).get("case")}
        assert cases == {17, 18, 19}
        world.nothing_taken()
        world.publish()
        world.sync()
        world.as_before("case_number", "commit")
        steady.finish(request, world)
    finally:
        world.end()


@pytest.mark.parametrize("kind", ["texas", "nglcc-csv", "nglcc-xml"])
def test_two_equal_cuts_of_many_are_held(request, kind):
    """Even where absence is to revoke and no size is asked for: the guard comes last."""
    world = steady.World(kind, absent_hours="0", absence="revoke", max_shrink="0%",
                         max_growth="0%")
    try:
        world.publish(world.records[:12])
        assert world.sync() == "committed"
        world.nothing_happened()
        world.next_second()
        assert world.sync() == "held" and world.plan()["plan"]["lines"] == 8
        assert "8 changes for the worse wait" in world.health()[1]
        world.nothing_happened()
        world.heal()
        steady.finish(request, world)
    finally:
        world.end()


@pytest.mark.parametrize("kind", ["texas", "nglcc-csv"])
def test_two_cuts_that_differ_prove_nothing(request, chance, kind):
    world = steady.World(kind, absent_hours="0", absence="revoke", max_shrink="0%")
    try:
        proven = world.connector()["last_proven"]
        rows = world.list.encode(world.records).splitlines(keepends=True)
        for _ in range(6):
            first, second = chance.sample(range(3, 21), 2)
            world.lab.registry.script({world.list.prefix: [
                world.list.answer(b"".join(rows[:n])) for n in (first, second)]})
            assert world.sync() == "unchanged"
            assert "stays without proof: two downloads differ" in world.said
            assert world.connector()["proof"] == "none"
            assert world.connector()["last_proven"] == proven
            world.nothing_happened()
        world.heal()
        steady.finish(request, world)
    finally:
        world.end()
