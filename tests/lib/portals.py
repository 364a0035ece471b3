# SPDX-License-Identifier: ISC
"""What the Small Business Search and a Socrata portal make of a request.

Each function answers (status, body, content type), from the rows of a file.
"""

import json
import re
from xml.sax.saxutils import escape

JSON = "application/json"
XML = "text/xml; charset=utf-8"
# The search page's value of a program, and the flags of the firms it lists.
SBS_PROGRAMS = {"1,4": ("8a", "8a_jv"), "3": ("hz",), "5": ("wosb", "edwosb"), "6": ("edwosb",),
                "7,8": ("vosb", "vosb_jv"), "9,10": ("sdvosb", "sdvosb_jv")}
NOT_FOUND = b'{"status":500,"error":"No matching MeiliSearch document"}'
SINCE = re.compile(r":updated_at > '([^']+)'")


def sbs_search(firms, body):
    """The firms active in the program asked for, all in one answer."""
    asked = json.loads(body)["sbaCertifications"]["activeCerts"][0]["value"]
    flags = ["active_%s_boolean" % name for name in SBS_PROGRAMS[asked]]
    found = [f for f in firms if any(f.get(flag) for flag in flags)]
    return 200, json.dumps({"status": "ok", "results": found, "meili_filter": asked}).encode(), JSON


def sbs_profile(firms, uei):
    """A firm it does not know is a fault of its server's."""
    for firm in firms:
        if firm["uei"] == uei:
            return 200, json.dumps({"entity": firm, "naics": [],
                                    "performanceHistory": []}).encode(), JSON
    return 500, NOT_FOUND, JSON


def xml_row(row):
    """SODA 2.0: the row's id is an attribute, other system fields are missing."""
    cells = "".join("      <%s>%s</%s>\n" % (k, escape(str(v)), k)
                    for k, v in row.items() if not k.startswith(":"))
    return '    <row _id="%s">\n%s    </row>\n' % (escape(row[":id"]), cells)


def socrata(rows, form, query):
    """query: parameter -> value; $select, $where, $order, $limit and $offset as they are used."""
    if "count(*)" in query.get("$select", ""):
        counted = {"total": str(len(rows))}
        if "newest" in query["$select"] and rows:
            counted["newest"] = max(r[":updated_at"] for r in rows)
        return 200, json.dumps([counted]).encode(), JSON
    since = SINCE.search(query.get("$where", ""))
    if since:
        rows = [r for r in rows if r[":updated_at"] > since[1]]
    if query.get("$order") == ":id":
        rows = sorted(rows, key=lambda r: r[":id"])
    start = int(query.get("$offset", 0))
    page = rows[start:start + int(query.get("$limit", 1000))]
    if form == "xml":
        text = '<?xml version="1.0" encoding="UTF-8"?>\n<response>\n  <row>\n%s  </row>\n</response>\n'
        return 200, (text % "".join(map(xml_row, page))).encode(), XML
    if ":*" not in query.get("$select", ""):
        page = [{k: v for k, v in r.items() if not k.startswith(":")} for r in page]
    return 200, json.dumps(page).encode(), JSON
