#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A SAM extract of 200,000 entities, polled twice through the real daemon.

    tests/bench/sam_200k.py [--build build] [--entities 200000] [--badges 20000]
        [--first-s 30] [--unchanged-s 10] [--daemon-mib 64] [--worker-mib 128]
        [--claims-s 60]

Prints the time of the first poll (everything is new: staged, committed and
merged in Redis), of the second (nothing has changed), and the peak memory of
daemon and worker; then states claims of some of the entities and prints how
long they took; exits 1 if one is over its limit.  The defaults are a few
times what two cores need, so that only a real regression trips them.  What a
record and a badge cost in memory and on disk is printed for the capacity
table of docs/operations.md.
"""

import argparse
import gzip
import http.server
import json
import pathlib
import random
import re
import sys
import tempfile
import threading
import time

import measure
import redis

EVENTS = "certsync:{0}:events"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"    # what a UEI may have
TRIGGER = (b"Extract File will be available for download with url: https://api.sam.gov/"
           b"entity-information/v4/download-entities?api_key=REPLACE_WITH_API_KEY&token=Tok123 "
           b"in some time.")


def uei(i):
    text = ""
    for _ in range(12):
        text = LETTERS[i % len(LETTERS)] + text
        i //= len(LETTERS)
    return text


def entity(i, rng):
    """About 1.1 KB, the members of entityRegistration and coreData that SAM sends."""
    return {
        "entityRegistration": {
            "samRegistered": "Yes", "ueiSAM": uei(i * 7919 + 13 ** 5), "entityEFTIndicator": None,
            "cageCode": "%05X" % i, "dodaac": None, "legalBusinessName": "FIRM %d SERVICES LLC" % i,
            "dbaName": None, "purposeOfRegistrationCode": "Z2",
            "purposeOfRegistrationDesc": "All Awards", "registrationStatus": "Active",
            "evsSource": "E&Y", "registrationDate": "2021-02-03", "lastUpdateDate": "2026-03-02",
            "registrationExpirationDate": "2027-03-01", "activationDate": "2026-03-02",
            "ueiStatus": "Active", "ueiExpirationDate": None, "ueiCreationDate": "2021-02-03",
            "publicDisplayFlag": "Y", "exclusionStatusFlag": "N", "exclusionURL": None,
            "dnbOpenData": None},
        "coreData": {"businessTypes": {
            "businessTypeList": [
                {"businessTypeCode": "2X", "businessTypeDesc": "For Profit Organization"},
                {"businessTypeCode": "A2", "businessTypeDesc": "Woman-Owned Business"}],
            "sbaBusinessTypeList": [{
                "sbaBusinessTypeCode": rng.choice(["A6", "XX", "A9", "A0"]),
                "sbaBusinessTypeDesc": "SBA", "certificationEntryDate": "2024-05-01",
                "certificationExitDate": rng.choice([None, "2028-05-01"])}]}}}


def extract(count):
    rng = random.Random(1)
    parts = [json.dumps(entity(i, rng), separators=(",", ":")) for i in range(count)]
    text = '{"totalRecords":%d,"entityData":[%s]}' % (count, ",".join(parts))
    return gzip.compress(text.encode(), 1), len(text)


def serve(body):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def do_GET(self):
            data = body if "download-entities" in self.path else TRIGGER
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


class Memory:
    """What daemon, Redis and its directory take, in bytes; lines of the difference."""

    def __init__(self, daemon, client, directory):
        self.of = (daemon, client, directory)
        status = pathlib.Path("/proc/%d/status" % daemon.pid).read_text()
        self.daemon = int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) * 1024
        client.bgrewriteaof()
        while client.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(0.1)
        self.redis = client.info("memory")["used_memory"]
        self.disk = sum(f.stat().st_size for f in directory.rglob("*") if f.is_file())

    def spent(self, what, count):
        now = Memory(*self.of)
        print("%s: %d, each %d bytes in Redis, %d in the daemon, %d on disk after a rewrite"
              % (what, count, (now.redis - self.redis) / count, (now.daemon - self.daemon) / count,
                 (now.disk - self.disk) / count), flush=True)
        return now


def claim(client, count):
    """Claims of as many entities, and how long it takes until each is decided, in seconds."""
    start = time.monotonic()
    for first in range(0, count, 1000):
        with client.pipeline(transaction=False) as pipe:
            for i in range(first, min(first + 1000, count)):
                pipe.xadd("certsync:claims", {
                    "op": "put", "badge": "b%d" % i, "profile": "p%d" % i, "body": "sba",
                    "category": "woman", "number": uei(i * 7919 + 13 ** 5),
                    "business_name": "Firm %d Services LLC" % i})
            pipe.execute()
    while client.xlen("certsync:claims") > 0:
        time.sleep(0.1)
    return time.monotonic() - start


class Costs:
    """What records and badges cost, looked at between the polls and after them."""

    def __init__(self, directory, entities, badges):
        self.directory, self.entities, self.badges = directory, entities, badges
        self.memory = self.claims_s = None

    def started(self, daemon):
        client = redis.Redis(unix_socket_path=str(self.directory / "state" / "redis.sock"))
        self.memory = Memory(daemon, client, self.directory / "state")

    def polled(self, daemon):
        client = self.memory.of[1]
        full = self.memory.spent("records", self.entities)
        self.claims_s = claim(client, self.badges)
        full.spent("badges", self.badges)
        print("events: %d, each %d of these bytes in Redis"
              % (client.xlen(EVENTS), client.memory_usage(EVENTS, samples=0) / client.xlen(EVENTS)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--entities", type=int, default=200000)
    parser.add_argument("--badges", type=int, default=20000)
    parser.add_argument("--claims-s", type=float, default=60)
    measure.limits_add(parser, first_s=30, unchanged_s=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cs-bench-") as name:
        directory = pathlib.Path(name)
        body, plain = extract(arguments.entities)
        print("extract: %d entities, %.1f MB, %.1f MB as gzip"
              % (arguments.entities, plain / 1e6, len(body) / 1e6), flush=True)
        key = directory / "key"
        key.write_text("key")
        key.chmod(0o600)
        config = measure.configure(
            directory, arguments.build, "sba", "plugin = sam\nurl = http://127.0.0.1:%d\n"
            "api_key = file:%s\nextract_delay = 100ms" % (serve(body), key))
        costs = Costs(directory, arguments.entities, arguments.badges)
        values = measure.poll_twice(arguments.build, directory, config, "sba",
                                    arguments.entities, costs.started, costs.polled)
    return measure.report(measure.NAMES + ("claims, s",), values + (costs.claims_s,),
                          measure.limits(arguments) + (arguments.claims_s,))


if __name__ == "__main__":
    sys.exit(main())
