# SPDX-License-Identifier: ISC
"""certsyncd as a process: configuration, start, stop, health and control socket."""

import datetime
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess

from metrics import scrape
from ports import free_port
from waiting import PATIENCE, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", "build"))
if not BUILD.is_absolute():
    BUILD = ROOT / BUILD
DAEMON = BUILD / "certsyncd"
COMMAND = BUILD / "certsync"

READY_S = 60        # of a machine that has much else to do
STOP_S = 10         # SIGTERM ends it within ten seconds
SYNC_S = 60 * PATIENCE
NEVER = "9999999999999-0"      # an entry of a stream that will not come
SANITIZER = "Sanitizer: "               # ERROR: AddressSanitizer: ..., ERROR: LeakSanitizer: ...
RUNTIME_ERROR = ": runtime error: "     # UBSan


def cage_is_open():
    """Whether workers of this build have no cage: only then does the daemon know how to say so."""
    return b"workers of this build have no cage" in DAEMON.read_bytes()


def ini(sections):
    """sections: {"redis": {"url": ...}, "connector sba": {...}}"""
    return "".join("[%s]\n%s\n" % (name, "".join("%s = %s\n" % kv for kv in keys.items()))
                   for name, keys in sections.items())


class Daemon:
    """One configuration and at most one process of it at a time."""

    under = ()          # a command that starts it, with its options
    memory = None       # a Memory that its allocations count against

    def __init__(self, directory, redis, /, connectors=None, clock=None, **sections):
        """redis: the settings of that section; clock: a Clock that it is to run on."""
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(exist_ok=True)
        self.config = self.directory / "certsyncd.conf"
        self.socket = self.directory / "c.sock"
        self.log_path = self.directory / "log"
        self.port = free_port()
        self.process = None
        self.clock = clock
        self.sections = {
            "daemon": {"plugin_dir": BUILD / "connectors", "state_dir": self.directory / "state",
                       "log_level": "info"},
            "redis": dict(redis),
            "http": {"listen": "127.0.0.1:%d" % self.port},
            "control": {"socket": self.socket}}
        (self.directory / "state").mkdir(exist_ok=True)
        for name, keys in sections.items():
            self.sections.setdefault(name, {}).update(keys)
        for name, keys in (connectors or {}).items():
            self.connector(name, keys)
        self.write()

    def connector(self, name, settings):
        self.sections["connector " + name] = settings

    @property
    def connectors(self):
        return [s.split()[1] for s in self.sections if s.startswith("connector ")]

    def write(self):
        self.config.write_text(ini(self.sections))

    # --- the process ---------------------------------------------------------------

    def run(self, *options, timeout=60):
        """certsyncd with options, to its end."""
        with open(self.log_path, "ab") as log:
            log.write(b"--- certsyncd %s\n" % " ".join(map(str, options)).encode())
            log.flush()
            result = subprocess.run([DAEMON, "-c", self.config, *options], timeout=timeout,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True, errors="replace",
                                    env=self.environment())
            log.write((result.stdout + result.stderr).encode())
        return result

    def adopt(self):
        """What an operator types where the next start refuses the store."""
        result = self.run("--adopt-store")
        assert result.returncode == 0, result.stderr

    def environment(self):
        environment = self.clock.environment() if self.clock else None
        return self.memory.add(environment or os.environ) if self.memory else environment

    def launch(self, *options):
        """Starts it without waiting for anything."""
        assert self.process is None
        with open(self.log_path, "ab") as log:
            log.write(b"--- started\n")
            log.flush()
            self.process = subprocess.Popen([*self.under, DAEMON, "-c", self.config, *options],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment())
        return self

    def start(self):
        self.launch()
        self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            assert self.process.poll() is None, "certsyncd ended with %s" % self.process.returncode
            return self.ready()
        wait_until(ready, READY_S, "/readyz does not answer 200")

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    def wait_exit(self, deadline_s=STOP_S):
        """Its exit status; it must end by itself."""
        process, self.process = self.process, None
        try:
            return process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("certsyncd did not end within %d s" % deadline_s) from None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.wait_exit() == 0

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def restart(self, kill=False):
        if kill:
            self.kill()
        else:
            self.stop()
        self.start()

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_log(self, text, times=1, deadline_s=15):
        """Waits until a text or pattern was logged so often: a line comes after what it tells."""
        pattern = text if isinstance(text, re.Pattern) else re.compile(re.escape(text))
        wait_until(lambda: len(pattern.findall(self.log())) >= times, deadline_s,
                   "not logged: " + pattern.pattern)

    # --- time ----------------------------------------------------------------------

    def wake(self):
        """Its loop looks at the clock: it sleeps by the real one."""
        self.http("/livez")

    def round_trip(self):
        """It has asked Redis something and has the answer, so that of all it asked before too."""
        return self.control("events", since=NEVER)

    def polling(self):
        """The connectors that are being polled, as it knows itself."""
        return [c["name"] for c in self.control("connectors")["data"]["connectors"]
                if c["state"] == "polling"]

    def rest(self):
        """Waits until no connector polls, what came of it is decided, and what was asked of
        Redis is answered."""
        def quiet():
            return not self.polling() and scrape(self)("certsync_work_pending_badges") == 0
        wait_until(quiet, SYNC_S, "a poll or a decision does not end")
        self.round_trip()
        wait_until(quiet, SYNC_S, "a poll or a decision does not end")

    def turns(self, times=8):
        """What is due has had its chance: it looked at its clock and heard from Redis, more often
        than a change of a badge takes, and whatever poll began has ended."""
        for _ in range(times):
            self.wake()
            self.round_trip()
        self.rest()

    def elapse(self, **duration):
        """Time passes, but not while an answer is awaited: that would be late."""
        if self.alive:
            self.rest()
        self.clock.elapse(**duration)
        if self.alive:
            self.wake()

    def elapse_until(self, text):
        then = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        if self.alive:
            self.rest()
        self.elapse(seconds=(then - self.clock.now).total_seconds())

    def elapse_slowly(self, seconds):
        """The same of a few seconds: a deadline of two passes over nothing that comes in one."""
        for _ in range(seconds):
            self.clock.elapse(seconds=1)
            self.round_trip()

    def waiting_numbers(self):
        """How many numbers are to be looked up, soon or when the registry wants it."""
        return sum(value for (name, _), value in scrape(self).samples.items()
                   if name == "certsync_lookup_waiting_numbers")

    # --- a sanitizer's build ---------------------------------------------------------

    def sanitizer_findings(self):
        """What a sanitizer wrote: the daemon's, its spawner's and its workers' all go to the log."""
        log = self.log() if self.log_path.exists() else ""
        return [line for line in log.splitlines() if SANITIZER in line or RUNTIME_ERROR in line]

    # --- health --------------------------------------------------------------------

    def http(self, path, method="GET", timeout=5, **headers):
        """(status, body, headers) of a page; status 0: nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, headers={k.replace("_", "-"): v
                                                      for k, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        except OSError:
            return 0, b"", {}
        finally:
            connection.close()

    def ready(self):
        return self.http("/readyz")[0] == 200

    def check(self, name):
        """(status, observed, output) of one check."""
        one = json.loads(self.http("/readyz")[1])["checks"][name][0]
        return one["status"], one["observedValue"], one["output"]

    def descriptors(self):
        """How many it has open."""
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    # --- control -------------------------------------------------------------------

    def control(self, cmd, *args, timeout=SYNC_S, **opts):
        """One request over the control socket: {"exit":..., "data":...}"""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(timeout)
            s.connect(str(self.socket))
            s.sendall(json.dumps({"cmd": cmd, "args": list(args), "opts": opts}).encode() + b"\n")
            with s.makefile("rb") as lines:
                return json.loads(lines.readline())

    def sync(self, name, **opts):
        """Polls a connector and waits: its result, one of expect.  A poll that is under way may
        have asked before the test published: it ends first, for a request would only join it."""
        wait_until(lambda: name not in self.polling(), SYNC_S, "a poll does not end")
        return self.sync_now(name, **opts)

    def sync_now(self, name, expect=("committed", "unchanged"), **opts):
        """The same at once, whatever is under way."""
        def taken():
            """Not while it still loads, or carries on a commit."""
            answer = self.control("sync", name, wait=True, **opts)
            assert "data" in answer, answer
            return answer
        answer = wait_until(taken, READY_S)
        result = answer["data"]["result"]
        assert result in expect, answer
        assert answer["exit"] == (0 if result in ("committed", "unchanged") else 1), answer
        return result

    def sync_fails(self, name, **opts):
        """The same, of a poll that must not succeed."""
        self.sync(name, expect=("failed", "refused"), **opts)
