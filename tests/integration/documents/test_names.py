# SPDX-License-Identifier: ISC
"""What a document names is there: files as `make install` puts them, keys as the daemon writes them."""

import os
import pathlib
import re
import subprocess

import pytest

from firms import Firms

ROOT = pathlib.Path(__file__).resolve().parents[3]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/man/*.scd"),
             ROOT / "docs/asyncapi.yaml", *ROOT.glob("examples/*.md"), *ROOT.glob("config/*.*"),
             *ROOT.glob("config/prometheus/*"), *ROOT.glob("systemd/*")]
# Below these nothing is anybody else's.
OURS = ("/usr/share/certsyncd", "/usr/lib/certsyncd", "/usr/share/doc/certsyncd",
        "/usr/lib/systemd/catalog/certsyncd", "/usr/lib/systemd/system/certsyncd", "/usr/sbin/certsync",
        "/usr/bin/certsync", "/usr/include/certsync")
# The end of a name in a manual page's markup, or of a sentence.
MARKUP = "*_.,:;`'\")"


def named(pattern):
    """(name, document) of all that matches."""
    return sorted({(name.rstrip(MARKUP), path.relative_to(ROOT))
                   for path in DOCUMENTS for name in re.findall(pattern, path.read_text())})


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installed():
    """What would be installed below /usr."""
    rows = subprocess.run(
        ["make", "-s", "-f", "Makefile", "-f", "-", "--no-print-directory", "rows", "PREFIX=/usr"],
        input="rows:\n\t@echo $(INSTALLED)\n", cwd=ROOT, capture_output=True, text=True, check=True)
    paths = {pathlib.PurePath(row) for row in rows.stdout.split()}
    return paths | {parent for path in paths for parent in path.parents}


def test_files_of_ours_are_installed(installed):
    names = [(name, where) for name, where in named(r"/usr/[A-Za-z0-9_./-]+")
             if name.startswith(OURS) and not re.search("[A-Z]{4}", name)]
    assert len({name for name, _ in names}) >= 10
    assert [(name, str(where)) for name, where in names
            if pathlib.PurePath(name) not in installed] == []


def test_documents_find_each_other_where_they_are_installed(installed):
    home = pathlib.PurePath("/usr/share/doc/certsyncd")
    for page in [*ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")]:
        place = home / page.relative_to(ROOT / "docs" if page.is_relative_to(ROOT / "docs") else ROOT)
        assert place in installed
        for name in re.findall(r"\]\(([A-Za-z0-9_./-]+)", page.read_text()):
            target = pathlib.PurePath(os.path.normpath(place.parent / name))
            assert target in installed or not name.endswith((".md", ".py", ".mjs")), (page, name)


def test_packages_bring_what_is_installed(installed):
    """Documents are given to the packages one by one."""
    given = {line.split()[0] for path in [*ROOT.glob("debian/*.docs"), *ROOT.glob("debian/*.install")]
             for line in path.read_text().splitlines() if line}
    for page in ROOT.glob("docs/*.md"):
        assert str(page.relative_to(ROOT)) in given, page
    assert "docs/lists" in given
    assert {"examples/README.md", "examples/consumers.acl"} <= given


def test_files_of_the_tree_are_there():
    top = "(?:%s)" % "|".join(p.name for p in ROOT.iterdir()
                              if p.is_dir() and not p.name.startswith((".", "build")))
    names = [(name, where) for name, where in named(r"(?<![\w./-])%s/[a-z0-9_./-]+" % top)
             if "acme" not in name]         # which its reader writes
    assert len(names) > 20
    assert [(name, str(where)) for name, where in names if not list(ROOT.glob(name.rstrip("/") + "*"))] == []


# --- keys -----------------------------------------------------------------------------------------


def key_pattern(name):
    """{p} and {*}: a partition; ID, NAME: one word; a star: anything."""
    name = re.sub(r"\{(p|\*|[0-9]+)\}", "{P}", name)
    parts = re.split(r"(\{P\}|\*|(?<=:)[A-Z]+\b|(?<=:)b[0-9]+$)", name)
    return "".join({"{P}": r"\{\d+\}", "*": ".*"}.get(part, re.escape(part) if i % 2 == 0 else "[^:]+")
                   for i, part in enumerate(parts))


def test_keys_are_those_of_a_store_in_use(lab, market):
    firms = Firms(lab, 3)
    firms.recs[1].name = "Entirely Different Holdings"
    firms.turn([2])
    firms.sync("committed")
    market.command("put", "b09", "p-b09")           # lacks everything
    market.command("erase", None, "p-b02", stream="staff")
    market.settle()
    keys = market.redis.keys("*")
    names = [(name.replace("OLDNAME", "NAME"), where)
             for name, where in named(r"(?<!urn:)certsync:[{}A-Za-z0-9:_*]+") if name != "certsync"]
    assert len({name for name, _ in names}) >= 15
    missing = [(name, str(where)) for name, where in names
               if not any(re.match(key_pattern(name) + "(:|$)", key) for key in keys)]
    assert missing == [], sorted(keys)
