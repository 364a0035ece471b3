# SPDX-License-Identifier: ISC
"""Each way in which a registry reaches the daemon: connector and transport."""

import hashlib
import json
import os
import pathlib

import feeds

OUTAGE = [{"status": 503, "body": "down for maintenance"}]


def replace(path, data):
    """Writes a file in one step, as a careful partner does."""
    path = pathlib.Path(path)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    os.replace(part, path)


class Source:
    """One connector: its name, its settings, and how to publish records there."""

    name = body = None
    type = category = None          # what its claims say by default
    other_type = None               # another type of this connector, of another category
    types = ()                      # all that publish() can write
    unknown_number = "number_unknown"   # what becomes of a number that no feed has
    statuses = ("active", "unknown")
    has_alias = False
    looks_up = False                # single numbers, before it says that there is none
    asked = ()                      # where single numbers are looked up
    defaults = {"interval": "24h", "min_records": "1", "max_shrink": "0%", "max_growth": "0%"}

    def __init__(self, registry, directory):
        self.registry = registry
        self.directory = pathlib.Path(directory)

    def settings(self):
        return dict(self.defaults, plugin=self.plugin, body=self.body, **self.specific())

    def outage(self):
        """Nothing can be had of it until publish()."""
        self.registry.script({self.prefix: OUTAGE})

    def write(self, records):
        raise NotImplementedError

    def publish(self, records):
        """records are all that the registry lists from now on."""
        self.write(records)
        self.registry.script({})


class Sam(Source):
    name = body = "sba"
    plugin = "sam"
    type, category = "WOSB", "woman"
    other_type, other_category = "SBA8A", "minority"
    types = tuple(feeds.SAM_CODES)
    statuses = ("active", "unknown", "excluded")
    has_alias = True
    malformed = "ZZTEST12345"

    @staticmethod
    def number(n):
        return "ZZTEST%06d" % n


class SamExtract(Sam):
    prefix = "/sam/"
    looks_up = True
    asked = ("/sam/entity-information/v3/entities?ueiSAM=",)

    def specific(self):
        key = self.directory / "sam.key"
        key.write_text("an-api-key\n")
        return {"url": self.registry.url + "/sam", "mode": "extract", "extract_delay": "10ms",
                "api_key": "file:%s" % key}

    def write(self, records):
        replace(self.directory / "sam.json", feeds.sam_json(records))


class SamMonthly(Sam):
    def specific(self):
        return {"url": "file://%s" % (self.directory / "monthly.dat"), "mode": "monthly",
                "settle": "0s"}

    def outage(self):
        (self.directory / "monthly.dat").unlink(missing_ok=True)

    def publish(self, records):
        replace(self.directory / "monthly.dat", feeds.sam_monthly(records))


class Texas(Source):
    name, body = "vethub", "texas-hub"
    plugin = "texas_hub"
    type, category = "DVBE", "veteran"
    other_type, other_category = "WBE", "woman"
    types = tuple(feeds.TEXAS_CODES)
    statuses = tuple(feeds.TEXAS_STATUS)
    has_alias = True
    malformed = "123456789012"
    prefix = "/texas/"

    @staticmethod
    def number(n):
        return "1999%09d" % n

    def specific(self):
        return {"url": self.registry.url + "/texas/hub_name.csv", "timezone": "America/Chicago"}

    def write(self, records):
        replace(self.directory / "texas.csv", feeds.texas_csv(records))


class Nglcc(Source):
    name = body = "nglcc"
    plugin = "nglcc"
    type, category = "LGBTBE", "lgbtq"
    types = ("LGBTBE",)
    statuses = ("active", "unknown", "suspended")
    malformed = "A*1"
    prefix = "/nglcc/"
    table = {"absence": "ignore", "status.suspended": "Suspended"}
    xml = {"format": "xml", "record": "/Suppliers/Supplier", "field.number": "@id",
           "field.business_name": "Name", "field.expires_on": "Cert/Expires",
           "field.status": "Cert/State", "date_format": "%Y-%m-%d"}

    @staticmethod
    def number(n):
        return "LG%05d" % n


class NglccCsvHttp(Nglcc):
    def specific(self):
        return dict(self.table, url=self.registry.url + "/nglcc/roster.csv")

    def write(self, records):
        replace(self.directory / "nglcc.csv", feeds.nglcc_csv(records))


class NglccXmlHttp(Nglcc):
    def specific(self):
        return dict(self.table, url=self.registry.url + "/nglcc/roster.xml", **self.xml)

    def write(self, records):
        replace(self.directory / "nglcc.xml", feeds.nglcc_xml(records))


class NglccCsvFile(Nglcc):
    unknown_number = "awaiting_source"      # a file read twice is one file: no proof

    def specific(self):
        return dict(self.table, url="file://%s" % (self.directory / "roster.csv"), settle="0s")

    def outage(self):
        (self.directory / "roster.csv").unlink(missing_ok=True)

    def publish(self, records):
        replace(self.directory / "roster.csv", feeds.nglcc_csv(records))


class NglccXmlFile(Nglcc):
    unknown_number = "awaiting_source"

    def specific(self):
        return dict(self.table, url="file://%s" % (self.directory / "roster.xml"), settle="0s",
                    **self.xml)

    def outage(self):
        (self.directory / "roster.xml").unlink(missing_ok=True)

    def publish(self, records):
        replace(self.directory / "roster.xml", feeds.nglcc_xml(records))


class NglccDrop(Nglcc):
    """A drop directory whose files come with a manifest: that is a proof."""

    unknown_number = "number_unknown"
    count = 0

    @property
    def drop(self):
        path = self.directory / "drop"
        path.mkdir(exist_ok=True)
        return path

    def specific(self):
        return dict(self.table, url="file://%s/" % self.drop, settle="1h")

    # A timed poll may come between any two steps: a file never stands without its manifest.

    def outage(self):
        for path in sorted(self.drop.iterdir(), key=lambda path: path.suffix == ".manifest"):
            path.unlink()

    def publish(self, records):
        NglccDrop.count += 1
        self.put("roster-%d.csv" % self.count, feeds.nglcc_csv(records), len(records), self.count)

    def put(self, name, data, rows, serial):
        replace(self.drop / (name + ".manifest"), json.dumps({
            "rows": rows, "sha256": hashlib.sha256(data).hexdigest(),
            "as_of": "2026-11-01T%02d:%02d:%02dZ" % (
                serial // 3600, serial // 60 % 60, serial % 60)}).encode())
        replace(self.drop / name, data)


class Sbs(Source):
    """SBA's search, of two of its programs: each more takes half a second of a poll."""

    name, body, plugin = "search", "sba", "sbs"
    type, category = "WOSB", "woman"
    other_type, other_category = "SBA8A", "minority"
    types = tuple(feeds.SBS_CERTS)
    statuses = ("active", "unknown", "suspended")
    has_alias = True
    looks_up = True
    malformed = "ZZTEST12345"
    prefix = "/sbs/"
    asked = ("/sbs/_api/v2/profile/",)
    programs = "8a, wosb"
    all_programs = "8a, hubzone, wosb, edwosb, vosb, sdvosb"

    @staticmethod
    def number(n):
        return "ZZTEST%06d" % n

    def specific(self):
        return {"url": self.registry.url + "/sbs", "programs": self.programs}

    def write(self, records):
        self.write_firms(feeds.sbs_firms(records) + [self.filler(t) for t in self.types])

    def filler(self, kind):
        """A program without any firm would be an outage."""
        number = "ZZTESTFF%04d" % self.types.index(kind)
        return feeds.sbs_firms([feeds.Rec(number, "Filler Firm", kind)])[0]

    def write_firms(self, firms):
        replace(self.directory / "sbs.json", feeds.sbs_json(firms))


class SocrataJson(Source):
    """A city's list on a portal that pages, counts and tells changes."""

    name, body, plugin = "city", "city", "socrata"
    type, category = "WBE", "woman"
    other_type, other_category = "MBE", "minority"
    types = ("MBE", "WBE")
    statuses = ("active", "unknown", "suspended", "expired", "withdrawn", "decertified",
                "graduated")
    has_alias = True
    malformed = "C123"
    prefix = "/portal/"
    dataset = "abcd-1234"
    form = "json"

    @staticmethod
    def number(n):
        return "C%06d" % n

    def specific(self):
        words = [s for s in self.statuses if s != "unknown"] + ["pending"]
        return dict({"url": self.registry.url + "/portal", "dataset": self.dataset,
                     "format": self.form, "page_size": "8", "number_pattern": "C[0-9]{6}",
                     "field.number": "account_number", "field.alias": "uei",
                     "field.business_name": "vendor_formal_name", "field.dba_name": "vendor_dba",
                     "field.type": "certification", "type.separator": ",",
                     "field.status": "standing", "field.expires_on": "cert_renewal_date"},
                    **{"status." + word: word.title() for word in words})

    def write(self, records):
        self.write_rows([feeds.portal_row(rec) for rec in records])

    @property
    def file(self):
        return self.directory / "portal" / (self.dataset + ".json")

    def write_rows(self, rows):
        """A row that is new or changed has changed now."""
        was = {r[":id"]: r for r in json.loads(self.file.read_text())} if self.file.exists() else {}
        now = max([r[":updated_at"] for r in was.values()], default="2026-11-01T00:00:00.000Z")
        now = "%s%03dZ" % (now[:-4], int(now[-4:-1]) + 1)
        for row in rows:
            old = dict(was.get(row[":id"], {}))
            stamp = old.pop(":updated_at", now)
            row[":updated_at"] = stamp if old == row else now
        replace(self.file, json.dumps(rows).encode())


class SocrataXml(SocrataJson):
    form = "xml"


ALL = {"sam-extract": SamExtract, "sam-monthly": SamMonthly, "texas": Texas,
       "nglcc-csv-http": NglccCsvHttp, "nglcc-xml-http": NglccXmlHttp,
       "nglcc-csv-file": NglccCsvFile, "nglcc-xml-file": NglccXmlFile,
       "nglcc-drop": NglccDrop, "sbs": Sbs, "socrata-json": SocrataJson,
       "socrata-xml": SocrataXml}
