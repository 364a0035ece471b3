# SPDX-License-Identifier: ISC
"""What is particular to each registry, through the daemon: sbs, socrata, sam.

What all of them share is in test_statuses, test_polls and test_faulty_feeds.
"""

import base64
import calendar
import io
import json
import re
import socket
import threading
import time
import urllib.parse
import zipfile

import pytest

import feeds
import portals
import sources
from feeds import Rec, day
from waiting import wait_until

FIRM = "Lakeside Bakery Works"
JSON = {"Content-Type": "application/json"}
SEARCH = "/sbs/_api/v2/search"
PROFILE = "/sbs/_api/v2/profile/"


def state_of(market, source):
    return market.connector(source.name)


def put(market, source, rec, badge="b", **fields):
    market.put(badge, source, number=rec.number, business_name=rec.name, type=rec.type, **fields)


def verdict_comes(lab, badge, status, reason):
    """Once what is collected has been looked up."""
    lab.settle()
    wait_until(lambda: lab.market.verdict(badge) == (status, reason), 15,
               "%s is %s" % (badge, lab.market.verdict(badge)))


def seconds_until(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.time()


# --- sbs: SBA's Small Business Search ------------------------------------------------------------


CATEGORY = {"SBA8A": "minority", "SBA8A-JV": "minority", "HUBZONE": "minority", "WOSB": "woman",
            "EDWOSB": "woman", "VOSB": "veteran", "SDVOSB": "veteran"}


@pytest.fixture
def sbs(lab):
    source = lab.source("sbs")
    source.programs = "wosb"
    return source


def test_sbs_reads_every_program(lab, market, registry, sbs):
    sbs.programs = sbs.all_programs
    recs = [Rec(sbs.number(i), "Firm %c Works" % (65 + i), kind, expires=day(100 + i))
            for i, kind in enumerate(sbs.types)]
    sbs.publish(recs)
    daemon = lab.daemon([sbs])
    daemon.sync("search")
    for rec in recs:
        put(market, sbs, rec, rec.type, category=CATEGORY[rec.type])
    market.settle()
    for rec in recs:
        # HUBZone is certified for a place: it confirms no category.
        wanted = ("review", "category_conflict") if rec.type == "HUBZONE" else (
            "verified", "record_active")
        assert market.verdict(rec.type) == wanted, rec
    asked = [json.loads(r["body"])["sbaCertifications"]["activeCerts"][0]["value"]
             for r in registry.requests(SEARCH)]
    programs = ["1,4", "3", "5", "6", "7,8", "9,10"]
    assert asked[-6:] == programs and len(asked) % 6 == 0
    assert state_of(market, sbs)["proof"] == "closed"
    # What it sends of persons goes no further.
    assert "owner@example.org" not in "".join(
        json.dumps(market.redis.hgetall(k)) for k in market.redis.scan_iter("*")
        if market.redis.type(k) == "hash")


def test_sbs_reads_only_the_programs_wanted(lab, market, registry, sbs):
    sbs.programs = "vosb, sdvosb"
    sbs.publish([Rec(sbs.number(1), FIRM, "VOSB")])
    lab.daemon([sbs]).sync("search")
    values = {json.loads(r["body"])["sbaCertifications"]["activeCerts"][0]["value"]
              for r in registry.requests(SEARCH)}
    assert values == {"7,8", "9,10"}
    market.put("w", sbs, number=sbs.number(1), business_name=FIRM)
    market.settle()
    assert market.verdict("w") == ("self_reported", "no_connector")


@pytest.mark.parametrize("order", [1, -1])
def test_sbs_merges_the_profiles_of_a_firm(lab, market, sbs, order):
    """Any profile that has it in force wins; none of them, and it has ended."""
    def profiles(number, *recs):
        found = []
        for i, rec in enumerate(recs):
            firm, = feeds.sbs_firms([rec])
            # Listed for another program, as a firm with ended ones only is.
            firm.update(entity_detail_id="%s-%d" % (number, i), active_hz_boolean=True)
            found.append(firm)
        return found[::order]

    gone, there = (Rec(sbs.number(1), FIRM, "WOSB", *rest) for rest in (
        ("expired", day(-90)), ("active", day(90))))
    ended = [Rec(sbs.number(2), FIRM, "WOSB", "expired", day(-n)) for n in (30, 400)]
    firms = profiles("one", gone, there) + profiles("two", *ended)
    sbs.programs = "hubzone, wosb"
    sbs.write([])
    sbs.write_firms(json.loads((lab.samples / "sbs.json").read_text())["results"] + firms)
    lab.daemon([sbs]).sync("search")
    put(market, sbs, there, "one")
    put(market, sbs, ended[0], "two")
    market.settle()
    assert market.verdict("one") == ("verified", "record_active")
    assert market.badge("one")["expires_on"] == day(90).isoformat()
    assert market.verdict("two") == ("expired", "record_expired")


@pytest.fixture
def searched(lab, sbs):
    """A daemon that has read a list of one firm."""
    sbs.publish([Rec(sbs.number(1), FIRM, "WOSB")])
    daemon = lab.daemon([sbs])
    daemon.sync("search")
    lab.settle()
    lab.registry.requests_clear()
    return daemon


def test_sbs_looks_up_a_profile(lab, market, registry, sbs, searched):
    new = Rec(sbs.number(2), "Hilltop Joinery", "WOSB", expires=day(50))
    sbs.write_firms(feeds.sbs_firms([new]))
    put(market, sbs, new)
    verdict_comes(lab, "b", "verified", "record_active")
    assert market.badge("b")["cause"] == "lookup"
    assert market.badge("b")["expires_on"] == day(50).isoformat()
    assert [r["path"] for r in registry.requests("/sbs/")] == [PROFILE + new.number]


def test_sbs_says_not_found_with_500(lab, market, registry, sbs, searched):
    before = state_of(market, sbs)
    put(market, sbs, Rec(sbs.number(3), "Nobody", "WOSB"))
    verdict_comes(lab, "b", "not_found", "number_unknown")
    lab.settle()
    assert [r["path"] for r in registry.requests("/sbs/")] == [PROFILE + sbs.number(3)]
    after = state_of(market, sbs)
    assert (after["state"], after["error"], after["last_complete"]) == (
        "idle", "", before["last_complete"])
    assert "failed" not in searched.log()


@pytest.mark.parametrize("answer", [
    {"status": 500, "body": "Internal Server Error"},
    {"status": 500, "body": "<html>Bad gateway</html>", "headers": {"Content-Type": "text/html"}}])
def test_sbs_an_outage_is_not_not_found(lab, market, registry, sbs, searched, answer):
    """The list decides then; that nothing could be asked is told."""
    registry.script({PROFILE: [answer]})
    put(market, sbs, Rec(sbs.number(3), "Nobody", "WOSB"))
    verdict_comes(lab, "b", "not_found", "number_unknown")
    lab.settle()
    searched.wait_log(re.compile(r"look-up \d+ failed: .*HTTP 500"))
    assert state_of(market, sbs)["state"] == "idle"


def test_sbs_one_cut_answer_of_six_takes_nothing(lab, market, registry, sbs):
    sbs.programs = sbs.all_programs
    recs = [Rec(sbs.number(i), FIRM, kind, expires=day(100)) for i, kind in enumerate(sbs.types)]
    sbs.publish(recs)
    daemon = lab.daemon([sbs])
    daemon.sync("search")
    put(market, sbs, recs[3])
    market.settle()
    before, records = market.raw_badges(), state_of(market, sbs)["records"]
    _, body, _ = portals.sbs_search(json.loads((lab.samples / "sbs.json").read_text())["results"],
                                    '{"sbaCertifications":{"activeCerts":[{"value":"6"}]}}')
    whole = {"pass": True}
    registry.script({SEARCH: [whole, whole, whole, {
        "body_b64": base64.b64encode(body[:len(body) // 2]).decode(), "headers": JSON}, whole]})
    daemon.sync_fails("search")
    assert state_of(market, sbs)["records"] == records
    assert market.raw_badges() == before


# --- socrata: lists on open data portals ---------------------------------------------------------


FORMS = {"json": sources.SocrataJson, "xml": sources.SocrataXml}


def path_and_query(request):
    path, _, query = request["path"].partition("?")
    return path.rsplit("/", 1)[1], {k: v[0] for k, v in urllib.parse.parse_qs(query).items()}


class City:
    """A portal's list, its daemon, and a verified badge for each of its first rows."""

    def __init__(self, lab, form, rows, badges=0, **settings):
        self.lab, self.market = lab, lab.market
        self.source = FORMS[form](lab.registry, lab.samples)
        self.recs = [Rec(self.source.number(i), "Firm %c%c Works" % (65 + i // 26, 65 + i % 26), "MBE",
                         expires=day(200)) for i in range(rows)]
        self.source.publish(self.recs)
        self.daemon = lab.daemon({"city": dict(self.source.settings(), **settings)})
        self.daemon.sync("city")
        for i in range(badges):
            put(lab.market, self.source, self.recs[i], "b%d" % i, category="minority")
        lab.settle()
        assert all(self.market.verdict("b%d" % i)[0] == "verified" for i in range(badges))
        lab.registry.requests_clear()

    def sync(self, *expect, **opts):
        return self.daemon.sync("city", expect=expect or ("committed", "unchanged"), **opts)

    def asked(self):
        found = [path_and_query(r) for r in self.lab.registry.requests("/portal/")]
        self.lab.registry.requests_clear()
        return found

    def state(self):
        return self.market.connector("city")


@pytest.mark.parametrize("form", FORMS)
def test_socrata_pages_in_a_fixed_order(lab, form):
    """Counted, read page by page, counted again: with full pages only, one more."""
    city = City(lab, form, 16)
    city.sync(full=True)
    asked = city.asked()
    for name, query in (asked[0], asked[-1]):
        assert name == "abcd-1234.json" and "count(*)" in query["$select"]
    assert [(q["$limit"], q["$offset"]) for _, q in asked[1:-1]] == [
        ("8", "0"), ("8", "8"), ("8", "16")]
    assert {name for name, _ in asked[1:-1]} == {"abcd-1234." + form}
    assert {q["$order"] for _, q in asked[1:-1]} == {":id"}
    assert city.state()["proof"] == "total" and city.state()["records"] == "16"


def test_socrata_reads_changes_and_now_and_then_everything(lab, market):
    """Rows deleted at the portal never show in a delta: the full pass finds them."""
    city = City(lab, "json", 12, badges=2, full_interval="2h")
    city.sync(full=True)
    city.asked()
    city.recs[0].expires = day(500)
    city.source.publish(city.recs[:6])          # and six rows are gone
    assert city.sync() == "committed"
    asked = city.asked()
    assert asked and all(":updated_at > " in q["$where"] for _, q in asked)
    assert market.badge("b0")["expires_on"] == day(500).isoformat()
    state = city.state()
    assert state["records"] == "13"             # the renewed row's old period stands beside it
    city.daemon.elapse(hours=2)
    assert city.sync() == "committed"
    asked = city.asked()
    assert "count" in asked[0][1]["$select"] and not any("$where" in q for _, q in asked)
    assert city.state()["records"] == "6"
    for name in ("last_complete", "last_proven"):
        assert city.state()[name] > state[name]
    assert market.verdict("b1") == ("verified", "record_active")


def test_socrata_xml_is_always_read_whole(lab):
    city = City(lab, "xml", 5)
    city.sync()
    assert not any("$where" in q for _, q in city.asked())


@pytest.mark.parametrize("form", FORMS)
def test_socrata_cells_of_several_certifications(lab, market, form):
    """One date for all of a cell's types, or one for each, by position."""
    source = FORMS[form](lab.registry, lab.samples)
    rows = [feeds.portal_row(Rec(source.number(i), FIRM, "x", expires=day(200))) for i in range(3)]
    rows[0]["certification"] = "MBE, WBE"
    rows[1].update(certification="WBE,MBE", cert_renewal_date="%s;%s" % (
        day(100).isoformat(), day(50).isoformat()))
    rows[2].update(certification="MBE,WBE", cert_renewal_date="%s;%s;%s" % (
        (day(100).isoformat(),) * 3))
    source.write_rows(rows)
    daemon = lab.daemon({"city": dict(source.settings(), **{"expires_on.separator": "semicolon"})})
    daemon.sync("city")
    for i in range(3):
        for kind, category in (("MBE", "minority"), ("WBE", "woman")):
            market.put("%s-%d" % (kind, i), source, number=source.number(i), business_name=FIRM,
                       type=kind, category=category, holder="h")
    market.settle()
    until = {b: market.badge(b).get("expires_on") for b in market.badge_ids()}
    for i in range(2):
        assert market.verdict("MBE-%d" % i) == market.verdict("WBE-%d" % i) == (
            "verified", "record_active")
    assert until["MBE-0"] == until["WBE-0"] == day(200).isoformat()
    assert (until["WBE-1"], until["MBE-1"]) == (day(100).isoformat(), day(50).isoformat())
    # Three dates for two types say nothing of either.
    assert {market.verdict("%s-2" % k) for k in ("MBE", "WBE")} == {("review", "status_unknown")}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("column", ["account_number", "vendor_formal_name", "certification",
                                    "standing", "cert_renewal_date"])
def test_socrata_a_missing_required_column_stops_the_source(lab, market, form, column):
    city = City(lab, form, 9, badges=3)
    before = market.raw_badges()
    rows = json.loads(city.source.file.read_text())
    for row in rows:
        row["renamed"] = row.pop(column)
    city.source.write_rows(rows)
    city.sync("failed", full=True)
    state = city.state()
    assert state["state"] == "backoff" and column in state["error"], state
    assert state["records"] == "9" and market.raw_badges() == before
    # Claims are decided by what was known.
    put(market, city.source, city.recs[5], "late", category="minority")
    market.settle()
    assert market.verdict("late") == ("verified", "record_active")
    city.source.publish(city.recs)
    city.sync(full=True)
    assert city.state()["error"] == ""


@pytest.mark.parametrize("form", FORMS)
def test_socrata_a_missing_optional_column_is_said(lab, market, form):
    city = City(lab, form, 3, badges=1)
    before = market.raw_badges()
    rows = json.loads(city.source.file.read_text())
    for row in rows:
        row["vendor_dba"] = row["vendor_formal_name"]
    city.source.write_rows(rows)
    city.sync(full=True)
    said = city.daemon.log().count('no record has a "vendor_dba"')
    city.source.publish(city.recs)      # which have no trade name
    city.sync(full=True)
    city.daemon.wait_log('no record has a "vendor_dba"', said + 1)
    assert city.state()["state"] == "idle" and city.state()["proof"] == "total"
    assert market.raw_badges() == before


def test_socrata_202_is_asked_again(lab, registry):
    city = City(lab, "json", 3)
    registry.script({"/portal/": [{"status": 202, "body": '{"code":"accepted"}', "headers": JSON},
                                  {"pass": True}]})
    city.sync(full=True)
    assert [("count" in q.get("$select", "")) for _, q in city.asked()] == [True, True, False, True]
    assert city.state()["proof"] == "total"


def test_socrata_sends_the_token_if_there_is_one(lab, registry):
    city = City(lab, "json", 1)
    city.sync(full=True)
    assert not any("X-App-Token" in r["headers"] for r in registry.requests("/portal/"))
    token = lab.directory / "token"
    token.write_text("a-token\n")
    city.daemon.stop()
    city.daemon.sections["connector city"]["app_token"] = "file:%s" % token
    city.daemon.write()
    city.daemon.start()
    city.sync(full=True)
    assert registry.requests("/portal/")[-1]["headers"]["X-App-Token"] == "a-token"


# --- sam: SAM.gov ------------------------------------------------------------------------------------


@pytest.fixture
def sam(lab):
    return lab.source("sam-extract")


LOOKUP = "/sam/entity-information/v3/entities?ueiSAM="


def test_sam_looks_up_ten_ueis_a_request(lab, market, registry, sam):
    sam.publish([Rec(sam.number(1), FIRM, sam.type)])
    daemon = lab.daemon([sam])
    daemon.sync("sba")
    lab.settle()
    asked = [Rec(sam.number(100 + i), "Firm %c Works" % (65 + i), sam.type, expires=day(90))
             for i in range(23)]
    known = asked[::2]
    registry.script({LOOKUP: [{"pass": True}]})
    sources.replace(lab.samples / "sam.json", feeds.sam_json(known))
    for i, rec in enumerate(asked):
        put(market, sam, rec, "b%02d" % i)
    for i, rec in enumerate(asked):
        verdict_comes(lab, "b%02d" % i, *(("verified", "record_active") if rec in known else
                                             ("not_found", "number_unknown")))
    batches = []
    for request in registry.requests(LOOKUP):
        _, query = path_and_query(request)
        batches.append(query["ueiSAM"].strip("[]").split("~"))
        assert query["size"] == "10" and request["headers"]["X-Api-Key"] == "an-api-key"
    assert max(map(len, batches)) <= 10 and len(batches) <= 4
    assert sorted(sum(batches, [])) == sorted(rec.number for rec in asked)


def test_sam_reads_the_further_pages_of_a_look_up(lab, market, registry, sam):
    """Entities with EFT indicators have several rows, and SAM puts ten on a page."""
    sam.publish([Rec(sam.number(1), FIRM, sam.type)])
    lab.daemon([sam]).sync("sba")
    lab.settle()
    wanted = Rec(sam.number(2), "Hilltop Joinery", sam.type)
    entity, = json.loads(feeds.sam_json([wanted]))["entityData"]
    rows = []
    for i in range(12):
        rows.append(json.loads(json.dumps(entity)))
        rows[-1]["entityRegistration"]["entityEFTIndicator"] = "%04d" % i if i < 11 else None
    pages = [{"body": json.dumps({"totalRecords": 12, "entityData": part}), "headers": JSON}
             for part in (rows[:10], rows[10:])]
    registry.script({LOOKUP: pages})
    put(market, sam, wanted)
    verdict_comes(lab, "b", "verified", "record_active")
    assert [path_and_query(r)[1]["page"] for r in registry.requests(LOOKUP)] == ["0", "1"]


def zipped(data, name="SAM_PUBLIC_MONTHLY_V2_20260906.dat", files=1):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(files):
            archive.writestr("%d-%s" % (i, name), data)
    return out.getvalue()


MONTHLY = "SAM_PUBLIC_MONTHLY_V2_20260906.ZIP"


class Monthly:
    """SAM's monthly file, in the way it comes."""

    def __init__(self, lab, way):
        self.lab, self.way = lab, way
        self.source = lab.source("sam-extract")
        self.settings = dict(self.source.settings(), mode="monthly", settle="0s")
        self.file = lab.samples / "monthly.dat"
        if way == "drop":
            drop = lab.samples / "drop"
            drop.mkdir(exist_ok=True)
            self.file = drop / MONTHLY
            self.settings["url"] = "file://%s/" % drop
        elif way == "file":
            self.settings["url"] = "file://%s" % self.file
        else:
            self.settings["monthly_file"] = MONTHLY
        self.recs = [Rec(self.source.number(i), FIRM + " %c" % (65 + i), "WOSB", expires=day(99))
                     for i in range(4)]

    def serve(self, data):
        if self.way.startswith("http"):
            self.lab.registry.script({"/sam/data-services/": [dict(
                {"body_b64": base64.b64encode(data).decode(),
                 "headers": {"Content-Type": "application/zip"}})]})
        else:
            sources.replace(self.file, data)


@pytest.mark.parametrize("way", ["file", "drop", "http"])
def test_sam_reads_the_monthly_zip(lab, market, registry, way):
    monthly = Monthly(lab, way)
    data = feeds.sam_monthly(monthly.recs)
    monthly.serve(zipped(data))
    daemon = lab.daemon({"sba": monthly.settings})
    daemon.sync("sba")
    for i, rec in enumerate(monthly.recs):
        put(market, monthly.source, rec, "b%d" % i)
    market.settle()
    assert all(market.verdict("b%d" % i) == ("verified", "record_active") for i in range(4))
    assert market.connector("sba")["proof"] == "trailer"
    if way == "http":
        first = registry.requests("/sam/")[0]
        assert first["path"] == "/sam/data-services/v1/extracts?fileName=" + MONTHLY
        assert first["headers"]["X-Api-Key"] == "an-api-key"
    # Half an archive, one of two files, one with a wrong byte: nothing of it counts.
    before = market.raw_badges()
    harm = zipped(feeds.sam_monthly([Rec(r.number, r.name, r.type, "excluded", day(-9))
                                     for r in monthly.recs]))
    two = zipped(feeds.sam_monthly(monthly.recs[:2]), files=2)
    spoilt = bytearray(harm)
    spoilt[len(harm) - 40 - 22 - 50] ^= 0xff
    for bad in (harm[:len(harm) // 2], harm[:-30], two, bytes(spoilt)):
        monthly.serve(bad)
        daemon.sync_fails("sba", full=True)
        assert market.raw_badges() == before
        assert market.connector("sba")["records"] == "4"
    # As it is, without an archive, it is the same list.
    monthly.serve(data)
    assert daemon.sync("sba", full=True) == "unchanged"


def quota_text(when):
    text = time.strftime("%Y-%b-%d %H:%M:%S+0000 UTC", time.gmtime(when))
    return json.dumps({"code": "900804", "message": "Message throttled out", "description":
                       "You have exceeded your quota .You can access API after " + text,
                       "nextAccessTime": text}, separators=(",", ":"))


@pytest.mark.parametrize("step", ["entities", "download-entities"])
def test_sam_says_when_the_quota_begins_anew(lab, market, registry, sam, step):
    sam.publish([Rec(sam.number(1), FIRM, sam.type)])
    daemon = lab.daemon([sam])
    daemon.sync("sba")
    put(market, sam, Rec(sam.number(1), FIRM, sam.type))
    market.settle()
    before = market.raw_badges()
    registry.script({"/sam/entity-information/v3/" + step: [
        {"status": 429, "body": quota_text(time.time() + 5 * 3600), "headers": JSON}]})
    daemon.sync_fails("sba")
    state = market.connector("sba")
    assert state["state"] == "backoff" and "quota" in state["error"]
    assert 5 * 3600 - 90 <= seconds_until(state["next_poll"]) <= 5 * 3600 + 60
    assert market.raw_badges() == before
    # Nor is a single number asked for before that.
    registry.requests_clear()
    put(market, sam, Rec(sam.number(2), "Nobody", sam.type), "c")
    verdict_comes(lab, "c", "not_found", "number_unknown")
    assert registry.requests("/sam/") == []


REFUSED = {
    "401": (401, "", "text/plain"),
    "403 words": (403, "An invalid API key was supplied. Please submit with a valid API key.",
                  "text/plain"),
    "403 no key": (403, "No api_key was supplied in request body. Please submit with a valid API "
                        "key.", "text/plain"),
    "403 HTML": (403, "<h1>API_KEY_INVALID</h1>", "text/html"),
    "403 JSON": (403, '{"error":{"code":"API_KEY_EXPIRED"}}', "application/json"),
}


@pytest.mark.parametrize("step", ["entities", "download-entities"])
@pytest.mark.parametrize("answer", REFUSED)
def test_sam_stops_when_the_key_is_refused(lab, market, registry, sam, answer, step):
    """And takes nothing; a new key and a sync are what starts it again."""
    code, body, kind = REFUSED[answer]
    sam.publish([Rec(sam.number(1), FIRM, sam.type)])
    daemon = lab.daemon([sam])
    daemon.sync("sba")
    put(market, sam, Rec(sam.number(1), FIRM, sam.type))
    market.settle()
    before = market.raw_badges()
    registry.script({"/sam/entity-information/v3/" + step: [
        {"status": code, "body": body, "headers": {"Content-Type": kind}}]})
    daemon.sync_fails("sba")
    state = market.connector("sba")
    assert state["state"] == "stopped" and state["next_poll"] == ""
    assert "key is refused" in state["error"] and str(code) in state["error"]
    assert market.raw_badges() == before
    assert "an-api-key" not in daemon.log()
    registry.script({})
    daemon.sync("sba")
    assert market.connector("sba")["state"] == "idle"


def test_sam_asks_anew_when_its_token_has_expired(lab, market, registry, sam):
    sam.publish([Rec(sam.number(1), FIRM, sam.type)])
    daemon = lab.daemon([sam])
    daemon.sync("sba")
    registry.script({"/sam/entity-information/v3/download-entities": [
        {"status": 400, "body": '{"message":"The requested JSON or CSV file token is expired."}'},
        {"pass": True}]})
    daemon.sync_fails("sba")
    assert market.connector("sba")["state"] == "backoff"
    registry.requests_clear()
    daemon.sync("sba")
    assert [r["path"].partition("?")[0].rsplit("/")[-1] for r in registry.requests("/sam/")][:2] == [
        "entities", "download-entities"]


class OldServer:
    """The first answer of a TLS 1.2 server that knows no secure renegotiation (RFC 5746)."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.alerts = []        # what each client sent after our hello: its alert, or None
        threading.Thread(target=self.serve, daemon=True).start()

    @staticmethod
    def hello():
        body = b"\x03\x03" + b"\x5a" * 32 + b"\0" + b"\xc0\x2f" + b"\0"    # no extension at all
        handshake = b"\x02" + len(body).to_bytes(3, "big") + body
        return b"\x16\x03\x03" + len(handshake).to_bytes(2, "big") + handshake

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                client.settimeout(5)
                try:
                    client.recv(65536)
                    client.sendall(self.hello())
                    answer = client.recv(65536)
                    self.alerts.append(answer[6] if answer[:1] == b"\x15" else None)
                except OSError:
                    self.alerts.append(None)    # it waits for the rest, as a client should


@pytest.mark.parametrize("setting, refused", [(None, True), ("no", True), ("yes", False)])
def test_sam_legacy_tls_is_off_unless_set(lab, market, sam, setting, refused):
    server = OldServer()
    settings = dict(sam.settings(), url="https://127.0.0.1:%d" % server.port)
    if setting is not None:
        settings["legacy_tls"] = setting
    lab.daemon({"sba": settings})
    wait_until(lambda: market.connector("sba").get("error"), 20)
    server.listener.close()
    handshake_failure = 40
    wait_until(lambda: server.alerts, 10, "the server has not heard the end")
    assert server.alerts[0] == (handshake_failure if refused else None)
    assert ("legacy renegotiation" in market.connector("sba")["error"]) == refused
