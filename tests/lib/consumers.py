# SPDX-License-Identifier: ISC
"""The programs of examples/ as processes, and what they have done."""

import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest

from waiting import wait_until

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
NODE_MODULES = EXAMPLES / "node" / "node_modules"
READY_S = 20        # a loaded machine
FRESH_S = 3         # of the 10 that an example waits for news
GROUP = "directory"


def node():
    """Node.js with the packages of examples/node, or the test fails."""
    program = shutil.which("node")
    if program is None or not NODE_MODULES.is_dir():
        missing = "Node.js" if program is None else "examples/node/node_modules"
        pytest.fail("%s is missing: make deps-node" % missing)
    return program


class Consumer:
    """One member of the group: its name, and at most one process at a time."""

    def __init__(self, lab, name, claim_after):
        self.lab, self.market, self.redis = lab, lab.market, lab.market.redis
        self.name, self.claim_after = name, claim_after
        self.stream = self.market.key("{0}", "events")
        self.log_path = lab.directory / ("consumer-%s.log" % name)
        self.account()
        self.process = None

    # --- the process ---------------------------------------------------------------

    def account(self):
        """Makes its account as examples/consumers.acl has it."""
        rules = next(line.split()[2:] for line in (EXAMPLES / "consumers.acl").read_text().splitlines()
                     if line.startswith("user %s " % self.user))
        # A selector in parentheses is one argument.
        rules = re.findall(r"\([^)]*\)|\S+", " ".join(rules))
        self.redis.execute_command("ACL", "SETUSER", self.user, "reset", *rules)

    def launch(self):
        assert self.process is None
        options = ["--redis", self.lab.server.url, "--user", self.user, "--group", GROUP,
                   "--consumer", self.name, "--claim-after", str(self.claim_after)]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.argv() + options,
                env=dict(os.environ, REDIS_PASSWORD="CHANGE-ME"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def start(self):
        self.launch()
        wait_until(self.waits, READY_S, "the consumer does not wait for events")
        return self

    def connection(self):
        """What Redis knows about its connection, or None."""
        return next((c for c in self.redis.client_list() if c["name"] == self.name), None)

    def waits(self):
        """It has read all there is."""
        assert self.process.poll() is None, self.log()
        connection = self.connection()
        return connection and "b" in connection["flags"]

    def freeze(self):
        """Stops it where entries can be delivered to it but not acted on."""
        def frozen():
            self.process.send_signal(signal.SIGSTOP)
            wait_until(lambda: self.state() == "T", READY_S, "it does not stop")
            if self.waits() and int(self.connection()["idle"]) <= FRESH_S:
                return True
            self.thaw()
            return False
        wait_until(frozen, READY_S, "the consumer never waits")

    def hand_over(self):
        """All there is, delivered to one that does not act on it."""
        wait_until(self.pending, READY_S, "nothing was delivered")
        self.redis.xreadgroup(GROUP, self.name, {self.stream: ">"})
        return len(self.pending())

    def state(self):
        stat = pathlib.Path("/proc/%d/stat" % self.process.pid).read_text()
        return stat.rsplit(") ", 1)[1][0]

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        """SIGKILL; Redis has noticed it when this returns."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            if self.lab.server.alive:
                wait_until(lambda: self.connection() is None, READY_S, "the connection stays")

    def stop(self):
        """SIGTERM; it must end well."""
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)     # a failed test may have left it frozen
        try:
            assert process.wait(READY_S) == 0, self.log()
        finally:
            process.kill()

    def log(self):
        return self.log_path.read_text(errors="replace")

    # --- its group -------------------------------------------------------------------

    def pending(self):
        """Ids delivered to it and not acknowledged."""
        return [e["message_id"] for e in self.redis.xpending_range(
            self.stream, GROUP, "-", "+", 1000, self.name)]

    def caught_up(self):
        """Every entry has been delivered and acknowledged."""
        group, = (g for g in self.redis.xinfo_groups(self.stream) if g["name"] == GROUP)
        last = self.redis.xinfo_stream(self.stream)["last-generated-id"]
        return group["pending"] == 0 and group["last-delivered-id"] == last

    def settle(self):
        wait_until(self.caught_up, READY_S, "the group does not catch up")

    def resyncs(self):
        return self.log().count("reading all badges")

    # --- what it has done --------------------------------------------------------------

    def mailed(self):
        """(badge, what) of the mails, oldest first."""
        return [(re.search(r" (.+)-\d+(-d\d+)?$", event)[1], what) for event, what in self.mails()]

    def truth(self):
        """What its directory should be."""
        return {name: (b["status"], int(b["version"]), b["visibility"])
                for name, b in self.market.badges().items()}

    def right(self):
        """Its directory is as the badges are."""
        assert self.directory() == self.truth()
        return True


class PythonConsumer(Consumer):
    user = "directory-python"

    def __init__(self, *args):
        super().__init__(*args)
        self.path = self.lab.directory / "directory.db"

    def argv(self):
        return [sys.executable, EXAMPLES / "python" / "consumer.py", "--state", self.path]

    def query(self, sql):
        db = sqlite3.connect(self.path, timeout=10)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def directory(self):
        return {name: tuple(rest) for name, *rest in
                self.query("SELECT badge, status, version, visibility FROM badge")}

    def mails(self):
        return self.query("SELECT event, what FROM mail ORDER BY id")

    def parked(self):
        return dict(self.query("SELECT entry, error FROM parked"))


class NodeConsumer(Consumer):
    user = "directory-node"

    def argv(self):
        return [node(), EXAMPLES / "node" / "consumer.mjs"]

    def own(self, name):
        return "directory:{0}:" + name

    def directory(self):
        rows = {n: json.loads(row) for n, row in self.redis.hgetall(self.own("badges")).items()}
        return {n: (r["status"], r["version"], r["visibility"]) for n, r in rows.items()}

    def mails(self):
        mails = [json.loads(f["mail"]) for _, f in self.redis.xrange(self.own("mails"))]
        return [(mail["event"], mail["what"]) for mail in mails]

    def parked(self):
        return {f["entry"]: f["error"] for _, f in self.redis.xrange(self.own("parked"))}


KINDS = {"python": PythonConsumer, "node": NodeConsumer}
