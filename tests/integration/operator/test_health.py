# SPDX-License-Identifier: ISC
"""Health as machines and people ask for it: pages, single checks, exit codes, the store's settings."""

import json
import subprocess
import time

import pytest

from daemon import COMMAND
from feeds import Rec, day
from waiting import wait_until

FIRM = "Plain Sailing Works"
DAY_S = 86400


@pytest.fixture
def source(lab):
    source = lab.source("texas")
    source.publish([Rec(source.number(i), FIRM, source.type, expires=day(300)) for i in range(5)])
    return source


def health(daemon, *options):
    return subprocess.run([COMMAND, "-s", daemon.socket, "health", *options], capture_output=True,
                          text=True)


def checks(daemon):
    status, body, headers = daemon.http("/readyz")
    assert headers["Content-Type"] == "application/health+json"
    document = json.loads(body)
    assert (status == 200) == (document["checks"]["store"][0]["status"] ==
                               document["checks"]["loaded"][0]["status"] == "pass")
    return {name: one for name, (one,) in document["checks"].items()}


def state(lab, name, **fields):
    """Changes what the daemon remembers of a connector; it must not run."""
    key = "certsync:internal:{certsync:connector:%s}:state" % name
    assert lab.market.redis.exists(key)
    lab.market.redis.hset(key, mapping=fields)


def test_each_source_tells_what_it_is(lab, source):
    never = lab.source("nglcc-csv-http")
    never.outage()
    daemon = lab.daemon({"fresh": source.settings(), "never": never.settings()})
    daemon.sync("fresh")
    daemon.sync_fails("never")
    got = checks(daemon)
    one = got["source:fresh"]
    assert (one["status"], one["observedValue"], one["records"]) == ("pass", "fresh", 5)
    assert one["time"] and one["lastSuccess"] and one["nextPoll"]
    one = got["source:never"]
    assert (one["status"], one["observedValue"]) == ("warn", "never loaded")
    assert "time" not in one and one["lastAttempt"] and "503" in one["output"]

    daemon.stop()
    state(lab, "fresh", last_complete=int(time.time()) - 90 * DAY_S,
          last_success=int(time.time()))
    daemon.start()
    one = checks(daemon)["source:fresh"]
    assert (one["status"], one["observedValue"]) == ("warn", "stale")
    daemon.sync("fresh")
    assert checks(daemon)["source:fresh"]["observedValue"] == "fresh"


def test_a_missing_proof_is_told_after_its_time(lab, source):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    name = "proof:" + source.name
    assert checks(daemon)[name]["observedValue"] == "awaited"
    daemon.stop()
    state(lab, source.name, first_complete=int(time.time()) - 8 * DAY_S)
    daemon.start()
    one = checks(daemon)[name]
    assert one["status"] == "warn" and "withdrawals cannot be seen" in one["output"]
    assert health(daemon).returncode == 1


@pytest.mark.parametrize("days, status, word", [(30, "pass", "valid"), (10, "warn", "expiring"),
                                                (-2, "warn", "expired")])
def test_a_credential_warns_14_days_ahead(lab, source, days, status, word):
    daemon = lab.daemon({"r7": dict(source.settings(), credential_expires=str(day(days)))})
    daemon.sync("r7")
    one = checks(daemon)["credential:r7"]
    assert (one["status"], one["observedValue"]) == (status, word)
    assert str(day(days)) in one["output"]


def test_verbose_and_single_checks(lab, source):
    daemon = lab.daemon({"r7": dict(source.settings(), label="reg 7")})
    daemon.sync("r7")
    status, body, headers = daemon.http("/readyz?verbose")
    lines = body.decode().splitlines()
    assert status == 200 and headers["Content-Type"].startswith("text/plain")
    assert lines[0].startswith("[+]store ok: ") and lines[-1] == "readyz check passed"
    assert any(line.startswith("[+]source:reg 7 ok") for line in lines)
    status, body, _ = daemon.http("/livez?verbose")
    assert status == 200
    assert [line.split()[0] for line in body.decode().splitlines()] == ["[+]scheduler", "livez"]
    assert daemon.http("/readyz/store")[0] == 200
    assert daemon.http("/readyz/source:reg%207")[0] == 200
    assert daemon.http("/livez/scheduler")[0] == 200
    for path in ("/readyz/", "/readyz/nothing", "/readyz/source:reg%2", "/readyz/%00",
                 "/readyz/" + "a" * 4000, "/livez/store", "/readyzz", "/livez2"):
        assert daemon.http(path)[0] == 404, path


def test_redis_away_fails_readiness_only(lab, source):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    assert health(daemon).returncode == 0
    lab.server.kill()
    wait_until(lambda: daemon.http("/readyz/store")[0] == 503, 15)
    assert daemon.http("/livez")[0] == daemon.http("/livez?verbose")[0] == 200
    assert b"[-]store fail: connecting" in daemon.http("/readyz?verbose")[1]
    assert b"readyz check failed" in daemon.http("/readyz?verbose")[1]
    assert health(daemon).returncode == 2
    lab.check_at_end = False


def test_exit_codes_for_cron_and_nagios(lab, source):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    got = health(daemon)
    assert got.returncode == 0 and got.stdout.startswith("pass\n"), got.stdout
    assert health(daemon, "x").returncode == 3
    daemon.stop()
    got = health(daemon)
    assert got.returncode == 2 and got.stderr


def test_no_append_only_file_is_warned_of(lab, source):
    lab.server.client.config_set("appendonly", "no")
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    one = checks(daemon)["redis"]
    assert one["status"] == "warn" and "appendonly yes" in one["output"]
    daemon.wait_log("appendonly yes")
    got = health(daemon)
    assert got.returncode == 1 and got.stdout.startswith("warn: redis: ")


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_a_redis_that_evicts_is_refused(lab, source, policy):
    lab.server.client.config_set("maxmemory-policy", policy)
    daemon = lab.daemon([source], start=False).launch()
    assert daemon.wait_exit() == 78
    daemon.wait_log("noeviction")
    assert lab.server.client.dbsize() == 0
    lab.check_at_end = False


def test_a_user_without_info_is_warned_of(lab, source):
    lab.server.client.execute_command("ACL", "SETUSER", "certsyncd", "-info")
    daemon = lab.daemon([source])
    assert "+info" in checks(daemon)["redis"]["output"]
    lab.server.client.execute_command("ACL", "SETUSER", "certsyncd", "+info")
    lab.server.client.acl_log_reset()


def test_changes_are_logged_once(lab, source):
    """Not every look: a claim rejected a thousand times fills no log."""
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    for i in range(200):
        lab.market.command("nonsense", "b%d" % i, "p")
    lab.settle(daemon)
    daemon.wait_log("more messages like the last one are left out")
    assert daemon.log().count(" is rejected") == 30
    text = daemon.http("/metrics")[1].decode()
    assert "\ncertsync_log_suppressed_total 1" in text
