# SPDX-License-Identifier: ISC
"""Nothing sensitive where operations look: canaries, sought in logs, pages, answers and /proc."""

import json
import os
import pathlib
import resource
import signal
import subprocess

import pytest

from feeds import Rec, day
from waiting import wait_until

SECRET = "canary-secret-7c1f"
NAME = "Canary Songbird Works"
CLAIMED = "Songbird Canary Holdings"
DBA = "Yellowbird Canary"
WORDS = ("lgbtq", "woman", "minority", "veteran", "disability", "WOSB", "SBA8A", "LGBTBE")


@pytest.fixture
def watched(lab):
    """A daemon that has seen everything sensitive there is, in good and in bad forms."""
    sam, nglcc = lab.source("sam-extract"), lab.source("nglcc-csv-http")
    sam.name, nglcc.name = "r1", "r2"
    numbers = [sam.number(770000 + i) for i in range(4)]
    sam.publish([Rec(n, NAME, sam.type, expires=day(200), dba=DBA) for n in numbers])
    nglcc.publish([Rec("LGCANARY%d" % i, NAME, "LGBTBE", expires=day(200)) for i in range(3)])
    settings = dict(sam.settings())
    key = pathlib.Path(settings["api_key"].removeprefix("file:"))
    key.write_text(SECRET + "\n")
    daemon = lab.daemon({"r1": dict(settings, body="sba"), "r2": nglcc.settings()})
    for name in ("r1", "r2"):
        daemon.sync(name)
    put = lab.market.put
    put("b1", sam, number=numbers[0], business_name=NAME)
    put("b2", sam, number=numbers[1], business_name=CLAIMED)
    put("b3", sam, number=numbers[2] + "?", business_name=NAME)
    put("b4", nglcc, number="LGCANARY1", business_name=NAME)
    put("b5", nglcc, number="LGCANARY9", business_name=NAME)
    put("b6", sam, number="x" * 2000, business_name=CLAIMED)
    put("b7", sam, number=numbers[3], business_name=NAME, category="canary-category")
    put("b8", sam, number=numbers[3], business_name=NAME, expires_on="canary-date")
    lab.market.command("put", "b9", "p", canary_field="canary-value", number=numbers[3])
    lab.settle(daemon)
    # The registry says odd things, and then nothing of use.
    sam.publish([Rec(numbers[0], NAME, sam.type, status="excluded")])
    daemon.sync("r1", expect=("committed", "unchanged", "refused", "held", "failed"))
    lab.registry.script({"/": [{"status": 500, "body": NAME + " " + numbers[0]}]})
    for name in ("r1", "r2"):
        daemon.sync(name, expect=("failed",))
    lab.registry.script({})
    daemon.reload()
    daemon.wait_log("configuration reloaded")
    lab.settle(daemon)
    canaries = [NAME, CLAIMED, DBA, "LGCANARY", SECRET, "canary-", "canary_", "Canary", *numbers]
    return daemon, canaries


def seek(where, text, canaries, words=()):
    for canary in canaries:
        assert canary not in text, "%s shows %r" % (where, canary)
    for word in words:
        assert word not in text, "%s shows %r" % (where, word)


def test_no_canary_in_logs_pages_and_answers(lab, watched):
    daemon, canaries = watched
    assert len({b["status"] for b in lab.market.badges().values()}) >= 4
    seek("the log", daemon.log(), canaries, WORDS)
    for page in ("/metrics", "/status", "/readyz", "/readyz?verbose", "/livez?verbose"):
        status, body, _ = daemon.http(page)
        assert status == 200 and body
        seek(page, body.decode(), canaries, WORDS)
        for badge in lab.market.badge_ids():
            assert '"%s"' % badge not in body.decode()
    for command in ("status", "connectors", "health"):
        seek(command, json.dumps(daemon.control(command)), canaries, WORDS)


def test_no_secret_in_proc(watched):
    daemon, _ = watched
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if str(daemon.config) not in (process / "cmdline").read_text(errors="replace"):
                continue
            for name in ("cmdline", "environ", "comm", "status"):
                assert SECRET not in (process / name).read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue


def killed_by_abort(pid):
    """Whether it left a core; resource limits do not stand in the way of one."""
    resource.prlimit(pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.kill(pid, signal.SIGABRT)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGABRT
    return os.WCOREDUMP(status)


def test_no_core(watched, tmp_path):
    """One would hold claims and keys.  Where nobody's core is written, here as in many
    containers, it shows only that the daemon ends; the next test does not depend on that."""
    daemon, _ = watched
    other = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    killed_by_abort(other.pid)
    assert not killed_by_abort(daemon.process.pid)
    daemon.process = None


def test_nobody_of_the_same_user_looks_into_it(lab):
    """The kernel says so of what is not dumpable: no core, no ptrace, no /proc/PID/mem."""
    plain = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []

    def may_look_into(pid):
        return subprocess.run([*plain, "readlink", f"/proc/{pid}/exe"],
                              stdout=subprocess.DEVNULL).returncode == 0

    with subprocess.Popen([*plain, "sleep", "60"]) as other:
        wait_until(lambda: may_look_into(other.pid), 15, "it may not look into any process")
        other.kill()
    daemon = lab.daemon({}, start=False)
    daemon.under = plain
    daemon.start()
    assert not may_look_into(daemon.process.pid)


def test_no_secret_in_redis_but_what_belongs_there(lab, watched):
    """Keys and the connectors' states are seen by many: neither names anybody."""
    _, canaries = watched
    client = lab.market.redis
    keys = list(client.scan_iter("*", count=1000))
    seek("a key", "\n".join(keys), [c for c in canaries], ())
    for name in ("r1", "r2"):
        seek("connector " + name, json.dumps(client.hgetall(lab.market.key("connector", name))),
             canaries)
    for _, entry in client.xrange(lab.market.key("claims", "rejected")):
        seek("claims:rejected", json.dumps(entry), [c for c in canaries if c != "canary_"])
    for event in lab.market.events():
        seek("an event", json.dumps(event), canaries, WORDS)
