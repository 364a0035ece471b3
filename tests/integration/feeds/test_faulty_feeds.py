# SPDX-License-Identifier: ISC
"""Faulty feeds (docs/reliability.md): every badge stays as it was, byte for byte.

The faulty answer is always cut from, or instead of, a feed that would do harm
if it were believed: every certification in it is ended.
"""

import base64
import gzip
import json

import pytest

import feeds
from conftest import Lab
from feeds import Rec, day
from waiting import wait_until

FIRMS = 40
CLAIMED = 12


def b64(data):
    return base64.b64encode(data).decode()


def half(body):
    return body[:len(body) // 2]


CTYPE = {"sam-extract": "application/octet-stream", "sbs": "application/json",
         "socrata-json": "application/json"}


def answers(kind, harm):
    """name -> the scripted answer, for the request that brings the data."""
    ctype = {"Content-Type": CTYPE.get(kind, "text/csv")}
    gz = gzip.compress(harm, mtime=0)
    data = gz if kind == "sam-extract" else harm

    def a(body=data, **kw):
        return dict({"body_b64": b64(body), "headers": dict(ctype, **kw.pop("headers", {}))}, **kw)

    rows = harm.splitlines(keepends=True)
    wrong = (feeds.texas_csv([]) if kind in CTYPE else
             feeds.sam_json([Rec("ZZTEST000001", "X", "WOSB")]))
    encoded = {"Content-Encoding": "gzip"}
    page = b"<!DOCTYPE html>\n<html><body>Please log in.</body></html>\n"
    return {
        "gzip cut": a(half(gz), headers={} if kind == "sam-extract" else encoded),
        "gzip without its trailer": a(gz[:-8], headers={} if kind == "sam-extract" else encoded),
        "gzip that is none": a(b"\x1f\x8b" + harm[:500], headers=encoded),
        "gzip with a wrong checksum": a(gz[:-8] + b"\0\0\0\0" + gz[-4:], headers=encoded),
        "empty": a(b""),
        "blank": a(b"\n\n"),
        "HTML": a(page, headers={"Content-Type": "text/html"}),
        "HTML by another name": a(page),
        "another format": a(wrong),
        "an error in JSON": a(b'{"error":"quota"}'),
        "header only": a(rows[0]),
        "half": a(half(harm)),
        "half, between rows": a(b"".join(rows[:len(rows) // 2])),
        "Content-Length too short": a(content_length=len(data) // 2),
        "Content-Length too long": a(truncate=len(data) // 2),
        "no length, closed early": a(half(data), content_length=None, close=True),
        "chunked without end": a(chunked=True, truncate=len(data) // 2),
        "500": a(status=500),
        "503": a(status=503, headers={"Retry-After": "120"}),
        "404": a(status=404),
        "403": a(status=403),
        "206": a(status=206, headers={"Content-Range": "bytes 0-99/%d" % len(data)}),
        "204": {"status": 204},
        "304 unasked": {"status": 304},
        "reset at once": {"reset": True},
        "reset midway": a(reset=True, truncate=len(data) // 2),
        "two lengths": a(headers={"Content-Length": "5"}),
        "redirect elsewhere": {"status": 302, "headers": {"Location": "https://example.org/x"}},
        "redirect to a file": {"status": 302, "headers": {"Location": "file:///etc/passwd"}},
    }


# What the connector reads as a list that is merely small is refused by its size.
KINDS = {"sam-extract": "/sam/entity-information/v3/download-entities",
         "texas": "/texas/", "nglcc-csv-http": "/nglcc/", "sbs": "/sbs/_api/v2/search",
         "socrata-json": "/portal/resource/abcd-1234.json?$limit"}
# One answer brings it all, so that the faulty one is the one that would do harm.
SETTINGS = {"sbs": {"programs": "wosb"}, "socrata-json": {"page_size": "50000"}}


class World:
    def __init__(self, kind):
        self.lab = Lab()
        try:
            self.build(kind)
        except BaseException:
            self.lab.show_logs()
            self.lab.end()
            raise

    def build(self, kind):
        self.kind = kind
        self.market = self.lab.market
        self.source = source = self.lab.source(kind)
        self.records = [Rec(source.number(i), "Steady Firm %s%s" % (chr(65 + i // 26), chr(65 + i % 26)),
                            source.type, expires=day(300)) for i in range(FIRMS)]
        source.publish(self.records)
        # A CSV cut between two rows is a well-formed list: size is what tells then.
        self.daemon = self.lab.daemon({source.name: dict(
            source.settings(), max_shrink="20%", **SETTINGS.get(kind, {}))})
        self.daemon.sync(source.name)
        for i in range(CLAIMED):
            self.market.put("b%02d" % i, source, number=self.records[i].number,
                            business_name=self.records[i].name)
        self.market.put("unlisted", source, number=source.number(900), business_name="Nobody")
        self.market.settle()
        # Now somebody claims what the list lacks: it is read twice, and proven.
        self.daemon.sync(source.name)
        # A look-up, where there is one, comes after that.
        self.lab.settle()
        wait_until(lambda: self.market.verdict("unlisted") == ("not_found", "number_unknown"), 15)
        self.lab.settle()
        self.harm = self.harmful()

    def harmful(self):
        """The list as it would look if every certification had ended."""
        status = {"sam-extract": "excluded", "texas": "decertified", "sbs": "suspended",
                  "socrata-json": "decertified"}.get(self.kind, "active")
        write = {"sam-extract": feeds.sam_json, "texas": feeds.texas_csv,
                 "sbs": lambda recs: feeds.sbs_json(feeds.sbs_firms(recs)),
                 "socrata-json": feeds.portal_json}.get(self.kind, feeds.nglcc_csv)
        return write([Rec(r.number, r.name, r.type, status, day(-20)) for r in self.records])


@pytest.fixture(scope="module", params=sorted(KINDS))
def built_world(request):
    world = World(request.param)
    yield world
    world.lab.end()


@pytest.fixture
def world(request, built_world):
    yield built_world
    built_world.lab.registry.script({})
    report = getattr(request.node, "report_call", None)
    if report is not None and report.failed:
        built_world.lab.show_logs()
    else:
        built_world.lab.check()


NAMES = sorted(answers("texas", feeds.texas_csv([])))


@pytest.mark.parametrize("fault", NAMES)
def test_a_faulty_answer_changes_nothing(world, fault):
    before = world.market.raw_badges()
    events = world.market.redis.xlen(world.market.key("{0}", "events"))
    records = world.market.connector(world.source.name)["records"]
    answer = answers(world.kind, world.harm)[fault]
    world.lab.registry.script({KINDS[world.kind]: [answer]})
    # Asked in full, so that a 304 answers nothing that was asked.
    world.daemon.sync_fails(world.source.name, full=True)
    state = world.market.connector(world.source.name)
    assert state["error"], state
    assert state["state"] in ("backoff", "stopped"), state
    assert state["records"] == records
    assert world.market.raw_badges() == before
    assert world.market.redis.xlen(world.market.key("{0}", "events")) == events
    # The registry is well again: so is the connector, and nothing has changed.
    world.lab.registry.script({})
    world.daemon.sync(world.source.name)
    state = world.market.connector(world.source.name)
    assert state["state"] == "idle" and state["error"] == "", state
    assert world.market.raw_badges() == before
    assert world.market.redis.xlen(world.market.key("{0}", "events")) == events


def test_a_list_that_lost_some_rows_takes_nothing(world):
    """Cut between rows, within max_shrink: a well-formed list, and no proof of absence."""
    before = world.market.raw_badges()
    world.source.publish(world.records[4:])
    world.daemon.sync(world.source.name)
    assert world.market.raw_badges() == before
    world.source.publish(world.records)
    world.daemon.sync(world.source.name)
    assert world.market.raw_badges() == before


@pytest.mark.parametrize("step", ["trigger", "token"])
def test_a_faulty_trigger_changes_nothing(world, step):
    """SAM's first answer, too (the others have one answer only, where this repeats HTML)."""
    before = world.market.raw_badges()
    body = {"trigger": "<html>Service unavailable</html>",
            "token": "Extract File will be available for download with url: https://x/?token="}[step]
    prefix = "/sam/entity-information/v3/entities" if world.kind == "sam-extract" else \
        KINDS[world.kind]
    world.lab.registry.script({prefix: [{"body": body}]})
    world.daemon.sync_fails(world.source.name)
    assert world.market.connector(world.source.name)["error"]
    assert world.market.raw_badges() == before


def test_foreign_text_in_an_error_is_harmless(world):
    """What the registry says in an error neither breaks a line nor a terminal."""
    body = json.dumps({"message": "\x1b[31mred\nnews\u202e"})
    world.lab.registry.script({KINDS[world.kind]: [{"status": 400, "body": body}]})
    world.daemon.sync_fails(world.source.name)
    for text in (world.market.connector(world.source.name)["error"], world.daemon.log()):
        assert "\x1b" not in text and "\u202e" not in text
    assert "\n" not in world.market.connector(world.source.name)["error"]
