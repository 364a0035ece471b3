# SPDX-License-Identifier: ISC
"""The accounts of config/redis.acl: enough for their work, which all tests here
show (conftest.py), and for nothing more."""

import json
import re
import subprocess

import pytest
import redis

from feeds import Rec, day
from store import ACL, acl_with_passwords, password, unix_client

ROOT = ACL.parent.parent
FIRM = "Narrow Gate Works"
# Not in the list of account.lua: the greeting, which is a courtesy, and the look at the
# server's settings, without which the daemon only warns.
COURTESIES = {"ping", "select", "client|setname", "info"}


def rules(user):
    """Words of the user's line behind its password."""
    line = next(li for li in ACL.read_text().splitlines() if li.startswith("user %s " % user))
    return line.split()[4:]


def granted(user):
    return {w[1:] for w in rules(user) if w.startswith("+")}


@pytest.fixture
def used(lab, market):
    """A store with one verified badge, a rejected command and a consumer group."""
    source = lab.source("texas")
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(300))])
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    market.put("b1", source, profile="p1", number=source.number(1), business_name=FIRM)
    market.command("put", "b2", "p1")
    market.settle()
    assert market.verdict("b1") == ("verified", "record_active")
    return lab


def refused(client, *command):
    with pytest.raises(redis.exceptions.NoPermissionError):
        client.execute_command(*command)


WRITES = [("HSET", "certsync:{0}:badge:b1", "status", "verified"), ("DEL", "certsync:{0}:badge:b1"),
          ("SADD", "certsync:{0}:certified", "p9"), ("XADD", "certsync:{0}:events", "*", "event", "{}"),
          ("XTRIM", "certsync:{0}:events", "MAXLEN", "0"), ("XDEL", "certsync:{0}:events", "1-1"),
          ("HSET", "certsync:meta", "schema", "9"), ("SET", "certsync:{0}:fence", "9"),
          ("EVAL", "return 1", "0"), ("XGROUP", "DESTROY", "certsync:{0}:events", "g"),
          ("XGROUP", "CREATE", "certsync:claims", "g", "0")]
READS = [("HGETALL", "certsync:{0}:badge:b1"), ("HGETALL", "certsync:{0}:profile:p1"),
         ("SISMEMBER", "certsync:{0}:certified", "p1"), ("LRANGE", "certsync:{0}:history:b1", "0", "-1"),
         ("XRANGE", "certsync:{0}:events", "-", "+"), ("XRANGE", "certsync:claims", "-", "+"),
         ("HGETALL", "certsync:internal:{certsync:connector:vethub}:mirror"),
         ("GET", "certsync:internal:{certsync:meta}:hashkey"), ("GET", "elsewhere")]
SERVER = [("FLUSHALL",), ("FLUSHDB",), ("CONFIG", "GET", "dir"), ("CONFIG", "SET", "dir", "/"),
          ("KEYS", "*"), ("SCAN", "0"), ("SHUTDOWN",), ("LATENCY", "RESET"), ("ACL", "LIST"),
          ("ACL", "SETUSER", "certsyncd", "+@all"), ("MONITOR",), ("CLIENT", "KILL", "TYPE", "normal"),
          ("REPLICAOF", "127.0.0.1", "1"), ("MODULE", "LIST"), ("PUBLISH", "c", "m"),
          ("SUBSCRIBE", "c"), ("SWAPDB", "0", "1"), ("RENAME", "certsync:meta", "certsync:x"),
          ("MIGRATE", "127.0.0.1", "1", "k", "0", "1"), ("FUNCTION", "LIST"), ("SCRIPT", "FLUSH"),
          ("DUMP", "certsync:meta"), ("SORT", "certsync:meta")]


def allowed(user, commands):
    may = {"certsync-market": [],
           "certsync-staff": READS[:1] + READS[3:4],
           "certsync-consumer": READS[4:5],
           "certsync-reader": READS[:3]}[user]
    return [c for c in commands if c in may]


@pytest.mark.parametrize("user", ["certsync-market", "certsync-staff", "certsync-consumer",
                                  "certsync-reader"])
def test_an_account_does_its_own_and_no_more(used, redis_server, user):
    client = redis_server.connect(user)
    for command in WRITES + SERVER:
        refused(client, *command)
    may = allowed(user, READS)
    for command in READS:
        if command in may:
            assert client.execute_command(*command), command
        else:
            refused(client, *command)
    redis_server.client.acl_log_reset()


def test_the_daemon_keeps_to_its_prefix(used, redis_server):
    client = redis_server.connect("certsyncd")
    for command in SERVER:
        refused(client, *command)
    for command in (("GET", "elsewhere"), ("SET", "elsewhere", "1"), ("SET", "certsync2:x", "1"),
                    ("HGETALL", "other:{0}:badge:b1")):
        refused(client, *command)
    with pytest.raises(redis.exceptions.ResponseError, match="can't access at least one of the keys"):
        client.eval("return redis.call('SET', 'elsewhere', 1)", 0)
    with pytest.raises(redis.exceptions.ResponseError, match="can't run this command"):
        client.eval("return redis.call('FLUSHALL')", 0)
    assert redis_server.client.get("elsewhere") is None
    redis_server.client.acl_log_reset()


def test_nobody_is_the_default_user(redis_server):
    client = unix_client(redis_server.socket)
    with pytest.raises(redis.exceptions.AuthenticationError):
        client.ping()
    # Off, yet allowed everything: Redis replays transactions of its append-only file with the
    # rules of this user, and drops what they forbid (redis/redis#14541).
    assert ACL.read_text().splitlines()[0] == "user default off ~* &* +@all"


def test_the_market_states_claims(used, redis_server, market):
    client = redis_server.connect("certsync-market")
    client.xadd("certsync:claims", {"op": "hide", "badge": "b1", "profile": "p1"})
    market.settle()
    assert market.badge("b1")["visibility"] == "hidden"
    [(_, rejected)] = client.xrange("certsync:claims:rejected")
    assert rejected["badge"] == "b2"
    for stream in ("certsync:staff", "certsync:claims:rejected"):
        refused(client, "XADD", stream, "*", "op", "erase", "profile", "p1")
    redis_server.client.acl_log_reset()


def test_the_staff_erases(used, redis_server, market):
    client = redis_server.connect("certsync-staff")
    assert client.zrange("certsync:{0}:review", 0, -1) == []
    client.xadd("certsync:staff", {"op": "erase", "profile": "p1"})
    market.settle()
    assert market.badge_ids() == []


def test_a_consumer_reads_in_a_group(used, redis_server):
    client = redis_server.connect("certsync-consumer")
    stream = "certsync:{0}:events"
    client.xgroup_create(stream, "mail", "0")
    [(_, entries)] = client.xreadgroup("mail", "m1", {stream: ">"}, count=10)
    assert json.loads(entries[0][1]["event"])["subject"] == "b1"
    client.xautoclaim(stream, "mail", "m2", min_idle_time=0)
    assert client.xpending(stream, "mail")["pending"] == len(entries)
    assert client.xack(stream, "mail", *(i for i, _ in entries)) == len(entries)
    assert client.hget("certsync:meta", "epoch")
    assert client.zrange("certsync:{0}:badges", 0, -1) == ["b1"]


def test_a_reader_draws_a_tile(used, redis_server):
    client = redis_server.connect("certsync-reader")
    assert json.loads(client.hget("certsync:{0}:profile:p1", "b1"))["status"] == "verified"
    assert client.sscan("certsync:{0}:certified:woman" if not client.sismember(
        "certsync:{0}:certified:veteran", "p1") else "certsync:{0}:certified:veteran")[1] == ["p1"]
    assert client.hget("certsync:connector:vethub", "state") == "idle"


def daemon_with(lab, *change):
    """A daemon whose account has been changed: what it says, and its exit code."""
    lab.server.client.execute_command("ACL", "SETUSER", "certsyncd", *change)
    daemon = lab.daemon({}, start=False)
    return daemon.launch().wait_exit(20), daemon.log()


@pytest.mark.parametrize("change,named", [
    (["-xtrim"], "may not use XTRIM;"),
    (["-xgroup|create"], "may not use XGROUP CREATE;"),
    (["-hset", "-hget", "-xadd"], "may not use HGET, HSET, XADD;"),
    (["-@all", "+eval", "+evalsha", "+script|load"], "may not use TIME, EXISTS, TYPE, GET and 3"),
    (["-@all"], "may not use scripts (EVAL, EVALSHA, SCRIPT LOAD);"),
    (["resetkeys", "~certsync:{*}:*", "~certsync:connector:*", "~certsync:internal:*"],
     "may not use the keys certsync:meta, certsync:claims, certsync:staff, certsync:claims:rejected;"),
    (["resetkeys", "%R~certsync:*"], "may not use the keys certsync:meta, certsync:claims, "),
    (["resetkeys", "~certsync:*", "-xtrim"], "may not use XTRIM;"),
])
def test_too_small_an_account_is_named_at_the_start(lab, change, named):
    code, log = daemon_with(lab, *change)
    assert code == 78, log
    assert named in log
    assert "give it the rules of user certsyncd in redis.acl (docs/operations.md)" in log
    assert lab.server.client.exists("certsync:meta") == 0
    lab.server.client.acl_log_reset()


def test_a_wrong_password_is_told_and_tried_again(lab):
    wrong = lab.directory / "wrong"
    wrong.write_text("wrong")
    wrong.chmod(0o600)
    daemon = lab.daemon({}, start=False, redis={"password": "file:%s" % wrong})
    daemon.launch()
    daemon.wait_log("AUTH refused (WRONGPASS): check username and password")
    daemon.stop()
    lab.server.client.acl_log_reset()


# --- the file itself -----------------------------------------------------------------------------


def test_a_forgotten_password_stops_redis(tmp_path):
    """Until every placeholder is replaced, Redis does not start with the file."""
    acl = tmp_path / "users.acl"
    acl.write_text(acl_with_passwords().splitlines()[0] + "\n" + ACL.read_text().splitlines()[2])
    result = subprocess.run(["redis-server", "--port", "0", "--unixsocket", tmp_path / "s", "--save", "",
                             "--dir", tmp_path, "--aclfile", acl], capture_output=True, text=True,
                            timeout=20)
    assert result.returncode != 0
    assert "users.acl:2" in result.stdout + result.stderr


def account_lua():
    """What the daemon checks at its start."""
    text = (ROOT / "src" / "store" / "scripts" / "account.lua").read_text()
    lines = re.search(r"\[\[\n(.*?)\]\]", text, re.S).group(1).splitlines()
    pairs = (re.match(r"([A-Z]+)(?: ([A-Z]{2,})(?= [@x]))?", li).groups() for li in lines)
    return {"|".join(w for w in p if w).lower() if p[0] in ("SCRIPT", "XGROUP", "XINFO") else p[0].lower()
            for p in pairs}


def test_the_check_at_the_start_knows_the_whole_account():
    assert account_lua() == granted("certsyncd") - COURTESIES


def test_every_command_in_the_source_is_granted(redis_server):
    """A new command of the daemon must come with a new rule, and an unused rule go."""
    known = set(subprocess.run(["redis-cli", "-s", redis_server.socket, "--user", "admin", "-a",
                                password("admin"), "--no-auth-warning", "COMMAND", "LIST"],
                               capture_output=True, text=True, check=True).stdout.split())
    words = set()
    for path in sorted((ROOT / "src").rglob("*.c")):
        for line in path.read_text().splitlines():
            if path.relative_to(ROOT).parts[1] in ("engine", "store", "io") and "redis_reply_is" not in line and \
                    "REDIS_E_" not in line:
                words |= set(re.findall(r'"([A-Z]{3,})"', line))
    for path in (ROOT / "src" / "store" / "scripts").glob("*.lua"):
        for line in path.read_text().splitlines():
            if re.search(r"redis\.p?call", line):
                words |= set(re.findall(r"'([A-Z]{3,})'", line))
    used = {w.lower() for w in words} & known
    rules = {c.split("|")[0] for c in granted("certsyncd")}
    assert len(used) > 30
    assert used - {"auth"} - rules == set(), "AUTH alone is always allowed"
    # What the metrics are read with; and EVAL is written out as bytes (redis_script.c).
    assert rules - used - {"info", "zcard", "zrange", "eval"} == set()
