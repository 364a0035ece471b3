# SPDX-License-Identifier: ISC
"""Lists with the oddities of spreadsheets and portals (tests/fixtures/odd_lists), polled one after the other."""

import base64
import json

import pytest

from daemon import ROOT
from waiting import wait_until

FOLDER = ROOT / "tests/fixtures/odd_lists"
CASES = json.loads((FOLDER / "cases.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_an_odd_list(lab, market, case):
    def serve(feed):
        data = (FOLDER / "made" / feed).read_bytes()
        lab.registry.script({"/nglcc/": [{
            "body_b64": base64.b64encode(data).decode(),
            "headers": {"Content-Type": case.get("content_type", "text/csv")}}]})

    serve(case["feeds"][0])
    for i, claim in enumerate(case["claims"]):
        market.command("put", "b%d" % i, "p%d" % i, body="city", category=claim["category"],
                       type=claim["type"], number=claim["number"],
                       business_name=claim["business_name"])
    daemon = lab.daemon({"list": {
        "plugin": "nglcc", "body": "city", "url": lab.registry.url + "/nglcc/list.csv",
        "interval": "24h", **{k: str(v) for k, v in case["settings"].items()}}})
    market.settle()
    for feed in case["feeds"]:
        serve(feed)
        daemon.sync("list", full=True)
        lab.settle(daemon)
        daemon.elapse(seconds=2)        # absences are told apart by the second
    for i, claim in enumerate(case["claims"]):
        if claim["want"] is None:       # it only stands there
            continue
        badge, want = market.badge("b%d" % i), dict(claim["want"])
        assert badge["status"] != want.pop("status_not", None), (claim, badge)
        assert {k: badge.get(k) for k in want} == want, (claim, badge)
        assert badge.get("case", "") == "", (claim, badge)


def test_zeros_cease_to_count(lab, market):
    """Nobody is worse off for it, and who had left them out is found."""
    others = "".join("3%04d,Firm %d\n" % (i, i) for i in range(20))
    lab.registry.script({"/nglcc/": [{
        "body": "Cert No,Company\n0020001,Alder Signs\n0020002,Birch Press\n" + others,
        "headers": {"Content-Type": "text/csv"}}]})
    for badge, number in (("whole", "0020001"), ("short", "20002")):
        market.command("put", badge, badge, body="city", category="lgbtq", type="LGBTBE",
                       number=number, business_name="Alder Signs" if badge == "whole" else "Birch Press")
    daemon = lab.daemon({"list": {
        "plugin": "nglcc", "body": "city", "url": lab.registry.url + "/nglcc/list.csv",
        "interval": "24h"}})
    daemon.sync("list")
    lab.settle(daemon)
    assert [market.verdict(badge)[0] for badge in ("whole", "short")] == ["verified", "not_found"]
    before = market.badge("whole")["version"]
    daemon.sections["connector list"]["number.zeros"] = "ignore"
    daemon.write()
    daemon.reload()
    daemon.sync("list")
    wait_until(lambda: market.verdict("short")[0] == "verified", 15)
    assert market.badge("whole")["version"] == before
