# SPDX-License-Identifier: ISC
"""The presets of docs/lists: each is accepted as it is, and reads its list as its golden says.

tests/fixtures/lists/samples names the answer of each; NAME.golden is what comes of it, as
test_replay.c has goldens.  UPDATE_LISTS=1 writes them: read the diff before committing it.
"""

import os
import re
import shutil

import pytest

import presets
from daemon import BUILD, DAEMON
from presets import FIXTURES, LISTS, configure, run


def test_t_accepts_them(tmp_path):
    check = run(DAEMON, "-c", configure(tmp_path, presets.TOGETHER), "-t")
    assert check.returncode == 0, check.stderr
    # That it looks at them at all:
    path = tmp_path / "certsyncd.conf.d" / (presets.TOGETHER[0] + ".conf")
    path.write_text(path.read_text().replace("field.business_name", "field.bisiness_name"))
    check = run(DAEMON, "-c", tmp_path / "certsyncd.conf", "-t")
    assert check.returncode == 78 and "bisiness_name" in check.stderr, check.stderr


@pytest.mark.parametrize("name", sorted(presets.ALTERNATIVES))
def test_t_accepts_an_alternative(tmp_path, name):
    check = run(DAEMON, "-c", configure(tmp_path, [name]), "-t")
    assert check.returncode == 0, check.stderr


def test_each_is_described():
    """Its section, its body's zone, and a head that says what an operator must know."""
    for name in presets.NAMES:
        text = (LISTS / (name + ".conf")).read_text()
        assert re.findall(r"^\[(.*)\]$", text, re.M) == ["connector " + name]
        assert re.search(r"^timezone = [A-Z]\w+/\w+", text, re.M), name
        head = text.split("\n[")[0]
        for word in ("Where:", "Licence:", "Layout", "Certifies:", "Cannot:"):
            assert word in head, (name, word)


def test_each_has_a_sample_and_a_line_in_the_index():
    assert sorted({presets.of(sample) for sample in presets.samples()}) == presets.NAMES
    used = {path.resolve() for path, _ in presets.samples().values()}
    assert set((FIXTURES / "made").iterdir()) <= used
    index = (LISTS / "README.md").read_text()
    assert sorted(re.findall(r"^\| \[([a-z-]+)\]\(\1\.conf\) \|", index, re.M)) == [
        name for name in presets.NAMES if name != "roster"]     # which has a page


@pytest.mark.parametrize("name", sorted(presets.samples()))
def test_it_reads_its_list(tmp_path, name):
    """Whole, byte by byte and in pieces."""
    sample, kind = presets.samples()[name]
    table = tmp_path / "replay/table"
    table.mkdir(parents=True)
    shutil.copy(sample, table / "answer")
    said = presets.settings(tmp_path, [presets.of(name)])[presets.of(name)]
    lines = ["set %s %s\n" % (key, said[key]) for key in said if key not in presets.OF_THE_DAEMON]
    (table / (name + ".case")).write_text("".join(lines) + "answer 200 answer %s\n" % kind)
    golden, written = FIXTURES / (name + ".golden"), table / (name + ".golden")
    update = os.environ.get("UPDATE_LISTS") == "1"
    if not update:
        shutil.copy(golden, written)
    replay = run(BUILD / "tests/test_replay", *["--update"] * update, tmp_path / "replay")
    assert replay.returncode == 0, replay.stdout + replay.stderr
    if update:
        shutil.copy(written, golden)
