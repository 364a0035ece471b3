# SPDX-License-Identifier: ISC
"""A list that is a table of a web page: read as any other, and a page cut in it takes nothing away."""

import pytest

from waiting import wait_until

PAGE = """<html><head><title>Directory</title></head><body>
<table><tr><td>Menu<td><table border=1>
<tr><th>Cert No<th>Company<br>Name<th>Types<th>Until</tr>
%s</table></table></body></html>
"""
ROW = "<tr><td>%s<td>%s &amp; Co<td>WBE<br/>MBE<td>12/31/2099\n"
FIRMS = {"EC-001": "Anders", "EC-002": "Bell", "EC-003": "Carver"}


@pytest.fixture
def council(lab):
    for i, (number, name) in enumerate(FIRMS.items()):
        lab.market.command("put", "b%d" % i, "p%d" % i, body="council", category="minority",
                           type="MBE", number=number, business_name=name + " and Co")
    publish(lab, FIRMS)
    daemon = lab.daemon({"council": {
        "plugin": "table", "body": "council", "url": lab.registry.url + "/list.xls",
        "format": "html", "field.number": "Cert No", "field.business_name": "Company Name",
        "field.type": "Types", "type.map": "WBE:WBE | MBE:MBE", "field.expires_on": "Until",
        "interval": "24h", "absence": "revoke", "absent_polls": "1", "absent_hours": "0"}})
    lab.market.settle()
    daemon.sync("council")
    lab.settle(daemon)
    return daemon


def publish(lab, firms, **more):
    page = PAGE % "".join(ROW % firm for firm in firms.items())
    lab.registry.script({"/list.xls": [dict({
        "headers": {"Content-Type": "application/vnd.ms-excel"}, "body": page}, **more)]})
    return page


def verdicts(lab):
    return [lab.market.verdict("b%d" % i)[0] for i in range(len(FIRMS))]


def test_a_table_of_a_page_verifies_and_tells_who_is_not_in_it(lab, council):
    assert verdicts(lab) == ["verified"] * 3
    lab.market.command("put", "none", "pnone", body="council", category="woman", type="WBE",
                       number="EC-999", business_name="Nobody and Co")
    lab.market.settle()
    council.sync("council", full=True)      # read twice: that proves it
    wait_until(lambda: lab.market.verdict("none") == ("not_found", "number_unknown"), 15)


def test_a_page_that_is_cut_takes_nothing_away(lab, council):
    council.elapse(seconds=2)
    page = publish(lab, FIRMS)
    cut = page[:page.index("<tr><td>EC-002")]
    lab.registry.script({"/list.xls": [{"body": cut}]})
    council.sync("council", full=True, expect=("failed",))
    council.wait_log("the page ends before its table does: it is cut")
    lab.settle(council)
    assert verdicts(lab) == ["verified"] * 3
