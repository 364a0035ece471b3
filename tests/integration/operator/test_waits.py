# SPDX-License-Identifier: ISC
"""Whoever waits at the control socket is answered: by the end, by a change, or by a limit."""

import json
import threading

import pytest

from feeds import Rec, day
from latency import Latency
from waiting import wait_until

FIRM = "Evergreen Catering Works"


class Waiting:
    """A connector whose registry does not answer for now, and clients that wait for its poll."""

    def __init__(self, lab, way):
        self.lab, self.way = lab, way
        self.source = lab.source("texas")
        self.source.publish([Rec(self.source.number(i), FIRM, self.source.type, expires=day(300))
                             for i in range(5)])
        settings = self.source.settings()
        settings["url"] = settings["url"].replace(lab.registry.url, "http://%s:%d" % way.address)
        self.daemon = lab.daemon({self.source.name: settings})
        self.daemon.sync(self.source.name)
        self.answers, self.clients = [], []

    def ask(self, *words, **opts):
        client = threading.Thread(daemon=True, target=lambda: self.answers.append(
            self.daemon.control(*words, **opts)))
        client.start()
        self.clients.append(client)

    def polling(self):
        wait_until(self.daemon.polling)

    def answer(self):
        for client in self.clients:
            client.join(15)
        assert len(self.answers) == len(self.clients)
        return self.answers


@pytest.fixture
def waiting(lab):
    with Latency(("127.0.0.1", lab.registry.port)) as way:
        yield Waiting(lab, way)


@pytest.fixture
def name(waiting):
    return waiting.source.name


@pytest.mark.parametrize("change", ["settings", "gone"])
@pytest.mark.parametrize("dry", [False, True], ids=["sync", "dry-run"])
def test_a_reload_ends_the_poll(waiting, name, change, dry):
    waiting.way.hold()
    waiting.ask(*(("plan", name) if dry else ("sync", name)), wait=True, dry_run=dry)
    waiting.polling()
    section = "connector " + name
    if change == "settings":
        waiting.daemon.sections[section]["url"] += "?2"
    else:
        del waiting.daemon.sections[section]
    waiting.daemon.write()
    waiting.daemon.reload()
    [answer] = waiting.answer()
    assert answer["exit"] == 1
    said = json.dumps(answer)
    assert ("its settings have changed" if change == "settings" else "its connector is gone") in said
    waiting.way.release()


def test_the_end_of_the_daemon_ends_it(waiting, name):
    waiting.way.hold()
    waiting.ask("sync", name, wait=True)
    waiting.polling()
    waiting.daemon.stop()
    [answer] = waiting.answer()
    assert answer["data"] == {"result": "failed", "text": "certsyncd stops"}
    waiting.way.release()


def test_the_loss_of_the_store_ends_it(lab, market, waiting, name):
    """Though the registry might answer one day."""
    lab.check_at_end = False
    waiting.way.hold()
    waiting.ask("sync", name, wait=True)
    waiting.polling()
    market.redis.flushall()
    [answer] = waiting.answer()
    assert answer["exit"] == 1 and "the store was emptied or rolled back" in answer["error"]
    waiting.way.release()
    assert waiting.daemon.wait_exit() == 75


def refuse(market, yes):
    market.redis.config_set("maxmemory", "1" if yes else "0")


def test_nobody_waits_longer_for_a_redis_that_refuses(waiting, market, name):
    waiting.source.outage()
    waiting.way.hold()
    waiting.ask("sync", name, wait=True)
    waiting.polling()
    refuse(market, True)
    waiting.way.release()
    waiting.daemon.wait_log("poll 3 failed")
    waiting.ask("hold", name, why="it looks odd")
    waiting.daemon.wait_log("Redis answered an error")
    waiting.daemon.elapse_slowly(15)
    assert waiting.answers == []
    waiting.daemon.elapse_slowly(25)
    for answer in waiting.answer():
        assert answer["exit"] == 1 and "Redis refuses writes: OOM" in answer["error"]
        assert "goes on when that is over" in answer["error"]
    refuse(market, False)
    wait_until(lambda: market.connector(name)["state"] == "held", 15)


# --- health --------------------------------------------------------------------------------


def take_xadd(market, yes):
    market.redis.execute_command("ACL", "SETUSER", "certsyncd", "-xadd" if yes else "+xadd")
    market.redis.acl_log_reset()


@pytest.mark.parametrize("fault,says", [(refuse, "OOM"), (take_xadd, "can't run this command")],
                         ids=["no-memory", "no-right"])
def test_a_write_that_redis_refuses_fails_readiness(waiting, market, fault, says):
    """Within five seconds; and it passes again when Redis takes it."""
    daemon, source = waiting.daemon, waiting.source
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    assert daemon.ready()
    fault(market, True)
    source.publish([Rec(source.number(i), FIRM, source.type, expires=day(400)) for i in range(5)])
    daemon.control("sync", source.name)
    wait_until(lambda: not daemon.ready(), 5, "/readyz is 200 though nothing can be written")
    page = json.loads(daemon.http("/readyz")[1])
    assert page["status"] == "fail" and "Redis refuses writes" in page["output"]
    assert says in page["output"]
    assert page["checks"]["store"][0]["observedValue"] == "refusing"
    assert daemon.http("/livez")[0] == 200
    fault(market, False)
    wait_until(daemon.ready, 10, "/readyz stays 503")
    daemon.sync(source.name)
    wait_until(lambda: market.badge("b")["expires_on"] == day(400).isoformat())
