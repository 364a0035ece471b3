# SPDX-License-Identifier: ISC
"""Just installed: nothing is opened without a url, nothing written before there is something to keep."""

import os
import socket

import pytest

from feeds import Rec, day
from firms import certsync
from metrics import scrape
from waiting import wait_until

FIRM = "Plain Sailing Works"


@pytest.fixture
def source(lab):
    source = lab.source("texas")
    source.publish([Rec(source.number(i), FIRM, source.type, expires=day(300)) for i in range(5)])
    return source


# --- no url -------------------------------------------------------------------------------------


def remotes(daemon):
    """What it is connected to by TCP, or was: a Redis, a registry."""
    proc = "/proc/%d" % daemon.process.pid
    own = {os.readlink("%s/fd/%s" % (proc, fd)) for fd in os.listdir(proc + "/fd")}
    rows = [line.split() for line in open(proc + "/net/tcp")][1:]
    return [row for row in rows if "socket:[%s]" % row[9] in own and row[3] != "0A"]


class Manager:
    """The service manager: what the daemon tells it."""

    def __init__(self, daemon):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = str(daemon.directory / "notify")
        self.socket.bind(address)
        self.socket.settimeout(15)
        daemon.under = ("env", "NOTIFY_SOCKET=" + address)

    def heard(self):
        return self.socket.recv(4096).decode()

    def is_ready(self):
        return any("READY=1" in self.heard() for _ in range(3))


@pytest.mark.parametrize("connectors", [False, True])
def test_without_a_url_it_runs_and_says_so(lab, source, connectors):
    lab.check_at_end = False
    daemon = lab.daemon([source] if connectors else [], start=False)
    del daemon.sections["redis"]["url"]
    daemon.write()
    manager = Manager(daemon)
    daemon.launch()
    assert manager.is_ready()
    assert daemon.http("/livez")[0] == 200 and daemon.http("/readyz")[0] == 503
    assert daemon.check("store")[:2] == ("fail", "not configured")
    assert "[redis] url is not set" in daemon.check("store")[2]
    text = certsync(daemon, "health", exit=2)
    assert "not configured" in text
    for command in (("badge", "b"), ("claim", "hide", "b", "p"), ("erase", "p"), ("events",),
                    ("rejected",), ("plan", "config")):
        answer = daemon.control(*command)
        assert answer["exit"] == 1 and "[redis] url is not set" in answer["error"], answer
    if connectors:
        answer = daemon.control("sync", source.name, wait=True)
        assert answer["exit"] == 1 and "[redis] url is not set" in answer["error"]
    assert remotes(daemon) == []
    daemon.reload()
    daemon.wait_log("configuration reloaded")
    daemon.stop()
    assert not (daemon.directory / "state" / "store.json").exists()
    once = daemon.run("--once")
    assert once.returncode == 78 and "[redis] url is not set" in once.stderr
    told = daemon.run("-t")
    assert told.returncode == (78 if connectors else 0) and "[redis] url is not set" in told.stderr


# --- a Redis that nobody has used -----------------------------------------------------------------


@pytest.fixture
def unused(lab):
    daemon = lab.daemon(redis_url=None, start=False, redis={"partitions": "8"})
    manager = Manager(daemon)
    daemon.start()
    assert manager.is_ready()
    assert daemon.check("store")[:2] == ("pass", "unused")
    assert scrape(daemon)("certsync_store_up") == 1
    assert lab.market.redis.dbsize() == 0
    return daemon


def initialised(market):
    return market.redis.hget("certsync:meta", "partitions")


def test_a_redis_that_nobody_has_used_is_left_as_it_is(lab, market, unused):
    lab.check_at_end = False            # there is nothing
    unused.wait_log("store: nothing is kept yet")
    answer = unused.control("badge", "b")
    assert answer["exit"] == 1 and "nothing is kept yet" in answer["error"]
    assert "nothing is kept yet" in unused.control("plan", "config")["error"]
    market.redis.client_kill_filter(_type="normal", skipme=True)
    wait_until(lambda: unused.check("store")[:2] == ("pass", "unused"), 15)
    assert unused.control("claim", "steal", "b", "p")["exit"] == 1
    unused.restart()
    unused.stop()
    once = unused.run("--once")
    assert once.returncode == 0, once.stderr
    assert market.redis.dbsize() == 0
    # So another decision is still possible.
    unused.sections["redis"]["partitions"] = "1"
    unused.write()
    unused.start()
    market.redis.xadd("certsync:claims", {"op": "hide", "badge": "b", "profile": "p"})
    wait_until(lambda: initialised(market) == "1", 15)


def test_the_first_command_in_a_stream_initialises_it(lab, market, unused):
    market.put("b", lab.source("texas"), number="1234567890", business_name=FIRM)
    market.settle()
    assert initialised(market) == "8" and unused.control("badge", "b")["exit"] == 0
    assert unused.check("store")[:2] == ("pass", "open")
    unused.restart()
    assert unused.control("badge", "b")["exit"] == 0


@pytest.mark.parametrize("command", [("claim", "recheck", "b", "p"), ("erase", "p")])
def test_the_first_command_of_certsync_initialises_it(market, unused, command):
    answer = unused.control(*command)
    assert answer["exit"] == 0 and "-" in answer["data"]["id"], answer
    market.settle()
    assert initialised(market) == "8" and unused.ready()


def test_the_first_connector_initialises_it(market, unused, source):
    unused.connector(source.name, source.settings())
    unused.write()
    unused.reload()
    wait_until(lambda: market.connector(source.name).get("state") == "idle", 15)
    assert initialised(market) == "8"


def test_a_store_in_use_is_opened_without_a_connector(lab, market, source):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    daemon.stop()
    del daemon.sections["connector " + source.name]
    daemon.write()
    daemon.start()
    assert daemon.check("store")[:2] == ("pass", "open")
    # Neither is one that this state_dir does not know, but others have used.
    other = lab.daemon(start=False)
    daemon.stop()
    other.start()
    assert other.check("store")[:2] == ("pass", "open")
