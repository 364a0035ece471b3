# SPDX-License-Identifier: ISC
"""Fetching: asking only for changes, reading twice, deltas, look-ups, budgets, and when to come back.

What is asked of the registry is looked up in its own list of requests.
"""

import calendar
import json
import time

import pytest

import feeds
from feeds import Rec, day
from latency import Latency
from metrics import scrape
from waiting import wait_until

FIRM = "Lakeside Bakery Works"
OTHER = "Hilltop Joinery"
LIST = {"texas": "/texas/", "nglcc-csv-http": "/nglcc/"}


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def state(market, name):
    """What the daemon keeps for itself of a connector."""
    return market.redis.hgetall(market.key("internal", "{%s}" % market.key("connector", name),
                                           "state"))


def asked(registry, prefix="/"):
    return [r["path"] for r in registry.requests(prefix)]


def conditional(request):
    return "If-None-Match" in request["headers"] or "If-Modified-Since" in request["headers"]


def loaded(market, name, proof="total"):
    """Its first poll is over, with that proof."""
    wait_until(lambda: market.connector(name).get("last_success"), 15)
    assert market.connector(name)["proof"] == proof


class Proven:
    """A proofless list that has been read twice, because somebody claims what it lacks."""

    def __init__(self, lab, kind, **settings):
        self.source = lab.source(kind)
        self.name = self.source.name
        self.records = [Rec(self.source.number(i), "%s %s" % (FIRM, chr(65 + i)), self.source.type,
                            expires=day(200)) for i in range(3)]
        self.source.publish(self.records)
        self.daemon = lab.daemon({self.name: dict(self.source.settings(), **settings)})
        self.daemon.sync(self.name)
        for i, rec in enumerate(self.records):
            lab.market.put("b%d" % i, self.source, number=rec.number, business_name=rec.name)
        lab.market.put("nobody", self.source, number=self.source.number(900), business_name=OTHER)
        lab.market.settle()
        self.daemon.sync(self.name)
        self.connector = lambda: lab.market.connector(self.name)
        assert self.connector()["proof"] == "twice"
        lab.settle()
        lab.registry.requests_clear()


# --- only if it has changed -------------------------------------------------------------


@pytest.mark.parametrize("kind", LIST)
def test_a_304_refreshes_a_proven_snapshot(lab, market, registry, kind):
    proven = Proven(lab, kind)
    before, badges = proven.connector(), market.raw_badges()
    proven.daemon.elapse(seconds=1)
    assert proven.daemon.sync(proven.name) == "unchanged"
    requests = registry.requests(LIST[kind])
    assert len(requests) == 1 and "If-None-Match" in requests[0]["headers"]
    after = proven.connector()
    assert after["last_complete"] > before["last_complete"]
    assert after["last_success"] > before["last_success"]
    assert after["last_proven"] == before["last_proven"]
    assert after["proof"] == "twice" and after["records"] == before["records"]
    assert market.raw_badges() == badges
    # It changes: read whole, and not proven by what was known of the old one.
    proven.source.publish(proven.records + [Rec(proven.source.number(7), OTHER, proven.source.type)])
    assert proven.daemon.sync(proven.name) == "committed"
    assert proven.connector()["proof"] == "none"
    # An unproven snapshot has no validators.
    registry.requests_clear()
    proven.daemon.sync(proven.name)
    assert not any(conditional(r) for r in registry.requests(LIST[kind]))


def test_full_asks_for_everything(lab, registry):
    proven = Proven(lab, "texas")
    proven.daemon.sync(proven.name, full=True)
    assert [conditional(r) for r in registry.requests("/texas/")] == [False]
    proven.daemon.sync(proven.name)
    assert conditional(registry.requests("/texas/")[-1])


def test_everything_is_read_again_after_full_interval(lab, registry):
    proven = Proven(lab, "texas", full_interval="2h")
    proven.daemon.sync(proven.name, full=True)
    registry.requests_clear()
    proven.daemon.sync(proven.name)
    assert conditional(registry.requests("/texas/")[-1])
    proven.daemon.elapse(hours=2)
    proven.daemon.sync(proven.name)
    assert not conditional(registry.requests("/texas/")[-1])


def test_a_304_nobody_asked_for_is_an_error(lab, market, registry):
    proven = Proven(lab, "texas")
    registry.script({"/texas/": [{"status": 304}]})
    proven.daemon.sync_fails(proven.name, full=True)
    assert "304" in proven.connector()["error"]
    assert market.verdict("b0") == ("verified", "record_active")


def test_an_identical_body_refreshes_and_proves_nothing(lab, market, registry):
    proven = Proven(lab, "texas")
    before = proven.connector()
    body = (lab.samples / "texas.csv").read_text("latin-1")
    registry.script({"/texas/": [{"body": body, "headers": {"Content-Type": "text/csv"}}]})
    proven.daemon.elapse(seconds=1)
    assert proven.daemon.sync(proven.name, full=True) == "unchanged"
    after = proven.connector()
    assert after["last_complete"] > before["last_complete"]
    assert after["last_proven"] == before["last_proven"] and after["proof"] == "twice"


def test_a_drop_file_read_before_is_not_read_again(lab, market):
    source = lab.source("nglcc-drop")
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(100))])
    daemon = lab.daemon([source])
    loaded(market, source.name, "manifest")
    before = market.connector(source.name)
    for full in (False, True):
        daemon.elapse(seconds=1)
        assert daemon.sync(source.name, full=full) == "unchanged"
        after = market.connector(source.name)
        assert after["last_complete"] > before["last_complete"]
        # Read once more it is still the same file.
        assert after["last_proven"] == before["last_proven"]
    source.publish([Rec(source.number(2), FIRM, source.type, expires=day(100))])
    daemon.elapse(seconds=1)
    assert daemon.sync(source.name) == "committed"
    assert market.connector(source.name)["last_proven"] > before["last_proven"]


def test_F13_a_list_older_than_the_last_one_is_not_read(lab, market, registry):
    """A drop file that vanishes leaves the one before it as the newest."""
    source = lab.source("nglcc-drop")
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(100))])
    daemon = lab.daemon([source])
    loaded(market, source.name, "manifest")
    source.publish([Rec(source.number(2), FIRM, source.type, expires=day(100))])
    daemon.sync(source.name)
    market.put("b", source, number=source.number(2), business_name=FIRM)
    market.settle()
    newest = sorted(source.drop.iterdir())[-2:]
    kept = [(path, path.read_bytes()) for path in newest]
    for path in newest:
        path.unlink()
    daemon.sync_fails(source.name)
    assert "older" in market.connector(source.name)["error"]
    assert market.verdict("b") == ("verified", "record_active")
    for path, data in kept:
        path.write_bytes(data)
    daemon.sync(source.name)


def test_F13_an_older_last_modified_is_not_read(lab, market, registry):
    source = lab.source("texas")
    rec = Rec(source.number(1), FIRM, source.type, expires=day(100))
    body = feeds.texas_csv([rec]).decode("latin-1")

    def serve(text, modified):
        registry.script({"/texas/": [{"body": text, "headers": {
            "Content-Type": "text/csv", "Last-Modified": modified}}]})

    serve(body, "Sat, 21 Nov 2026 08:00:00 GMT")
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    market.put("b", source, number=rec.number, business_name=FIRM)
    market.settle()
    rec.status = "decertified"
    serve(feeds.texas_csv([rec]).decode("latin-1"), "Fri, 20 Nov 2026 08:00:00 GMT")
    daemon.sync_fails(source.name)
    assert market.verdict("b") == ("verified", "record_active")
    # An operator knows better.
    daemon.sync(source.name, full=True)
    assert market.verdict("b")[0] == "revoked"


# --- twice ----------------------------------------------------------------------------------


def test_a_list_without_absences_is_read_once(lab, market, registry):
    source = lab.source("texas")
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(100))])
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    registry.requests_clear()
    daemon.sync(source.name)
    assert len(asked(registry, "/texas/")) == 1
    assert market.connector(source.name)["proof"] == "none"


def test_a_number_missing_is_proven_by_a_second_look(lab, market, registry):
    proven = Proven(lab, "texas")
    proven.source.publish(proven.records[1:])
    badges = market.raw_badges()
    proven.daemon.sync(proven.name)
    requests = registry.requests("/texas/")
    assert len(requests) == 2
    assert conditional(requests[0]) and not conditional(requests[1])
    assert proven.connector()["proof"] == "twice"
    assert proven.connector()["records"] == "2"
    # Absence counts later, if at all.
    assert market.raw_badges() == badges


@pytest.mark.parametrize("second", ["another list", "an outage", "a reset", "HTML"])
def test_two_looks_that_differ_prove_nothing(lab, market, registry, second):
    source = lab.source("texas")
    lists = [feeds.texas_csv([Rec(source.number(i), FIRM, source.type, expires=day(100))
                              for i in range(n)]).decode("latin-1") for n in (3, 4)]
    csv = {"Content-Type": "text/csv"}
    first = {"body": lists[0], "headers": csv}
    registry.script({"/texas/": [first]})
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    market.put("b", source, number=source.number(0), business_name=FIRM)
    market.put("nobody", source, number=source.number(900), business_name=OTHER)
    market.settle()
    answer = {"another list": {"body": lists[1], "headers": csv},
              "an outage": {"status": 503, "headers": {"Retry-After": "7200"}},
              "a reset": {"body": lists[0], "truncate": 200, "reset": True},
              "HTML": {"body": "<html>", "headers": {"Content-Type": "text/html"}}}[second]
    registry.requests_clear()
    registry.script({"/texas/": [first, answer]})
    assert daemon.sync(source.name) == "unchanged"
    assert len(asked(registry, "/texas/")) == 2     # once in a poll
    connector = market.connector(source.name)
    assert connector["proof"] == "none" and connector["state"] == "idle"
    assert connector["last_proven"] == "" and connector["error"] == ""
    assert market.verdict("b") == ("verified", "record_active")
    assert market.verdict("nobody") == ("self_reported", "awaiting_source")
    assert seconds(connector["next_poll"]) - time.time() > 7000


def test_the_second_look_is_within_the_budget(lab, market, registry):
    lab.clock.noon()
    source = lab.source("texas")
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(100))])
    daemon = lab.daemon({source.name: dict(source.settings(), daily_budget="2")})
    wait_until(lambda: market.connector(source.name).get("last_success"), 10)
    market.put("nobody", source, number=source.number(900), business_name=OTHER)
    market.settle()
    daemon.sync(source.name)
    assert len(asked(registry, "/texas/")) == 2
    assert market.connector(source.name)["proof"] == "none"
    daemon.sync_fails(source.name)
    connector = market.connector(source.name)
    assert "budget" in connector["error"]
    assert len(asked(registry, "/texas/")) == 2


# --- deltas and look-ups, by a connector of the tests ------------------------------------------


class Asker:
    """The connector asker: a list, changes, and single numbers."""

    name, body, type, category = "asker", "askers", "WBE", "woman"

    def __init__(self, lab, plugins, prefix="/asker", **settings):
        self.lab, self.registry, self.prefix = lab, lab.registry, prefix
        self.settings = dict({"plugin": "asker", "body": self.body, "interval": "24h",
                              "url": lab.registry.url + prefix}, **settings)
        self.plugins = plugins
        self.answers = {}

    def daemon(self, **sections):
        return self.lab.daemon({self.name: self.settings},
                               daemon={"plugin_dir": self.plugins}, **sections)

    @staticmethod
    def line(number, name=FIRM, status="A", until=None, kind="WBE"):
        return "%s|%s|%s|%s|%s\n" % (number, kind, status, (until or day(300)).isoformat(), name)

    def serve(self, what, lines=(), total=None, **answer):
        """what: /list, /changes or /ask"""
        body = "".join(lines)
        if total is not None:
            body = "TOTAL|%d\n%s" % (total, body)
        self.answers[self.prefix + what] = [dict({"body": body}, **answer)]
        self.registry.script(self.answers)

    def asked(self):
        return [p[len(self.prefix):] for p in asked(self.registry, self.prefix)]


@pytest.fixture
def asker(lab, plugins):
    a = Asker(lab, plugins)
    a.serve("/list", [a.line("AAAA"), a.line("BBBB")], total=2)
    a.serve("/changes")
    a.serve("/ask")
    return a


def test_deltas_add_and_update(lab, market, asker):
    daemon = asker.daemon()
    loaded(market, "asker")
    for number in ("AAAA", "BBBB"):
        market.put(number, asker, number=number, business_name=FIRM)
    market.settle()
    asker.serve("/changes", [asker.line("AAAA", until=day(400)), asker.line("CCCC")])
    proven = market.connector("asker")["last_proven"]
    complete = market.connector("asker")["last_complete"]
    assert daemon.sync("asker") == "committed"
    assert asker.asked() == ["/list", "/changes?since=1"]
    assert market.badge("AAAA")["expires_on"] == day(400).isoformat()
    assert market.kinds("AAAA")[-1] == "badge.renewed"
    market.put("CCCC", asker, number="CCCC", business_name=FIRM)
    market.settle()
    assert market.verdict("CCCC") == ("verified", "record_active")
    # No absence, no proof, no judgement by size.
    assert market.verdict("BBBB") == ("verified", "record_active")
    connector = market.connector("asker")
    assert (connector["last_proven"], connector["last_complete"]) == (proven, complete)
    asker.serve("/changes", [])
    assert daemon.sync("asker") == "unchanged"
    assert asker.asked()[-1] == "/changes?since=2"
    # A row in a new form replaces the old one.
    asker.serve("/changes", [asker.line("BBBB", name="Quite Another Firm")])
    daemon.sync("asker")
    assert market.badge("BBBB")["case"] == "name_mismatch"


def test_a_checkpoint_survives_restarts_and_failures(lab, market, asker):
    daemon = asker.daemon()
    loaded(market, "asker")
    daemon.sync("asker")
    asker.serve("/changes", status=500)
    daemon.sync_fails("asker")
    asker.serve("/changes")
    daemon.stop()
    daemon.start()
    daemon.sync("asker")
    assert asker.asked() == ["/list", "/changes?since=1", "/changes?since=2", "/changes?since=2"]


def test_full_polls_between_deltas(lab, market, asker):
    asker.settings["full_interval"] = "2h"
    daemon = asker.daemon()
    loaded(market, "asker")
    daemon.sync("asker", full=True)
    assert asker.asked() == ["/list", "/list"]
    daemon.elapse(hours=2)
    daemon.sync("asker")
    assert asker.asked() == ["/list", "/list", "/list"]


def test_a_changed_setting_means_a_full_poll_soon(lab, market, asker):
    daemon = asker.daemon()
    loaded(market, "asker")
    daemon.stop()
    daemon.start()
    daemon.elapse(hours=1)
    daemon.turns()
    assert asker.asked() == ["/list"]       # a restart is no change
    asker.settings["remark"] = "other"
    daemon.write()
    daemon.stop()
    daemon.start()
    wait_until(lambda: asker.asked() == ["/list", "/list"], 10)
    wait_until(lambda: market.connector("asker")["state"] == "idle", 10)
    asker.settings["remark"] = "another"
    daemon.write()
    daemon.reload()
    wait_until(lambda: asker.asked() == ["/list"] * 3, 10)


def test_unknown_numbers_are_looked_up_together(lab, market, asker):
    asker.serve("/ask", [asker.line("CCCC")], gate=True)
    asker.daemon()
    loaded(market, "asker")
    for number in ("AAAA", "CCCC", "DDDD"):
        market.put(number, asker, number=number, business_name=FIRM)
    market.settle()
    assert market.verdict("AAAA") == ("verified", "record_active")
    for number in ("CCCC", "DDDD"):
        assert market.verdict(number) == ("self_reported", "awaiting_source")
    asker.serve("/ask", [asker.line("CCCC")])       # which opens the gate
    lab.settle()
    wait_until(lambda: market.verdict("CCCC") == ("verified", "record_active"), 10)
    wait_until(lambda: market.verdict("DDDD") == ("not_found", "number_unknown"), 10)
    assert asker.asked() == ["/list", "/ask?n=CCCC,DDDD"]
    assert {market.badge(n)["cause"] for n in ("CCCC", "DDDD")} == {"lookup"}
    assert market.connector("asker")["state"] == "idle"
    assert market.connector("asker")["records"] == "3"
    # Once a day, whoever asks, and whatever happens to the daemon.
    market.put("DDDD-2", asker, number="dddd", business_name=OTHER, profile="somebody-else")
    market.settle()
    assert market.verdict("DDDD-2") == ("not_found", "number_unknown")
    lab.daemons[0].stop()
    lab.daemons[0].start()
    market.put("DDDD-3", asker, number="DDDD", business_name=OTHER, profile="a-third")
    lab.settle()
    wait_until(lambda: market.verdict("DDDD-3") == ("not_found", "number_unknown"), 10)
    assert len(asker.asked()) == 2


def test_a_batch_has_as_many_numbers_as_the_registry_takes(lab, market, asker):
    asker.daemon()
    loaded(market, "asker")
    numbers = ["N%03d" % i for i in range(7)]
    for i, number in enumerate(numbers):
        market.put("b%d" % i, asker, number=number, business_name=FIRM)
    lab.settle()
    wait_until(lambda: all(market.verdict("b%d" % i)[0] == "not_found" for i in range(7)), 30)
    batches = [p.split("=")[1].split(",") for p in asker.asked() if p.startswith("/ask")]
    assert [len(b) for b in batches] == [3, 3, 1]
    assert sorted(sum(batches, [])) == numbers


def test_a_lookup_proves_absence_where_the_list_cannot_be_had(lab, market, asker):
    asker.serve("/list", status=503)
    asker.serve("/ask", [asker.line("CCCC")])
    asker.daemon()
    wait_until(lambda: market.connector("asker").get("state") == "backoff", 10)
    for number in ("CCCC", "DDDD"):
        market.put(number, asker, number=number, business_name=FIRM)
    lab.settle()
    wait_until(lambda: market.verdict("CCCC") == ("verified", "record_active"), 10)
    wait_until(lambda: market.verdict("DDDD") == ("not_found", "number_unknown"), 10)
    # The list is as broken as it was.
    assert market.connector("asker")["state"] in ("backoff", "polling")
    assert market.connector("asker")["last_success"] == ""


@pytest.mark.parametrize("answer", [{"status": 500}, {"reset": True}, {"body": "rubbish\n"},
                                    {"status": 429, "headers": {"Retry-After": "3600"}}])
def test_a_failed_lookup_leaves_the_word_to_the_mirror(lab, market, asker, answer):
    asker.serve("/ask", **answer)
    asker.daemon()
    loaded(market, "asker")
    before = market.connector("asker")
    market.put("b", asker, number="DDDD", business_name=FIRM)
    lab.settle()
    wait_until(lambda: market.verdict("b") == ("not_found", "number_unknown"), 10)
    connector = market.connector("asker")
    assert connector["state"] == "idle" and connector["error"] == ""
    assert connector["last_success"] == before["last_success"]
    if answer.get("status") == 429:
        # The registry wants quiet: nobody waits for the next one.
        market.put("c", asker, number="EEEE", business_name=FIRM)
        market.settle()
        assert market.verdict("c") == ("not_found", "number_unknown")
        lab.daemons[0].elapse(minutes=50)
        lab.daemons[0].turns()
        assert len(asker.asked()) == 2


def test_a_refused_key_stops_lookups_and_polls(lab, market, asker):
    asker.serve("/ask", status=403)
    asker.daemon()
    loaded(market, "asker")
    market.put("b", asker, number="DDDD", business_name=FIRM)
    lab.settle()
    wait_until(lambda: market.connector("asker")["state"] == "stopped", 10)
    wait_until(lambda: market.verdict("b") == ("not_found", "number_unknown"), 10)
    market.put("c", asker, number="EEEE", business_name=FIRM)
    market.settle()
    lab.daemons[0].elapse(hours=3)
    lab.daemons[0].turns()
    assert len(asker.asked()) == 2


def test_one_profile_cannot_search_a_registry(lab, market, asker):
    asker.daemon(claims={"max_misses": "2"})
    loaded(market, "asker")
    for i in range(2):
        market.put("b%d" % i, asker, number="N%03d" % i, business_name=FIRM, profile="curious")
    lab.settle()
    wait_until(lambda: market.verdict("b1")[0] == "not_found", 10)
    market.put("b2", asker, number="N002", business_name=FIRM, profile="curious")
    market.put("c", asker, number="N003", business_name=FIRM, profile="honest")
    market.settle()
    assert market.verdict("b2") == ("not_found", "number_unknown")
    lab.settle()
    wait_until(lambda: market.verdict("c")[0] == "not_found", 10)
    assert [p for p in asker.asked() if "N002" in p] == []


def test_lookups_take_what_the_budget_leaves(lab, market, asker):
    lab.clock.noon()
    asker.settings.update(daily_budget="3", budget_reserve="1")
    daemon = asker.daemon()
    loaded(market, "asker")
    daemon.sync("asker")
    daemon.sync_fails("asker")      # the third is kept for look-ups
    assert "budget" in market.connector("asker")["error"]
    for i in range(4):
        market.put("b%d" % i, asker, number="N%03d" % i, business_name=FIRM)
    lab.settle()
    wait_until(lambda: all(market.verdict("b%d" % i)[0] == "not_found" for i in range(4)), 15)
    assert [p[:5] for p in asker.asked()] == ["/list", "/chan", "/ask?"]


def test_once_looks_up_after_it_has_polled(lab, market, asker):
    asker.serve("/ask", [asker.line("CCCC")])
    daemon = lab.daemon({"asker": asker.settings}, daemon={"plugin_dir": asker.plugins},
                        start=False)
    for number in ("AAAA", "CCCC"):
        market.put(number, asker, number=number, business_name=FIRM)
    result = daemon.run("--once")
    assert result.returncode == 0, result.stderr
    assert asker.asked() == ["/list", "/ask?n=CCCC"]
    assert market.verdict("AAAA") == ("verified", "record_active")
    assert market.verdict("CCCC") == ("verified", "record_active")


def test_sam_is_asked_by_uei(lab, market, registry):
    source = lab.source("sam-extract")
    known = Rec(source.number(1), FIRM, source.type)
    found = Rec(source.number(2), OTHER, source.type, expires=day(90))
    source.publish([known])
    daemon = lab.daemon([source])
    loaded(market, source.name)
    registry.script({"/sam/entity-information/v3/entities?ueiSAM=": [
        {"body": feeds.sam_json([found]).decode(), "headers": {"Content-Type": "application/json"}}]})
    for i, rec in enumerate((known, found, Rec(source.number(3), "Nobody", source.type))):
        market.put("b%d" % i, source, number=rec.number, business_name=rec.name)
    lab.settle()
    wait_until(lambda: market.verdict("b1") == ("verified", "record_active"), 10)
    wait_until(lambda: market.verdict("b2") == ("not_found", "number_unknown"), 10)
    assert market.badge("b1")["cause"] == "lookup"
    requests = registry.requests("/sam/entity-information/v3/entities?ueiSAM=")
    assert len(requests) == 1
    assert "ueiSAM=%%5B%s~%s%%5D&" % (found.number, source.number(3)) in requests[0]["path"]
    assert requests[0]["headers"].get("X-Api-Key")
    assert found.number not in daemon.log()


def test_a_sync_during_a_lookup_follows_it(lab, market, asker):
    daemon = asker.daemon()
    loaded(market, "asker")
    asker.serve("/ask", delay_s=1.0)
    market.put("b", asker, number="DDDD", business_name=FIRM)
    wait_until(lambda: any(p.startswith("/ask") for p in asker.asked()), 10)
    daemon.sync_now("asker", full=True)
    assert asker.asked() == ["/list", "/ask?n=DDDD", "/list"]
    assert market.verdict("b") == ("not_found", "number_unknown")


def test_full_follows_a_delta_under_way(lab, market, asker):
    daemon = asker.daemon()
    loaded(market, "asker")
    asker.serve("/changes", delay_s=1.0)
    daemon.control("sync", "asker")
    wait_until(lambda: len(asker.asked()) == 2, 10)
    daemon.sync_now("asker", full=True)
    assert asker.asked() == ["/list", "/changes?since=1", "/list"]


# --- when to come back --------------------------------------------------------------------------


def test_a_restart_burns_no_request(lab, market, registry):
    source = lab.source("texas")
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(100))])
    daemon = lab.daemon([source])
    wait_until(lambda: market.connector(source.name).get("last_success"), 10)
    lab.settle()
    for fault in (None, {"status": 503, "headers": {"Retry-After": "600"}}):
        if fault is not None:
            registry.script({"/texas/": [fault]})
            daemon.sync_fails(source.name)
        planned = market.connector(source.name)["next_poll"]
        registry.requests_clear()
        daemon.stop()
        daemon.start()
        daemon.elapse(minutes=4)
        daemon.turns()
        assert asked(registry, "/texas/") == []
        assert state(market, source.name)["next_poll"] == str(int(seconds(planned)))


def test_a_restart_keeps_the_budget(lab, market, registry):
    lab.clock.noon()
    source = lab.source("texas")
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(100))])
    daemon = lab.daemon({source.name: dict(source.settings(), daily_budget="1")})
    wait_until(lambda: market.connector(source.name).get("last_success"), 10)
    daemon.kill()
    daemon.start()
    daemon.sync_fails(source.name)
    assert len(asked(registry, "/texas/")) == 1
    # The budget's day ends at midnight, by UTC.
    assert market.connector(source.name)["next_poll"] == "%sT00:00:00Z" % day(1)


@pytest.mark.parametrize("shared", [True, False])
def test_one_key_has_one_budget(lab, market, plugins, shared):
    lab.clock.noon()
    keys = []
    for name in ("k1", "k1" if shared else "k2"):
        path = lab.directory / name
        path.write_text("secret\n")
        keys.append("file:%s" % path)
    one = Asker(lab, plugins, "/one", api_key=keys[0], daily_budget="2")
    two = Asker(lab, plugins, "/two", api_key=keys[1], daily_budget="2", body="others")
    for a in (one, two):
        a.answers = one.answers
        a.serve("/list", [a.line("AAAA")], total=1)
        a.serve("/changes")
    daemon = lab.daemon({"one": one.settings, "two": two.settings},
                        daemon={"plugin_dir": plugins})
    wait_until(lambda: all(market.connector(n).get("last_success") for n in ("one", "two")), 10)
    for name in ("one", "two"):
        assert scrape(daemon)("certsync_budget_remaining_requests", connector=name) == \
            (0 if shared else 1)
    if shared:
        daemon.sync_fails("one")
        daemon.sync_fails("two")
        assert "budget" in market.connector("two")["error"]
    else:
        daemon.sync("one")
        daemon.sync("two")


def test_quiet_asked_of_one_goes_for_all_with_the_key(lab, market, plugins):
    key = lab.directory / "key"
    key.write_text("secret\n")
    one = Asker(lab, plugins, "/one", api_key="file:%s" % key, interval="30m")
    two = Asker(lab, plugins, "/two", api_key="file:%s" % key, interval="30m", body="others")
    for a in (one, two):
        a.answers = one.answers
        a.serve("/list", [a.line("AAAA")], total=1)
    daemon = lab.daemon({"one": one.settings, "two": two.settings},
                        daemon={"plugin_dir": plugins})
    wait_until(lambda: all(market.connector(n).get("last_success") for n in ("one", "two")), 10)
    lab.settle()
    one.serve("/changes", status=429, headers={"Retry-After": "7200"})
    daemon.sync_fails("one")
    for name in ("one", "two"):
        wait_until(lambda n=name: seconds(market.connector(n)["next_poll"]) - time.time() > 7100, 5)
    assert market.connector("two")["state"] == "idle"


def test_quiet_that_redis_refuses_is_stored_later(lab, market, plugins):
    """Of a connector that has no poll whose end would store it."""
    key = lab.directory / "key"
    key.write_text("secret\n")
    with Latency(("127.0.0.1", lab.registry.port)) as way:
        one = Asker(lab, plugins, "/one", api_key="file:%s" % key, interval="30m")
        one.settings["url"] = "http://%s:%d/one" % way.address
        two = Asker(lab, plugins, "/two", api_key="file:%s" % key, interval="30m", body="others")
        for a in (one, two):
            a.answers = one.answers
            a.serve("/list", [a.line("AAAA")], total=1)
        daemon = lab.daemon({"one": one.settings, "two": two.settings},
                            daemon={"plugin_dir": plugins})
        wait_until(lambda: all(market.connector(n).get("last_success") for n in ("one", "two")), 10)
        lab.settle()
        one.serve("/changes", status=429, headers={"Retry-After": "7200"})
        way.hold()
        daemon.control("sync", "one")
        wait_until(lambda: market.connector("one")["state"] == "polling")
        market.redis.config_set("maxmemory", "1")
        way.release()
        daemon.wait_log("poll 2 failed")
        daemon.wait_log("Redis answered an error")
        assert seconds(market.connector("two")["next_poll"]) - time.time() < 7100
        market.redis.config_set("maxmemory", "0")
        for name in ("one", "two"):
            wait_until(lambda n=name: seconds(market.connector(n)["next_poll"]) - time.time() > 7100)
            assert float(state(market, name)["retry_at"]) - time.time() > 7100


# --- what was fetched is counted ------------------------------------------------------------------


def test_polls_that_read_nothing_and_second_downloads_are_counted(lab, registry):
    proven = Proven(lab, "texas")
    before = scrape(proven.daemon)
    labels = {"connector": proven.name}
    assert before("certsync_second_downloads_total", result="equal", **labels) == 1
    assert before("certsync_polls_unread_total", **labels) == 0
    proven.daemon.elapse(seconds=1)
    proven.daemon.sync(proven.name)
    proven.source.publish(proven.records[:2])
    body = (lab.samples / "texas.csv").read_text("latin-1")
    registry.script({"/texas/": [{"body": body}, {"status": 500}]})
    proven.daemon.sync(proven.name, full=True)
    m = scrape(proven.daemon)
    assert m("certsync_polls_unread_total", **labels) == 1
    assert m("certsync_http_not_modified_total", **labels) == 1
    assert m("certsync_connector_last_whole_timestamp_seconds", **labels) > \
        before("certsync_connector_last_whole_timestamp_seconds", **labels)
    assert m("certsync_second_downloads_total", result="failed", **labels) == 1
    assert m("certsync_second_downloads_total", result="equal", **labels) == 1
    assert m("certsync_second_downloads_total", result="different", **labels) == 0


def test_lookups_and_deltas_are_counted(lab, market, asker):
    lab.clock.noon()
    asker.serve("/ask", [asker.line("CCCC")])
    asker.settings.update(daily_budget="4", budget_reserve="1")
    daemon = asker.daemon()
    loaded(market, "asker")
    for number in ("CCCC", "DDDD"):
        market.put(number, asker, number=number, business_name=FIRM)
    lab.settle()
    wait_until(lambda: market.verdict("DDDD") == ("not_found", "number_unknown"), 10)
    daemon.sync("asker")
    asker.serve("/ask", status=500)
    market.put("EEEE", asker, number="EEEE", business_name=FIRM)
    lab.settle()
    wait_until(lambda: market.verdict("EEEE") == ("not_found", "number_unknown"), 10)
    m = scrape(daemon)
    for name, labels, value in (
            ("certsync_lookups_total", {"result": "answered"}, 1),
            ("certsync_lookups_total", {"result": "failed"}, 1),
            ("certsync_lookup_numbers_total", {"result": "found"}, 1),
            ("certsync_lookup_numbers_total", {"result": "absent"}, 1),
            ("certsync_lookup_numbers_total", {"result": "failed"}, 1),
            ("certsync_lookup_waiting_numbers", {}, 1),
            ("certsync_polls_total", {"kind": "full", "result": "committed"}, 1),
            ("certsync_polls_total", {"kind": "delta", "result": "unchanged"}, 1),
            ("certsync_budget_limit_requests", {}, 4),
            ("certsync_budget_reserve_requests", {}, 1),
            ("certsync_budget_remaining_requests", {}, 0)):
        assert m(name, connector="asker", **labels) == value, name
    # A look-up neither fails the connector nor makes it older or younger.
    assert m("certsync_connector_up", connector="asker") == 1
    assert m("certsync_poll_duration_seconds_count", connector="asker") == 2


# --- the H rows of docs/reliability.md, as the daemon shows them --------------------------------


DAY = 86400
FAULTS = {
    # name: answer, states, least and most seconds from the answer to the next poll
    "H1 429": ({"status": 429, "headers": {"Retry-After": "3600"}}, "backoff", 3600, 3660),
    "H2 date 2100": ({"status": 503, "headers": {
        "Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}}, "backoff", DAY - 60, DAY),
    "H2 past": ({"status": 503, "headers": {
        "Retry-After": "Fri, 01 Jan 1999 00:00:00 GMT"}}, "backoff", 0, 60),
    "H2 negative": ({"status": 503, "headers": {"Retry-After": "-5"}}, "backoff", 0, 60),
    "H2 huge": ({"status": 503, "headers": {"Retry-After": "1" + "0" * 20}}, "backoff", 0, DAY),
    "H2 junk": ({"status": 503, "headers": {"Retry-After": "soon"}}, "backoff", 0, 60),
    "H3 401": ({"status": 401}, "stopped", None, None),
    "H3 403": ({"status": 403}, "stopped", None, None),
    "H4 404": ({"status": 404}, "backoff", 0, 60),
    "H5 loop": ({"status": 301, "headers": {"Location": "/texas/hub_name.csv"}}, "backoff", 0, 60),
    "H6 file": ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, "backoff", 0, 60),
    "H6 http": ({"status": 302, "headers": {"Location": "http://example.org/"}}, "backoff", 0, 60),
    "H26 HTML": ({"body": "<html>log in</html>", "headers": {"Content-Type": "text/html"}},
                 "backoff", 0, 60),
    "H26 HTML as CSV": ({"body": "<html>log in</html>", "headers": {"Content-Type": "text/csv"}},
                        "backoff", 0, 60),
    "H27 206": ({"status": 206, "body": "x"}, "backoff", 0, 60),
    "H27 204": ({"status": 204}, "backoff", 0, 60),
    "H27 304": ({"status": 304}, "backoff", 0, 60),
    "H28 empty": ({"body": "", "headers": {"Content-Type": "text/csv"}}, "backoff", 0, 60),
    "H29 reset": ({"reset": True}, "backoff", 0, 60),
    "H29 reset midway": ({"body": "x" * 5000, "truncate": 2000, "reset": True}, "backoff", 0, 60),
    "H29 closed": ({"body": "x" * 5000, "truncate": 0}, "backoff", 0, 60),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_fault_does_to_the_connector(lab, market, registry, fault):
    answer, want, least, most = FAULTS[fault]
    source = lab.source("texas")
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(100))])
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    badges, records = market.raw_badges(), market.connector(source.name)["records"]
    registry.script({"/texas/": [answer]})
    registry.requests_clear()
    before = time.time()
    daemon.sync_fails(source.name)
    after = time.time()
    connector = market.connector(source.name)
    assert connector["state"] == want and connector["error"], connector
    assert connector["records"] == records
    assert market.raw_badges() == badges
    if least is None:
        assert connector["next_poll"] == ""
    else:
        # Whole seconds, rounded down.
        next_poll = seconds(connector["next_poll"])
        assert before + least - 1 <= next_poll <= after + most, next_poll - after
    # Never a busy loop; and a refused credential is not sent again.
    assert len(asked(registry, "/texas/")) <= 4


# --- a portal's pages ----------------------------------------------------------------------------


class Pages:
    """A portal's list of rows, two a page."""

    def __init__(self, lab):
        self.lab, self.registry = lab, lab.registry
        self.rows = [{":id": "row-%d" % i, ":updated_at": "2026-11-01T00:00:0%d.000Z" % i,
                      "account_number": "A%03d" % i, "vendor_formal_name": FIRM,
                      "certification": "MBE", "cert_renewal_date": day(200).isoformat()}
                     for i in range(5)]
        self.settings = {
            "plugin": "socrata", "body": "city", "interval": "24h", "url": lab.registry.url,
            "dataset": "abcd-1234", "page_size": "2", "timezone": "America/New_York",
            "field.number": "account_number", "field.business_name": "vendor_formal_name",
            "field.type": "certification", "field.expires_on": "cert_renewal_date"}

    def count(self, n):
        newest = max(r[":updated_at"] for r in self.rows)
        return {"body": json.dumps([{"total": str(n), "newest": newest}]),
                "headers": {"Content-Type": "application/json"}}

    def page(self, *rows):
        return {"body": json.dumps([self.rows[i] for i in rows]),
                "headers": {"Content-Type": "application/json"}}

    def serve(self, *answers):
        self.registry.script({"/resource/": list(answers)})

    def whole(self):
        self.serve(self.count(5), self.page(0, 1), self.page(2, 3), self.page(4), self.count(5))


def test_a_portal_is_asked_for_changes(lab, market, registry):
    pages = Pages(lab)
    pages.whole()
    daemon = lab.daemon({"city": pages.settings})
    loaded(market, "city")
    market.put("b", number="A001", business_name=FIRM, body="city", category="minority", type="MBE")
    market.settle()
    pages.rows[1]["cert_renewal_date"] = day(500).isoformat()
    pages.rows[1][":updated_at"] = "2026-11-20T00:00:00.000Z"
    registry.requests_clear()
    pages.serve(pages.page(1))
    assert daemon.sync("city") == "committed"
    assert market.badge("b")["expires_on"] == day(500).isoformat()
    assert all("updated_at" in path and "count" not in path for path in asked(registry, "/resource/"))
