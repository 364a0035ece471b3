# SPDX-License-Identifier: ISC
"""The registries of the demonstration: sample data of tests/fixtures with dates
reckoned from today, and what happens to them in its later acts."""

import copy
import csv
import datetime
import json
import pathlib
import re
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
DATA = ROOT / "tests" / "demo" / "data"
MARK = " (CONSTRUCTED)"     # of invented firms' names in the fixtures: none of those is real
PLACEHOLDER = re.compile(r"\{([+-]\d+) ([^}]+)\}")
NYC, CONNECTICUT = "ci93-uc8s", "me6n-3yhp"     # ids of the real lists
# More vendors for the Texas list, all of one kind, in its layout.
VENDOR = ("{number},{name},400 PECAN ST,,AUSTIN,TX,78701,,,,F,HI,A,227,CATERING,{short},"
          "{until},,Y,,N,N,Y\n")
VENDORS = (("1999999990400", "EXAMPLE OAK CATERING LLC"), ("1999999990500", "EXAMPLE ELM CATERING"),
           ("1999999990600", "EXAMPLE ASH CATERING INC"))


def day(offset):
    return datetime.date.today() + datetime.timedelta(days=offset)


def dated(text):
    """{+240 %m/%d/%Y} becomes the day 240 days from today in that form."""
    return PLACEHOLDER.sub(lambda m: day(int(m[1])).strftime(m[2]), text)


def claims():
    """The claims file's text and its rows."""
    text = dated((DATA / "claims.csv").read_text())
    return text, list(csv.DictReader(text.splitlines()))


def fixture(path):
    return json.loads((FIXTURES / path).read_text().replace(MARK, ""))


def entity(entities, uei):
    return next(e for e in entities if e["entityRegistration"]["ueiSAM"] == uei)


def stamp(hours_ago):
    """:updated_at of a row."""
    when = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours_ago)
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Registries:
    """Files below directory, one per registry, as they stand today."""

    def __init__(self, directory):
        self.sam = directory / "sam-extract.json"
        self.monthly = directory / "SAM_PUBLIC_MONTHLY_V2.ZIP"
        self.sbs = directory / "sbs.json"
        self.texas = directory / "hub_name.csv"
        self.nglcc = directory / "roster.csv"
        self.directory = directory / "directory.csv"
        self.council = directory / "council.jsonl"
        self.portal = directory / "socrata"
        self.nyc = self.portal / (NYC + ".json")
        self.connecticut = self.portal / (CONNECTICUT + ".json")
        self.portal.mkdir(parents=True)
        self.json_write(self.sam, self.sam_extract())
        with zipfile.ZipFile(self.monthly, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(FIXTURES / "sam/derived/V2_layout_with_sba.dat", self.monthly.stem + ".dat")
        self.json_write(self.sbs, self.sbs_firms())
        self.texas.write_bytes(self.texas_list())
        for path in (self.nglcc, self.directory, self.council):
            path.write_text(dated((DATA / path.name).read_text()))
        self.json_write(self.nyc, self.nyc_rows())
        self.json_write(self.connecticut, self.connecticut_rows())

    # --- as they are --------------------------------------------------------------

    def sam_extract(self):
        """The constructed extract; every future date ahead of today, one firm more, excluded."""
        document = fixture("sam/made/entity_v3_with_sba.json")
        entities = document["entityData"]
        for one in entities:
            for cert in one["coreData"]["businessTypes"]["sbaBusinessTypeList"]:
                if cert["sbaBusinessTypeCode"] == "JT":
                    cert["certificationExitDate"] = day(280).isoformat()
        self.sam_add(document, "ZZTESTEEEE55", "9ZZ05", "EXAMPLE FIVE COMPANY", "Y")
        return document

    @staticmethod
    def sam_add(document, uei, cage, name, excluded="N"):
        """One more like ZZTESTAAAA11, which is WOSB and EDWOSB."""
        one = copy.deepcopy(entity(document["entityData"], "ZZTESTAAAA11"))
        one["entityRegistration"].update(ueiSAM=uei, cageCode=cage, legalBusinessName=name,
                                         exclusionStatusFlag=excluded)
        document["entityData"].append(one)
        document["totalRecords"] = len(document["entityData"])

    def sbs_firms(self):
        """The constructed answer, its dates ahead of today; one firm has a second, ended profile."""
        document = fixture("sbs/made/sbs_search_response.json")
        firms = document["results"]
        for firm in firms:
            for cert in firm["certs"]:
                if cert["active"]:
                    cert["exitDate"] = day(500).isoformat()
        ended = copy.deepcopy(firms[1])
        ended.update(entity_detail_id="100003", active_vosb_boolean=False)
        for cert in ended["certs"]:
            cert.update(active=False, exitDate=day(-200).isoformat())
        firms.append(ended)
        return document

    def texas_list(self):
        raw = (FIXTURES / "texas_hub/made/hub_name.latin1.csv").read_bytes()
        until = day(600).strftime("%d-%b-%Y").upper()
        raw = raw.replace(MARK.encode(), b"").replace(b"17-JUL-2028", until.encode())
        for short, (number, name) in enumerate(VENDORS, 4):
            raw += VENDOR.format(number=number, name=name, short="%07d" % short,
                                 until=until).encode()
        return raw

    @staticmethod
    def nyc_rows():
        """The layout of today: one date for a row, several types in a cell."""
        rows = fixture("socrata/made/nyc_today.json")
        for i, row in enumerate(rows):
            row[":updated_at"] = stamp(72 * (9 - i))
            if "cert_renewal_date" in row:
                row["cert_renewal_date"] = day(300).isoformat() + "T00:00:00.000"
        return rows

    @staticmethod
    def connecticut_rows():
        """Ten real rows, expired long ago as they are, and an invented one."""
        rows = fixture("socrata/derived/connecticut.json")
        rows.append(dict(rows[0], **{
            ":id": "row-0011", "vendorid": "99901", "vendorname": "Example Roofing & Siding, Inc.",
            "certificationtype": "MBE", "activedate": day(-400).isoformat() + "T00:00:00.000",
            "expirationdate": day(330).isoformat() + "T00:00:00.000"}))
        return rows

    # --- what happens to them -------------------------------------------------------

    @staticmethod
    def replace(path, data):
        """In one step: a poll must not read half a file."""
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        part.rename(path)

    def json_write(self, path, document):
        self.replace(path, json.dumps(document, indent=1).encode())

    def json_edit(self, path, edit):
        document = json.loads(path.read_text())
        edit(document)
        self.json_write(path, document)

    def texas_withdraws(self):
        """The vendor of b-vets asked to be taken off the list: letter V."""
        self.replace(self.texas, self.texas.read_bytes().replace(b",DV,A,", b",DV,V,"))

    def texas_night(self):
        """Every certification for ethnicity is marked as taken back: letter D."""
        self.replace(self.texas, self.texas.read_bytes().replace(b",HI,A,", b",HI,D,"))

    def nglcc_renews(self):
        """The certificate of b-films is valid for two more years."""
        raw = self.nglcc.read_text()
        soon, later = (day(n).strftime("%B %d, %Y") for n in (21, 21 + 730))
        self.replace(self.nglcc, raw.replace(soon, later).encode())

    def sam_excludes(self):
        """The firm of b-one is debarred."""
        self.json_edit(self.sam, lambda document: entity(document["entityData"], "ZZTESTAAAA11")[
            "entityRegistration"].update(exclusionStatusFlag="Y"))

    def sam_registers(self):
        """A firm more, that no extract read so far has."""
        self.json_edit(self.sam, lambda document: self.sam_add(
            document, "ZZTESTGGGG77", "9ZZ07", "EXAMPLE SEVEN LLC"))

    def sbs_suspends(self):
        """The SDVOSB certification of b-hero; the ended profile of the firm says nothing of it."""
        def edit(document):
            for cert in document["results"][1]["certs"]:
                cert["suspended"] = cert["name"] == "SDVOSB"
        self.json_edit(self.sbs, edit)

    def nyc_renews(self):
        """One row of five: the certificate of b-deli is valid for two more years."""
        def edit(rows):
            rows[1].update({":updated_at": stamp(0), "cert_renewal_date":
                            day(300 + 730).isoformat() + "T00:00:00.000"})
        self.json_edit(self.nyc, edit)
