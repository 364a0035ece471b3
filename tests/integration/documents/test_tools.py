# SPDX-License-Identifier: ISC
"""The tools that judge everything else notice what they are for."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
GOOD = """[==========] Running 2 test(s).
[ RUN      ] test_a
[       OK ] test_a
[ RUN      ] test_b
[       OK ] test_b
[==========] 2 test(s) run.
[  PASSED  ] 2 test(s).
"""
BAD = """[==========] Running 3 test(s).
[       OK ] test_a
[  FAILED  ] test_b
[  SKIPPED ] test_c
[==========] 3 test(s) run.
[  PASSED  ] 1 test(s).
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] test_c
[  FAILED  ] 1 test(s), listed below:
[  FAILED  ] test_b
"""


def run_tests(tmp_path, *programs):
    """run-tests over scripts that print and exit: (name, text, code)."""
    (tmp_path / "tests").mkdir()
    for name, text, code in programs:
        path = tmp_path / "tests" / name
        path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\nexit {code}\n")
        path.chmod(0o755)
    run = subprocess.run([sys.executable, ROOT / "tools/run-tests", "--build", tmp_path, "--unit"],
                         capture_output=True, text=True)
    return run.returncode, run.stdout.splitlines()[-1], run.stdout


@pytest.mark.parametrize("programs, code, line", [
    ([("test_a", GOOD, 0)], 0, "2 passed, 0 failed"),
    ([("test_a", GOOD, 0), ("test_b", BAD, 1)], 1, "3 passed, 1 failed, 1 skipped"),
    ([("test_a", GOOD, 139)], 1, "2 passed, 1 failed"),     # died after its last case
    ([("test_a", "", 0)], 1, "0 passed, 1 failed"),         # ran no case at all
    ([], 1, "0 passed, 0 failed"),
])
def test_cases_are_counted(tmp_path, programs, code, line):
    got = run_tests(tmp_path, *programs)
    assert got[:2] == (code, line)


def test_output_of_failures_only(tmp_path):
    output = run_tests(tmp_path, ("test_good", GOOD, 0), ("test_bad", BAD, 1))[2]
    assert "RUN" not in output and "[  FAILED  ] test_b" in output


@pytest.fixture
def copy(tmp_path):
    """The parts of the tree that check-floors reads, to break."""
    for name in ("src", "include", "connectors", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("path, line, words", [
    ("src/base/buf.h", '#include "core/badge.h"', "no floor below"),
    ("src/core/name.c", '#include "io/loop.h"', "no floor below"),
    ("src/worker/child.c", '#include "engine/engine.h"', "no floor below"),
    ("src/engine/poll.c", "#include <curl/curl.h>", "belongs to src/io/http"),
    ("src/io/http.c", "#include <sqlite3.h>", "does not know"),
    ("connectors/sam.c", '#include "base/text.h"', "only headers beside it"),
    ("connectors/sam.c", "#include <jansson.h>", "include/certsync and libc only"),
    ("include/certsync/date.h", "#include <stdio.h>", "need nothing else"),
])
def test_floors(copy, path, line, words):
    check = [sys.executable, copy / "tools/check-floors"]
    assert subprocess.run(check, capture_output=True).returncode == 0
    with open(copy / path, "a") as file:
        file.write(line + "\n")
    run = subprocess.run(check, capture_output=True, text=True)
    assert run.returncode == 1 and path in run.stderr and words in run.stderr


def test_symbols(tmp_path):
    source = tmp_path / "x.c"
    source.write_text("int cs_connector_x; extern int other; int other;\n")
    for flags, code in (["-Dother=cs_connector_x"], 0), ([], 1):
        subprocess.run(["gcc", "-shared", "-fPIC", *flags, "-o", tmp_path / "x.so", source],
                       check=True)
        run = subprocess.run([ROOT / "tools/check-symbols", tmp_path / "x.so"],
                             capture_output=True, text=True)
        assert run.returncode == code
