# SPDX-License-Identifier: ISC
"""Kills and rollbacks in rounds, each audited: ROUNDS=300 for as many, SEED for others."""

import json
import os
import random
import shutil

from feeds import Rec, day
from waiting import keep_busy, wait_until

FENCE = "certsync:{0}:fence"
FIRMS = 30
ROUNDS = int(os.environ.get("ROUNDS", "8"))
SEED = int(os.environ.get("SEED", "20261130"))
BACKUPS = 3             # that far back a rollback goes
IN_FLIGHT = 8           # scripts whose answers may not have come
STARTS = 5              # one finds a store that another left; no accident takes more
# Each list takes badges away by the dozen, which is not what is looked at here.  As many as there
# are in a week wait whatever is set: somebody approves them.
GUARD = {"share": "100%", "count": 1000, "max": 100000, "total": 100000}


class Rounds:
    """A list that changes, claims that come, and an oracle that knows what must become of them."""

    def __init__(self, lab, rng):
        self.lab, self.market, self.rng = lab, lab.market, rng
        self.source = lab.source("texas")
        self.recs = [Rec(self.source.number(i), "Rounded %s%d Works" % (chr(65 + i % 26), i),
                         self.source.type, expires=day(300)) for i in range(FIRMS)]
        self.claimed = set()
        self.seen = {}          # events by source and id, of the whole run
        self.backups = []
        self.source.publish(self.recs)
        self.daemon = lab.daemon([self.source], guard=GUARD)
        self.daemon.sync(self.source.name)

    # --- what happens --------------------------------------------------------------

    def change(self):
        for rec in self.rng.sample(self.recs, FIRMS // 3):
            rec.status = self.rng.choice(("active", "active", "decertified"))
            rec.expires = day(self.rng.randrange(200, 900))
        self.source.publish(self.recs)

    def claim(self, which):
        for i in which:
            self.market.put("b%02d" % i, self.source, number=self.recs[i].number,
                            business_name=self.recs[i].name, rev="1")
        self.claimed |= set(which)

    def back_up(self):
        path = self.lab.directory / ("backup%d.rdb" % len(self.backups))
        self.lab.server.client.save()
        shutil.copy(self.lab.server.directory / "dump.rdb", path)
        self.backups.append((path, self.count()))

    def count(self):
        return int(self.market.redis.hget(FENCE, "count"))

    def noted(self):
        """What the next start knows: the daemon notes its count once a second."""
        notes = self.daemon.directory / "state" / "counts.json"
        return json.loads(notes.read_text())["counts"].get(FENCE, 0) if notes.exists() else 0

    def roll_back(self, known):
        """To a backup from which more is missing than an answer that was on its way."""
        older = [path for path, count in self.backups[-BACKUPS:] if count + IN_FLIGHT < known]
        if older:
            self.lab.server.load(self.rng.choice(older))
        return bool(older)

    def accident(self):
        kind = self.rng.choice(("daemon", "redis", "both", "rolled back", "rolled back, dead"))
        if kind in ("daemon", "both", "rolled back, dead"):
            self.daemon.kill()
        if kind in ("redis", "both"):
            self.lab.server.kill()
            keep_busy(self.rng.uniform(0, 0.1))
            self.lab.server.start()
        if kind == "rolled back, dead":
            self.roll_back(self.noted())
        if kind == "rolled back" and self.roll_back(self.count()):
            wait_until(lambda: not self.daemon.alive
                       or b"store_lost" in self.daemon.http("/readyz")[1], 30, "it is not noticed")
            self.daemon.kill()
        return kind

    def come_up(self):
        for _ in range(STARTS):
            if not self.daemon.alive:
                self.daemon.process = None
                self.daemon.launch()
            wait_until(lambda: not self.daemon.alive or self.daemon.ready(), 60)
            if self.daemon.alive:
                return
        raise AssertionError("it does not come up")

    def synced(self):
        """The list is committed, what waited of it, too."""
        if self.daemon.control("sync", self.source.name, wait=True)["exit"] == 0:
            return True
        plan = self.daemon.control("plan", self.source.name).get("data", {}).get("plan")
        if plan:
            self.daemon.control("approve", self.source.name, plan["hash"])
        return False

    # --- what must be true ---------------------------------------------------------

    def audit(self):
        self.lab.settle()
        self.lab.check()        # each version one event; hash, tile, sets, index and history agree
        badges = self.market.badges()
        assert sorted(badges) == ["b%02d" % i for i in sorted(self.claimed)]
        for i in self.claimed:
            badge, rec = badges["b%02d" % i], self.recs[i]
            assert badge["status"] == ("verified" if rec.status == "active" else "revoked"), badge
            assert badge["status"] == "revoked" or badge["expires_on"] == rec.expires.isoformat()
        for event in self.market.events():
            key = event["source"], event["id"]
            assert self.seen.setdefault(key, event) == event, "published twice, and different"

    def one(self, number):
        if number % 2 == 0:
            self.back_up()
        self.change()
        left = sorted(set(range(FIRMS)) - self.claimed)
        self.claim(self.rng.sample(left, min(5, len(left))))
        self.daemon.control("sync", self.source.name)       # and nobody waits
        keep_busy(self.rng.uniform(0, 0.3))
        kind = self.accident()
        self.come_up()
        if kind.startswith("rolled back"):                  # as its owner is told to
            self.claim(sorted(self.claimed))
        self.market.settle(60)
        wait_until(self.synced, 60)
        self.audit()
        return kind


def test_rounds_of_kills_and_rollbacks(lab):
    rounds = Rounds(lab, random.Random(SEED))
    kinds = [rounds.one(number) for number in range(ROUNDS)]
    assert len(set(kinds)) >= min(3, ROUNDS)
    print({kind: kinds.count(kind) for kind in sorted(set(kinds))}, len(rounds.seen), "events")
