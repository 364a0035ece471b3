# SPDX-License-Identifier: ISC
"""The certsync command against a stand-in for the daemon's control socket."""

import json
import os
import pathlib
import pty
import socket
import subprocess
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("BUILD", "build"))
CERTSYNC = (BUILD if BUILD.is_absolute() else ROOT / BUILD) / "certsync"
OK = {"exit": 0, "data": {}}


class Daemon:
    """Answers every request with answers[cmd]: bytes, or a list of lines."""

    def __init__(self, path):
        self.path = str(path)
        self.answers = {}
        self.requests = []
        self.connections = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with conn, conn.makefile("rb") as lines:
                for line in lines:
                    request = json.loads(line)
                    self.requests.append(request)
                    answer = self.answers[request["cmd"]]
                    if callable(answer):
                        answer = answer(request)
                    if isinstance(answer, bytes):
                        conn.sendall(answer)
                        break
                    for one in answer if isinstance(answer, list) else [answer]:
                        conn.sendall(json.dumps(one).encode() + b"\n")


@pytest.fixture
def daemon(tmp_path):
    d = Daemon(tmp_path / "sock")
    yield d
    d.listener.shutdown(socket.SHUT_RDWR)
    d.listener.close()


def run(daemon, *args, **kwargs):
    path = daemon.path if daemon else "/nonexistent/sock"
    return subprocess.run([CERTSYNC, "-s", path, *args], capture_output=True, text=True,
                          timeout=20, **kwargs)


@pytest.mark.parametrize("args, code, words", [
    ([], 2, "which command"),
    (["nonsense"], 2, 'no command "nonsense"'),
    (["claim"], 2, "put delete hide show recheck import"),
    (["claim", "steal"], 2, "put delete hide"),
    (["sync"], 2, "usage: certsync sync NAME [--full] [--wait]"),
    (["sync", "a", "b"], 2, "too many arguments, from b"),
    (["badge", "b1", "--full"], 2, "does not take --full"),
    (["status", "--what"], 2, "unrecognized option"),
    (["health", "x"], 3, "too many arguments"),
    (["badge", "b\xff".encode("latin-1")], 2, "not UTF-8"),
    (["status"], 69, "is certsyncd running?"),
    (["events"], 69, "cannot reach the daemon"),
    (["claim", "import", "/nonexistent.csv"], 1, "No such file"),
])
def test_refusals(args, code, words):
    got = run(None, *args)
    assert (got.returncode, got.stdout) == (code, "")
    assert words in got.stderr


def test_help_needs_no_daemon():
    got = run(None, "--help")
    assert got.returncode == 0 and "claim import FILE.csv" in got.stdout
    assert "poll a registry now" in run(None, "sync", "--help").stdout
    version = (ROOT / "VERSION").read_text().strip()
    assert run(None, "--version").stdout == f"certsync {version}\n"


def test_requests_carry_words_and_options(daemon):
    daemon.answers = dict.fromkeys(["sync", "claim", "explain"], OK)
    run(daemon, "sync", "sba", "--full", "--wait")
    run(daemon, "claim", "put", "badge=b1", "number=A B")
    run(daemon, "explain", "--at", "2027-01-01", "b1")
    assert daemon.requests == [
        {"cmd": "sync", "args": ["sba"], "opts": {"full": True, "wait": True}},
        {"cmd": "claim", "args": ["put", "badge=b1", "number=A B"], "opts": {}},
        {"cmd": "explain", "args": ["b1"], "opts": {"at": "2027-01-01"}}]


@pytest.mark.parametrize("answer, code, words", [
    ({"exit": 1, "error": "no badge b1"}, 1, "certsync: no badge b1"),
    ({"exit": 1, "error": "evil \x1b[2J\u202e"}, 1, r"evil \x1b[2J"),
    ({"exit": 999}, 70, "no exit code"),
    ({"data": {}}, 70, "no exit code"),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", 69, "not what certsyncd sends"),
    (b"[1]\n", 69, "not what certsyncd sends"),
    (b"", 69, "closed the connection without an answer"),
    (b'{"exit":', 69, "closed the connection without an answer"),
])
def test_answers_that_fail(daemon, answer, code, words):
    daemon.answers["badge"] = answer
    got = run(daemon, "badge", "b1")
    assert (got.returncode, got.stdout) == (code, "")
    assert words in got.stderr


BADGE = {"exit": 0, "data": {
    "badge": {"badge": "b1", "status": "verified", "reason": "record_active",
              "number": "10164", "registry_name": "Caf\u00e9 \x1b[31m\u202e", "new_field": "x"},
    "tile": None}}


def test_foreign_text_is_escaped(daemon):
    daemon.answers["badge"] = BADGE
    out = run(daemon, "badge", "b1").stdout
    assert out.startswith("b1  verified (record_active)\n")
    assert "Caf\u00e9 \\x1b[31m\\xe2\\x80\\xae" in out
    assert "new_field" in out and "not shown on the profile" in out
    assert "\x1b" not in out


def test_json_is_the_data_as_it_came(daemon):
    daemon.answers["badge"] = BADGE
    got = run(daemon, "--json", "badge", "b1")
    assert json.loads(got.stdout) == BADGE["data"] and got.stdout.count("\n") == 1


def on_terminal(daemon, *args, **env):
    ours, theirs = pty.openpty()
    environ = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    environ.update(TERM="xterm", **env)
    subprocess.run([CERTSYNC, "-s", daemon.path, *args], stdout=theirs, check=True,
                   timeout=20, env=environ)
    os.close(theirs)
    out = os.read(ours, 65536).decode()
    os.close(ours)
    return out


def test_colour_on_a_terminal_only_and_not_with_no_color(daemon):
    daemon.answers["badge"] = BADGE
    assert "\x1b[32mverified\x1b[0m" in on_terminal(daemon, "badge", "b1")
    assert "\x1b" not in on_terminal(daemon, "badge", "b1", NO_COLOR="1")
    assert "\x1b" not in on_terminal(daemon, "--json", "badge", "b1")


def test_tables_are_aligned(daemon):
    daemon.answers["connectors"] = {"exit": 0, "data": {"connectors": [
        {"name": "sba", "plugin": "sam", "state": "idle", "records": 26871, "error": ""},
        {"name": "n\u00e9-\u65e5\u672c", "plugin": "nglcc", "state": "backoff", "records": 4,
         "last_complete": "2026-01-01T00:00:00Z", "error": "HTML instead of a roster"}]}}
    lines = run(daemon, "connectors").stdout.splitlines()
    assert lines[0].split() == ["NAME", "PLUG-IN", "STATE", "RECORDS", "LAST", "COMPLETE",
                                "PROOF", "NEXT", "POLL", "ERROR"]
    assert lines[1].index("sam") == lines[0].index("PLUG-IN")
    assert lines[2].index("nglcc") == lines[0].index("PLUG-IN") - 2   # two wide characters
    assert lines[2].endswith("HTML instead of a roster") and " ago " in lines[2]


@pytest.mark.parametrize("state, word, store", [
    ({"ready": True, "loaded": True, "state": "open", "reason": ""}, "ready", "open, epoch e7"),
    ({"ready": False, "loaded": True, "state": "behind", "reason": "a \x1b[2J slot"}, "not ready",
     "behind: a \\x1b[2J slot, epoch e7"),
    ({"ready": False, "loaded": False, "state": "open", "reason": ""}, "loading", "open, epoch e7"),
])
def test_status_for_people(daemon, state, word, store):
    daemon.answers["status"] = {"exit": 0, "data": {
        "version": "1.2.3", "uptime_s": 7200, "epoch": "e7", "pending": 4, "commits": 5, "events": 6,
        "badges": {"total": 12, "verified": 4, "expired": 1, "review": 0},
        "connectors": {"idle": 2, "held": 1, "polling": 0}, **state}}
    got = run(daemon, "status")
    assert (got.returncode, got.stderr) == (0, "")
    assert got.stdout.splitlines() == [
        "certsyncd   1.2.3, %s, up 2h" % word,
        "store       " + store,
        "badges      12: 4 verified, 1 expired",
        "connectors  3: 2 idle, 1 held",
        "waiting     4 badges to decide",
        "written     5 commits, 6 events since the start"]


@pytest.mark.parametrize("status, code", [("pass", 0), ("warn", 1), ("fail", 2)])
def test_health_exits_with_the_status(daemon, status, code):
    daemon.answers["health"] = {"exit": code, "data": {
        "status": status, "output": "store: words",
        "checks": {"store": [{"status": status, "output": "words"}]}}}
    got = run(daemon, "health")
    assert got.returncode == code and got.stdout.startswith(status + ": store: words\n")


def test_a_failed_sync_shows_its_result_and_exits_1(daemon):
    daemon.answers["sync"] = {"exit": 1, "data": {"result": "failed", "text": "HTTP 503"}}
    got = run(daemon, "sync", "sba", "--wait")
    assert (got.returncode, got.stdout) == (1, "failed: HTTP 503\n")


def test_events_until_the_final_line(daemon):
    event = {"id": "1-0", "event": {
        "type": "org.certsync.badge.expired.v1", "subject": "b1",
        "recordedtime": "2026-11-22T00:00:00.000Z",
        "data": {"from": "verified", "to": "expired", "reason": "expiry_passed",
                 "expires_on": "2026-11-20"}}}
    daemon.answers["events"] = [event, event, {"exit": 0}]
    got = run(daemon, "events", "--since", "0-0")
    assert got.returncode == 0
    line = got.stdout.splitlines()[0]
    assert line.split()[1:4] == ["badge", "expired", "b1"] and "was verified" in line and "until 2026-11-20" in line
    assert daemon.requests[0]["opts"] == {"since": "0-0"}
    lines = run(daemon, "events", "--json").stdout.splitlines()
    assert [json.loads(one) for one in lines] == [event, event]


def claims(tmp_path, text):
    path = tmp_path / "claims.csv"
    path.write_bytes(text)
    return path


def test_import_puts_a_claim_a_row_over_one_connection(daemon, tmp_path):
    daemon.answers["claim"] = lambda request: (
        {"exit": 1, "error": "category: must be minority, ..."}
        if "category=none" in request["args"] else {"exit": 0, "data": {"id": "1-0"}})
    path = claims(tmp_path, b"badge, profile ,business_name,category,type\n"
                  b'b1,p1,"Example, Inc",lgbtq,\nb2,p2,Two,none,MBE\n')
    got = run(daemon, "claim", "import", path)
    assert got.returncode == 1 and got.stdout == "1 claims put, 1 rows refused\n"
    assert "line 3: category: must be" in got.stderr
    assert daemon.connections == 1
    assert daemon.requests[0] == {"cmd": "claim", "opts": {}, "args": [
        "put", "badge=b1", "profile=p1", "business_name=Example, Inc", "category=lgbtq"]}
    assert json.loads(run(daemon, "--json", "claim", "import", path).stdout)["put"] == 1


@pytest.mark.parametrize("text, words", [
    (b"badge,profile\nb1,p1\nb2\n", "line 3"),
    (b'badge,profile\nb1,"p1\n', "line 2: a stray or open quote"),
    (b'badge,profile\nb1,p"1"\n', "line 2: a stray or open quote"),
    (b"badge,profile\nb1,p1,lgbtq\n", "line 2: more fields than the header has"),
    (b"badge,profile\nb1,\x01\xff\n", "nothing was sent"),
    (b"badge,profile\nb1,\xff\n", "nothing was sent"),
    (b"", "nothing was sent"),
    (b"badge,names\nb1," + b"x" * 3000 + b"\n", "line 2, column 2"),
])
def test_import_of_a_broken_file_sends_nothing(daemon, tmp_path, text, words):
    got = run(daemon, "claim", "import", claims(tmp_path, text))
    assert got.returncode == 1 and words in got.stderr
    assert daemon.connections == 0
