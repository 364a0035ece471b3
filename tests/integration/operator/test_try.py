# SPDX-License-Identifier: ISC
"""`certsync try NAME [--file F]`: how a list is read, told without changing anything."""

import json
import os
import socket
import subprocess

import pytest

from daemon import COMMAND
from waiting import wait_until

HEADER = "No;Firm;Kind;State;Until;Zip\n"
ROWS = ["A-%03d;Firm%d Works;%s;%s;%s;%d" % (i, i, kind, state, until, i) for i, (kind, state, until) in
        enumerate([("Women Owned", "Certified", "2028-01-31")] * 6 +
                  [("Minority Owned", "Certified", "2028-02-29")] * 3 +
                  [("Zebra", "Certified", "31.12.2028"), ("Women Owned", "On Leave", "")])]
SETTINGS = {"plugin": "table", "body": "city", "settle": "0s", "interval": "24h",
            "field.number": "No", "field.business_name": "Firm", "field.type": "Kind",
            "type.map": "Women Owned:WBE | Minority Owned:MBE", "field.status": "State",
            "status.active": "Certified", "max_shrink": "90%", "max_growth": "1000%", "field.expires_on": "Until", "date_format": "%Y-%m-%d"}


class City:
    """A list in a directory, and the claims of three of its firms."""

    def __init__(self, lab, rows=ROWS, **settings):
        self.lab, self.market = lab, lab.market
        self.path = lab.directory / "list.csv"
        self.publish(rows)
        for i in range(3):
            self.market.command("put", "b%d" % i, "p%d" % i, body="city", category="woman", type="WBE",
                                number="A-%03d" % i, business_name="Firm%d Works" % i)
        self.daemon = lab.daemon({"city": {**SETTINGS, "url": "file://%s" % self.path, **settings}})
        self.market.settle()
        lab.settle(self.daemon)

    def publish(self, rows, header=HEADER):
        self.path.write_text(header + "".join(row + "\n" for row in rows))

    def state(self):
        keys = sorted(k for k in self.market.redis.keys("*") if "staged" not in k)
        return (self.market.raw_badges(), self.market.events(), keys, self.market.connector("city"),
                [self.market.redis.hgetall(k) for k in keys if k.endswith(":mirror")])

    def command(self, *args, exit=0, still=True):
        """What it prints; nothing is changed by it.  still: nor by anything else."""
        before = self.state()
        run = subprocess.run([COMMAND, "-s", self.daemon.socket, *args], capture_output=True, text=True,
                             timeout=120)
        assert run.returncode == exit, run
        if still:
            wait_until(lambda: self.same(before), 10)
        wait_until(lambda: not [k for k in self.market.redis.keys("*") if "staged" in k], 10)
        return run.stdout + run.stderr

    def same(self, before):
        assert self.state() == before
        return True

    def told(self, *args, **how):
        return json.loads(self.command("--json", "try", "city", *args, **how))["try"]


@pytest.fixture
def city(lab):
    return City(lab)


def words(entries):
    return {e["word"]: (e["meaning"], e["rows"]) for e in entries}


def test_what_a_list_has(city):
    told = city.told()
    seen = told["list"]
    assert told["result"] in ("committed", "unchanged") and told["records"] == 11
    assert words(seen["columns"]) == {
        "No": ("field.number", 11), "Firm": ("field.business_name", 11), "Kind": ("field.type", 11),
        "State": ("field.status", 11), "Until": ("field.expires_on", 10), "Zip": ("", 11)}
    assert words(seen["types"]) == {"Women Owned": ("WBE", 7), "Minority Owned": ("MBE", 3),
                                    "Zebra": ("ZEBRA", 1)}
    assert [e["covered"] for e in seen["types"]] == [True, True, False]
    assert words(seen["statuses"]) == {"Certified": ("active", 10), "On Leave": ("", 1)}
    assert words(seen["dates"]) == {"expires_on 9999-99-99": ("2028-01-31", 9),
                                    "expires_on 99.99.9999": ("", 1)}
    assert words(seen["facts"])["delimiter"] == ("semicolon", 0)
    assert seen["records_by_type"] == {"WBE": 7, "MBE": 3, "ZEBRA": 1}
    assert told["becomes"] == {"verified record_active": 3}
    assert seen["warnings"] == ['line 11: "Until" has an unreadable date']
    assert seen["left_out"] == [] and seen["proof"]["worth"] == "unproven"


def test_for_people(city):
    text = city.command("try", "city")
    for line in ("city  tried, nothing is changed: ready, the list can be read",
                 "header in line 1, 6 columns, semicolon, utf-8", "NOT KNOWN", "NOT READABLE",
                 "3      verified record_active", "A***    F*** W***"):
        assert line in text, (line, text)
    # Which row is whose is not told.
    assert "A-000" not in text and "Firm0" not in text and "Works" not in text


def test_a_file_in_its_place(city, tmp_path):
    """Opened by the command: the daemon need not be able to."""
    other = tmp_path / "other.csv"
    other.write_text(HEADER + "".join(row + "\n" for row in ROWS[3:]))
    other.chmod(0o600)
    seen = city.told("--file", str(other))
    assert seen["list"]["file"] == str(other) and seen["records"] == 8
    assert seen["missing_verified"] == 3
    assert city.told()["records"] == 11         # what it reads by itself


def test_files_that_are_none(city, tmp_path):
    assert "No such file" in city.command("try", "city", "--file", str(tmp_path / "none"), exit=2)
    assert "is no regular file" in city.command("try", "city", "--file", str(tmp_path), exit=1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    keeper = os.open(pipe, os.O_RDWR)
    try:
        assert "is no regular file" in city.command("try", "city", "--file", str(pipe), exit=1)
    finally:
        os.close(keeper)
    assert "no file came with the request" in city.daemon.control("try", "city", file="x")["error"]
    assert "no connector is called sity" in city.daemon.control("try", "sity")["error"]


def test_a_header_that_is_not_found(city, tmp_path):
    """The columns that are there are shown, all of them."""
    other = tmp_path / "other.csv"
    other.write_text("Metro list of firms\n\nId,Firm,Kind,State,Until,%s\nA-1,F,K,S,U,%s\n" % (
        ",".join("Column %d" % i for i in range(40)), ",".join("x" * 40)))
    told = city.told("--file", str(other), exit=1)
    assert told["result"] == "failed" and 'there is no column "No"' in told["text"]
    assert [e["word"] for e in told["list"]["columns"]] == \
        ["Id", "Firm", "Kind", "State", "Until"] + ["Column %d" % i for i in range(40)]
    text = city.command("try", "city", "--file", str(other), exit=1)
    assert "Column 39" in text and "failed" in text


@pytest.mark.parametrize("body, said", [
    (b"<html><body>Sign in</body></html>", "HTML instead of a list"),
    (b"PK\x03\x04" + b"\0" * 200, "ZIP archive"),
    (b"", "the file is blank"),
], ids=["page", "archive", "nothing"])
def test_what_is_no_list(city, tmp_path, body, said):
    other = tmp_path / "other.csv"
    other.write_bytes(body)
    told = city.told("--file", str(other), exit=1)
    assert told["result"] == "failed" and said in told["text"], told


def test_rows_left_out_and_repeated(city, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text(HEADER + "".join(row + "\n" for row in ROWS + ROWS[:2] + [
        ";Nobody;Women Owned;Certified;2028-01-31;1",
        "A-000;Firm0 Works;Women Owned;Certified;2029-01-31;1"]))
    seen = city.told("--file", str(other))["list"]
    assert seen["rows_left_out"] == 1 and seen["left_out"] == ['line 15: "No" is blank']
    assert seen["repeated"] == 2 and seen["same_number_and_type"] == 1


def test_a_column_of_values_is_masked(lab, tmp_path):
    """A type column that holds names by mistake shows none of them."""
    city = City(lab, **{"field.type": "Firm", "type": "WBE"})
    other = tmp_path / "other.csv"
    other.write_text(HEADER + "".join("A-%03d;Somebody%d Special;Women Owned;Certified;2028-01-31;1\n" % (
        i, i) for i in range(60)))
    seen = city.told("--file", str(other), still=False)["list"]
    assert len(seen["types"]) == 50 and seen["more"]["types"] == 10
    assert {e["word"] for e in seen["types"]} == {"S*** S***"}


def test_json_members(lab, tmp_path):
    city = City(lab, format="json", record="/rows", url="http://127.0.0.1:9/", interval="240h")
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"rows": [
        {"No": "A-1", "Firm": "F", "Kind": "Women Owned", "State": "Certified", "Until": "2028-01-31",
         "extra": {"x": 1}}, {"No": "A-2", "Firm": "G", "Kind": ["Women Owned", "Minority Owned"],
                              "State": "Certified", "Until": None}]}))
    seen = city.told("--file", str(other), still=False)["list"]
    assert words(seen["columns"]) == {
        "No": ("field.number", 2), "Firm": ("field.business_name", 2), "Kind": ("field.type", 2),
        "State": ("field.status", 2), "Until": ("field.expires_on", 2), "extra": ("", 1)}
    assert words(seen["types"]) == {"Women Owned": ("WBE", 2), "Minority Owned": ("MBE", 1)}


def test_it_waits_for_a_poll_and_is_forgotten(city):
    """Two at once, and one whose client goes away: the next one is answered."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(city.daemon.socket))
        s.sendall(json.dumps({"cmd": "try", "args": ["city"], "opts": {}}).encode() + b"\n")
        assert city.daemon.control("try", "city")["exit"] == 0
        assert json.loads(s.makefile("rb").readline())["exit"] == 0
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(city.daemon.socket))
        s.sendall(json.dumps({"cmd": "try", "args": ["city"], "opts": {}}).encode() + b"\n")
    assert city.daemon.control("try", "city")["data"]["try"]["records"] == 11
    assert city.daemon.sync("city") in ("committed", "unchanged")


def test_what_would_be_refused(lab):
    city = City(lab, min_records="100")
    answer = city.daemon.control("try", "city")
    told = answer["data"]["try"]
    assert answer["exit"] == 1 and told["result"] == "refused" and told["list"]["proof"]["worth"] == "refused"
    assert "100" in told["text"]
