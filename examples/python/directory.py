# SPDX-License-Identifier: ISC
"""What this service does about events: a directory of badges, and mails to their owners.

It stands for the database of your service.  What counts is that the memory of an
event, its effect, and the wish to read everything again are one transaction.
"""

import sqlite3
import time

SEEN_S = 31 * 86400     # a day more than [events] retain_days: older ones do not come again
SEEN_MAX = 1_000_000    # nor do more than [events] max_entries
MAILED = ("verified", "expired", "suspended", "revoked", "expiring")
MAIL_CAUSES = ("poll", "lookup", "expiry", "operator")  # not the owner's own doing, nor an import
READ_AGAIN = ("org.certsync.store.reset.v1", "org.certsync.stream.trimmed.v1")

SCHEMA = """
CREATE TABLE IF NOT EXISTS badge (badge TEXT PRIMARY KEY, partition INTEGER, source TEXT,
    version INTEGER, profile TEXT, status TEXT, valid_until TEXT, visibility TEXT);
CREATE TABLE IF NOT EXISTS mail (id INTEGER PRIMARY KEY, event TEXT, profile TEXT, what TEXT);
CREATE TABLE IF NOT EXISTS seen (event TEXT PRIMARY KEY, at INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_at ON seen (at);
CREATE TABLE IF NOT EXISTS parked (stream TEXT, entry TEXT, fields TEXT, error TEXT, at INTEGER,
    PRIMARY KEY (stream, entry));
CREATE TABLE IF NOT EXISTS partition (p INTEGER PRIMARY KEY, source TEXT,
    wanted INTEGER DEFAULT 1, done INTEGER DEFAULT 0);
"""


class Directory:
    Unusable = sqlite3.OperationalError     # it, not the event: locked, full, gone

    def __init__(self, path):
        # "with self.db" is a transaction; IMMEDIATE: two consumers of one file wait their turn.
        self.db = sqlite3.connect(path, isolation_level="IMMEDIATE", timeout=5)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.executescript(SCHEMA)

    def tidy(self):
        """Forgets what cannot come again; also tells whether the directory can be written."""
        with self.db:
            self.db.execute("DELETE FROM seen WHERE at < ?", (time.time() - SEEN_S,))
            self.db.execute("DELETE FROM seen WHERE event IN (SELECT event FROM seen"
                            " ORDER BY at DESC LIMIT -1 OFFSET ?)", (SEEN_MAX,))

    # --- one event -----------------------------------------------------------------

    def apply(self, p, event, badge):
        """Acts on an event once: "done" or "duplicate".

        badge: its fields in Redis now, at least as new as the event; None: it is
        gone, or the event is not about a badge.
        """
        with self.db:
            name = event["source"] + " " + event["id"]
            if self.db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)",
                               (name, time.time())).rowcount == 0:
                return "duplicate"
            if event["type"] in READ_AGAIN:
                self._want(p)
            elif event["type"].startswith("org.certsync.badge."):
                self._badge(p, name, event, badge)
            return "done"

    def _badge(self, p, name, event, badge):
        data, kind = event["data"], event["type"].split(".")[3]
        held = self.db.execute("SELECT version FROM badge WHERE badge = ? AND source = ?",
                               (data["badge"], event["source"])).fetchone()
        # Versions rise by one: where one is missing, other badges may miss theirs.
        if data["version"] > held[0] + 1 if held else data.get("from"):
            self._want(p)
        if badge is None:
            self._forget(data["badge"], data["version"])
            return
        self._put(p, event["source"], data["badge"], badge)
        # By now another change may have come: say only what is still true.
        if kind in MAILED and data["cause"] in MAIL_CAUSES and data["to"] == badge["status"]:
            self.db.execute("INSERT INTO mail (event, profile, what) VALUES (?, ?, ?)",
                            (name, data["profile"], kind))

    def park(self, p, stream, entry, fields, error):
        """Puts an entry aside for a person; what it may have said is read from the badges."""
        with self.db:
            self.db.execute("INSERT OR IGNORE INTO parked VALUES (?, ?, ?, ?, ?)",
                            (stream, entry, fields, error, time.time()))
            self._want(p)

    # --- all badges ------------------------------------------------------------------

    def want_resync(self, p):
        with self.db:
            self._want(p)

    def _want(self, p):
        self.db.execute("INSERT INTO partition (p) VALUES (?)"
                        " ON CONFLICT DO UPDATE SET wanted = wanted + 1", (p,))

    def wanted(self, p, source):
        """Which resync is wanted; None: all badges of this life of the store have been read."""
        wanted, done, known = self.db.execute(
            "SELECT wanted, done, source FROM partition WHERE p = ?", (p,)).fetchone() or (1, 0, "")
        return None if done >= wanted and known == source else wanted

    def resynced(self, p, source, wanted):
        with self.db:
            self.db.execute("INSERT INTO partition VALUES (?1, ?2, ?3, ?3) ON CONFLICT DO"
                            " UPDATE SET source = ?2, done = ?3", (p, source, wanted))

    def put(self, p, source, badges):
        with self.db:
            for name, badge in badges.items():
                self._put(p, source, name, badge)

    def _put(self, p, source, name, badge):
        """Takes the state of a badge, unless a newer one of the same store is held."""
        self.db.execute(
            "INSERT INTO badge VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " source = excluded.source, version = excluded.version, profile = excluded.profile,"
            " status = excluded.status, valid_until = excluded.valid_until,"
            " visibility = excluded.visibility"
            " WHERE excluded.source <> source OR excluded.version > version",
            (name, p, source, int(badge["version"]), badge["profile"], badge["status"],
             badge["valid_until"], badge["visibility"]))

    def pages(self, p, count):
        """Name -> version of the badges held, in pages."""
        after = ""
        while page := dict(self.db.execute("SELECT badge, version FROM badge WHERE partition = ?"
                                           " AND badge > ? ORDER BY badge LIMIT ?",
                                           (p, after, count))):
            yield page
            after = max(page)

    def forget(self, badges):
        with self.db:
            for name, version in badges.items():
                self._forget(name, version)

    def _forget(self, name, version):
        """The badge is gone; a version above this one is of a later life."""
        self.db.execute("DELETE FROM badge WHERE badge = ? AND version <= ?", (name, version))
