#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Answers of the Small Business Search as long as the real ones, polled twice through the real daemon.

    tests/bench/sbs_170mb.py [--build build] [--firms 40824] [--row-bytes 4140]
        [--first-s 120] [--unchanged-s 60] [--daemon-mib 64] [--worker-mib 128]

The measured answer of VOSB had 40,824 rows and 169 MB, in one document without
pages; that of SDVOSB is taken to list two thirds of those firms.  The rows are
those of the constructed sample, each with as many more members and bytes as
the real ones have.  Both answers are written row by row while they are sent,
chunked, as nobody knows their length before.

Prints the time of both polls and the peak memory of daemon and worker; exits 1
if one is over its limit.
"""

import argparse
import copy
import http.server
import json
import pathlib
import sys
import tempfile
import threading

import measure

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests/fixtures/sbs/made/sbs_search_response.json"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"    # what a UEI may have
MEMBERS = 123           # of a real row
PIECE = 1 << 18         # bytes of a chunk


def uei(i):
    text = ""
    for _ in range(12):
        text = LETTERS[i % len(LETTERS)] + text
        i //= len(LETTERS)
    return text


class Firms:
    """Rows of the length and width of the real ones."""

    def __init__(self, count, row_bytes):
        self.count = count
        veteran = json.loads(SAMPLE.read_text())["results"][1]
        row = copy.deepcopy(veteran)
        for i in range(MEMBERS - len(row)):
            row["member_%d" % i] = None if i % 3 else ""
        row["capabilities_narrative"] = "x" * (row_bytes - len(json.dumps(row)) - 40)
        head, self.tail = json.dumps(row).split(veteran["uei"], 1)
        self.head = head
        self.name = veteran["legal_business_name"]
        self.detail = veteran["entity_detail_id"]

    def row(self, i):
        tail = self.tail.replace(self.name, "FIRM %d SERVICES LLC" % i, 1).replace(
            '"%s"' % self.detail, '"%d"' % (100000 + i), 1)
        return self.head + uei(i * 7919 + 13 ** 5) + tail

    def answer(self, every):
        """The document, piece by piece; every n-th firm is left out (0: none)."""
        parts, size, first = ['{"status":"ok","results":['], 0, True
        for i in range(self.count):
            if every and i % every == 0:
                continue
            parts.append(("" if first else ",") + self.row(i))
            first = False
            size += len(parts[-1])
            if size >= PIECE:
                yield "".join(parts).encode()
                parts, size = [], 0
        parts.append('],"meili_filter":""}')
        yield "".join(parts).encode()


def serve(firms, sent):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            value = asked["sbaCertifications"]["activeCerts"][0]["value"]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            total = 0
            for piece in firms.answer(0 if value == "7,8" else 3):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                total += len(piece)
            self.wfile.write(b"0\r\n\r\n")
            sent[value] = total

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--firms", type=int, default=40824)
    parser.add_argument("--row-bytes", type=int, default=4140)
    measure.limits_add(parser, first_s=120, unchanged_s=60)
    arguments = parser.parse_args()
    firms, sent = Firms(arguments.firms, arguments.row_bytes), {}
    with tempfile.TemporaryDirectory(prefix="cs-bench-") as name:
        directory = pathlib.Path(name)
        config = measure.configure(
            directory, arguments.build, "vetcert",
            "plugin = sbs\nprograms = vosb, sdvosb\nurl = http://127.0.0.1:%d" % serve(firms, sent))
        # Every firm is VOSB and SDVOSB, and says both in either answer.
        values = measure.poll_twice(arguments.build, directory, config, "vetcert",
                                    2 * arguments.firms)
    print("answers: %s" % ", ".join("%s %.1f MB" % (k, v / 1e6) for k, v in sorted(sent.items())))
    return measure.report(measure.NAMES, values, measure.limits(arguments))


if __name__ == "__main__":
    sys.exit(main())
