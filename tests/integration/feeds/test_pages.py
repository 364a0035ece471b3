# SPDX-License-Identifier: ISC
"""Lists in pages: with a total they prove; what moves under the reader only adds."""

import json

import pytest

from waiting import wait_until

SIZE = 4
CLAIMED = (1, 5, 10)


class Directory:
    """Firms on the sample registry, in pages, and three of them claimed."""

    def __init__(self, lab):
        self.lab, self.market, self.registry = lab, lab.market, lab.registry
        self.firms = ["EC-%03d" % i for i in range(1, 11)]
        self.settings = {
            "plugin": "table", "body": "council", "url": self.registry.url + "/firms?list=all",
            "format": "json", "record": "/items", "total": "/total", "field.number": "no",
            "field.business_name": "name", "type": "WBE", "absence": "revoke",
            "absent_polls": "1", "absent_hours": "0", "interval": "24h",
            "paging": "page", "page.param": "page", "page.size": str(SIZE), "size.param": "size"}
        for i in CLAIMED:
            self.market.command("put", "b%d" % i, "p%d" % i, body="council", category="woman",
                                type="WBE", number="EC-%03d" % i, business_name="Firm EC-%03d" % i)

    def page(self, firms, **more):
        items = [{"no": number, "name": "Firm %s" % number} for number in firms]
        return {"headers": {"Content-Type": "application/json"},
                "body": json.dumps(dict({"items": items, "total": len(self.firms)}, **more))}

    def publish(self, *pages):
        pages = pages or [self.page(self.firms[i:i + SIZE]) for i in range(0, len(self.firms), SIZE)]
        self.registry.script({"/firms?list=all&page=%d&" % (i + 1): [page]
                              for i, page in enumerate(pages)})

    def start(self, **settings):
        self.daemon = self.lab.daemon({"council": self.settings | settings})
        self.market.settle()
        self.poll()

    def poll(self, expect=("committed", "unchanged")):
        self.daemon.elapse(seconds=2)       # absences are told apart by the second
        self.daemon.sync("council", expect=expect, full=True)
        self.lab.settle(self.daemon)

    def proof(self):
        return self.market.connector("council").get("proof", "")

    def verdicts(self):
        return [self.market.verdict("b%d" % i)[0] for i in CLAIMED]

    def asked(self):
        """What was asked for, each once."""
        return list(dict.fromkeys(r["path"] for r in self.registry.requests()))


@pytest.fixture
def directory(lab):
    return Directory(lab)


def test_a_total_proves_pages_and_what_is_gone_from_them(directory):
    directory.publish()
    directory.start()
    assert directory.proof() == "total" and directory.verdicts() == ["verified"] * 3
    assert directory.asked() == ["/firms?list=all&page=%d&size=4" % page for page in (1, 2, 3)]
    directory.firms.remove("EC-005")
    directory.publish()
    directory.poll()
    wait_until(lambda: directory.verdicts() == ["verified", "revoked", "verified"], 15)


def test_a_row_that_slips_over_a_page_takes_nothing_away(directory):
    """One firm goes while the list is read: another is passed over, and one of the rest comes twice."""
    directory.publish()
    directory.start()
    first, others = directory.firms[:4], [n for n in directory.firms if n != "EC-009"]
    twice = directory.page(first[:3] + ["EC-004"]), directory.page(others[3:7]), directory.page(
        others[7:] + ["EC-011"])
    directory.publish(*twice)
    directory.poll()
    assert directory.proof() == "none" and directory.verdicts() == ["verified"] * 3


def test_a_total_that_moves_takes_nothing_away(directory):
    directory.publish()
    directory.start()
    pages = [directory.page(directory.firms[:4]), directory.page(directory.firms[5:9], total=9),
             directory.page(directory.firms[9:], total=9)]
    directory.publish(*pages)
    directory.poll()
    assert directory.proof() == "none" and directory.verdicts() == ["verified"] * 3


def test_missing_rows_fail_the_poll(directory):
    directory.publish()
    directory.start()
    directory.publish(directory.page(directory.firms[:4]), directory.page(directory.firms[4:7]))
    directory.poll(expect=("failed", "refused"))
    directory.daemon.wait_log("declares 10 items, 7 came")
    assert directory.verdicts() == ["verified"] * 3


@pytest.mark.parametrize("host, ok", [("", True), ("HOST", True), ("http://127.0.0.1:9", False),
                                      ("https://evil.example", False)])
def test_links_are_followed_on_the_same_host_only(directory, host, ok):
    host = directory.registry.url if host == "HOST" else host
    settings = {"paging": "next", "next": "/next", "page.param": None, "page.size": None,
                "size.param": None}
    for name, value in settings.items():
        directory.settings[name] = value
        if value is None:
            del directory.settings[name]
    directory.registry.script({
        "/firms": [directory.page(directory.firms[:5], next=host + "/more?after=5")],
        "/more?after=5": [directory.page(directory.firms[5:], next=None)]})
    directory.daemon = directory.lab.daemon({"council": directory.settings})
    directory.market.settle()
    directory.poll(expect=("committed", "unchanged") if ok else ("failed",))
    assert directory.asked() == ["/firms?list=all"] + ["/more?after=5"] * ok
    if ok:
        assert directory.proof() == "total" and directory.verdicts() == ["verified"] * 3
    else:
        directory.daemon.wait_log("a link to another host than that of url")


def test_pages_without_a_total_prove_nothing(directory):
    """Nor do two readings of them: a row that slips, slips again."""
    del directory.settings["total"]
    directory.publish()
    directory.start()
    directory.market.command("put", "none", "pnone", body="council", category="woman", type="WBE",
                             number="EC-999", business_name="Nobody")
    directory.market.settle()
    directory.poll()
    assert directory.proof() == "none" and directory.verdicts() == ["verified"] * 3
    assert directory.market.verdict("none") == ("self_reported", "awaiting_source")
