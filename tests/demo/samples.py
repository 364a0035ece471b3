# SPDX-License-Identifier: ISC
"""The registries of the demonstration: sample data of tests/fixtures with dates
reckoned from today, and the changes of its second act."""

import copy
import csv
import datetime
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
DATA = ROOT / "tests" / "demo" / "data"
MARK = " (CONSTRUCTED)"     # of invented firms' names in the fixtures: none here is real
PLACEHOLDER = re.compile(r"\{([+-]\d+) ([^}]+)\}")


def day(offset):
    return datetime.date.today() + datetime.timedelta(days=offset)


def dated(text):
    """{+240 %m/%d/%Y} becomes the day 240 days from today in that form."""
    return PLACEHOLDER.sub(lambda m: day(int(m[1])).strftime(m[2]), text)


def claims():
    """The claims file's text and its rows."""
    text = dated((DATA / "claims.csv").read_text())
    return text, list(csv.DictReader(text.splitlines()))


def entity(entities, uei):
    return next(e for e in entities if e["entityRegistration"]["ueiSAM"] == uei)


class Registries:
    """Files below directory, one per registry, as they stand today."""

    def __init__(self, directory):
        self.sam = directory / "sam-extract.json"
        self.monthly = directory / "SAM_PUBLIC_MONTHLY_V2.dat"
        self.texas = directory / "hub_name.csv"
        self.nglcc = directory / "roster.csv"
        directory.mkdir()
        self.sam_write(self.sam_extract())
        self.monthly.write_bytes((FIXTURES / "sam/DERIVED_V2_layout_with_sba.dat").read_bytes())
        self.texas.write_bytes(self.texas_list())
        self.nglcc.write_text(dated((DATA / "roster.csv").read_text()))

    # --- as they are --------------------------------------------------------------

    def sam_extract(self):
        """The constructed extract; every future date ahead of today, one firm more, excluded."""
        text = (FIXTURES / "sam/CONSTRUCTED_entity_v3_with_sba.json").read_text()
        document = json.loads(text.replace(MARK, ""))
        entities = document["entityData"]
        for one in entities:
            for cert in one["coreData"]["businessTypes"]["sbaBusinessTypeList"]:
                if cert["sbaBusinessTypeCode"] == "JT":
                    cert["certificationExitDate"] = day(280).isoformat()
        five = copy.deepcopy(entity(entities, "ZZTESTAAAA11"))
        five["entityRegistration"].update(
            ueiSAM="ZZTESTEEEE55", cageCode="9ZZ05", exclusionStatusFlag="Y",
            legalBusinessName="EXAMPLE FIVE COMPANY")
        entities.append(five)
        document["totalRecords"] = len(entities)
        return document

    def sam_write(self, document):
        self.replace(self.sam, json.dumps(document, indent=1).encode())

    def texas_list(self):
        raw = (FIXTURES / "texas_hub/CONSTRUCTED_hub_name.latin1.csv").read_bytes()
        raw = raw.replace(MARK.encode(), b"")
        return raw.replace(b"17-JUL-2028", day(600).strftime("%d-%b-%Y").upper().encode())

    @staticmethod
    def replace(path, data):
        """In one step: a poll must not read half a file."""
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        part.rename(path)

    # --- the second act -----------------------------------------------------------

    def texas_withdraws(self):
        """The vendor of b-vets asked to be taken off the list: letter V."""
        raw = self.texas.read_bytes()
        self.replace(self.texas, raw.replace(b",DV,A,", b",DV,V,"))

    def nglcc_renews(self):
        """The certificate of b-films is valid for two more years."""
        raw = self.nglcc.read_text()
        soon, later = (day(n).strftime("%B %d, %Y") for n in (21, 21 + 730))
        self.replace(self.nglcc, raw.replace(soon, later).encode())

    def sam_excludes(self):
        """The firm of b-one is debarred."""
        document = json.loads(self.sam.read_text())
        one = entity(document["entityData"], "ZZTESTAAAA11")
        one["entityRegistration"]["exclusionStatusFlag"] = "Y"
        self.sam_write(document)
