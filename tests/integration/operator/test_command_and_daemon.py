# SPDX-License-Identifier: ISC
"""certsync and certsyncd together: every command once, for people and for scripts."""

import json
import subprocess

import pytest

from daemon import COMMAND
from feeds import Rec, day
from waiting import wait_until

FIRM = "Evergreen Catering Works"


@pytest.fixture
def source(lab):
    source = lab.source("texas")
    source.publish([Rec(source.number(i), FIRM, source.type, expires=day(300)) for i in range(5)])
    return source


@pytest.fixture
def daemon(lab, source):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    return daemon


@pytest.fixture
def certsync(daemon):
    """certsync(words..., code=0): its standard output, or its JSON."""
    def run(*words, code=0):
        result = subprocess.run([COMMAND, "-s", daemon.socket, *words], capture_output=True,
                                text=True, timeout=30)
        assert result.returncode == code, (words, result.stdout, result.stderr)
        return json.loads(result.stdout) if "--json" in words else result.stdout
    return run


def put_words(source, n=1, badge="b"):
    return ["claim", "put", "badge=" + badge, "profile=p", "body=" + source.body,
            "category=" + source.category, "number=" + source.number(n), "business_name=" + FIRM]


def test_reading_commands(certsync, market, source):
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    assert certsync("status", "--json")["ready"] is True
    assert source.name in certsync("connectors")
    assert certsync("connectors", "--json")["connectors"][0]["records"] == 5
    assert certsync("badge", "b", "--json")["badge"]["status"] == "verified"
    assert "verified" in certsync("badge", "b")
    assert "record" in certsync("explain", "b")
    assert certsync("history", "b", "--json")["entries"][0]["version"] == 1
    assert "record_active" in certsync("reasons")
    assert certsync("health", "--json")["status"] == "pass"
    assert "verified" in certsync("events")
    for words in (["badge", "nobody"], ["explain", "nobody"], ["sync", "nobody"]):
        certsync(*words, code=1)


def test_claims_by_command(certsync, market, source):
    answer = certsync(*put_words(source), "--json")
    market.settle()
    assert market.badge("b")["claim_id"] == answer["id"]
    assert market.verdict("b") == ("verified", "record_active")
    for op, visibility in (("hide", "hidden"), ("show", "shown")):
        certsync("claim", op, "b", "p")
        market.settle()
        assert market.badge("b")["visibility"] == visibility
    certsync("claim", "delete", "b", "p")
    market.settle()
    assert market.badge_ids() == []
    certsync(*put_words(source))
    market.settle()
    certsync("erase", "p")
    market.settle()
    assert market.badge_ids() == []
    assert market.kinds("b")[-1] == "badge.erased"


def test_import(certsync, market, source, tmp_path):
    table = tmp_path / "claims.csv"
    table.write_text("badge,profile,body,category,number,business_name\n" + "".join(
        "b%d,p%d,%s,%s,%s,%s\n" % (i, i, source.body, source.category, source.number(i), FIRM)
        for i in range(5)))
    certsync("claim", "import", str(table))
    market.settle()
    assert {market.verdict("b%d" % i) for i in range(5)} == {("verified", "record_active")}


@pytest.mark.parametrize("field, value, error", [
    ("expires_on", "6/30/2031", "expires_on: must be a date, YYYY-MM-DD"),
    ("category", "everyone", "category: must be minority, woman"),
    ("badge", "b 1", "badge_invalid: "),
    ("profile", "", "profile_invalid: "),
    ("names", "Edition", "names: must be a JSON array of texts"),
])
def test_what_would_be_rejected_is_refused_at_once(daemon, certsync, market, source, tmp_path, field,
                                                   value, error):
    words = [w for w in put_words(source) if not w.startswith(field + "=")]
    answer = daemon.control(words[0], *words[1:], "%s=%s" % (field, value))
    assert answer["exit"] == 1 and answer["error"].startswith(error), answer
    fields = dict(w.split("=") for w in words[2:])
    fields[field] = json.dumps(value) if field == "names" and value else value
    table = tmp_path / "claims.csv"
    table.write_text(",".join(fields) + "\n" + ",".join(fields.values()) + "\n", encoding="utf-8")
    assert certsync("claim", "import", str(table), code=1) == "0 claims put, 1 rows refused\n"
    assert market.redis.xlen("certsync:claims") == 0 and market.rejected() == []


def test_sync_tells_by_its_exit_code(certsync, registry, source):
    certsync("sync", source.name, "--wait")
    registry.script({source.prefix: [{"status": 500}]})
    assert "500" in certsync("sync", source.name, "--wait", code=1)
    registry.script({})
    certsync("sync", source.name, "--full", "--wait")


def test_events_follow(daemon, market, source):
    with subprocess.Popen([COMMAND, "-s", daemon.socket, "events", "--follow", "--json"],
                          stdout=subprocess.PIPE, text=True) as follower:
        market.put("b", source, number=source.number(1), business_name=FIRM)
        line = json.loads(follower.stdout.readline())
        assert line["event"]["id"] == "b-1"
        last = market.redis.xrevrange("certsync:{0}:events", count=1)[0][0]
        market.put("c", source, number=source.number(2), business_name=FIRM)
        assert json.loads(follower.stdout.readline())["event"]["id"] == "c-1"
        daemon.stop()           # the daemon's end is the follower's
        wait_until(lambda: follower.poll() is not None, 10, "certsync outlives the daemon")
    daemon.start()
    since = subprocess.run([COMMAND, "-s", daemon.socket, "events", "--since", last, "--json"],
                           capture_output=True, text=True, timeout=30)
    assert [json.loads(l)["event"]["id"] for l in since.stdout.splitlines() if "event" in l] == \
        ["c-1"]


def test_the_daemon_is_not_there(daemon):
    daemon.stop()
    result = subprocess.run([COMMAND, "-s", daemon.socket, "status"], capture_output=True)
    assert result.returncode == 69


def test_status_says_that_redis_is_away(certsync, daemon, redis_server):
    redis_server.kill()
    wait_until(lambda: daemon.http("/readyz")[0] == 503)
    assert certsync("status", "--json")["ready"] is False
    certsync("health", code=2)
    certsync("badge", "b", code=1)
    redis_server.start()
    wait_until(daemon.ready, 20)
