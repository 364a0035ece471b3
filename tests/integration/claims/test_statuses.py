# SPDX-License-Identifier: ISC
"""Every status of docs/decisions.md, through every connector and transport.

One laboratory per way a registry reaches the daemon.  Each case has a claim
that was there before the registry could first be read, and an equal one of the
same holder that came after; both must end alike.
"""

import json

import pytest

import feeds
import sources
from conftest import Lab
from feeds import Rec, day
from waiting import wait_until

FAR = 400       # days; an expiry that no test lives to see


class Case:
    """A claim, the record it meets (if any), and what must become of it."""

    def __init__(self, status, reason, record=None, claim=None, before=None):
        self.status, self.reason = status, reason
        self.record, self.claim = record, claim or {}
        self.before = before or ("self_reported", "awaiting_source")


def cases_of(source):
    """name -> Case, for all that this source can say."""
    def rec(**kw):
        return dict({"type": source.type, "expires": day(FAR)}, **kw)

    cases = {
        "verified": Case("verified", "record_active", rec()),
        "verified_without_date": Case("verified", "record_active", rec(expires=None)),
        "verified_without_type": Case("verified", "record_active", rec(), {"type": None}),
        "expired": Case("expired", "expiry_passed", rec(expires=day(-10))),
        "name_mismatch": Case("review", "name_mismatch", rec(name="Quite Another Firm")),
        "category_conflict": Case("review", "category_conflict", rec(),
                                  {"type": None, "category": "disability"}),
        "status_unknown": Case("review", "status_unknown", rec(status="unknown")),
        "unlisted": Case("not_found" if source.unknown_number == "number_unknown"
                         else "self_reported", source.unknown_number),
        "malformed": Case("invalid", "number_malformed", None, {"number": source.malformed},
                          before=("invalid", "number_malformed")),
        "no_connector": Case("self_reported", "no_connector", None, {"body": "nobody"},
                             before=("self_reported", "no_connector")),
    }
    if source.other_type:
        cases["type_mismatch"] = Case("review", "type_mismatch", rec(), {
            "type": source.other_type, "category": source.other_category})
        cases["other_type"] = Case("verified", "record_active", rec(type=source.other_type), {
            "type": source.other_type, "category": source.other_category})
    if source.has_alias:
        cases["alias"] = Case("verified", "record_active", rec(alias="9ZZ77"), {
            "number": source.number(990077), "aliases": ["9ZZ77"]})
    if "HUBZONE" in source.types:
        # It confirms a certification, never a category, and every claim states one.
        cases["no_category"] = Case("review", "category_conflict", rec(type="HUBZONE"), {
            "type": "HUBZONE", "category": "woman"})
        cases["implied"] = Case("verified", "record_active", rec(type="EDWOSB"))
    for word, status, reason in (
            ("excluded", "suspended", "record_excluded"),
            ("suspended", "suspended", "record_suspended"),
            ("decertified", "revoked", "record_decertified"),
            ("withdrawn", "revoked", "record_withdrawn"),
            ("expired", "expired", "record_expired"),
            ("graduated", "expired", "record_graduated")):
        if word in source.statuses:
            cases["record_" + word] = Case(status, reason, rec(status=word))
    return cases


class World:
    """The laboratory of one source, in its final state."""

    def __init__(self, kind):
        self.lab = Lab()
        try:
            self.build(kind)
        except BaseException:
            self.lab.show_logs()
            self.lab.end()
            raise

    def build(self, kind):
        self.source = self.lab.source(kind)
        if kind == "sbs":
            self.source.programs = self.source.all_programs
        self.market = self.lab.market
        self.cases = cases_of(self.source)
        self.records = []
        self.claims = {}
        self.source.outage()
        self.daemon = self.lab.daemon([self.source])
        wait_until(lambda: self.market.connector(self.source.name).get("state") == "backoff", 15,
                   "the first poll, of a registry that is down, has not failed")
        self.prepare()
        self.put("before")
        self.verdicts_before = {c: self.market.verdict("%s-before" % c) for c in self.cases}
        self.source.publish(self.records)
        self.lab.registry.script({path: [{"gate": True, "pass": True}] for path in self.source.asked})
        self.result = self.daemon.sync(self.source.name)
        self.put("after")
        self.lab.registry.script({})    # only now what the list lacks is looked up
        self.lab.settle()

    def prepare(self):
        for i, (name, case) in enumerate(sorted(self.cases.items())):
            firm = "Harbour %s Works" % "".join(chr(97 + (i * 7 + k) % 26) * 2 for k in range(4))
            number = self.source.number(100 + i)
            if case.record is not None:
                self.records.append(Rec(**dict({"number": number, "name": firm.upper() + " LLC"},
                                               **case.record)))
            self.claims[name] = dict({"number": number, "business_name": firm,
                                      "expires_on": "2030-01-01", "holder": "h-" + name},
                                     **case.claim)

    def put(self, when):
        for name, claim in self.claims.items():
            self.market.put("%s-%s" % (name, when), self.source, **claim)
        if when == "after":
            # The number of "verified" is taken by then: by somebody else's badge.
            self.market.put("already_claimed", self.source,
                            **dict(self.claims["verified"], holder="somebody-else"))
        self.market.settle()


@pytest.fixture(scope="module")
def built_world(request):
    world = World(request.param)
    yield world
    world.lab.end()


@pytest.fixture
def world(request, built_world):
    yield built_world
    report = getattr(request.node, "report_call", None)
    if report is not None and report.failed:
        built_world.lab.show_logs()
    else:
        built_world.lab.check()


def pytest_generate_tests(metafunc):
    """Exactly the pairs of source and case that exist: nothing to skip."""
    kinds = sorted(sources.ALL)
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("built_world,case", [
            pytest.param(kind, case, id="%s-%s" % (kind, case))
            for kind in kinds for case in cases_of(sources.ALL[kind](None, "/"))],
            indirect=["built_world"], scope="module")
    elif "world" in metafunc.fixturenames:
        metafunc.parametrize("built_world", kinds, indirect=True, scope="module")


def test_status(world, case):
    expected = world.cases[case]
    assert world.verdicts_before[case] == expected.before
    for when in ("before", "after"):
        badge = "%s-%s" % (case, when)
        wait_until(lambda b=badge: world.market.verdict(b) == (expected.status, expected.reason),
                   10, when)
    early, late = (world.market.badge("%s-%s" % (case, when)) for when in ("before", "after"))
    changes = 1 if expected.before == (expected.status, expected.reason) else 2
    assert early["version"] == str(changes)
    # What the mirror lacks is looked up where that can be done.
    looked_up = case == "unlisted" and world.source.looks_up
    assert late["version"] == ("2" if looked_up else "1")
    assert late["cause"] == ("lookup" if looked_up else "claim")
    assert early["cause"] in ("poll" if changes == 2 else "claim", "lookup" if looked_up else "")
    for name in ("expires_on", "valid_until", "registry_name", "connector", "how"):
        assert early.get(name) == late.get(name), name
    record = expected.record
    if record is not None and expected.reason not in ("type_mismatch", "category_conflict"):
        assert late["connector"] == world.source.name
        if record.get("status", "active") != "unknown":
            expires = record.get("expires")
            assert late.get("expires_on") == (expires.isoformat() if expires else None)
    if expected.status == "verified":
        assert late["how"] == "record"
        assert late["registry_name"]
        assert json.loads(late["evidence"])
        assert late["profile"] in world.market.certified(late["category"])
    else:
        assert late["profile"] not in world.market.certified()


def test_already_claimed(world):
    assert world.market.verdict("already_claimed") == ("review", "already_claimed")
    assert world.market.verdict("verified-before")[0] == "verified"


def test_claimed_date_is_never_the_registrys(world):
    badge = world.market.badge("verified_without_date-after")
    assert "expires_on" not in badge and "valid_until" not in badge
    assert badge["claimed_expires_on"] == "2030-01-01"


def test_valid_until_is_the_end_of_the_day_in_the_bodys_zone(world):
    badge = world.market.badge("verified-after")
    zone = world.source.settings().get("timezone", "America/New_York")
    assert badge["zone"] == zone
    assert badge["valid_until"] == day_end(feeds.day(FAR), zone)


def day_end(date, zone):
    """The instant after which a civil day is over: the first of the next day."""
    import datetime
    import zoneinfo
    start = datetime.datetime.combine(date + datetime.timedelta(days=1), datetime.time(),
                                      zoneinfo.ZoneInfo(zone))
    return start.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_same_feed_again_writes_and_emits_nothing(world):
    badges, events = world.market.raw_badges(), len(world.market.events())
    assert world.daemon.sync(world.source.name) == "unchanged"
    assert world.daemon.sync(world.source.name, full=True) == "unchanged"
    world.source.publish(world.records)     # new file, same content
    assert world.daemon.sync(world.source.name) == "unchanged"
    assert world.market.raw_badges() == badges
    assert len(world.market.events()) == events


def test_order_of_the_feed_does_not_count(world):
    badges, events = world.market.raw_badges(), len(world.market.events())
    world.source.publish(list(reversed(world.records)))
    assert world.daemon.sync(world.source.name) == "unchanged"
    assert world.market.raw_badges() == badges
    assert len(world.market.events()) == events
