# SPDX-License-Identifier: ISC
"""docs/schemas and docs/asyncapi.yaml against events that the daemon published.

Consumers must bear new members and words, so the schemas allow them; here they
are closed first, so that nothing is published that they do not describe.
"""

import copy
import json
import pathlib
import re

import jsonschema
import pytest
import yaml

import feeds
from feeds import Rec
from schemas import BASE, SCHEMAS, STRICT, validator, walk
from waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
FIRM = "Harbour Light Works"


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schema_is_one(name):
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == BASE + name and schema["description"]


def test_schemas_are_those_the_daemon_names():
    header = (ROOT / "src" / "core" / "transition.h").read_text()
    names = set(re.findall(r'EVENT_SCHEMAS "([^"]+)"', header))
    assert re.search(r'EVENT_SCHEMAS\s+"%s"' % re.escape(BASE), header)
    assert names == set(SCHEMAS) - {"event.v1.json"}


def test_words_are_those_the_daemon_has():
    """Statuses and reasons as badge.c has them; two reasons are published as another."""
    source = (ROOT / "src" / "core" / "badge.c").read_text()
    data = SCHEMAS["badge-status.v1.json"]["properties"]
    private = {"record_graduated", "program_ended"}
    for table, field, words in (("BADGE", "to", "examples"), ("REASON", "reason", "examples"),
                                ("CAUSE", "cause", "enum")):
        own = re.findall(r'^\t\[%s_\w+\] = "([a-z_]+)"' % table, source, re.M)
        assert len(own) > 5
        assert sorted(set(own) - private) == sorted(data[field][words]), field


def publish_every_kind(lab, market):
    """Events of every kind that a registry and a member can cause."""
    source = lab.source("sam-extract")
    record = Rec(source.number(1), FIRM.upper() + " LLC", source.type, expires=feeds.day(400))
    others = [Rec(source.number(2), "Old Mill Supply", source.type, expires=feeds.day(-9)),
              Rec(source.number(3), "Shut Out Inc", source.type, status="excluded"),
              Rec(source.number(4), "No Such Word Co", source.type, status="unknown")]
    source.outage()
    daemon = lab.daemon([source])
    market.put("b1", source, number=record.number, business_name=FIRM, rev="9223372036854775807")
    market.put("b2", source, number=others[0].number, business_name=others[0].name)
    market.put("b3", source, number=others[1].number, business_name=others[1].name)
    market.put("b4", source, number=others[2].number, business_name=others[2].name)
    market.put("b5", source, number=source.number(99), business_name="Nobody At All")
    market.put("b6", source, number=source.malformed, business_name="Wrong Number")
    market.settle()
    source.publish([record] + others)
    daemon.sync(source.name)
    lab.settle()
    wait_until(lambda: market.verdict("b5")[0] == "not_found", 15, "b5 is not looked up")
    record.expires = feeds.day(800)
    source.publish([record] + others)
    daemon.sync(source.name)                    # renewed
    name, record.name = record.name, "Entirely Different Holdings"
    source.publish([record] + others)
    daemon.sync(source.name)                    # a case
    record.name = name
    source.publish([record] + others)
    daemon.sync(source.name)
    market.put("b1", source, number=record.number, business_name=FIRM, visibility="hidden")
    market.command("delete", "b5", "p-b5")
    market.settle()
    lab.settle()


def test_every_event_is_as_described(lab, market):
    publish_every_kind(lab, market)
    events = market.events()
    kinds = {e["type"][len("org.certsync."):-len(".v1")] for e in events}
    assert kinds >= {"badge.self_reported", "badge.verified", "badge.expired", "badge.suspended",
                     "badge.review", "badge.not_found", "badge.invalid", "badge.renewed",
                     "badge.changed", "badge.erased", "case.opened", "case.closed"}, kinds
    strict, open_ = validator(STRICT), validator(SCHEMAS)
    for event in events:
        for check in (strict, open_):
            assert [e.message for e in check.iter_errors(event)] == [], event
        own = validator(STRICT, event["dataschema"][len(BASE):])
        assert [e.message for e in own.iter_errors(event["data"])] == [], event


def test_a_lost_store_is_announced_as_described(lab, market):
    lab.use_store()
    daemon = lab.daemon()
    daemon.stop()
    market.redis.flushall()
    daemon.start()
    events = market.events(kind="store.reset")
    assert len(events) == 1
    assert [e.message for e in validator(STRICT).iter_errors(events[0])] == []


def test_a_hold_is_announced_as_described(lab, market):
    source = lab.source("texas")
    records = [Rec(source.number(i), "Harbour %s Works" % ("ABCD"[i] * 3), source.type,
                   expires=feeds.day(100)) for i in range(4)]
    source.publish(records)
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    for i, record in enumerate(records):
        market.put("b%d" % i, source, number=record.number, business_name=record.name)
    market.settle()
    for record in records:
        record.status = "decertified"
    source.publish(records)
    daemon.sync(source.name, expect=("held",))
    daemon.control("discard", source.name)
    daemon.control("hold", source.name, why="Harbour AAA Works seems wrong")
    market_events = [e for e in market.events() if ".connector." in e["type"]]
    assert [e["type"].split(".")[3] for e in market_events] == ["held", "released", "held"]
    assert FIRM not in json.dumps(market_events) and "AAA" not in json.dumps(market_events)
    for event in market_events:
        assert [e.message for e in validator(STRICT).iter_errors(event)] == [], event


ASYNCAPI = (ROOT / "docs/asyncapi.yaml").read_text()
OPERATIONS = set(re.findall(r"\w+", " ".join(
    " ".join(found) for found in re.findall(r"\bop: {(?:const: (\w+)|enum: \[(.*?)\])}", ASYNCAPI))))


def test_every_operation_that_is_described_exists(lab, market):
    manual = (ROOT / "docs/man/certsync-events.5.scd").read_text()
    named = set(re.findall(r"\*(\w+)\*", " ".join(re.findall(r"^\*op\* (.*)$", manual, re.M))))
    assert OPERATIONS == named >= {"put", "delete", "recheck"}
    lab.daemon()
    for op in sorted(named | {"nonsense"}):
        market.command(op, "b", "p-b")
    market.settle()
    unknown = [e["op"] for _, e in market.redis.xrange("certsync:claims:rejected")
               if e["error"].startswith("op_unknown")]
    assert unknown == ["nonsense"]


SPOILT = {
    "a category": lambda e: e["data"].update(category="lgbtq"),
    "a member": lambda e: e.update(number="X"),
    "no profile": lambda e: e["data"].pop("profile"),
    "a float": lambda e: e["data"].update(version=1.5),
    "midnight without a zone": lambda e: e.update(time="2026-11-20T00:00:00"),
    "another schema": lambda e: e.update(dataschema=BASE + "notice.v1.json"),
    "a word": lambda e: e["data"].update(reason="record_graduated"),
}


def example():
    document = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())
    return copy.deepcopy(document["components"]["messages"]["badgeStatus"]["examples"][0]["payload"])


def test_the_example_is_valid():
    assert [e.message for e in validator(STRICT).iter_errors(example())] == []


@pytest.mark.parametrize("what", SPOILT)
def test_the_check_finds(what):
    event = example()
    SPOILT[what](event)
    assert list(validator(STRICT).iter_errors(event))


def test_asyncapi_describes_every_type_once():
    document = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())
    assert document["asyncapi"] == "3.1.0"
    for node in walk(document):
        ref = node.get("$ref", "")
        if ref.startswith("#/"):
            target = document
            for part in ref[2:].split("/"):
                target = target[part]
        elif ref:
            assert (ROOT / "docs" / ref).exists(), ref
    messages = [document["components"]["messages"][m]
                for m in document["channels"]["events"]["messages"]]
    design = ["badge.%s" % s for s in SCHEMAS["badge-status.v1.json"]["properties"]["to"]["examples"]]
    design += ["badge.renewed", "badge.changed", "badge.expiring", "badge.erased", "case.opened",
               "case.closed", "connector.held", "store.reset", "stream.trimmed"]
    for kind in design:
        found = [m for m in messages if re.search(m["x-types"], "org.certsync.%s.v1" % kind)]
        assert len(found) == 1, kind
