# SPDX-License-Identifier: ISC
"""Connectors that crash, loop, leak and lie fail their own poll and nothing else."""

import re

import pytest

from feeds import Rec, day
from waiting import wait_until

FIRM = "Quiet Corner Books"
HARMS = {
    "crasher": ("abort", "segv", "exit", "close"),
    "looper": ("",),
    "leaker": ("",),
    "silent": ("",),
    "garbage": ("text", "huge", "unknown", "ours", "credit", "done", "record", "part", "close"),
    "liar": ("path", "host", "method", "header", "crlf", "code", "rc", "number", "ignore", "utf8",
             "control", "type", "date", "status"),
}
ENDS_S = 90     # CPU limits and silence of a worker included, many of them on two cores


def hostile(registry, plugin, how, body):
    settings = {"plugin": plugin, "body": body, "url": registry.url + "/bad", "timeout": "2s",
                "interval": "24h"}
    return dict(settings, how=how) if how else settings


def test_they_fail_alone(lab, market, registry, plugins):
    source = lab.source("texas")
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(100))])
    registry.script({"/bad": [{"body": "hello, world\n" * 100}]})
    connectors = {source.name: source.settings()}
    for plugin, hows in HARMS.items():
        for i, how in enumerate(hows):
            name = "%s-%d" % (plugin, i)
            connectors[name] = hostile(registry, plugin, how, name)
    daemon = lab.daemon(connectors, daemon={"plugin_dir": plugins})
    daemon.sync(source.name)
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    assert market.verdict("b") == ("verified", "record_active")

    def failed(name):
        state = market.connector(name)
        assert state.get("error") and state["state"] in ("backoff", "stopped"), (name, state)
        return True
    for name in connectors:
        if name != source.name:
            wait_until(lambda n=name: failed(n), ENDS_S)
            assert market.connector(name)["records"] == "0", name
    assert daemon.alive and daemon.ready()
    assert daemon.http("/livez")[0] == 200
    assert daemon.sync(source.name) == "unchanged"
    assert market.badge_ids() == ["b"]


def test_one_that_hangs_while_it_is_loaded_delays_no_other(lab, market, registry, plugins):
    source = lab.source("texas")
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(100))])
    daemon = lab.daemon({source.name: source.settings(),
                         "hang": hostile(registry, "hanger", "", "h")},
                        daemon={"plugin_dir": plugins})
    daemon.sync(source.name)
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    assert market.verdict("b") == ("verified", "record_active")
    daemon.wait_log("connector hang: its plug-in has not said yet what it is, the others go on")
    assert daemon.control("connectors")["data"]["connectors"][1]["error"]
    daemon.wait_log(re.compile("poll 1 done.*connector hang: its plug-in cannot be used", re.S))
    assert daemon.sync(source.name) == "unchanged"
    check = daemon.run("-t")
    assert check.returncode == 78 and "[connector hang]" in check.stderr
    assert "seems to hang" in check.stderr


def test_a_slow_one_is_used_when_it_has_loaded(lab, registry, plugins):
    """Nobody waited for it: all is loaded once more, with what it says."""
    source = lab.source("texas")
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(100))])
    daemon = lab.daemon({source.name: source.settings(),
                         "slow": hostile(registry, "sluggish", "", "h")},
                        daemon={"plugin_dir": plugins, "log_level": "debug"})
    daemon.wait_log("badges and 2 sources", times=2)
    # It is asked twice: what it is, and what it says of its settings.  Nothing is polled before.
    daemon.wait_log(re.compile(r"\A(?:(?!connector slow: poll).)*connector slow: its plug-in can be "
                               r"used now.*connector slow: poll 1", re.S))
    assert "cannot be used" not in daemon.log()


@pytest.mark.parametrize("how, settings, why, asked", [
    ("new", {"max_requests": "7"}, "asks for more than 7 requests: `max_requests` allows", 7),
    ("records", {"max_requests": "120"}, "asks for more than 120 requests", 120),
    ("same", {}, "100 answers in a row had no new item: the pages have no end", 101)])
def test_pages_without_end_have_one(lab, market, registry, plugins, how, settings, why, asked):
    registry.script({"/bad/page": [{"body": "page\n"}]})
    daemon = lab.daemon({"endless": hostile(registry, "endless", how, "e") | settings |
                         {"timeout": "1h"}}, daemon={"plugin_dir": plugins})
    daemon.sync_fails("endless")
    assert why in market.connector("endless")["error"]
    asks = len(registry.requests())
    assert asks > 0 and asks % asked == 0


def test_a_failure_says_where_the_connector_was(lab, market, registry, plugins):
    registry.script({"/bad": [{"body": "hello\n"}]})
    daemon = lab.daemon({"loop": hostile(registry, "looper", "", "b1"),
                         "crash": hostile(registry, "crasher", "records", "b2")},
                        daemon={"plugin_dir": plugins})
    for name, why in (("loop", r"`timeout` allows, the last \d+ ms in push\(\) of its plug-in"),
                      ("crash", r"crashed \(SIGABRT\) in push\(\) after 3 records; report")):
        daemon.sync_fails(name)
        assert re.search(why, market.connector(name)["error"]), market.connector(name)


def test_what_a_connector_prints_is_in_the_debug_log(lab, registry, plugins):
    registry.script({"/bad/list": [{"body": "hello\n"}]})
    daemon = lab.daemon({"print": hostile(registry, "printer", "lines", "p")},
                        daemon={"plugin_dir": plugins, "log_level": "debug"})
    daemon.wait_log(re.compile(r"connector print: poll \d+: its plug-in printed: in next, 7"))
    daemon.wait_log("its plug-in printed: in close, without an end")


def test_what_a_connector_should_not_say_is_told_once_a_poll(lab, market, registry, plugins):
    """A proof that it does not declare, and a type that is in no table."""
    registry.script({"/bad/list": [{"body": "hello\n"}]})
    daemon = lab.daemon({"stray": hostile(registry, "stray", "", "s")},
                        daemon={"plugin_dir": plugins})
    daemon.wait_log("connector stray: poll 1 done")
    for told in ('its plug-in names the proof "total", which its descriptor does not declare',
                 "a record has type NOSUCH, which is not in the table of types"):
        assert daemon.log().count("connector stray: poll 1: " + told) == 1
    assert market.connector("stray")["proof"] == "none"


def test_a_connector_of_another_abi_is_a_configuration_error(lab, registry, plugins):
    daemon = lab.daemon({"old": hostile(registry, "badabi", "", "b")}, start=False,
                        daemon={"plugin_dir": plugins})
    result = daemon.run("-t")
    assert result.returncode == 78
    assert "badabi" in result.stderr and "rebuild it" in result.stderr


def test_a_connector_that_is_not_there_is_a_configuration_error(lab, registry, plugins):
    daemon = lab.daemon({"gone": hostile(registry, "gone", "", "b")}, start=False,
                        daemon={"plugin_dir": plugins})
    result = daemon.run("-t")
    assert result.returncode == 78
    assert "gone" in result.stdout + result.stderr


def test_nothing_is_left_behind(lab, market, registry, plugins):
    """Workers that were given up are gone, and their descriptors are closed."""
    registry.script({"/bad": [{"body": "hello\n"}]})
    connectors = {"crash": hostile(registry, "crasher", "segv", "b1"),
                  "part": hostile(registry, "garbage", "part", "b2")}
    daemon = lab.daemon(connectors, daemon={"plugin_dir": plugins})
    for name in connectors:
        daemon.sync_fails(name)
    lab.settle()
    before = daemon.descriptors()
    for _ in range(10):
        for name in connectors:
            daemon.sync_fails(name)
    wait_until(lambda: daemon.descriptors() <= before, 10, "descriptors are left open")
    wait_until(lambda: len(children(daemon)) <= 1, 10, "workers are left")


def children(daemon):
    """Processes below the daemon but the spawner's own: workers are its children."""
    def below(pid):
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(p) for p in f.read().split()]
    spawners = below(daemon.process.pid)
    return spawners + [w for s in spawners for w in below(s)]
