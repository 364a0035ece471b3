# SPDX-License-Identifier: ISC
"""The manual says what the programs say, and renders without a warning."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / os.environ.get("BUILD", "build")
PAGES = sorted((ROOT / "docs" / "man").glob("*.scd"))
SETTING = re.compile(r"^\| `([a-z_]+)` \|", re.M)


def output(*argv):
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout


def page(name):
    return (ROOT / "docs" / "man" / (name + ".scd")).read_text()


def expanded(path):
    return subprocess.run([ROOT / "tools" / "man-page", path], cwd=ROOT, capture_output=True,
                          text=True, timeout=60, check=True).stdout


def test_every_command_is_described():
    text = re.sub(r"[*_]", "", page("certsync.1"))
    commands = re.findall(r"^  ([a-z]+(?: [a-z]+)?)", output(BUILD / "certsync", "--help"), re.M)
    assert len(commands) > 10
    assert [c for c in commands if c not in text] == []


@pytest.mark.parametrize("program,name", [
    ("certsync", "certsync.1"), ("certsyncd", "certsyncd.8"),
    ("certsync-connector-check", "certsync-connector-check.1")])
def test_every_option_is_described(program, name):
    options = set(re.findall(r"--[a-z-]+", output(BUILD / program, "--help"))) - {"--help"}
    assert options
    assert [o for o in sorted(options) if o not in page(name)] == []


def test_every_setting_is_described():
    wanted = SETTING.findall((ROOT / "docs" / "settings.md").read_text())
    text = expanded("docs/man/certsyncd.conf.5.scd").replace("\\_", "_")
    given = re.findall(r"^\*([a-z_]+)\* = ", text, re.M)
    assert len(wanted) > 50
    assert [s for s in wanted if given.count(s) < wanted.count(s)] == []


def test_exit_codes_are_described():
    header = (ROOT / "src/engine/daemon/daemon.h").read_text()
    codes = re.findall(r"#define DAEMON_\w+\s+(\d+)", header)
    assert len(codes) == 6
    assert [c for c in codes if "\n*%s*\n" % c not in page("certsyncd.8")] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_page_renders(path, tmp_path):
    roff = tmp_path / path.stem
    roff.write_text(subprocess.run(["scdoc"], input=expanded(path.relative_to(ROOT)), text=True,
                                   capture_output=True, timeout=60, check=True).stdout)
    man = subprocess.run(["man", "--warnings=w", "-E", "UTF-8", "-l", "-Tutf8", roff], text=True,
                         capture_output=True, timeout=60, check=True,
                         env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
    assert man.stderr == ""
    assert "SEE ALSO" in re.sub(r".\x08", "", man.stdout)
