# SPDX-License-Identifier: ISC
"""A drop directory as people leave it: lists, what lies beside them, and what is none."""

import hashlib
import json
import os
import socket
import time

import pytest

import listings
import steady
from firms import certsync
from sources import replace
from waiting import wait_until


class Drop(listings.Nglcc):
    """Rosters that come one after the other, each with a manifest: that proves it."""

    proof = "manifest"
    count = 0

    @property
    def drop(self):
        path = self.directory / "drop"
        path.mkdir(exist_ok=True)
        return path

    def specific(self):
        return dict(self.words, url="file://%s/" % self.drop, settle="1h")

    def serve(self, data):
        self.count += 1
        self.put("roster-%d.csv" % self.count, data)

    def put(self, name, data):
        """A timed poll may come between any two steps: it never stands without its manifest."""
        self.count += 1
        replace(self.drop / (name + ".manifest"), json.dumps({
            "rows": data.count(b"\n") - 1, "sha256": hashlib.sha256(data).hexdigest(),
            "as_of": "2026-11-01T00:00:%02dZ" % self.count}).encode())
        replace(self.drop / name, data)


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
    world.list.put("list\n.csv", b"Title\nnothing\n")
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
