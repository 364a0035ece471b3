#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""export.py DATABASE DIRECTORY: firms of a SQLite database as JSON lines, for certsyncd's plug-in table.

A table `firms` with the columns number, business_name, type and expires_on stands for
your source; write firms() and count() anew for yours.  The list is written beside its
name and renamed when all is there, and its last line says so: whatever ends this program
earlier leaves the last list in force.
"""

import json
import os
import pathlib
import sqlite3
import sys


def firms(source):
    columns = ("number", "business_name", "type", "expires_on")
    for row in source.execute("SELECT %s FROM firms ORDER BY number" % ", ".join(columns)):
        yield {name: value for name, value in zip(columns, row) if value is not None}


def count(source):
    """How many there are, by the source itself: not by what was read of it."""
    return source.execute("SELECT count(*) FROM firms").fetchone()[0]


def export(database, directory):
    target = pathlib.Path(directory) / "firms.jsonl"
    part = target.with_suffix(".part")
    source = sqlite3.connect("file:%s?mode=ro" % database, uri=True)
    source.execute("BEGIN")             # one state of it for the rows and their count
    with part.open("w", encoding="utf-8") as out:
        written = 0
        for firm in firms(source):
            out.write(json.dumps(firm, ensure_ascii=False) + "\n")
            written += 1
        if written != count(source):
            raise SystemExit("the source has %d firms, %d were read" % (count(source), written))
        out.write(json.dumps({"end": True, "records": written}) + "\n")
        out.flush()
        os.fsync(out.fileno())
    part.rename(target)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__.split(":")[0])
    export(*sys.argv[1:])
