# SPDX-License-Identifier: ISC
"""config/certsyncd.conf with every line of it switched on: complete, and accepted."""

import grp
import os
import pathlib
import re
import subprocess

import pytest

import plugins
from daemon import BUILD, DAEMON, ROOT

SAMPLE = (ROOT / "config/certsyncd.conf").read_text()
DOCS = (ROOT / "docs/connectors.md").read_text()
PLUGINS = plugins.names()
TABLE_H = (ROOT / "include/certsync/table.h").read_text()
LIB_H = "".join((ROOT / "connectors/lib" / name).read_text() for name in ("list.h", "pages.h"))
NAME = re.compile(r'{ \.name = "([a-z_.*]+)"')


def switched_on(text):
    return re.sub(r"^#(?=\[|[a-z])", "", text, flags=re.M)


def sections():
    """plug-in -> the settings of its sections."""
    found = {}
    for body in re.split(r"^\[connector \S+\]$", switched_on(SAMPLE), flags=re.M)[1:]:
        keys = re.findall(r"^([a-z_.]+[A-Z]*) = (.*)$", body, re.M)
        found.setdefault(dict(keys)["plugin"], set()).update(
            re.sub("[A-Z]+$", "*", k) for k, _ in keys)
    return found


def settings_of(plugin):
    """What its source declares, with what table.h, list.h and pages.h add."""
    source = "".join(path.read_text() for path in plugins.sources(plugin))
    names = set(NAME.findall(source))
    for macro in re.findall(r"^\t((?:CS_TABLE_\w+|LIST|PAGES)_SETTINGS)(?:\(.*\))?,$", source, re.M):
        text = (TABLE_H + LIB_H).split("#define %s" % macro)[1].split("\n\n")[0]
        names |= set(NAME.findall(text))
    return names


def test_settings_are_found():
    assert settings_of("texas_hub") == set()
    assert {"programs", "monthly_file"} <= settings_of("sam")
    assert {"format", "record", "type.map", "field.number", "paging"} <= settings_of("table")
    assert {"dataset", "type.map", "field.number", "status.pending"} <= settings_of("socrata")


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_registry_has_a_section(plugin):
    assert {"plugin", "body", "url"} <= sections()[plugin]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_setting_of_a_plugin_is_shown_and_described(plugin):
    shown = sections()
    anywhere = set().union(*shown.values())
    for name in settings_of(plugin):
        # Those that table-like plug-ins share need be shown at one of them only.
        assert name in (anywhere if '"%s"' % name in TABLE_H else shown[plugin]), name
        head = DOCS.split("## %s" % plugin)[1].split("\n## ")[0]
        shared = DOCS.split("## Tables")[1].split("\n## ")[0]
        assert "`%s`" % name.replace("*", "CODE") in head + shared or name.startswith("status."), name


def local(text, directory):
    """Its files and directories where this test may read them; nothing else changes."""
    for name in sorted(set(re.findall(r"credential:([a-z-]+)", text))):
        key = directory / name
        key.write_text("secret\n")
        key.chmod(0o600)
        text = text.replace("credential:" + name, "file:%s" % key)
    for path in sorted(set(re.findall(r"/etc/certsyncd/[a-z-]+\.(?:pem|key)", text))):
        (directory / pathlib.Path(path).name).write_text("")
        text = text.replace(path, str(directory / pathlib.Path(path).name))
    text = re.sub(r"^group = .*", "group = %s" % grp.getgrgid(os.getgid()).gr_name, text, flags=re.M)
    text = text.replace("/usr/lib/certsyncd/connectors", str(BUILD / "connectors"))
    return text.replace("/var/lib/certsyncd", str(directory))


def check(directory, text):
    config = directory / "certsyncd.conf"
    config.write_text(text)
    return subprocess.run([DAEMON, "-c", config, "-t"], capture_output=True, text=True, timeout=60)


def test_t_accepts_the_sample_as_shipped(tmp_path):
    run = check(tmp_path, local(SAMPLE, tmp_path))
    assert run.returncode == 0, run.stderr


def test_t_accepts_the_sample_switched_on(tmp_path):
    (tmp_path / "drop/sam").mkdir(parents=True)
    (tmp_path / "drop/nglcc").mkdir()
    (tmp_path / "drop/ohio").mkdir()
    text = local(switched_on(SAMPLE), tmp_path)
    assert len(re.findall(r"^\[connector ", text, re.M)) == 12
    run = check(tmp_path, text)
    assert run.returncode == 0, run.stderr
    # That it looks at them at all:
    run = check(tmp_path, text.replace("dataset = 8dxf-6ahp", "dataset = 8dxf"))
    assert run.returncode == 78 and "dataset" in run.stderr, run.stderr


# --- what is promised is read --------------------------------------------------------------

TABLE = (ROOT / "src/config/settings_table.c").read_text()
ROW = re.compile(r'{ "(\w+)", "([a-z_.]+)",(?:(?!\n\t{ ).)*?IN_(?:CONFIG|CONNECTOR)\((\w+)\)', re.S)
# What reads the files, and what hands a value out again, makes nothing of it.
READS_FILES = {"settings_table.c", "config.h"}


def readers(field):
    """Lines of the daemon that use a member, by name, but for those that only set it."""
    use = re.compile(r"(?:->|\.)%s(?:\b|\.)(?!\s*=[^=])" % re.escape(field))
    return [(path.name, line.strip()) for path in sorted((ROOT / "src").rglob("*.c"))
            if path.name not in READS_FILES for line in path.read_text().splitlines()
            if use.search(line)]


def test_every_setting_is_read():
    rows = ROW.findall(TABLE)
    assert len(rows) == len(re.findall(r'^\t{ "', TABLE, re.M)) > 60
    unread = ["[%s] %s" % (section, key) for section, key, field in rows if not readers(field)]
    assert unread == []
