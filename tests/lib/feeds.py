# SPDX-License-Identifier: ISC
"""Feeds of the registries, written from one plain list of records.

A record is a Rec: number, name, type and so on in our words; each writer puts
them in its registry's form.
"""

import csv
import dataclasses
import datetime
import io
import json
from xml.sax.saxutils import escape, quoteattr

SAM_CODES = {"SBA8A": "A6", "SBA8A-JV": "JT", "HUBZONE": "XX", "WOSB": "A9", "EDWOSB": "A0"}
TEXAS_CODES = {"MBE": "BL", "WBE": "WO", "DVBE": "DV"}
TEXAS_STATUS = {"active": "A", "decertified": "D", "graduated": "G", "expired": "I",
                "withdrawn": "V", "unknown": "X"}
NGLCC_STATUS = {"active": "Active", "unknown": "Suspnded", "suspended": "Suspended",
                "pending": "Renewal Pending"}
TEXAS_HEAD = ("VENDOR ID NUMBER, VENDOR NAME, VENDOR ADDRESS LINE 1, VENDOR ADDRESS LINE 2,CITY,"
              "STATE,ZIP CODE,FOREIGN ADDRESS, PHONE NUMBER,FAX NUMBER,GENDER,ELIGIBILITY CODE,"
              " STATUS CODE,COUNTY,BUSINESS DESCRIPTION,VENDOR NUMBER,EXPIRATION DATE,CONTACT NAME,"
              "TEXAS OFFICE FLAG,INTERNET ADDRESS,QISV FLAG,SDV FLAG,SMALL BUSINESS FLAG")
MONTHLY_FIELDS = 142
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()


TODAY = datetime.datetime.now(datetime.timezone.utc).date()     # also when midnight comes meanwhile


def day(offset):
    """The UTC day so many days from now; far enough from midnight's doubts if |offset| > 1."""
    return TODAY + datetime.timedelta(days=offset)


@dataclasses.dataclass
class Rec:
    number: str
    name: str
    type: str
    status: str = "active"
    expires: datetime.date = None
    alias: str = None
    dba: str = None


def sam_json(records):
    """The extract: one entity per UEI, however many certifications it has."""
    entities = {}
    for rec in records:
        entity = entities.setdefault(rec.number, {
            "entityRegistration": {
                "samRegistered": "Yes", "ueiSAM": rec.number, "entityEFTIndicator": None,
                "cageCode": rec.alias, "legalBusinessName": rec.name, "dbaName": rec.dba,
                "registrationStatus": "Active",
                "exclusionStatusFlag": "Y" if rec.status == "excluded" else "N"},
            "coreData": {"businessTypes": {"sbaBusinessTypeList": []}}})
        until = rec.expires.isoformat() if rec.expires else None
        entity["coreData"]["businessTypes"]["sbaBusinessTypeList"].append({
            "sbaBusinessTypeCode": SAM_CODES[rec.type], "certificationEntryDate": "2020-01-01",
            "certificationExitDate": "soon" if rec.status == "unknown" else until})
    return json.dumps({"totalRecords": len(entities), "entityData": list(entities.values())},
                      indent=1).encode()


def sam_monthly(records):
    """The public monthly file, layout V2, with its counting first and last line."""
    rows = {}
    for rec in records:
        row = rows.setdefault(rec.number, [""] * MONTHLY_FIELDS)
        row[0], row[3], row[5], row[11], row[12] = (
            rec.number, rec.alias or "", "A", rec.name, rec.dba or "")
        if rec.status == "excluded":
            row[115] = "D"
        until = rec.expires.strftime("%Y%m%d") if rec.expires else " " * 8
        entry = SAM_CODES[rec.type] + ("20269999" if rec.status == "unknown" else until)
        row[117] = "~".join(filter(None, [row[117], entry]))
        row[-1] = "!end"
    head = "PUBLIC V2 00000000 20260906 %07d 0008331" % len(rows)
    lines = ["BOF " + head] + ["|".join(row) for row in rows.values()] + ["EOF " + head]
    return ("\n".join(lines) + "\n").encode("latin-1")


def texas_date(date):
    return "%02d-%s-%d" % (date.day, MONTHS[date.month - 1], date.year) if date else ""


def texas_csv(records):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for rec in records:
        writer.writerow([rec.number, rec.name, "100 CONGRESS AVE", "", "AUSTIN", "TX", "78701",
                         "", "", "", "F", TEXAS_CODES[rec.type], TEXAS_STATUS[rec.status], "227",
                         "JANITORIAL, GROUNDS", rec.alias or "", texas_date(rec.expires), "", "Y",
                         "", "N", "N", "Y"])
    return (TEXAS_HEAD + "\n" + out.getvalue()).encode("latin-1")


def nglcc_csv(records):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Company Name", "Certification Number", "Expiration Date", "Status", "City"])
    for rec in records:
        until = rec.expires.strftime("%m/%d/%Y") if rec.expires else ""
        writer.writerow([rec.name, rec.number, until, NGLCC_STATUS[rec.status], "Austin"])
    return out.getvalue().encode()


def nglcc_xml(records):
    out = ['<?xml version="1.0" encoding="UTF-8"?>', "<Suppliers>"]
    for rec in records:
        until = rec.expires.isoformat() if rec.expires else ""
        out.append("<Supplier id=%s><Name>%s</Name><Cert><Expires>%s</Expires><State>%s</State>"
                   "</Cert></Supplier>" % (quoteattr(rec.number), escape(rec.name), until,
                                           NGLCC_STATUS[rec.status]))
    return "\n".join(out + ["</Suppliers>", ""]).encode()


# Of the Small Business Search: name in certs[], and the flags of the firms it lists.
SBS_CERTS = {"SBA8A": ("8a", "8a"), "SBA8A-JV": ("8a-jv", "8a_jv"), "HUBZONE": ("hubzone", "hz"),
             "WOSB": ("WOSB", "wosb"), "EDWOSB": ("EDWOSB", "edwosb"), "VOSB": ("VOSB", "vosb"),
             "SDVOSB": ("SDVOSB", "sdvosb")}


def sbs_cert(rec):
    """unknown: the flags say active, as a listed firm's do, and the entry does not."""
    until = rec.expires.isoformat() if rec.expires else None
    return {"name": SBS_CERTS[rec.type][0], "active": rec.status in ("active", "suspended"),
            "entranceDate": "2020-01-01", "exitDate": until, "status": None, "caseNumber": None,
            "suspended": rec.status == "suspended", "pending": rec.status == "pending"}


def sbs_firms(records):
    """One profile per UEI, with all that records say of it; flags only of what is listed."""
    firms = {}
    for rec in records:
        firm = firms.setdefault(rec.number, {
            "uei": rec.number, "cage_code": rec.alias, "entity_detail_id": "e-" + rec.number,
            "legal_business_name": rec.name, "dba_name": rec.dba, "email": "owner@example.org",
            "certs": []})
        firm["certs"].append(sbs_cert(rec))
        if rec.status in ("active", "suspended", "unknown"):
            firm["active_%s_boolean" % SBS_CERTS[rec.type][1]] = True
        else:
            firm["prev_%s_boolean" % SBS_CERTS[rec.type][1]] = True
    return list(firms.values())


def sbs_json(firms):
    return json.dumps({"status": "ok", "results": firms}, indent=1).encode()


def portal_row(rec):
    """A row of a city's list, as JSON has it: what is not there is left out."""
    row = {":id": "row-%s-%s" % (rec.number, rec.type), "account_number": rec.number,
           "uei": rec.alias, "vendor_formal_name": rec.name, "vendor_dba": rec.dba,
           "certification": rec.type, "standing": rec.status.title(), "borough": "QUEENS",
           "cert_renewal_date": rec.expires and rec.expires.isoformat() + "T00:00:00.000"}
    return {k: v for k, v in row.items() if v is not None}


def portal_json(records):
    return json.dumps([dict(portal_row(rec), **{":updated_at": "2026-11-20T00:00:00.000Z"})
                       for rec in records], indent=1).encode()
