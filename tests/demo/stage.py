# SPDX-License-Identifier: ISC
"""The daemon, its registries and what is printed: the machinery of the demonstration."""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time

from ports import free_port
from registry import Registry
from samples import Registries, claims

DEADLINE_S = 30         # for anything that is waited for
LOOK_S = 0.05           # between two looks
PR_SET_PDEATHSIG = 1
WIDTH_MIN, WIDTH_MAX = 79, 100

COLOURS = {"verified": 32, "renewed": 32, "self_reported": 0, "review": 33, "expiring": 33,
           "changed": 0}


class Failure(Exception):
    pass


def die_with_us():
    """Should this script be killed, the daemon ends too."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def wait_until(what, check):
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        value = check()
        if value:
            return value
        time.sleep(LOOK_S)
    raise Failure(f"{what}: not after {DEADLINE_S} s")


class Paper:
    """What goes to standard output, no wider than the terminal."""

    def __init__(self):
        self.tty = sys.stdout.isatty()
        self.colour = self.tty and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.width = max(WIDTH_MIN, min(shutil.get_terminal_size().columns - 1, WIDTH_MAX))

    def paint(self, text, sgr):
        return f"\033[{sgr}m{text}\033[0m" if self.colour and sgr else text

    def status(self, word, width=0):
        return self.paint(word.ljust(width), COLOURS.get(word, 31))

    def title(self, text):
        print("\n" + self.paint(text, 1) + "\n", flush=True)

    def line(self, text=""):
        print(text.rstrip(" "), flush=True)

    def text(self, text):
        """A paragraph, indented."""
        self.line(textwrap.fill(" ".join(text.split()), self.width, initial_indent="  ",
                                subsequent_indent="  ", break_on_hyphens=False))

    def output(self, text):
        """What a command printed, with its own line breaks and indentation."""
        for line in text.rstrip().splitlines():
            indent = "  " + line[:len(line) - len(line.lstrip())]
            self.line(textwrap.fill(line.strip(), self.width, initial_indent=indent,
                                    subsequent_indent=indent + "  ", break_long_words=False,
                                    break_on_hyphens=False))

    def table(self, head, rows, right=(), status=None):
        """status: the column that is painted."""
        width = [max(len(r[i]) for r in rows + [head]) for i in range(len(head))]
        gap = "  " if 2 + sum(width) + 2 * (len(width) - 1) <= self.width else " "

        def cells(row):
            return [c.rjust(w) if i in right else c.ljust(w)
                    for i, (c, w) in enumerate(zip(row, width))]

        self.line("  " + self.paint(gap.join(cells(head)).rstrip(), 1))
        for row in rows:
            line = cells(row)
            if status is not None:
                line[status] = self.status(row[status], width[status])
            self.line("  " + gap.join(line))


class Stage:
    """A daemon with an embedded Redis and all registries; everything goes with stop()."""

    def __init__(self, build, config):
        self.build = pathlib.Path(build).resolve()
        self.config = config
        self.paper = Paper()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="certsync-demo-"))
        self.socket = self.directory / "control.sock"
        self.log = self.directory / "certsyncd.log"
        self.port = free_port()
        self.registries = Registries(self.directory / "registries")
        self.claims_text, self.claims = claims()
        self.server = self.daemon = self.follower = None
        self.seen = []          # events, as they came
        self.told = 0           # how many of them have been printed or passed over

    # --- start and stop -----------------------------------------------------------

    def start(self):
        r = self.registries
        key = self.directory / "sam.key"
        key.write_text("DEMO-KEY\n")
        key.chmod(0o600)
        self.server = Registry(sam=r.sam, texas=r.texas, nglcc=r.nglcc, sbs=r.sbs,
                               socrata=r.portal, api_key="DEMO-KEY")
        state = self.directory / "state"
        state.mkdir(mode=0o700)
        config = self.directory / "certsyncd.conf"
        config.write_text(self.config.format(
            build=self.build, state=state, key=key, port=self.port, socket=self.socket,
            registry=self.server.url, monthly=r.monthly, directory=r.directory,
            council=r.council))
        with open(self.log, "wb") as log:
            self.daemon = subprocess.Popen(
                [self.build / "certsyncd", "-c", config], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True, preexec_fn=die_with_us)

    def stop(self):
        for process in (self.follower, self.daemon):
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        if self.server is not None:
            self.server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def alive(self):
        if self.daemon.poll() is not None:
            raise Failure(f"certsyncd ended with exit code {self.daemon.returncode}")
        return True

    def log_lines(self):
        try:
            return self.log.read_text(errors="replace").splitlines()
        except OSError:
            return []

    def errors(self):
        """Lines of the log that a well demonstration does not have."""
        return [line for line in self.log_lines() if line.split(" ", 2)[1:2] == ["error"]]

    # --- the certsync command -----------------------------------------------------

    def certsync(self, *args):
        """Its standard output; Failure if it says no."""
        run = subprocess.run([self.build / "certsync", "-s", self.socket, *args],
                             capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise Failure(f"certsync {' '.join(map(str, args))}: {run.stderr.strip()}")
        return run.stdout

    def ask(self, *args):
        """Its data, or None as long as the daemon cannot answer."""
        run = subprocess.run([self.build / "certsync", "-s", self.socket, "--json", *args],
                             capture_output=True, text=True, check=False)
        return json.loads(run.stdout) if run.stdout else None

    def ready(self):
        status = self.alive() and self.ask("status")
        return bool(status) and status.get("ready")

    def polled(self):
        self.alive()
        answer = self.ask("connectors")
        # Read whole is not yet merged: that is so once the poll has ended.
        return answer and all(c["last_complete"] and c["state"] != "polling"
                              for c in answer.get("connectors", [])) and answer

    def badge(self, badge):
        answer = self.ask("badge", badge)
        return (answer or {}).get("badge", {})

    def decided(self):
        """Every claim has its verdict, what had to be looked up included."""
        self.alive()
        return all(self.badge(c["badge"]).get("reason") not in (None, "awaiting_source")
                   for c in self.claims)

    def put(self, **fields):
        self.certsync("claim", "put", *(f"{k}={v}" for k, v in fields.items() if v))

    # --- events -------------------------------------------------------------------

    def follow(self):
        self.follower = subprocess.Popen(
            [self.build / "certsync", "-s", self.socket, "--json", "events", "--follow"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            start_new_session=True, preexec_fn=die_with_us)

        def read():
            for line in self.follower.stdout:
                self.seen.append(json.loads(line)["event"])

        threading.Thread(target=read, daemon=True).start()

    def say(self, event):
        """One event in words."""
        kind = event["type"].split(".")
        family, what, data = kind[2], kind[3], event.get("data", {})
        clock = event["recordedtime"][11:19]
        if family != "badge":
            why = ", ".join(data.get("reasons", []))
            self.paper.line(f"  {clock}  {event['subject']:9}{family + ' ' + what:20}{why}")
            return
        verified = data.get("to") == "verified"
        until = f"to {data['expires_on']}" if verified and data.get("expires_on") else ""
        moved = data.get("from") not in (None, "", data.get("to"))
        was = f"was {data['from']}" if moved else ""
        left = f"ends in {data['days_left']} days" if what == "expiring" else ""
        notes = ", ".join(filter(None, [until, was, left]))
        self.paper.line(f"  {clock}  {event['subject']:9}{self.paper.status(what, 15)}"
                        f"{data.get('reason', ''):19}{notes}")

    def tell(self):
        """Prints the events that came since the last call."""
        while self.told < len(self.seen):
            self.say(self.seen[self.told])
            self.told += 1

    def tell_until(self, what, check):
        def look():
            self.alive()
            self.tell()
            return check()

        wait_until(what, look)
        self.tell()

    def published(self, *subjects):
        """Whether there has been an event of each since now, by type if "subject type" is given."""
        start = self.told

        def look():
            came = {e["subject"] for e in self.seen[start:]} | {
                f"{e['subject']} {e['type'].split('.')[3]}" for e in self.seen[start:]}
            return set(subjects) <= came
        return look
