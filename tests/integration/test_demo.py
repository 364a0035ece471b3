# SPDX-License-Identifier: ISC
"""`make run` without a terminal: every status appears, nothing stays behind."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("BUILD", "build")
STATUSES = ["self_reported", "verified", "expired", "suspended", "revoked", "review", "not_found",
            "invalid"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    where = tmp_path_factory.mktemp("demo")
    run = subprocess.run([ROOT / "tests/demo/run", BUILD], capture_output=True, text=True,
                         timeout=120, env=dict(os.environ, TMPDIR=str(where)))
    assert run.returncode == 0, run.stdout + run.stderr
    return where, run


def rows(text):
    return {line.split()[0]: line.split() for line in
            re.findall(r"^  (b-\w+ +[a-z-]+ +\w+.*)$", text, re.M)}


def test_every_status_appears(demo):
    table = rows(demo[1].stdout.split("3. The badges")[1].split("4. ")[0])
    assert {row[3] for row in table.values()} == set(STATUSES)
    assert table["b-grad"][3:5] == ["expired", "record_graduated"]
    assert table["b-8a"][3:] == ["expired", "expiry_passed", "2015-07-05"]


@pytest.mark.parametrize("badge, word", [("b-vets", "revoked"), ("b-films", "renewed"),
                                         ("b-one", "suspended"), ("b-foods", "verified")])
def test_the_second_act_changes_each_badge_once(demo, badge, word):
    act = demo[1].stdout.split("4. The registries change")[1].split("5. Why")[0]
    events = re.findall(rf"^  \d\d:\d\d:\d\d  {badge} +(\w+)", act, re.M)
    assert events == [word]


def test_nothing_stays_behind(demo):
    where, run = demo
    assert list(where.iterdir()) == []
    assert run.stderr == ""
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert str(where) not in listing
