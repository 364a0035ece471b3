# SPDX-License-Identifier: ISC
"""What one poll after another does: renewal, withdrawal, return, absence."""

import os
import time

import pytest

import feeds
import sources
from feeds import Rec, day
from waiting import wait_until

FIRM = "Lakeside Bakery Works"


def certified(lab, kind, number=7, **rec):
    """A daemon with one verified badge "b" of the source, beside some company."""
    source = lab.source(kind)
    mine = Rec(source.number(number), FIRM, source.type, expires=day(200), **rec)
    others = [Rec(source.number(100 + i), "Company %d Ltd" % i, source.type, expires=day(300))
              for i in range(20)]
    source.publish([mine] + others)
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    lab.market.put("b", source, number=mine.number, business_name=FIRM)
    lab.market.settle()
    assert lab.market.verdict("b") == ("verified", "record_active")
    return daemon, source, mine, others


@pytest.mark.parametrize("kind", sorted(sources.ALL))
def test_renewal(lab, market, kind):
    daemon, source, mine, others = certified(lab, kind)
    mine.expires = day(565)
    source.publish([mine] + others)
    assert daemon.sync(source.name) == "committed"
    badge = market.badge("b")
    assert badge["status"] == "verified" and badge["expires_on"] == day(565).isoformat()
    assert badge["version"] == "2" and badge["cause"] == "poll"
    assert market.kinds("b") == ["badge.verified", "badge.renewed"]
    assert market.tile("p-b", "b")["expires_on"] == day(565).isoformat()


def test_withdrawal_and_return(lab, market):
    daemon, source, mine, others = certified(lab, "texas")
    mine.status = "withdrawn"
    source.publish([mine] + others)
    assert daemon.sync(source.name) == "committed"
    assert market.verdict("b") == ("revoked", "record_withdrawn")
    assert "p-b" not in market.certified()
    mine.status = "active"
    source.publish([mine] + others)
    assert daemon.sync(source.name) == "committed"
    assert market.verdict("b") == ("verified", "record_active")
    assert "p-b" in market.certified("veteran")
    assert market.kinds("b") == ["badge.verified", "badge.revoked", "badge.verified"]


def test_exclusion_and_return(lab, market):
    daemon, source, mine, others = certified(lab, "sam-extract")
    mine.status = "excluded"
    source.publish([mine] + others)
    daemon.sync(source.name)
    assert market.verdict("b") == ("suspended", "record_excluded")
    mine.status = "active"
    source.publish([mine] + others)
    daemon.sync(source.name)
    assert market.verdict("b") == ("verified", "record_active")
    assert market.kinds("b") == ["badge.verified", "badge.suspended", "badge.verified"]


def test_expiry_and_renewal_after_it(lab, market):
    daemon, source, mine, others = certified(lab, "sam-monthly")
    mine.expires = day(-3)
    source.publish([mine] + others)
    daemon.sync(source.name)
    assert market.verdict("b") == ("expired", "expiry_passed")
    mine.expires = day(362)
    source.publish([mine] + others)
    daemon.sync(source.name)
    assert market.verdict("b") == ("verified", "record_active")
    assert market.kinds("b") == ["badge.verified", "badge.expired", "badge.verified"]


def test_a_negative_word_of_a_source_without_proof_takes_nothing(lab, market):
    daemon, source, mine, others = certified(lab, "nglcc-csv-file")
    mine.status = "suspended"
    source.publish([mine] + others)
    daemon.sync(source.name)
    badge = market.badge("b")
    assert badge["status"] == "verified" and badge["version"] == "1"
    assert "p-b" in market.certified("lgbtq")


def test_a_negative_word_of_a_proven_source_counts(lab, market):
    daemon, source, mine, others = certified(lab, "nglcc-drop")
    mine.status = "suspended"
    source.publish([mine] + others)
    daemon.sync(source.name)
    assert market.verdict("b") == ("suspended", "record_suspended")


@pytest.mark.parametrize("kind", ["sam-extract", "texas", "nglcc-csv-http"])
def test_an_unknown_word_takes_nothing(lab, market, kind):
    daemon, source, mine, others = certified(lab, kind)
    mine.status = "unknown"
    source.publish([mine] + others)
    daemon.sync(source.name)
    badge = market.badge("b")
    assert badge["status"] == "verified"
    assert "p-b" in market.certified()


def test_another_name_opens_a_case_and_takes_nothing(lab, market):
    daemon, source, mine, others = certified(lab, "texas")
    mine.name = "Entirely Different Holdings"
    source.publish([mine] + others)
    daemon.sync(source.name)
    badge = market.badge("b")
    assert badge["status"] == "verified" and badge["case"] == "name_mismatch"
    assert market.kinds("b") == ["badge.verified", "case.opened"]
    mine.name = FIRM
    source.publish([mine] + others)
    daemon.sync(source.name)
    badge = market.badge("b")
    assert badge["status"] == "verified" and "case" not in badge
    assert market.kinds("b") == ["badge.verified", "case.opened", "case.closed"]


@pytest.mark.parametrize("kind", sorted(sources.ALL))
def test_absence_takes_no_verified_badge(lab, market, kind):
    """The guard comes later: in this step a missing verified number keeps its status."""
    daemon, source, mine, others = certified(lab, kind)
    before = market.raw_badges()
    source.publish(others)
    for _ in range(3):
        daemon.sync(source.name)
    assert market.raw_badges() == before
    source.publish([mine] + others)
    daemon.sync(source.name)
    assert market.raw_badges() == before


@pytest.mark.parametrize("kind", ["texas", "nglcc-csv-http", "nglcc-xml-http"])
def test_unchanged_answers_are_conditional(lab, registry, kind):
    daemon, source, _, _ = certified(lab, kind)
    registry.requests_clear()
    assert daemon.sync(source.name) == "unchanged"
    asked = registry.requests(source.prefix)
    assert len(asked) == 1
    # Validators are kept from proven snapshots only: these sources never prove.
    assert "If-None-Match" not in asked[0]["headers"]


def test_requests_are_polite(lab, registry):
    certified(lab, "sam-extract")
    asked = registry.requests("/sam/")
    assert [r["path"].partition("?")[0].rsplit("/", 1)[1] for r in asked[:1]] == ["entities"]
    for request in asked:
        assert request["method"] == "GET"
        assert "gzip" in request["headers"].get("Accept-Encoding", "")
        assert request["headers"]["User-Agent"].startswith("certsyncd/")


def test_the_api_key_goes_to_the_registry_and_nowhere_else(lab, market, registry):
    secret = "canary-7f3a9c51"
    key = lab.directory / "key"
    key.write_text(secret + "\n")
    source = lab.source("sam-extract")
    source.publish([Rec(source.number(1), FIRM, source.type)])
    daemon = lab.daemon({"sba": dict(source.settings(), api_key="file:%s" % key)},
                        daemon={"log_level": "debug"})
    daemon.sync("sba")
    asked = registry.requests("/sam/")
    assert asked and all(r["headers"].get("X-Api-Key") == secret for r in asked)
    assert all(secret not in r["path"] for r in asked)
    assert secret not in daemon.log()
    assert secret not in daemon.run("--dump-config").stdout
    aof = b"".join(p.read_bytes() for p in (lab.server.directory / "appendonlydir").iterdir())
    assert secret.encode() not in aof
    for name in ("cmdline", "environ"):
        with open("/proc/%d/%s" % (daemon.process.pid, name), "rb") as f:
            assert secret.encode() not in f.read()


# --- files -------------------------------------------------------------------------------


def test_drop_directory_takes_the_newest_complete_file(lab, market):
    daemon, source, mine, others = certified(lab, "nglcc-drop")
    before = market.raw_badges()
    mine.expires = day(900)
    data = feeds.nglcc_csv([mine] + others)
    # Older by its manifest, hidden, unfinished, and without a manifest not yet settled.
    source.put("zz-older.csv", data, len(others) + 1, 0)
    for name in (".hidden.csv", "zz.csv.part", "zz.csv.tmp", "zz-fresh.csv"):
        sources.replace(source.drop / name, data)
    daemon.sync(source.name)
    assert market.raw_badges() == before
    source.publish([mine] + others)
    daemon.sync(source.name)
    assert market.badge("b")["expires_on"] == day(900).isoformat()


def test_drop_file_left_alone_for_settle_is_complete(lab, market):
    source = lab.source("nglcc-drop")
    mine = Rec(source.number(7), FIRM, source.type, expires=day(200))
    path = source.drop / "roster.csv"
    path.write_bytes(feeds.nglcc_csv([mine]))
    old = time.time() - 7200
    os.utime(path, (old, old))
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    market.put("b", source, number=mine.number, business_name=FIRM)
    market.settle()
    assert market.verdict("b") == ("verified", "record_active")


@pytest.mark.parametrize("wrong", ["rows", "sha256", "json"])
def test_a_wrong_manifest_fails_the_poll(lab, market, wrong):
    daemon, source, mine, others = certified(lab, "nglcc-drop")
    before = market.raw_badges()
    mine.status = "suspended"
    data = feeds.nglcc_csv([mine] + others)
    source.put("next.csv", data, len(others) + (2 if wrong == "rows" else 1), 3000)
    manifest = source.drop / "next.csv.manifest"
    if wrong == "sha256":
        sources.replace(source.drop / "next.csv", data.replace(b"Austin", b"Boston"))
    if wrong == "json":
        manifest.write_text("{")
    daemon.sync_fails(source.name)
    assert market.raw_badges() == before
    assert market.connector(source.name)["error"]


# --- timers ------------------------------------------------------------------------------


def test_polls_come_by_themselves(lab, market):
    source = lab.source("texas")
    mine = Rec(source.number(1), FIRM, source.type, expires=day(100))
    source.publish([mine])
    daemon = lab.daemon({source.name: dict(source.settings(), interval="1h")})
    market.put("b", source, number=mine.number, business_name=FIRM)
    wait_until(lambda: market.verdict("b")[0] == "verified", 15)
    mine.expires = day(500)
    source.publish([mine])
    daemon.elapse(hours=1, minutes=10)
    wait_until(lambda: market.badge("b")["expires_on"] == day(500).isoformat(), 15)
    events = len(market.events())
    for _ in range(2):
        polls = len(lab.registry.requests("/texas/"))
        daemon.elapse(hours=1, minutes=10)
        wait_until(lambda n=polls: len(lab.registry.requests("/texas/")) > n, 15)
    daemon.turns()
    assert len(market.events()) == events
    assert daemon.alive


def test_one_slow_registry_delays_no_other(lab, market, registry):
    slow, fast = lab.source("texas"), lab.source("nglcc-csv-http")
    fast.publish([Rec(fast.number(1), FIRM, fast.type, expires=day(100))])
    registry.script({slow.prefix: [{"hold": True}]})
    daemon = lab.daemon([slow, fast])
    assert daemon.sync(fast.name) in ("committed", "unchanged")
    market.put("b", fast, number=fast.number(1), business_name=FIRM)
    market.settle()
    assert market.verdict("b") == ("verified", "record_active")
    assert market.connector(slow.name)["state"] == "polling"
    assert all(daemon.ready() for _ in range(20))
    lab.check_at_end = False        # one connector is never idle
    registry.script({})


def test_what_a_list_said_without_proof_counts_when_it_is_proven(lab, market):
    """Word for word the same list: nothing has changed but that it is known to be whole."""
    source = lab.source("nglcc-drop")
    recs = [Rec(source.number(i), "Proven %s Works" % ("ABC"[i] * 3), source.type,
                expires=day(300)) for i in range(3)]
    source.publish(recs)
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    market.put("b0", source, number=source.number(0), business_name=recs[0].name)
    market.settle()
    assert market.verdict("b0") == ("verified", "record_active")
    recs[0].status = "suspended"
    source.publish(recs)
    manifest = max(source.drop.glob("*.manifest"), key=lambda path: path.stat().st_mtime_ns)
    stated = manifest.read_bytes()
    manifest.unlink()
    daemon.elapse(hours=1)                      # until the file is believed to be whole
    daemon.sync(source.name)
    assert market.connector(source.name)["proof"] == "none"
    assert market.verdict("b0") == ("verified", "record_active")
    manifest.write_bytes(stated)
    daemon.sync(source.name, full=True)         # its own date is before that of the file
    lab.settle()
    assert market.connector(source.name)["proof"] == "manifest"
    assert market.verdict("b0") == ("suspended", "record_suspended")
