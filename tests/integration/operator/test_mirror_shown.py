# SPDX-License-Identifier: ISC
"""What a list says: all of it, page by page, or of one number."""

import json
import subprocess

import pytest

from daemon import COMMAND
from feeds import day
from sources import replace
from waiting import wait_until

HEAD = "No,Company,DBA,UEI,Type,Status,From,Until\n"
SETTINGS = {"field.number": "No", "field.business_name": "Company", "field.dba_name": "DBA",
            "field.alias": "UEI", "field.type": "Type", "type.separator": ",",
            "type.map": "MBE:MBE | WBE:WBE", "field.status": "Status", "status.active": "Active",
            "field.issued_on": "From", "field.expires_on": "Until", "date_format": "%Y-%m-%d"}
ROWS = ['AB-%05d,Songbird Works %d,Yellow %d,UEI%09d,"MBE,WBE",Active,2020-01-02,%s' %
        (i, i, i, i, day(300)) for i in range(3)] + \
       ['CD-7,"Caf\u00e9 \u202eevil",,,MBE,Odd,,']
EVERYTHING = {"number", "aliases", "business_name", "dba_name", "type", "categories", "status",
              "status_word", "issued_on", "expires_on", "last_seen"}


class World:
    """A connector `city` of a file, and the command."""

    def __init__(self, lab, **settings):
        self.lab, self.path = lab, lab.directory / "list.csv"
        self.write(ROWS)
        self.daemon = lab.daemon({"city": dict(
            {"plugin": "table", "body": "city", "url": "file://%s" % self.path, "settle": "0s",
             "interval": "24h", "max_growth": "10000%", "max_shrink": "90%"}, **(settings or SETTINGS))}, start=False)

    def write(self, rows, head=HEAD):
        replace(self.path, (head + "\n".join(rows) + "\n").encode())

    def start(self):
        self.daemon.start()
        self.daemon.sync("city")
        return self

    def run(self, *words, code=0):
        result = subprocess.run([COMMAND, "-s", self.daemon.socket, "records", *words],
                                capture_output=True, text=True, timeout=60)
        assert result.returncode == code, (words, result.stdout, result.stderr)
        return result.stdout if code == 0 else result.stderr

    def records(self, *words):
        return json.loads(self.run(*words, "--json"))["records"]


def test_all_of_a_list(lab):
    world = World(lab).start()
    answer = json.loads(world.run("city", "--json"))
    assert (answer["name"], answer["total"], "next" in answer) == ("city", 7, False)
    assert answer["last_complete"].endswith("Z")
    records = sorted(answer["records"], key=lambda r: (r["number"], r["type"]))
    assert len(records) == 7 and all(set(r) == EVERYTHING for r in records)
    assert records[1] == {
        "number": records[0]["number"], "aliases": ["UEI000000000"],
        "business_name": "Songbird Works 0", "dba_name": "Yellow 0", "type": "WBE",
        "categories": ["woman"], "status": "active", "status_word": records[1]["status_word"],
        "issued_on": "2020-01-02", "expires_on": day(300).isoformat(),
        "last_seen": answer["last_complete"]}
    assert records[-1]["status"] == "unknown" and records[-1]["status_word"] == "Odd"
    assert records[-1]["expires_on"] is records[-1]["dba_name"] is None
    # For people: a line each, in columns, and nothing that a terminal would obey.
    lines = world.run("city").splitlines()
    assert lines[0].split() == ["NUMBER", "TYPE", "STATUS", "EXPIRES", "LAST", "SEEN", "NAME"]
    assert len(lines) == 8 and len({line.find(" MBE ") for line in lines if " MBE " in line}) == 1
    odd = next(line for line in lines if "CD" in line)
    assert "unknown: Odd" in odd and "Caf\u00e9 \\xe2\\x80\\xaeevil" in odd
    assert "\u202e" not in "".join(lines)


@pytest.mark.parametrize("typed", ["AB-00001", "  ab-00001 ", "\uff21\uff22\u201300001",
                                   "UEI000000001"])
def test_one_number_in_any_dress(lab, typed):
    world = World(lab).start()
    records = world.records("city", typed)
    assert {(r["business_name"], r["type"]) for r in records} == {
        ("Songbird Works 1", "MBE"), ("Songbird Works 1", "WBE")}
    text = world.run("city", typed)
    assert text.count("name            Songbird Works 1\n") == 2
    assert "  also            UEI000000001\n" in text and "  issued on       2020-01-02\n" in text


def test_what_cannot_be_shown(lab):
    world = World(lab)
    world.write([], head="")
    world.daemon.start()
    world.daemon.sync("city", expect=("failed", "refused"))
    said = world.run("city", code=1)
    assert "the list of city has not been read yet: " in said
    assert "no connector is called nobody" in world.run("nobody", code=1)
    world.write(ROWS)
    world.daemon.sync("city")
    for number in ("AB-99999", "?", " ", "x" * 300):
        assert "city lists no number " in world.run("city", number, code=1)
    world.run(code=2)
    world.run("city", "1", "2", code=2)
    assert world.daemon.control("records", "city", since="1;2")["exit"] == 2
    # What was asked for stands in no log.
    assert "AB-99999" not in world.daemon.log()


def test_a_list_without_numbers_is_asked_by_name(lab):
    settings = {k: v for k, v in SETTINGS.items() if k not in ("field.number", "field.alias")}
    world = World(lab, key="name", **settings).start()
    assert {r["number"] for r in world.records("city")} == {None}
    for name in ("SONGBIRD WORKS 2, Inc.", "Yellow 2"):
        assert {r["business_name"] for r in world.records("city", name)} == {"Songbird Works 2"}
    assert "city lists no firm that is called Nobody" in world.run("city", "Nobody", code=1)
    assert "=" not in world.run("city")


def test_when_the_list_had_it_last(lab):
    """One without a proof takes nothing out: what it lacks stays, and is seen to be old."""
    world = World(lab).start()
    before = world.records("city", "CD-7")[0]["last_seen"]
    world.daemon.elapse(seconds=3600)
    world.write(ROWS[:3])
    world.daemon.sync("city")
    old, new = world.records("city", "CD-7")[0], world.records("city", "AB-00001")[0]
    assert old["last_seen"] == before < new["last_seen"]


def test_pages(lab):
    """Each is short, they have all there is between them, and the daemon turns meanwhile."""
    world = World(lab)
    rows = ["N%06d,Firm %d Works,,,MBE,Active,,%s" % (i, i, day(300)) for i in range(5000)]
    world.write(rows)
    world.start()
    seen, since, pages = set(), None, 0
    while pages == 0 or since:
        options = {"since": since} if since else {}
        answer = world.daemon.control("records", "city", **options)
        assert answer["exit"] == 0 and len(answer["data"]["records"]) < 1000
        seen |= {r["number"] for r in answer["data"]["records"]}
        since, pages = answer["data"].get("next"), pages + 1
    assert pages > 10 and len(seen) == 5000
    lines = world.run("city").splitlines()
    assert len(set(lines)) == 5001 and len({line.index("Firm") for line in lines[1:]}) == 1
    assert len({r["number"] for r in world.records("city")}) == 5000


def test_a_page_of_long_records_is_read_in_parts(lab):
    """Many records a number, with long names: an answer would be more than a peer may leave unread."""
    world = World(lab)
    name = "verylongname " * 70
    rows = ["N%06d,Songbird %d %s,,,MBE,Active,,%s" % (i // 60, i, name, day(300))
            for i in range(60 * 120)]
    world.write(rows)
    world.start()
    answer = world.daemon.control("records", "city")
    assert answer["exit"] == 0, answer
    assert answer["data"]["next"] and len(json.dumps(answer)) < 6 << 20
    assert len({r["business_name"] for r in world.records("city")}) == 7200


def test_redis_is_away(lab, redis_server):
    world = World(lab).start()
    redis_server.kill()
    assert "Redis cannot" in world.run("city", code=1) or "not ready" in world.run("city", code=1)
    redis_server.start()
    wait_until(world.daemon.ready, 20)
    assert len(world.records("city")) == 7
