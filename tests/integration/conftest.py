# SPDX-License-Identifier: ISC
"""Fixtures of the integration tests: Redis, sample registries, daemons.

A test that starts a daemon through the factory gets the whole store checked
against the invariants at its end, whatever it was about.
"""

import os
import pathlib
import shutil
import sys
import tempfile
import time

import pytest

# Whatever zone the machine is in: also for what the tests start.
os.environ["TZ"] = "UTC"
time.tzset()

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import invariants  # noqa: E402
import sources  # noqa: E402
from clock import Clock  # noqa: E402
from daemon import BUILD, Daemon  # noqa: E402
from registry import Registry  # noqa: E402
from store import Market, RedisServer  # noqa: E402
from waiting import wait_until  # noqa: E402

SAMPLES = {"sam": "sam.json", "texas": "texas.csv", "nglcc": "nglcc.csv",
           "nglcc_xml": "nglcc.xml", "sbs": "sbs.json"}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    setattr(item, "report_" + report.when, report)


class Lab:
    """One store, one registry server, any number of daemons; cleans up after all."""

    def __init__(self, registry=None):
        # Short paths: a Unix socket's name has 107 bytes.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="cs-"))
        self.own_registry = registry is None
        self.registry = registry or registry_start(self.directory)
        self.samples = pathlib.Path(self.registry.directory)
        self.server = RedisServer().start()
        self.market = Market(self.server.client)
        self.clock = Clock(self.directory / "clock")
        self.daemons = []
        self.check_at_end = True

    def daemon(self, connectors=None, redis_url=None, start=True, **sections):
        """connectors: sources, or a dict of name -> settings; all are on the laboratory's clock."""
        if not isinstance(connectors, dict):
            connectors = {s.name: s.settings() for s in connectors or ()}
        redis = {"url": redis_url} if redis_url else self.server.settings
        d = Daemon(self.directory / ("d%d" % len(self.daemons)), redis, connectors, self.clock,
                   **sections)
        self.daemons.append(d)
        return d.start() if start else d

    def use_store(self):
        """A first command, so that a daemon without connectors initialises the store."""
        self.market.command("recheck", "nobody", "p-nobody")

    def source(self, kind):
        return sources.ALL[kind](self.registry, self.samples)

    def settle(self, daemon=None):
        """Nothing is under way any more: no command waits, no connector polls, no number is
        collected to be looked up."""
        self.market.settle()
        for d in [daemon] if daemon else [d for d in self.daemons if d.alive]:
            before, waiting = None, self.wait_idle(d)
            while waiting not in (0, before):       # the same: the registry wants to be left alone
                d.elapse_slowly(3)
                before, waiting = waiting, self.wait_idle(d)
                d.turns()

    def wait_idle(self, daemon):
        """How many numbers wait to be looked up, when no connector polls."""
        for name in daemon.connectors:
            wait_until(lambda n=name: self.market.connector(n).get("state") not in
                       (None, "", "polling"), 30, "connector %s is busy" % name)
        daemon.rest()
        return daemon.waiting_numbers()

    def quiet(self):
        """What is written a little later has been written, too."""
        self.settle()
        for d in self.daemons:
            if d.alive:
                d.elapse(seconds=1)
                d.turns()

    def check(self):
        """The invariants, now."""
        running = [d for d in self.daemons if d.alive]
        if running:
            self.settle()
        connectors = running[-1].connectors if running else None
        invariants.check(self.market, connectors, idle=bool(running))
        assert self.server.denied() == []
        self.check_logs()

    def check_logs(self):
        """No name, and no number that could be told apart from others, in any log."""
        logs = "".join(d.log() for d in self.daemons)
        for badge in self.market.badges().values():
            assert badge["business_name"] not in logs, badge
            if len(badge["number"]) >= 10:
                assert badge["number"] not in logs, badge

    def end(self):
        """Stops everything; a daemon that runs must end well."""
        try:
            for d in self.daemons:
                if d.alive:
                    d.stop()
        finally:
            for d in self.daemons:
                if d.process is not None:
                    d.kill()
            self.server.stop()
            if self.own_registry:
                self.registry.stop()
            found = [line for d in self.daemons for line in d.sanitizer_findings()]
            shutil.rmtree(self.directory)
            assert found == []

    def show_logs(self):
        print("\n".join(self.server.refused()))
        for d in self.daemons:
            if d.log_path.exists():
                print("--- %s\n%s" % (d.log_path, d.log()[-20000:]))


def registry_start(directory):
    directory = pathlib.Path(directory)
    for name in SAMPLES.values():
        (directory / name).write_bytes(b"")
    (directory / "portal").mkdir(exist_ok=True)
    server = Registry(socrata=directory / "portal",
                      **{k: directory / v for k, v in SAMPLES.items()})
    server.directory = directory
    return server


@pytest.fixture(scope="session")
def registry_server(tmp_path_factory):
    server = registry_start(tmp_path_factory.mktemp("registry"))
    yield server
    server.stop()


@pytest.fixture
def registry(registry_server):
    """The sample registry, with empty lists and nothing scripted."""
    for name in SAMPLES.values():
        sources.replace(registry_server.directory / name, b"")
    for name in ("monthly.dat", "roster.csv", "roster.xml"):
        (registry_server.directory / name).unlink(missing_ok=True)
    for path in (registry_server.directory / "portal").iterdir():
        path.unlink()
    shutil.rmtree(registry_server.directory / "drop", ignore_errors=True)
    registry_server.script({})
    registry_server.requests_clear()
    return registry_server


@pytest.fixture
def lab(request, registry):
    """A laboratory for one test; the invariants are checked at its end."""
    lab = Lab(registry)
    failed = True
    try:
        yield lab
        report = getattr(request.node, "report_call", None)
        failed = report is None or report.failed
        if not failed:
            failed = True
            if lab.check_at_end and lab.server.alive:
                lab.check()
            failed = False
    finally:
        if failed:
            lab.show_logs()
        lab.end()


@pytest.fixture
def market(lab):
    return lab.market


@pytest.fixture
def redis_server(lab):
    return lab.server


@pytest.fixture
def plugins(lab):
    """A plug-in directory with ours and those of tests/connectors, good and bad."""
    path = lab.directory / "plugins"
    path.mkdir()
    for directory in ("connectors", "tests/connectors"):
        for plugin in (BUILD / directory).glob("*.so"):
            shutil.copy(plugin, path)
    return path
