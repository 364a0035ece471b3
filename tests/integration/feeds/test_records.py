# SPDX-License-Identifier: ISC
"""Records of a program (JSON lines): with their last line they prove, without it they only add."""

import json
import signal
import sqlite3
import subprocess

import pytest

from daemon import ROOT
from waiting import wait_until

CLAIMED = (1, 2, 12)    # the last one is the first to be missing
EXPORT_PY = ROOT / "examples/records/export.py"
EXPORT_SH = ROOT / "examples/records/export.sh"
PRINTER = """
import json, os, sqlite3, sys
for number, name, kind, end in sqlite3.connect(sys.argv[1]).execute(
        "SELECT number, business_name, type, expires_on FROM firms ORDER BY number"):
    print(json.dumps({"number": number, "business_name": name, "type": kind, "expires_on": end}),
          flush=True)
"""


class Source:
    """A database of firms, and who exports it into the drop directory of a daemon."""

    def __init__(self, lab):
        self.lab, self.market = lab, lab.market
        self.database = lab.directory / "firms.db"
        self.drop = lab.directory / "drop"
        self.drop.mkdir()
        with self.open() as db:
            db.execute("CREATE TABLE firms (number, business_name, type, expires_on)")
        db.close()
        self.write("INSERT INTO firms VALUES (?, ?, ?, ?)", *(
            ("EC-%04d" % i, "Firm %d Ltd" % i, "WBE" if i % 2 else "MBE", "2099-12-31")
            for i in range(1, 13)))
        for i in CLAIMED:
            self.market.command("put", "b%d" % i, "p%d" % i, body="council",
                                category="woman" if i % 2 else "minority",
                                type="WBE" if i % 2 else "MBE", number="ec-%04d" % i,
                                business_name="Firm %d" % i)

    def open(self):
        return sqlite3.connect(self.database)

    def write(self, sql, *rows):
        with self.open() as db:
            db.executemany(sql, rows)
        db.close()

    def start(self):
        self.daemon = self.lab.daemon({"council": {
            "plugin": "table", "body": "council", "url": "file://%s/" % self.drop,
            "format": "jsonl", "type.map": "MBE:MBE | WBE:WBE", "settle": "0s",
            "absence": "revoke", "absent_polls": "1", "absent_hours": "0", "interval": "24h"}})
        self.market.settle()

    def export(self, how):
        if how == "python":
            return subprocess.run([EXPORT_PY, self.database, self.drop], timeout=60)
        printer = self.lab.directory / "printer.py"
        printer.write_text(PRINTER)
        count = ("python3 -c 'import sqlite3; print(sqlite3.connect(\"%s\").execute("
                 "\"SELECT count(*) FROM firms\").fetchone()[0])'" % self.database)
        return subprocess.run([EXPORT_SH, self.drop, count, "python3 %s %s" % (printer, self.database)],
                              timeout=60, capture_output=True)

    def poll(self):
        self.daemon.elapse(seconds=2)       # absences, and files, are told apart by the second
        self.daemon.sync("council")
        self.lab.settle(self.daemon)

    def proof(self):
        return self.market.connector("council").get("proof", "")

    def statuses(self):
        return [self.market.verdict("b%d" % i)[0] for i in CLAIMED]


@pytest.fixture
def source(lab):
    return Source(lab)


@pytest.mark.parametrize("how", ["python", "shell"])
def test_an_exporter_verifies_withdraws_and_concludes_an_absence(source, how):
    assert source.export(how).returncode == 0
    source.start()
    source.poll()
    assert source.statuses() == ["verified"] * 3 and source.proof() == "trailer"
    source.write("DELETE FROM firms WHERE number = ?", ("EC-0001",))
    assert source.export(how).returncode == 0
    source.poll()
    assert source.proof() == "trailer"
    wait_until(lambda: source.statuses() == ["revoked", "verified", "verified"], 15)


def test_a_status_takes_a_badge_away_once_the_list_is_proven(source):
    source.export("python")
    source.start()
    source.poll()
    lines = (source.drop / "firms.jsonl").read_text().splitlines()
    ended = json.loads(lines[0]) | {"status": "decertified"}
    (source.drop / "firms.jsonl").write_text("\n".join([json.dumps(ended)] + lines[1:]) + "\n")
    source.poll()
    wait_until(lambda: source.statuses() == ["revoked", "verified", "verified"], 15)


def test_a_killed_exporter_takes_nothing_away(source):
    """It writes the list in its place, against all advice, and dies in the midst of it."""
    source.export("python")
    source.start()
    source.poll()
    script = PRINTER + "    if number == 'EC-0011': os.kill(os.getpid(), 9)\n"
    with (source.drop / "firms.jsonl").open("w") as out:
        run = subprocess.run(["python3", "-c", script, source.database], stdout=out, timeout=60)
    assert run.returncode == -signal.SIGKILL
    for _ in range(3):
        source.poll()
        assert source.proof() == "none" and source.statuses() == ["verified"] * 3
    source.write("DELETE FROM firms WHERE number = ?", ("EC-0012",))
    source.export("python")
    source.poll()
    wait_until(lambda: source.statuses() == ["verified", "verified", "revoked"], 15)


def test_an_exporter_that_fails_leaves_the_last_list(source):
    assert source.export("python").returncode == 0
    before = (source.drop / "firms.jsonl").read_bytes()
    run = subprocess.run([EXPORT_SH, source.drop, "echo 12", "echo '{}'; exit 3"], timeout=60)
    assert run.returncode == 3
    run = subprocess.run([EXPORT_SH, source.drop, "echo 12", "echo '{}'"], timeout=60,
                         capture_output=True, text=True)
    assert run.returncode == 1 and "12 firms, 1 were read" in run.stderr
    assert (source.drop / "firms.jsonl").read_bytes() == before
