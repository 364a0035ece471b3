#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Reads certsyncd's events with a consumer group and keeps a directory of badges.

    consumer.py --redis redis://127.0.0.1:6379/0 --state directory.db

What it does about events is in directory.py: copy the rest, write your own of
that.  ../README.md says why it is as it is.
"""

import argparse
import json
import logging
import os
import signal
import socket

import redis

from directory import Directory
from group import TIMEOUT_S, Member, Stop
from store import PAGE, NotYet, Store, about_badge, parse

MAX_DELIVERIES = 5      # an entry that so many attempts could not finish is parked

log = logging.getLogger("consumer")


class Consumer(Member):
    Away = (redis.RedisError, Directory.Unusable, NotYet)

    def __init__(self, store, directory, options):
        super().__init__(store, options.group, options.consumer, options.claim_after)
        self.directory, self.only, self.source = directory, options.partition, None

    def begin(self):
        """The partitions to read; called again now and then."""
        self.directory.tidy()       # first: while it fails nothing is delivered in vain
        self.source, partitions = self.store.meta()
        return self.only or range(partitions)

    def handle(self, p, entries, again=False):
        """Acts on entries in order, each acknowledged after its effect."""
        deliveries = self.deliveries(p, entries) if entries and again else {}
        entries = [(entry, fields, parse(fields)) for entry, fields in entries]
        badges = self.store.badges(p, {e["subject"] for _, _, e in entries if about_badge(e)})
        for entry, fields, event in entries:
            if self.stopping:
                return              # the rest stays ours and comes first next time
            if not fields:          # trimmed while it was pending
                self.directory.want_resync(p)
            elif isinstance(event, Exception):
                self.park(p, entry, fields, event)
            elif deliveries.get(entry, 1) > MAX_DELIVERIES:
                self.park(p, entry, fields, "delivered %d times" % deliveries[entry])
            elif self.is_current(p, event):
                try:
                    self.directory.apply(p, event, badges.get(event["subject"]))
                except self.Away:
                    raise
                except Exception:   # this entry's own fault: claim() brings it again
                    log.exception("entry %s", entry)
                    continue
            self.redis.xack(self.stream(p), self.group, entry)

    def is_current(self, p, event):
        """Events of an older store say nothing; those of a newer one begin with its badges."""
        if event["source"] != self.source:
            self.source, _ = self.store.meta()
            self.resync(p)
        return event["source"] == self.source

    def park(self, p, entry, fields, error):
        log.error("entry %s is parked: %s", entry, error)
        self.directory.park(p, self.stream(p), entry, json.dumps(fields), str(error))

    def resync(self, p):
        """Reads the state of every badge if that is wanted; events go on from there."""
        wanted = self.directory.wanted(p, self.source)
        if wanted is None:
            return
        log.info("partition %d: reading all badges", p)
        for names in self.store.pages(p):
            self.directory.put(p, self.source, self.store.badges(p, names))
            if self.stopping:
                return              # still wanted: the next start does it
        for held in self.directory.pages(p, PAGE):
            there = self.store.badges(p, held)
            self.directory.forget({n: version for n, version in held.items() if n not in there})
        self.directory.resynced(p, self.source, wanted)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0", metavar="URL")
    parser.add_argument("--user", help="of Redis; its password is in $REDIS_PASSWORD")
    parser.add_argument("--prefix", default="certsync")
    parser.add_argument("--state", required=True, metavar="FILE", help="the directory's database")
    parser.add_argument("--group", default="directory")
    parser.add_argument("--consumer", default=socket.gethostname(), help="the same at every start")
    parser.add_argument("--partition", type=int, action="append", help="default: all")
    parser.add_argument("--claim-after", type=float, default=60, metavar="SECONDS",
                        help="when another's work counts as left; longer than a batch takes")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    client = redis.Redis.from_url(options.redis, decode_responses=True, encoding_errors="replace",
                                  username=options.user, password=os.environ.get("REDIS_PASSWORD"),
                                  socket_timeout=TIMEOUT_S, client_name=options.consumer)
    consumer = Consumer(Store(client, options.prefix), Directory(options.state), options)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, consumer.terminate)
    try:
        consumer.run()
    except Stop:
        pass


if __name__ == "__main__":
    main()
