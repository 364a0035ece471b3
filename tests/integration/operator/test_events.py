# SPDX-License-Identifier: ISC
"""`certsync events`: all of them, at the reader's pace, from where one asks."""

import json
import socket
import subprocess

import pytest

from daemon import COMMAND
from metrics import scrape
from waiting import wait_until

PAGE = 256                      # entries that the daemon reads at once
UNREAD = 1 << 20                # bytes: then it waits for the reader
BIG = {"id": "x", "data": {"padding": "y" * 3000}}
MANY = 20 * PAGE                # more than any buffer between daemon and reader holds


@pytest.fixture
def daemon(lab):
    lab.check_at_end = False    # the events are made up
    return lab.daemon()


def fill(market, count, partition=0):
    pipe = market.redis.pipeline(transaction=False)
    for i in range(count):
        pipe.xadd(market.key("{%d}" % partition, "events"),
                  {"event": json.dumps(dict(BIG, id="x%d" % i))}, id="%d-1" % (1000 + i))
    pipe.execute()


def certsync(daemon, *words):
    return subprocess.run([COMMAND, "-s", daemon.socket, "events", *words], capture_output=True,
                          text=True, timeout=60)


def pages_read(market):
    return market.redis.info("commandstats").get("cmdstat_xrange", {"calls": 0})["calls"]


def test_a_slow_reader_gets_them_all(lab, market, daemon):
    fill(market, MANY)
    enough = pages_read(market) + UNREAD // (PAGE * 3000)
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(str(daemon.socket))
        s.sendall(b'{"cmd":"events"}\n')
        wait_until(lambda: pages_read(market) > enough, 15)
        for _ in range(3 * MANY // PAGE):   # turns enough to read it all, if nobody waited
            daemon.control("status")
        assert pages_read(market) < enough + 5
        with s.makefile("rb") as lines:
            for i in range(MANY):
                assert json.loads(lines.readline())["event"]["id"] == "x%d" % i
            assert json.loads(lines.readline())["exit"] == 0


def test_a_reader_that_leaves_ends_it(market, daemon):
    fill(market, MANY)
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(daemon.socket))
        s.sendall(b'{"cmd":"events"}\n')
        s.recv(1)
    for _ in range(8):
        daemon.control("status")
    before = pages_read(market)
    for _ in range(8):
        daemon.control("status")
    assert pages_read(market) == before < MANY // PAGE


def test_every_partition_is_shown(lab, market):
    lab.check_at_end = False    # as above
    daemon = lab.daemon(redis={"partitions": "128"})
    for p in range(128):
        fill(market, 1, p)
    assert certsync(daemon, "--json").stdout.count('"id":"x0"') == 128


def test_since(market, daemon):
    fill(market, 3)
    market.redis.xadd(market.key("{0}", "events"), {"event": json.dumps({"id": "now"})})

    def ids(since):
        answer = certsync(daemon, "--json", "--since", since)
        assert answer.returncode == 0, answer.stderr
        return [json.loads(line)["event"]["id"] for line in answer.stdout.splitlines()]
    assert ids("0") == ids("0-0") == ["x0", "x1", "x2", "now"]
    assert ids("1001-1") == ["x2", "now"]
    assert ids("1h") == ["now"]
    assert ids("36500d") == ids("0")
    assert ids("9223372036854775807-0") == []


@pytest.mark.parametrize("since", ["garbage", "", "-", "1-2-3", "-1", "1-x", "(5", "99999999999999999999",
                                   "1 h", "$", "5-99999999999999999999"])
def test_a_since_that_is_none(market, daemon, since):
    answer = certsync(daemon, "--since=" + since)
    assert answer.returncode == 2 and "an event's id such as" in answer.stderr
    assert scrape(daemon)("certsync_store_errors_total") == 0
