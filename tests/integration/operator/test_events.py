# SPDX-License-Identifier: ISC
"""The event streams: `certsync events` shows all of them, and they keep to their bounds."""

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
    lab.use_store()
    return lab.daemon()


def fill(market, count, partition=0, first_id=None):
    """Made-up events x0, x1, ...: their ids in the stream."""
    pipe = market.redis.pipeline(transaction=False)
    for i in range(count):
        pipe.xadd(market.key("{%d}" % partition, "events"),
                  {"event": json.dumps(dict(BIG, id="x%d" % i))},
                  id="%d-1" % (first_id + i) if first_id else "*")
    return pipe.execute()


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
    lab.use_store()
    daemon = lab.daemon(redis={"partitions": "128"})
    for p in range(128):
        fill(market, 1, p)
    assert certsync(daemon, "--json").stdout.count('"id":"x0"') == 128


def test_since(market, daemon):
    streamed = fill(market, 3)

    def ids(since):
        answer = certsync(daemon, "--json", "--since", since)
        assert answer.returncode == 0, answer.stderr
        return [json.loads(line)["event"]["id"] for line in answer.stdout.splitlines()]
    assert ids("0") == ids("0-0") == ids("1h") == ids("36500d") == ["x0", "x1", "x2"]
    assert ids(streamed[1]) == ["x2"]
    assert ids("9223372036854775807-0") == []


@pytest.mark.parametrize("since", ["garbage", "", "-", "1-2-3", "-1", "1-x", "(5", "99999999999999999999",
                                   "1 h", "$", "5-99999999999999999999"])
def test_a_since_that_is_none(market, daemon, since):
    answer = certsync(daemon, "--since=" + since)
    assert answer.returncode == 2 and "an event's id such as" in answer.stderr
    assert scrape(daemon)("certsync_store_errors_total") == 0


# --- their bounds --------------------------------------------------------------------------


CAP = 1000
NODE = 100                      # entries that Redis removes together


@pytest.fixture
def bounded(lab, market):
    """A daemon that finds five times as many events as there may be."""
    lab.check_at_end = False
    fill(market, 5 * CAP)
    lab.use_store()
    return lab.daemon(events={"max_entries": CAP})


def length(market):
    return market.redis.xlen(market.key("{0}", "events"))


def told(market):
    stream = market.redis.xrange(market.key("{0}", "events"))
    return sum("stream.trimmed" in fields["event"] for _, fields in stream)


def next_round(market, daemon, reader=None, count=2 * CAP):
    """Nothing is left of what was there before; a group has read all that is new."""
    fill(market, count)
    if reader:
        market.redis.xgroup_setid(market.key("{0}", "events"), reader, "$")
    daemon.elapse(minutes=1)
    wait_until(lambda: length(market) < CAP + NODE)
    daemon.round_trip()


def test_a_stream_is_cut_to_its_cap_at_once(market, bounded):
    wait_until(lambda: length(market) < CAP + NODE)
    bounded.round_trip()
    assert told(market) == 1
    # What goes on is not told again while that can be read.
    for _ in range(3):
        next_round(market, bounded, count=2 * NODE)
        assert told(market) == 1
    # It cannot any more.
    next_round(market, bounded)
    wait_until(lambda: told(market) == 1)


def test_a_group_that_loses_events_is_told_each_time(market, bounded):
    wait_until(lambda: length(market) < CAP + NODE)
    stream = market.key("{0}", "events")
    market.redis.xgroup_create(stream, "slow", id="$")
    market.redis.xgroup_create(stream, "done", id="$")
    next_round(market, bounded, reader="done")
    wait_until(lambda: told(market) == 1)
    last = market.redis.xrevrange(stream, count=1)[0][0]
    market.redis.xgroup_destroy(stream, "slow")
    next_round(market, bounded, reader="done", count=2 * NODE)
    assert told(market) == 1 and market.redis.xrange(stream, min=last, max=last)


def test_what_is_older_than_retain_days_goes_at_once(lab, market):
    fill(market, 3 * CAP, first_id=1000)
    new = fill(market, 1)
    lab.check_at_end = False
    lab.use_store()
    lab.daemon()
    wait_until(lambda: length(market) <= NODE)
    assert market.redis.xrange(market.key("{0}", "events"), min=new[0])
    assert told(market) == 0


def test_a_daemon_that_stops_while_it_trims_ends_well(lab):
    """Many streams take their time, and the end does not wait for them."""
    lab.use_store()
    daemon = lab.daemon(redis={"partitions": "128"})
    for _ in range(5):
        daemon.restart()
