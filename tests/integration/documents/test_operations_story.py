# SPDX-License-Identifier: ISC
"""docs/operations-mass-change.md, told again by the real programs: what it shows is what they say."""

import pathlib
import re
import shlex
import subprocess

import daemon as daemons
from feeds import Rec, day
from waiting import wait_until

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "operations-mass-change.md"
BADGES, COMPANY = 160, 240      # records with badges, and beside them
READING = {"plan", "health", "connectors", "events", "explain", "history"}

# What differs from telling to telling; the hashes of plans and feeds are bound as they come.
HASH = re.compile(r"\b[0-9a-f]{12}\b")
VOLATILE = [(re.compile(pattern), word) for pattern, word in (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"), (r"\b20\d\d-\d\d-\d\d\b", "<day>"),
    (r"\bin \d+ ms\b", "in <n> ms"), (r"\b\d+s ago\b", "<age>"), (r"\b\d+ seconds? ago\b", "<age>"),
    (r"\b(\S+ \(uid \d+\)|uid \d+\b)", "<who>"), (r"\bpoll \d+\b", "poll <n>"), (r"\bvethub-\d+\b", "vethub-<n>"),
    (r"\bin \d+[dh]( \d+[hm])?(?= )", "in <wait>"), (r"\s+", " "))]
if daemons.cage_is_open():      # it says so, where the page says what it keeps
    VOLATILE.append((re.compile("plug-ins reach .*|workers of this build .*"), "<cage>"))


def blocks():
    """The transcripts in their order: lists of (command, lines)."""
    found, transcript = [], None
    for line in PAGE.read_text().splitlines():
        line = line.strip()
        if line == "```":
            if transcript is not None:
                found.append(transcript)
            transcript = [] if transcript is None else None
        elif transcript is not None and line.startswith("$ "):
            transcript.append((line[2:], []))
        elif transcript is not None:
            transcript[-1][1].append(line)
    return found


class Story:
    def __init__(self, lab):
        self.lab, self.market = lab, lab.market
        self.source = lab.source("texas")
        self.recs = [Rec(self.source.number(i), "Firm %s%d Constructions" % (chr(65 + i % 26), i),
                         self.source.other_type if i % 4 == 3 else self.source.type, expires=day(200))
                     for i in range(BADGES + COMPANY)]
        self.source.publish(self.recs)
        settings = dict(self.source.settings(), max_shrink="20%", min_records="100")
        self.daemon = lab.daemon({self.source.name: settings}, badges={"name_match": "0.85"})
        self.daemon.sync(self.source.name)
        for i, rec in enumerate(self.recs[:BADGES]):
            other = i % 4 == 3
            self.market.put("b%d" % (1000 + i), self.source, number=rec.number, business_name=rec.name,
                            type=rec.type, category=self.source.other_category if other
                            else self.source.category)
        self.market.settle(60)
        self.log_read = len(self.daemon.log())
        self.hashes = {}

    # --- what happens between the transcripts ---------------------------------------

    def half(self):
        self.source.publish(self.recs[100:300])

    def whole(self):
        self.source.publish(self.recs)

    def half_again(self):
        self.half()
        self.daemon.sync(self.source.name, expect=("refused",))

    def revoke(self):
        self.whole()
        self.daemon.sync(self.source.name)
        for rec in self.recs[:40]:
            rec.status = "decertified"
        for i in (44, 45):
            self.recs[i].status = "withdrawn"
        self.recs[60].expires = day(500)
        self.whole()

    def one_more(self):
        self.recs[90].status = "withdrawn"
        self.whole()

    def one_less(self):
        self.recs[90].status = "active"
        self.whole()

    def stricter(self):
        """The list writes a name a little differently, and then that is no longer enough."""
        self.recs[70].name = self.recs[70].name.replace("Constructions", "Constrctions")
        self.whole()
        self.daemon.sync(self.source.name)
        self.daemon.sections["badges"]["name_match"] = "1.0"
        self.daemon.write()

    # --- telling ---------------------------------------------------------------------

    def run(self, command):
        words = shlex.split(command)
        if words[0] == "systemctl":
            self.daemon.reload()
            return ""
        if words[0] == "journalctl":
            return re.sub(r"(?m)^\S+Z (?=\w+ )", "", self.daemon.log()[self.log_read:])
        result = subprocess.run([daemons.BUILD / words[0], "-s", self.daemon.socket, *words[1:]],
                                capture_output=True, text=True, timeout=60)
        return result.stdout + result.stderr

    def bound(self, command):
        return HASH.sub(lambda m: self.hashes.get(m[0], m[0]), command)

    def compare(self, told, output, anywhere):
        """None if the output is as told, else what is missing."""
        lines = [line for line in map(plain, output.splitlines()) if line]
        at, loose = 0, anywhere
        for want in (line for line in told if line):
            if want == "...":
                loose = True
                continue
            while loose and at < len(lines) and not self.same(want, lines[at]):
                at += 1
            if at == len(lines) or not self.same(want, lines[at]):
                return want
            at, loose = at + 1, anywhere
        return None if loose or at == len(lines) else "nothing after: " + lines[at]

    def same(self, want, line):
        """Binds the hashes that the page shows for the first time."""
        wanted, given = HASH.findall(want), HASH.findall(line)
        if HASH.sub("<hash>", plain(want)) != HASH.sub("<hash>", line) or len(wanted) != len(given):
            return False
        if any(self.hashes.get(w, g) != g for w, g in zip(wanted, given)):
            return False
        self.hashes.update(zip(wanted, given))
        return True

    def tell(self, command, told):
        words, shown = command.split(), []
        journal = words[0] == "journalctl"

        def as_told():
            shown[:] = [self.run(self.bound(command))]
            return self.compare(told, shown[0], journal) is None
        if journal or words[1] in READING:
            try:
                wait_until(as_told, 10)
            except AssertionError:
                pass
        else:
            as_told()
        missing = self.compare(told, shown[0], journal)
        assert missing is None, "%s\n%s\nis not as told: %s" % (command, shown[0], missing)
        if journal:
            self.log_read = len(self.daemon.log())


def plain(line):
    for pattern, word in VOLATILE:
        line = pattern.sub(word, line)
    return line.strip()


ACTS = ["half", "whole", "half_again", "revoke", None, None, None, "one_more", "one_less", "stricter"]


def test_the_page_tells_what_happens(lab):
    story = Story(lab)
    transcripts = blocks()
    assert len(transcripts) == len(ACTS)
    for act, transcript in zip(ACTS, transcripts):
        if act is not None:
            getattr(story, act)()
        for command, told in transcript:
            story.tell(command, told)
    # Nothing but what was approved has happened to anybody.
    assert {b["status"] for b in story.market.badges().values()} == {"verified", "revoked"}
