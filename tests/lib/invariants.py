# SPDX-License-Identifier: ISC
"""What must be true of the whole store at any time it is idle.

Everything is recomputed from the badge hashes, independently of the daemon.
"""

import collections
import datetime
import json
import re

CATEGORIES = ("minority", "woman", "veteran", "disability", "lgbtq")
STATUSES = ("self_reported", "verified", "expired", "suspended", "revoked", "review",
            "not_found", "invalid")
REQUIRED = ("specversion", "id", "source", "type", "subject", "time", "recordedtime",
            "datacontenttype", "dataschema", "partitionkey", "data")
DATA = {"badge", "profile", "version", "from", "to", "reason", "cause", "expires_on",
        "valid_until", "claim_id", "rev", "days_left"}
CAUSES = {"claim", "poll", "lookup", "expiry", "operator", "rule", "config", "import", "undo",
          "rebuild"}
PUBLIC_REASON = {"record_graduated": "record_expired", "program_ended": "record_expired"}
HISTORY_KEPT = 50
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


def seconds(text):
    assert TIME.match(text), text
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def check(market, connectors=None, idle=True):
    """Asserts every invariant; connectors: whose fences must be there (None: any)."""
    Checker(market).run(connectors, idle)


class Checker:
    def __init__(self, market):
        self.market = market
        self.redis = market.redis
        self.badges = market.badges()
        self.events = market.events()
        self.by_badge = collections.defaultdict(list)
        for event in self.events:
            if event["type"].startswith("org.certsync.badge.") and "-d" not in event["id"][
                    len(event["subject"]):]:
                self.by_badge[event["subject"]].append(event)

    def run(self, connectors, idle):
        self.envelopes()
        for badge in sorted(set(self.badges) | set(self.by_badge)):
            self.versions(badge)
        for badge, fields in self.badges.items():
            self.fields(badge, fields)
            self.history(badge, fields)
        self.cases()
        self.tiles()
        self.sets()
        self.indexes()
        self.fences(connectors)
        if idle:
            self.backlog()

    def envelopes(self):
        epoch = self.redis.hget(self.market.key("meta"), "epoch")
        ids = [(e["source"], e["id"]) for e in self.events]
        assert len(ids) == len(set(ids)), "an event id comes twice"
        epochs = []
        for event in self.events:
            for name in REQUIRED:
                assert event.get(name) not in (None, ""), (name, event)
            assert event["specversion"] == "1.0"
            assert re.fullmatch(r"urn:certsync:[A-Za-z0-9-]+", event["source"]), event
            if event["source"] not in epochs:
                epochs.append(event["source"])
            assert "." not in event["id"], event
            assert event["partitionkey"] == "0", event
            assert event["datacontenttype"] == "application/json", event
            assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in event), event
            seconds(event["time"])
            seconds(event["recordedtime"])
        if self.events:
            assert epochs[-1] == "urn:certsync:%s" % epoch

    def versions(self, badge):
        """Each version has its event, in rising order, and no event lacks its version."""
        expected, gone = 1, True
        for event in self.by_badge[badge]:
            version = event["data"]["version"]
            assert event["id"] == "%s-%d" % (badge, version), event
            erased = event["type"] == "org.certsync.badge.erased.v1"
            if gone:
                # An erasure takes all events along but those that say "erased".
                assert erased or version == expected, (badge, expected, event)
            else:
                assert version == expected, (badge, expected, event)
            gone = erased
            expected = version + 1
            if erased:
                assert set(event["data"]) == {"badge", "version"}, event
            else:
                self.data(badge, event)
        last = self.by_badge[badge][-1] if self.by_badge[badge] else None
        fields = self.badges.get(badge)
        assert last is not None, "badge %s has no event" % badge
        if fields is None:
            assert last["type"] == "org.certsync.badge.erased.v1", last
            return
        data = last["data"]
        assert str(data["version"]) == fields["version"], (fields, last)
        assert data["to"] == fields["status"], (fields, last)
        assert data["reason"] == PUBLIC_REASON.get(fields["reason"], fields["reason"])
        assert (data["expires_on"] or None) == fields.get("expires_on"), (fields, last)
        assert data["cause"] == fields["cause"], (fields, last)
        assert data["profile"] == fields["profile"]

    def data(self, badge, event):
        data = event["data"]
        assert set(data) <= DATA, event
        assert DATA - {"days_left"} <= set(data), event
        assert data["badge"] == badge == event["subject"]
        assert data["to"] in STATUSES and data["cause"] in CAUSES, event
        kind = event["type"].split(".")[3]
        if kind in STATUSES:
            assert kind == data["to"] and data["from"] != data["to"], event
        else:
            assert kind in ("renewed", "changed") and data["from"] == data["to"], event
        fields = self.badges.get(badge)
        if fields is not None:
            text = json.dumps(event)
            assert fields["business_name"] not in text
            if len(fields["number"]) >= 6:
                assert fields["number"] not in text

    def fields(self, badge, f):
        assert f["badge"] == badge
        for name in ("profile", "body", "category", "number", "business_name", "holder",
                     "visibility", "claim_id", "claimed_at", "status", "reason", "since",
                     "version", "cause", "checked_at"):
            assert f.get(name), (name, f)
        assert "" not in f.values(), f
        assert f["status"] in STATUSES
        for name in ("claimed_at", "since", "checked_at", "valid_until", "next_check",
                     "case_since", "case_until"):
            if name in f:
                seconds(f[name])
        if "evidence" in f:
            json.loads(f["evidence"])
        if f["status"] == "verified":
            assert f.get("how") in ("record", "attested", "pinned"), f
        assert ("expires_on" in f) or ("valid_until" not in f) or f["status"] == "verified", f

    def history(self, badge, f):
        entries = self.market.history(badge)
        version = int(f["version"])
        assert entries and entries[0]["version"] == version, (badge, entries[:1])
        assert entries[0]["to"] == f["status"], (badge, entries[0])
        got = [h["version"] for h in entries]
        assert got == list(range(version, version - len(got), -1)), (badge, got)
        assert len(got) <= HISTORY_KEPT
        if len(got) < HISTORY_KEPT:
            # It begins with the badge, or with its life after an erasure.
            started = [e["data"]["version"] for e in self.by_badge[badge]
                       if e["type"] == "org.certsync.badge.erased.v1"]
            assert got[-1] == (started[-1] + 1 if started else 1), (badge, got)

    def cases(self):
        """At most one open case a badge, as its events tell."""
        opened = collections.Counter()
        for event in self.events:
            if event["type"].startswith("org.certsync.case."):
                opened[event["subject"]] += 1 if ".opened." in event["type"] else -1
                assert opened[event["subject"]] in (0, 1), event
        for badge, f in self.badges.items():
            assert opened[badge] == (1 if f.get("case") else 0), (badge, f)

    def tiles(self):
        head = self.market.key("{0}", "profile", "")
        found = {(key[len(head):], badge): json.loads(tile)
                 for key in self.redis.scan_iter(head + "*", count=1000)
                 for badge, tile in self.redis.hgetall(key).items()}
        expected = {
            (f["profile"], badge): {
                "status": f["status"], "category": f["category"], "type": f.get("type"),
                "expires_on": f.get("expires_on"), "valid_until": f.get("valid_until"),
                "version": int(f["version"])}
            for badge, f in self.badges.items() if f["visibility"] == "shown"}
        assert found == expected

    def sets(self):
        shown = [f for f in self.badges.values()
                 if f["visibility"] == "shown" and f["status"] == "verified"]
        assert self.market.certified() == {f["profile"] for f in shown}
        for category in CATEGORIES:
            assert self.market.certified(category) == {
                f["profile"] for f in shown if f["category"] == category}, category

    def indexes(self):
        index = dict(self.redis.zrange(self.market.key("{0}", "badges"), 0, -1, withscores=True))
        assert set(index) == set(self.badges)
        for badge, score in index.items():
            checked = seconds(self.badges[badge]["checked_at"])
            assert abs(score / 1000 - checked) < 2, (badge, score, checked)
        review = dict(self.redis.zrange(self.market.key("{0}", "review"), 0, -1, withscores=True))
        assert set(review) == {b for b, f in self.badges.items()
                               if f["status"] == "review" or f.get("case")}
        for badge, due in review.items():
            if self.badges[badge].get("case_until"):
                assert due == seconds(self.badges[badge]["case_until"]), (badge, due)

    def fences(self, connectors):
        if not self.redis.exists(self.market.key("meta")):
            return              # nobody ever opened this store
        fences = {key: self.market.fence(key) for key in
                  self.redis.scan_iter(self.market.key("*"), count=1000)
                  if key.endswith(":fence")}
        if connectors is not None:
            for name in connectors:
                mine = [k for k in fences if "connector:%s}" % name in k]
                assert mine, ("no fence of connector " + name, fences)
            fences = {k: v for k, v in fences.items()
                      if ":connector:" not in k or any("connector:%s}" % n in k
                                                       for n in connectors)}
        assert len(fences) >= 4, fences
        assert len(set(fences.values())) == 1, fences

    def backlog(self):
        for stream in ("claims", "staff"):
            key = self.market.key(stream)
            assert self.redis.xlen(key) == 0, stream
            if self.redis.exists(key):
                for group in self.redis.xinfo_groups(key):
                    assert group["pending"] == 0, (stream, group)
