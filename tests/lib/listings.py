# SPDX-License-Identifier: ISC
"""Lists of every plug-in as plain bytes, served in any framing.

A Listing turns records into its registry's document (encode) and serves a
document, whole or harmed, to the daemon's next polls (serve).
"""

import base64
import gzip
import json
from xml.sax.saxutils import escape

import feeds
from feeds import day
from sources import Source

SBS_FLAGS = {"VOSB": "active_vosb_boolean", "SDVOSB": "active_sdvosb_boolean"}
SOCRATA_STATUS = {"active": "Certified", "unknown": "Suspnded", "suspended": "Suspended",
                  "expired": "Expired", "withdrawn": "Withdrawn"}


class Listing(Source):
    proof = None                    # of a whole list; None: the second look
    negative = None                 # a status it can state that takes a badge away
    unique_rows = False
    content_type = "application/json"

    def encode(self, records):
        raise NotImplementedError

    def encode_repeated(self, records, again):
        """The document with all rows of these records once more."""
        return self.encode(records + again)

    def publish(self, records):
        """These are listed, and everything is as it should be."""
        self.serve(self.encode(records))

    def script(self, answer):
        return {self.prefix: [answer]}

    def answer(self, data, **how):
        headers = {"Content-Type": self.content_type, **how.pop("headers", {})}
        return dict({"body_b64": base64.b64encode(data).decode(), "headers": headers}, **how)

    def serve(self, data, **how):
        """The document of every poll from now on; how: members of a scripted answer."""
        self.registry.script(self.script(self.answer(data, **how)))


class Sam(Listing):
    name = body = "sba"
    plugin = "sam"
    type, category = "WOSB", "woman"
    proof, negative = "total", "excluded"
    content_type = "application/octet-stream"
    prefix = "/sam/entity-information/v3/download-entities"

    @staticmethod
    def number(n):
        return "ZZTEST%06d" % n

    def specific(self):
        key = self.directory / "sam.key"
        key.write_text("an-api-key\n")
        return {"url": self.registry.url + "/sam", "mode": "extract", "extract_delay": "1ms",
                "api_key": "file:%s" % key}

    def encode(self, records):
        return feeds.sam_json(records)

    def encode_repeated(self, records, again):
        document, more = (json.loads(self.encode(of)) for of in (records, again))
        document["entityData"] += more["entityData"]
        return json.dumps(document).encode()

    def answer(self, data, packed=None, **how):
        """packed: the bytes to send instead of the document, well packed."""
        return super().answer(gzip.compress(data, mtime=0) if packed is None else packed, **how)


class SamMonthly(Sam):
    proof = "trailer"
    prefix = "/sam/data-services/v1/extracts?fileName="

    def specific(self):
        return dict(super().specific(), mode="monthly", monthly_file="SAM_PUBLIC_MONTHLY_V2.dat")

    def encode(self, records):
        return feeds.sam_monthly(records)

    def encode_repeated(self, records, again):
        lines, more = (self.encode(of).splitlines(keepends=True) for of in (records, again))
        return b"".join(lines[:-1] + more[1:-1] + lines[-1:])

    def answer(self, data, packed=None, **how):
        return Listing.answer(self, data, **how)


class Sbs(Listing):
    name, body = "vetcert", "sba"
    plugin = "sbs"
    type, category = "VOSB", "veteran"
    proof, negative = "closed", "expired"
    prefix = "/sbs/_api/v2/search"

    number = staticmethod(Sam.number)

    def specific(self):
        return {"url": self.registry.url + "/sbs", "programs": "vosb"}

    @staticmethod
    def firm(number, records, at):
        """A row: the firm with all its certifications."""
        certs = []
        for rec in records:
            ended = rec.status in ("expired", "inactive")
            until = day(-20) if rec.status == "expired" else rec.expires
            certs.append({
                "name": rec.type, "active": "?" if rec.status == "unknown" else not ended,
                "entranceDate": "2024-05-01", "exitDate": until.isoformat() if until else None,
                "status": None, "suspended": rec.status == "suspended", "pending": False})
        rec = records[0]
        return {"uei": number, "cage_code": rec.alias, "entity_detail_id": str(100000 + at),
                "legal_business_name": rec.name, "dba_name": rec.dba, "certs": certs,
                SBS_FLAGS[rec.type]: any(c["active"] for c in certs)}

    def rows(self, records):
        firms = {}
        for rec in records:
            firms.setdefault(rec.number, []).append(rec)
        rows = [self.firm(n, of, i) for i, (n, of) in enumerate(firms.items())]
        # Firms nobody claims, in force: an answer lists those of its program.
        return rows + [self.firm("ZZCOMP%06d" % i, [feeds.Rec("", "Company %d" % i, self.type)], 5000 + i)
                       for i in range(len(rows) + 1 if rows else 0)]

    def encode(self, records):
        return self.page(self.rows(records))

    def encode_repeated(self, records, again):
        return self.page(self.rows(records) + self.rows(again)[:len({r.number for r in again})])

    @staticmethod
    def page(rows):
        return json.dumps({"status": "ok", "results": rows}, separators=(",", ":")).encode()


class Socrata(Listing):
    name, body = "city", "city"
    plugin = "socrata"
    type, category = "MBE", "minority"
    proof, negative = "total", "withdrawn"
    page_prefix = "/resource/abcd-1234.json?$limit="
    dataset_format = "json"
    page_size = 1000

    @staticmethod
    def number(n):
        return "A%05d" % n

    def specific(self):
        return {"url": self.registry.url, "dataset": "abcd-1234", "page_size": str(self.page_size),
                "format": self.dataset_format, "field.number": "account_number",
                "field.business_name": "vendor_formal_name", "field.type": "certification",
                "field.status": "state", "field.expires_on": "cert_renewal_date",
                **{"status." + k: v for k, v in (
                    ("active", "Certified"), ("suspended", "Suspended"), ("expired", "Expired"),
                    ("withdrawn", "Withdrawn"))}}

    @staticmethod
    def row(rec, at):
        cells = {"account_number": rec.number, "vendor_formal_name": rec.name,
                 "certification": rec.type, "state": SOCRATA_STATUS[rec.status],
                 "cert_renewal_date": rec.expires.isoformat() if rec.expires else None}
        return {":id": "row-%04d" % at, ":updated_at": "2026-11-01T00:00:00.000Z",
                **{k: v for k, v in cells.items() if v is not None}}

    def rows(self, records):
        return [self.row(rec, i) for i, rec in enumerate(records)]

    def page(self, rows):
        return json.dumps(rows, separators=(",", ":")).encode()

    def encode(self, records):
        return self.page(self.rows(records))

    def publish(self, records):
        self.serve(self.encode(records), total=len(records))

    total = 0

    def count(self, total, newest="2026-11-01T00:00:00.000Z"):
        return Listing.answer(self, json.dumps([{"total": str(total), "newest": newest}]).encode(),
                              headers={"Content-Type": "application/json"})

    def serve(self, data, total=None, **how):
        """total: what the list counts itself from now on."""
        if total is not None:
            self.total = total
        self.registry.script({"/resource/": [self.count(self.total)],
                              self.page_prefix: [self.answer(data, **how)]})

    def serve_steps(self, *answers):
        """Counts and pages in the order in which they are asked for."""
        self.registry.script({"/resource/": list(answers)})


class SocrataXml(Socrata):
    content_type = "text/xml"
    dataset_format = "xml"
    page_prefix = "/resource/abcd-1234.xml?$limit="

    def page(self, rows):
        def cell(name, value):
            return "<%s>%s</%s>" % (name, escape(value), name)
        return ("<response><row>%s</row></response>" % "".join(
            '<row _id="%s">%s</row>' % (row[":id"], "".join(
                cell(k, v) for k, v in row.items() if k[0] != ":"))
            for row in rows)).encode()


def paged(base, size):
    """A Socrata listing of so many rows a page."""
    class Paged(base):
        page_size = size

        def publish(self, records):
            self.publish_rows(self.rows(records))

        def publish_rows(self, rows, **how):
            self.pages = [self.answer(self.page(rows[i:i + size]), **how)
                          for i in range(0, len(rows) + 1, size)]
            self.all = self.count(len(rows))
            self.registry.script({"/resource/": [self.all], **{
                "%s%d&$offset=%d&" % (self.page_prefix, size, size * i): [p]
                for i, p in enumerate(self.pages)}})
    return Paged


class Texas(Listing):
    name, body = "vethub", "texas-hub"
    plugin = "texas_hub"
    type, category = "DVBE", "veteran"
    negative = "decertified"
    unique_rows = True
    content_type = "text/csv"
    prefix = "/texas/"

    @staticmethod
    def number(n):
        return "1999%09d" % n

    def specific(self):
        return {"url": self.registry.url + "/texas/hub_name.csv", "timezone": "America/Chicago"}

    def encode(self, records):
        return feeds.texas_csv(records)


class Nglcc(Listing):
    name = body = "nglcc"
    plugin = "nglcc"
    type, category = "LGBTBE", "lgbtq"
    negative = "suspended"
    content_type = "text/csv"
    prefix = "/nglcc/"
    columns = ("Company Name", "Certification Number", "Expiration Date", "Status", "City")
    path = "/nglcc/roster.csv"
    words = {"status.suspended": "Suspended", "status.expired": "Lapsed"}

    # One number begins another: the worst that a cut can do.
    @staticmethod
    def number(n):
        return "LG1%s" % ("%05d" % n).rstrip("0") if n % 10 == 0 and n > 0 else "LG1%05d" % n

    def specific(self):
        return dict(self.words, url=self.registry.url + self.path)

    def cells(self, rec):
        return {"Company Name": rec.name, "Certification Number": rec.number, "City": "Austin",
                "Expiration Date": rec.expires.strftime("%m/%d/%Y") if rec.expires else "",
                "Status": dict(feeds.NGLCC_STATUS, expired="Lapsed")[rec.status]}

    def encode(self, records):
        rows = [self.columns] + [[self.cells(r)[c] for c in self.columns] for r in records]
        return "".join(",".join(row) + "\n" for row in rows).encode()


class NglccXml(Nglcc):
    content_type = "application/xml"
    path = "/nglcc/roster.xml"

    def specific(self):
        return dict(super().specific(), **{
            "format": "xml", "record": "/Suppliers/Supplier", "field.number": "@id",
            "field.business_name": "Name", "field.expires_on": "Cert/Expires",
            "field.status": "Cert/State", "date_format": "%Y-%m-%d"})

    def encode(self, records):
        return feeds.nglcc_xml([feeds.Rec(**dict(vars(r), status="pending"))
                                if r.status == "expired" else r for r in records])


KINDS = {"sam": Sam, "sam-monthly": SamMonthly, "sbs": Sbs, "socrata-json": Socrata,
         "socrata-xml": SocrataXml, "texas": Texas, "nglcc-csv": Nglcc, "nglcc-xml": NglccXml}
