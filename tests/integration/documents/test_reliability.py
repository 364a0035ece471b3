# SPDX-License-Identifier: ISC
"""docs/reliability.md and the tests name the same faults."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[3]
ROW = re.compile(r"^\| ([FT]\d+) \|([^|]+)\|([^|]+)\|([^|]+)\|$", re.M)
ROWS = ["F%d" % i for i in range(1, 17)] + ["T%d" % i for i in range(1, 5)]


def table():
    return ROW.findall((ROOT / "docs" / "reliability.md").read_text())


def existing():
    names = []
    for path in (ROOT / "tests" / "integration").rglob("test_*.py"):
        names += re.findall(r"^def (test_\w+)\(", path.read_text(), re.M)
    return names


def test_every_row_is_described_once():
    assert [row for row, *_ in table()] == ROWS
    for row, fault, behaviour, _ in table():
        assert fault.strip() and behaviour.strip().endswith("."), row


def test_every_row_has_tests_that_exist():
    known = existing()
    for row, _, _, tests in table():
        named = re.findall(r"`(\w+)`", tests)
        assert named, row
        for name in named:
            assert name.startswith("test_%s_" % row) and name in known, (row, name)


def test_every_numbered_test_is_in_the_table():
    numbered = {n for n in existing() if re.match(r"test_[FT]\d+_", n)}
    assert numbered == set(re.findall(r"`(test_\w+)`", "".join(row[3] for row in table())))
