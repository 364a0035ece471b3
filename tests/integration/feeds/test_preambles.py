# SPDX-License-Identifier: ISC
"""What the lines above the header of a list say of it, and lists that say nothing."""

import hashlib
import json

import pytest

from feeds import day
from sources import replace
from waiting import wait_until

FIRMS = 20
GONE = "b00"


class City:
    """A CSV of twenty firms; the first and the last are claimed, and one that nobody lists."""

    def __init__(self, lab):
        self.lab, self.market = lab, lab.market
        self.drop = lab.directory / "drop"
        self.drop.mkdir()

    def text(self, preamble, firms):
        return preamble + "No,Company,Type\n" + "".join(
            "C-%03d,Firm%d Works%d,WBE\n" % (i, i, i) for i in firms)

    def publish(self, preamble="", firms=range(FIRMS)):
        self.lab.registry.script({"/nglcc/": [{"body": self.text(preamble, firms),
                                               "headers": {"Content-Type": "text/csv"}}]})

    def start(self, url):
        for i in (0, FIRMS - 1, 999):
            self.market.command("put", "b%02d" % i, "p%d" % i, body="city", category="woman",
                                type="WBE", number="C-%03d" % i, business_name="Firm%d Works%d" % (i, i))
        self.daemon = self.lab.daemon({"city": {
            "plugin": "table", "body": "city", "url": url, "settle": "0s", "interval": "24h",
            "field.number": "No", "field.business_name": "Company", "field.type": "Type",
            "type.map": "WBE:WBE", "absence": "revoke", "absent_polls": "1", "absent_hours": "0"}})
        self.market.settle()
        self.poll()

    def poll(self):
        self.daemon.elapse(seconds=2)       # absences are told apart by the second
        self.daemon.sync("city", full=True)
        self.lab.settle(self.daemon)

    @property
    def proof(self):
        return self.market.connector("city").get("proof")

    def statuses(self):
        return [self.market.verdict(b)[0] for b in (GONE, "b19", "b999")]


@pytest.fixture
def city(lab):
    city = City(lab)
    city.url = lab.registry.url + "/nglcc/list.csv"
    return city


def test_a_list_that_says_nothing_is_read_twice(city):
    """The plug-in knows proofs; this list has none, which is no reason to conclude nothing."""
    city.publish()
    city.start(city.url)
    assert city.proof == "twice" and city.statuses() == ["verified", "verified", "not_found"]
    city.publish(firms=range(1, FIRMS))
    city.poll()
    wait_until(lambda: city.statuses() == ["revoked", "verified", "not_found"], 15)


def test_a_count_proves(city):
    city.publish("List of firms\n20 matchesfound\n")
    city.start(city.url)
    assert city.proof == "total" and city.statuses() == ["verified", "verified", "not_found"]
    city.publish("List of firms\n19 matchesfound\n", range(1, FIRMS))
    city.poll()
    wait_until(lambda: city.statuses() == ["revoked", "verified", "not_found"], 15)


@pytest.mark.parametrize("preamble, said", [
    ("List of firms\n2236 matchesfound\n", "count 2236, it has 19 rows"),
    ("List of firms\nResults filtered\n", "say that it is filtered"),
])
def test_a_part_proves_nothing_however_often(city, preamble, said):
    city.publish("20 records\n")
    city.start(city.url)
    city.publish(preamble, range(1, FIRMS))
    for _ in range(3):
        city.poll()
    assert city.proof == "none" and city.statuses() == ["verified", "verified", "not_found"]
    city.daemon.wait_log(said)


def test_an_older_copy_is_not_taken(city):
    city.publish("As of 6/11/2026\n20 records\n")
    city.start(city.url)
    city.publish("Export Date:,06/10/2026\n19 records\n", range(1, FIRMS))
    city.daemon.elapse(seconds=2)
    city.daemon.sync_fails("city")
    city.daemon.wait_log("older than the one read before")
    assert city.statuses()[0] == "verified"
    city.publish("As of 2099-01-01\n19 records\n", range(1, FIRMS))   # which says nothing
    city.daemon.sync("city")
    city.lab.settle(city.daemon)
    wait_until(lambda: city.statuses()[0] == "revoked", 15)


def test_a_person_takes_the_older_copy(city):
    city.publish("As of 6/11/2026\n20 records\n")
    city.start(city.url)
    city.publish("As of 6/10/2026\n19 records\n", range(1, FIRMS))
    city.poll()         # as sync --full does
    wait_until(lambda: city.statuses()[0] == "revoked", 15)


def test_nor_does_a_manifest_of_it(city):
    def write(preamble, firms):
        text = city.text(preamble, firms).encode()
        replace(city.drop / "list.csv", text)
        (city.drop / "list.csv.manifest").write_text(json.dumps({
            "rows": len(firms), "sha256": hashlib.sha256(text).hexdigest(),
            "as_of": day(write.serial - 9).isoformat()}))
        write.serial += 1

    write.serial = 0
    write("", range(FIRMS))
    city.start("file://%s/" % city.drop)
    assert city.proof == "manifest" and city.statuses()[0] == "verified"
    write("Results filtered\n", range(1, FIRMS))
    city.poll()
    assert city.proof == "none" and city.statuses()[0] == "verified"
    write("", range(1, FIRMS))
    city.poll()
    wait_until(lambda: city.statuses()[0] == "revoked", 15)
