# SPDX-License-Identifier: ISC
"""Events that the daemon published, read by a consumer nobody here wrote: the CloudEvents SDK.

The SDK lets more pass than the specification does: it makes up an id or a time
that is missing.  So its view of each event is compared with what was published.
"""

import json
import pathlib
import re
import subprocess

import consumers
import feeds
from feeds import Rec
from schemas import SCHEMAS
from test_schemas import example, publish_every_kind
from waiting import wait_until

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "node" / "parse_events.cjs"
CAP = 1000          # the least max_entries
STATUSES = ("self_reported", "verified", "expired", "suspended", "revoked", "review", "not_found",
            "invalid")
KINDS = {"badge." + s for s in STATUSES + ("renewed", "changed", "expiring", "erased")} | {
    "case.opened", "case.closed", "connector.held", "connector.released", "connector.stale",
    "connector.recovered", "store.reset", "stream.trimmed"}


def parse(lines):
    """What the SDK says of each line."""
    result = subprocess.run([consumers.node(), SCRIPT, consumers.EXAMPLES / "node"], text=True,
                            input="".join(line + "\n" for line in lines), capture_output=True,
                            timeout=60)
    assert result.returncode == 0, result.stderr
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == len(lines)
    return answers


def kind(event):
    return re.fullmatch(r"org\.certsync\.(.+)\.v1", event["type"])[1]


def collect(market, found):
    """Adds the texts of the events there are, as they were written."""
    for _, fields in market.redis.xrange(market.key("{0}", "events")):
        if fields["event"] not in found:
            found.append(fields["event"])
    return {kind(json.loads(text)) for text in found}


def second_registry(lab, market):
    """A list that takes badges away, is held, and becomes stale."""
    daemon, source = lab.daemons[-1], lab.source("texas")
    recs = [Rec(source.number(i), "Quiet Harbour %d" % i, source.type, expires=feeds.day(20))
            for i in range(12)]
    daemon.stop()
    daemon.connector(source.name, source.settings())
    daemon.write()
    source.publish(recs)
    daemon.start()
    daemon.sync(source.name)
    for i, rec in enumerate(recs):
        market.put("t%d" % i, source, number=rec.number, business_name=rec.name)
    market.settle()
    recs[0].status = "decertified"
    source.publish(recs)
    daemon.sync(source.name)
    for rec in recs:
        rec.status = "decertified"
    source.publish(recs)
    daemon.sync(source.name, expect=("held",))
    plan = daemon.control("plan", source.name)["data"]["plan"]["hash"]
    assert daemon.control("discard", source.name, plan)["exit"] == 0
    happens(market, "connector.released")
    happens(market, "badge.expiring")
    source.outage()
    daemon.stop()
    daemon.connector(source.name, dict(source.settings(), interval="1s", stale_after="1s"))
    daemon.write()
    daemon.start()
    happens(market, "connector.stale")
    source.publish(recs)
    daemon.sync(source.name)
    happens(market, "connector.recovered")
    return daemon


def happens(market, what):
    wait_until(lambda: market.events(kind=what), 15, what + " never comes")


def every_kind(lab, market):
    """The texts of real events of every kind there is."""
    found = []
    publish_every_kind(lab, market)
    daemon = second_registry(lab, market)
    collect(market, found)
    lab.check_at_end = False            # the rest is about lost events and a lost store
    daemon.stop()
    stream = market.key("{0}", "events")
    while market.redis.xlen(stream) < 2 * CAP:
        market.redis.xadd(stream, {"event": found[0]})
    daemon.sections["events"] = {"max_entries": CAP}
    daemon.write()
    daemon.start()
    happens(market, "stream.trimmed")
    collect(market, found)
    daemon.stop()
    market.redis.flushall()
    daemon.adopt()
    daemon.start()
    assert collect(market, found) == KINDS
    return found


def test_the_sdk_takes_every_event(lab, market):
    consumers.node()
    texts = every_kind(lab, market)
    answers = parse(texts)
    assert [a["error"] for a in answers if "error" in a] == []
    for text, answer in zip(texts, answers):
        event = json.loads(text)
        assert answer["event"].pop("time") == event.pop("time").replace("Z", ".000Z")
        assert answer["event"] == event     # id, source, type, data...: nothing made up or lost
        assert event["dataschema"].rsplit("/", 1)[1] in SCHEMAS
    assert "9223372036854775807" in "".join(texts)


CORRUPT = {
    "no type": lambda e: e.pop("type"),
    "no source": lambda e: e.pop("source"),
    "an empty type": lambda e: e.update(type=""),
    "a source that is no URI reference": lambda e: e.update(source="urn:certsync:[x"),
    "a number for an id": lambda e: e.update(id=7),
    "a schema that is no URI": lambda e: e.update(dataschema="badge status"),
    "another version": lambda e: e.update(specversion="0.9"),
    "an attribute with a dash": lambda e: e.update({"partition-key": "0"}),
}


def test_the_sdk_refuses_what_is_corrupt():
    good = json.dumps(example())
    bad = {"half of it": good[:len(good) // 2]}
    for what, spoil in CORRUPT.items():
        event = example()
        spoil(event)
        bad[what] = json.dumps(event)
    answers = parse([good, *bad.values()])
    assert answers[0]["event"]["id"] == example()["id"]
    taken = [what for what, answer in zip(bad, answers[1:]) if "error" not in answer]
    assert taken == []
