# SPDX-License-Identifier: ISC
"""`make run` without a terminal: every registry and status appears, nothing stays behind."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

import plugins

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = os.environ.get("BUILD", "build")
STATUSES = ["self_reported", "verified", "expired", "suspended", "revoked", "review", "not_found",
            "invalid"]
WIDTH = 80
# The log's levels that a well daemon needs not: checked by the demonstration itself.
FAILS_ON_ERRORS = re.compile(r"if self\.errors\(\):\s+raise Failure")
SCRIPT = (ROOT / "tests/demo/run").read_text()
PLUGINS = dict(re.findall(r"^\[connector (\S+)\]\nplugin = (\S+)$", SCRIPT, re.M))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    where = tmp_path_factory.mktemp("demo")
    run = subprocess.run([ROOT / "tests/demo/run", BUILD], capture_output=True, text=True,
                         timeout=120, env=dict(os.environ, TMPDIR=str(where), COLUMNS=str(WIDTH)))
    assert run.returncode == 0, run.stdout + run.stderr
    return where, run


@pytest.fixture(scope="module")
def acts(demo):
    """Number of an act -> what was printed in it."""
    parts = re.split(r"^(\d)\. ", demo[1].stdout, flags=re.M)
    return dict(zip(map(int, parts[1::2]), parts[2::2]))


def events(act, badge):
    return re.findall(rf"^  \d\d:\d\d:\d\d  {badge} +(\w+)", act, re.M)


def rows(text):
    return {line.split()[0]: line.split() for line in
            re.findall(r"^  (b-\w+ +[a-z-]+ +\w+.*)$", text, re.M)}


def test_every_connector_is_shown(acts):
    there = set(plugins.names())
    assert set(PLUGINS.values()) == there
    read = dict(re.findall(r"^  ([a-z-]+) .* (\d+)  \w+$", acts[1], re.M))
    assert set(read) == set(PLUGINS) and "0" not in read.values()
    assert sorted(re.findall(r"^dataset|^format = xml", SCRIPT, re.M)) == [
        "dataset", "dataset", "format = xml"]


def test_every_connector_decides_a_badge(acts):
    """One verified by each body's lists; SAM's monthly file has the expired one."""
    table = rows(acts[2])
    for badge in ("b-nova", "b-vets", "b-deli", "b-sign", "b-roof", "b-hero", "b-one", "b-tide",
                  "b-loom"):
        assert table[badge][3] == "verified", badge
    assert table["b-8a"][3:] == ["expired", "expiry_passed", "2015-07-05"]


def test_every_status_appears(acts):
    table = rows(acts[2])
    assert {row[3] for row in table.values()} == set(STATUSES)
    assert table["b-grad"][3:5] == ["expired", "record_graduated"]
    assert "org.certsync.badge.verified.v1" in acts[2]


@pytest.mark.parametrize("badge, word", [
    ("b-vets", "revoked"), ("b-films", "renewed"), ("b-one", "suspended"), ("b-hero", "suspended"),
    ("b-deli", "renewed"), ("b-foods", "verified")])
def test_the_second_act_changes_each_badge_once(acts, badge, word):
    assert events(acts[3], badge) == [word]


def test_polls_say_what_they_did(acts):
    polls = re.findall(r"^  certsync sync (\S+) +(\w+)$", acts[3], re.M)
    assert polls == [("texas", "committed"), ("nglcc", "committed"), ("sba", "committed"),
                     ("vetcert", "committed"), ("nyc", "committed"), ("connecticut", "unchanged"),
                     ("texas", "unchanged")]
    assert re.search(r"only for what changed since 20\d\d-\d\d-\d\dT", acts[3])


def test_single_numbers_are_looked_up(acts):
    assert events(acts[4], "b-seven") == ["self_reported", "verified"]
    assert events(acts[4], "b-ghost") == ["self_reported", "not_found"]


def test_a_mass_loss_waits_for_the_operator(acts):
    act = acts[5]
    assert "sync texas        held" in act and "connector held" in act
    assert re.search(r"plan [0-9a-f]{12}  waits, 3 changes", act)
    assert re.search(r"b-ash +1 +verified +revoked +record_decertified", act)
    after = act.split("certsync approve")[1]
    assert events(after, "b-oak") == events(after, "b-elm") == ["revoked"]
    assert "b-ash" not in after and "connector released" in after


def test_it_is_readable(acts, demo):
    """On a terminal of 80 columns; only what names this run's directory may be longer."""
    text = demo[1].stdout.replace(os.path.relpath(ROOT / BUILD) + "/", "build/")
    long = [line for line in text.splitlines() if len(line) > WIDTH and str(demo[0]) not in line]
    assert long == []
    assert len(demo[1].stdout.splitlines()) < 180


def test_it_fails_on_an_error_in_the_log(demo, tmp_path):
    assert FAILS_ON_ERRORS.search(SCRIPT)
    sys.path.insert(0, str(ROOT / "tests/demo"))
    import stage
    one = stage.Stage.__new__(stage.Stage)
    one.log = tmp_path / "log"
    one.log.write_text("2026-11-22T03:25:35.387Z notice an error: none\n"
                       "2026-11-22T03:25:35.387Z warn store: error\n")
    assert one.errors() == []
    one.log.write_text("2026-11-22T03:25:35.387Z error disk full\n")
    assert len(one.errors()) == 1


def test_nothing_stays_behind(demo):
    where, run = demo
    assert list(where.iterdir()) == []
    assert run.stderr == ""
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert str(where) not in listing
