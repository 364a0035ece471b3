# SPDX-License-Identifier: ISC
"""docs/mapping-a-list.md, told again by the real programs.  UPDATE_PAGE=1 writes what they say into it."""

import os
import pathlib
import re
import shlex
import subprocess

import daemon as daemons

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "mapping-a-list.md"
UPDATE = os.environ.get("UPDATE_PAGE") == "1"
BLOCK = re.compile(r"^```(\S* ?\S*)\n(.*?)^```$", re.M | re.S)
CLAIMS = [("b1", "M-1001", "Alder & Sons Roofing", "MBE", "minority"),
          ("b2", "M-1002", "Birchwood Catering", "WBE", "woman"),
          ("b4", "M-1004", "Dogwood Janitorial", "VBE", "veteran"),
          ("b5", "M-1005", "Elm Street Design Studio", "LGBTBE", "lgbtq")]


class Operator:
    """Whoever reads the page, and does what it says."""

    def __init__(self, lab):
        self.lab, self.reloads = lab, 0
        lab.use_store()
        for badge, number, name, type, category in CLAIMS:
            lab.market.command("put", badge, "p-" + badge, body="metro-city", category=category, type=type,
                               number=number, business_name=name)
        self.drop = lab.directory / "drop"
        self.drop.mkdir()
        self.daemon = lab.daemon({})
        lab.market.settle()

    def save(self, name, text):
        if name == "metro.csv":
            (self.lab.directory / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
            return
        keys = dict(re.split(r" = ", line, 1) for line in text.splitlines()[1:])
        keys["url"] = "file://%s/" % self.drop
        self.daemon.connector("metro", keys)
        self.daemon.write()

    def run(self, command):
        words = shlex.split(command)
        if words[0] == "systemctl":
            self.reloads += 1
            self.daemon.reload()
            self.daemon.wait_log("configuration reloaded", self.reloads)
            return ""
        run = subprocess.run([daemons.BUILD / words[0], "-s", self.daemon.socket, *words[1:]], text=True,
                             capture_output=True, timeout=60, cwd=self.lab.directory)
        return run.stdout + run.stderr

    def tell(self, transcript):
        """The transcript with what is said now."""
        commands = [line for line in transcript.splitlines() if line.startswith("$ ")]
        return "".join("%s\n%s" % (line, self.run(line[2:])) for line in commands)


def test_the_page_shows_what_is_printed(lab):
    operator = Operator(lab)
    text, told, at = PAGE.read_text(), "", 0
    for block in BLOCK.finditer(text):
        now = block[2]
        if block[1]:
            operator.save(block[1].split()[1], block[2])
        else:
            now = operator.tell(block[2])
        told += text[at:block.start(2)] + now
        at = block.end(2)
    told += text[at:]
    if UPDATE:
        PAGE.write_text(told)
    assert told.splitlines() == text.splitlines() or UPDATE
    # It has been looked at, and nothing else.
    assert {b["status"] for b in lab.market.badges().values()} == {"self_reported"}
    assert not re.search(r"M-100\d|Birchwood Cat", told.split("## 1.")[1])
