# SPDX-License-Identifier: ISC
"""What certsyncd keeps in Redis, as a consumer reads it."""

import json

SCHEMA = "1"            # major version of the store that this program knows
FIELDS = ("version", "profile", "status", "valid_until", "visibility")  # of a badge: what we need
PAGE = 500              # badges a read while all are read


class NotYet(Exception):
    """certsyncd has not set up the store, or one that this program does not know."""


class Store:
    def __init__(self, client, prefix):
        self.redis, self.prefix = client, prefix

    def key(self, p, *parts):
        """A key of partition p; the braces keep all of them in one slot of a cluster."""
        return ":".join((self.prefix, "{%d}" % p) + parts)

    def meta(self):
        """(source of the events of this life of the store, number of partitions)"""
        schema, partitions, epoch = self.redis.hmget(self.prefix + ":meta", "schema",
                                                     "partitions", "epoch")
        if epoch is None or schema.split(".")[0] != SCHEMA:
            raise NotYet("no store of version %s" % SCHEMA)
        return "urn:certsync:" + epoch, int(partitions)

    def badges(self, p, names):
        """Name -> FIELDS of those badges that are there."""
        names = sorted(names)
        with self.redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hmget(self.key(p, "badge", name), FIELDS)
            found = [dict(zip(FIELDS, values)) for values in pipe.execute()]
        return {n: badge for n, badge in zip(names, found) if badge["version"] is not None}

    def pages(self, p):
        """The names of all badges by the time of their last version: what changes comes again."""
        low, count = "-inf", PAGE
        while page := self.redis.zrangebyscore(self.key(p, "badges"), low, "+inf", 0, count,
                                               withscores=True):
            yield {name for name, _ in page}
            if len(page) < count:
                return
            if page[-1][1] == low:      # a page of one millisecond: take more of it
                count *= 2
            low = page[-1][1]


def about_badge(event):
    return isinstance(event, dict) and event["type"].startswith("org.certsync.badge.")


def parse(fields):
    """The event of an entry; the exception, returned, if it is none."""
    try:
        event = json.loads((fields or {}).get("event", "null"))
        if not isinstance(event, dict) or event.get("specversion") != "1.0":
            raise ValueError("not a CloudEvent 1.0")
        if not all(isinstance(event.get(a), str) for a in ("id", "source", "type", "subject")):
            raise ValueError("an attribute is missing")
        return event
    except (ValueError, RecursionError) as e:
        return e
