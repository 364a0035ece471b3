# SPDX-License-Identifier: ISC
"""A drop directory as people leave it: lists, what lies beside them, and what is none."""

import gzip
import io
import os
import socket
import time
import zipfile

import pytest

import listings
import steady
from firms import certsync
from sources import NglccDrop
from waiting import wait_until


class Drop(listings.Nglcc):
    """Rosters that come one after the other, each with a manifest: that proves it."""

    proof = "manifest"
    count = 0

    drop, put = NglccDrop.drop, NglccDrop.put

    def specific(self):
        return dict(self.words, url="file://%s/" % self.drop, settle="1h")

    def serve(self, data, name=None):
        self.count += 1
        self.put(name or "roster-%d.csv" % self.count, data, max(data.count(b"\n") - 1, 0),
                 self.count)


def workbook():
    """As spreadsheets write it: an archive of XML."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml",
                     "xl/worksheets/sheet1.xml"):
            archive.writestr(name, "<a/>")
    return data.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
PLAIN = {"plugin": "table", "type": "MBE", "field.number": "Cert No"}
FORMATS = [dict(PLAIN, format="csv"), dict(PLAIN, format="xml", record="/a/b"),
           dict(PLAIN, format="json"), dict(PLAIN, format="jsonl"),
           {"plugin": "texas_hub"}]


@pytest.fixture
def world_of(request):
    worlds = steady.own_worlds(request)
    get = next(worlds)
    yield lambda **settings: get("nglcc-csv", cls=Drop, **settings)
    next(worlds, None)


HOURS_AGO = time.time() - 7200          # newer than any list of a laboratory, and settled


def put(drop, name, data=b"not a list\n"):
    (drop / name).write_bytes(data)
    os.utime(drop / name, (HOURS_AGO, HOURS_AGO))


def beside(drop):
    """Things that are no list, each newer than the list."""
    for name in ("README.txt", ".DS_Store", ".~lock.list.csv#", "~$list.csv", "list.csv.sha256",
                 "list.csv.asc", "list.csv.part", "Thumbs.db"):
        put(drop, name)
    (drop / "old.csv").mkdir()
    os.symlink(drop / "nowhere.csv", drop / "gone.csv")
    os.mkfifo(drop / "pipe.csv")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(drop / "socket.csv"))
    server.close()


def file_of(world):
    return world.daemon.control("connectors", world.name)["data"]["connector"]["file"]


@pytest.mark.parametrize("pattern", [{}, {"pattern": "*.csv"}, {"pattern": "*.txt | ROSTER-*"}])
def test_what_lies_beside_a_list(world_of, pattern):
    world = world_of(**pattern)
    beside(world.list.drop)
    if pattern.get("pattern") == "*.csv":
        put(world.list.drop, "minutes.txt")
        put(world.list.drop, "minutes.txt.manifest", b"{")
    if "ROSTER" in pattern.get("pattern", ""):
        (world.list.drop / "README.txt").unlink()
    world.publish(world.changed(only=[3], name="Quite Another Firm"))
    assert world.sync() == "committed", world.said
    assert world.market.badge(world.badge(3))["case"] == "name_mismatch"


def test_no_file_fits_the_pattern(world_of):
    world = world_of(pattern="*.csv")
    for path in sorted(world.list.drop.iterdir(), key=lambda path: path.suffix == ".manifest"):
        path.rename(path.with_name(path.name.replace(".csv", ".txt")))
    assert world.sync() == "failed"
    assert world.connector()["error"] == (
        "no file there that fits pattern = *.csv, 2 of other names")
    world.nothing_happened()


def test_the_file_is_named(world_of):
    world = world_of()
    read = file_of(world)
    assert (world.list.drop / read).is_file()
    assert read in certsync(world.daemon, "connectors", world.name)
    world.list.serve(b"Title\nnothing\n", "list\n.csv")
    assert world.sync() == "failed"
    where = "list\\x0a.csv, the newest of %d files: " % len(list(world.list.drop.glob("*.csv")))
    for text in (world.connector()["error"], world.said,
                 certsync(world.daemon, "connectors", world.name)):
        assert where in text, text
    # What was read last is what the mirror has, and a restart knows it.
    assert file_of(world) == read
    world.daemon.stop()
    world.daemon.start()
    world.lab.settle(world.daemon)
    assert file_of(world) == read
    certsync(world.daemon, "connectors", "nobody", exit=1)
    world.nothing_happened()
    world.daemon.elapse(days=3)
    wait_until(lambda: where in world.health()[1], 15, "it is stale, and health does not say why")


@pytest.mark.parametrize("name, data", [
    ("roster.xlsx", workbook()), ("roster.xls", OLE), ("roster.xls.gz", gzip.compress(OLE))],
    ids=["xlsx", "xls", "gzip"])
def test_a_workbook_is_newer_than_the_list(world_of, name, data):
    """The older list is not taken for today's; a pattern says that it is the right one."""
    world = world_of()
    world.list.serve(data, name)
    assert world.sync() == "failed"
    assert world.connector()["error"] == (
        name + ", the newest of 2 files: a workbook (Excel) and no table: save as CSV (UTF-8)")
    world.nothing_happened()
    world.daemon.connector(world.name, dict(world.settings, pattern="*.csv"))
    world.daemon.write()
    world.daemon.reload()
    world.daemon.wait_log("configuration reloaded")
    assert world.sync() == "unchanged"
    world.nothing_happened()


@pytest.mark.parametrize("data, said", [
    (workbook(), "a workbook (Excel)"), (OLE, "a workbook (Excel)"), (b"%PDF-1.7\n", "a PDF"),
    (b"{\\rtf1\\ansi}", "a text document (RTF)")], ids=["xlsx", "xls", "pdf", "rtf"])
def test_every_format_knows_what_is_no_list(lab, tmp_path, data, said):
    connectors = {}
    (tmp_path / "list").write_bytes(data)
    for n, settings in enumerate(FORMATS):
        connectors["c%d" % n] = dict(settings, body="body-%d" % n, url="file://%s/list" % tmp_path)
    daemon = lab.daemon(connectors)
    for name in connectors:
        daemon.sync_fails(name)
        assert said in daemon.control("connectors", name)["data"]["connector"]["error"]
