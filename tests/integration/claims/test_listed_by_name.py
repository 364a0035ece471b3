# SPDX-License-Identifier: ISC
"""Lists without numbers: a name leads to a person, never to a verified badge."""

import hashlib
import json

import pytest

from feeds import day
from sources import replace
from waiting import wait_until

OTHERS = [("Firm%s Works%s" % (c * 3, c), "MBE") for c in "bcdfghjklm"]
UNCHECKED = ("self_reported", "unchecked")
LISTED = ("review", "listed_by_name")
SETTINGS = {"key": "name", "field.business_name": "Company", "field.dba_name": "DBA",
            "field.type": "Type", "type.map": "MBE:MBE | WBE:WBE"}


class City:
    """A list of names and types in a folder, and claims about it."""

    def __init__(self, lab):
        self.lab, self.market = lab, lab.market
        self.path = lab.directory / "drop"
        self.path.mkdir()

    def write(self, *rows, whole=False):
        """(company, type[, dba]); whole: a manifest says that these are all"""
        text = "Company,Type,DBA\n" + "".join(
            '"%s",%s,%s\n' % (row + ("",) if len(row) == 2 else row) for row in (*rows, *OTHERS))
        replace(self.path / "list.csv", text.encode())
        if whole:
            (self.path / "list.csv.manifest").write_text(json.dumps({
                "rows": len(rows) + len(OTHERS),
                "sha256": hashlib.sha256(text.encode()).hexdigest(), "as_of": day(0).isoformat()}))

    def put(self, badge, name, type="WBE", number="-", **fields):
        self.market.command("put", badge, "p-" + badge, body="city", type=type, number=number,
                            category="woman" if type == "WBE" else "minority",
                            business_name=name, **fields)

    def start(self, **settings):
        self.daemon = self.lab.daemon({"city": dict(
            {"plugin": "table", "body": "city", "url": "file://%s/" % self.path, "settle": "0s",
             "interval": "24h", "absence": "revoke", "absent_polls": "1", "absent_hours": "0"},
            **(settings or SETTINGS))})
        self.market.settle()

    def poll(self):
        self.daemon.elapse(seconds=2)       # absences, and files, are told apart by the second
        self.daemon.sync("city", full=True)
        self.lab.settle(self.daemon)

    def verdict(self, badge):
        return self.market.verdict(badge)


@pytest.fixture
def city(lab):
    return City(lab)


def test_one_firm_of_the_name_is_for_a_person(city):
    city.write(("ACME WIDGETS, L.L.C.", "WBE"), ("Zenith Foods Inc", "WBE", "Harbour Table"))
    city.put("acme", "Acme Widgets LLC")
    city.put("trade", "Harbour Table", number="12#4")
    city.put("type", "Acme Widgets LLC", type="MBE")
    city.put("nobody", "Nobody Knows Them")
    city.start()
    city.poll()
    assert city.verdict("acme") == city.verdict("trade") == LISTED
    assert city.verdict("type") == city.verdict("nobody") == UNCHECKED
    badge = city.market.badge("acme")
    assert badge["registry_name"] == "ACME WIDGETS, L.L.C." and badge.get("expires_on", "") == ""
    assert badge.get("case", "") == "" and city.market.certified() == set()
    assert [e["data"]["reason"] for e in city.market.events("acme")][-1] == "listed_by_name"
    said = city.daemon.control("explain", "acme")["data"]["text"]
    assert "a list without numbers, which is asked for the name" in said, said
    assert "1 of 1 record of the name" in said, said


def test_the_list_changes(city):
    city.write(("Acme Widgets LLC", "WBE"), ("Birch Press", "WBE"), ("Cedar Signs", "WBE"))
    for badge, name in (("acme", "Acme Widgets"), ("birch", "Birch Press"), ("dune", "Dune Cafe")):
        city.put(badge, name)
    city.start()
    city.poll()
    assert [city.verdict(b) for b in ("acme", "birch", "dune")] == [LISTED, LISTED, UNCHECKED]
    # A namesake, one that is gone, a new one: found by what their claims would be asked for.
    now = (("Acme Widgets LLC", "WBE"), ("Acme Widgets Inc", "WBE"), ("Cedar Signs", "WBE"),
           ("Dune Cafe", "WBE"))
    city.write(*now)
    city.poll()
    wait_until(lambda: [city.verdict(b) for b in ("acme", "birch", "dune")] ==
               [UNCHECKED, LISTED, LISTED], 15)     # nothing says that the list is whole
    city.write(*now, whole=True)
    city.poll()
    wait_until(lambda: city.verdict("birch") == UNCHECKED, 15)
    city.put("acme", "Acme Widgets", names='["Cedar Signs"]')
    city.market.settle()
    assert city.verdict("acme") == UNCHECKED        # three firms have its names now
    city.put("acme", "Cedar Signs")
    city.market.settle()
    assert city.verdict("acme") == LISTED


def test_a_restart_finds_them_too(city):
    city.write(("Birch Press", "WBE"))
    city.put("acme", "Acme Widgets")
    city.start()
    city.poll()
    assert city.verdict("acme") == UNCHECKED
    city.daemon.restart()
    city.write(("Birch Press", "WBE"), ("ACME WIDGETS CORPORATION", "WBE"))
    city.poll()
    wait_until(lambda: city.verdict("acme") == LISTED, 15)


def test_what_numbers_verified_no_name_takes_away(city):
    replace(city.path / "list.csv", b"No,Company,Type\n" + b"".join(
        b"%d,%s,%s\n" % (i, name.encode(), type.encode())
        for i, (name, type) in enumerate((("Acme Widgets", "WBE"), *OTHERS))))
    city.put("acme", "Acme Widgets", number="0")
    by_number = {"field.number": "No", "field.business_name": "Company", "field.type": "Type",
                 "type.map": SETTINGS["type.map"]}
    city.start(**by_number, max_shrink="100%")
    city.poll()
    assert city.verdict("acme") == ("verified", "record_active")
    city.write(("Birch Press", "WBE"))
    city.daemon.sections["connector city"] |= {**SETTINGS, "field.number": ""}
    city.daemon.write()
    city.daemon.reload()
    city.daemon.wait_log("configuration reloaded")
    for _ in range(3):
        city.poll()
    assert city.verdict("acme") == ("verified", "record_active")


@pytest.mark.parametrize("settings, said", [
    ({"field.number": "No"}, "field.number is refused by its plug-in: with key = name the list has no numbers"),
    ({"field.business_name": ""}, "field.business_name is refused by its plug-in: name the column of the business name"),
    ({"key": "number"}, "field.number: name the column of the certification number; if "
     "there is none, key = name"),
    ({"key": "vendor"}, "key \"vendor\" is not known: write number or name"),
])
def test_settings_that_cannot_be(lab, settings, said):
    lab.use_store()
    daemon = lab.daemon({"city": {
        "plugin": "table", "body": "city", "url": "file://%s/list.csv" % lab.directory,
        **SETTINGS, **settings}}, start=False)
    run = daemon.run("-t")
    assert run.returncode == 78 and said in run.stderr, run
