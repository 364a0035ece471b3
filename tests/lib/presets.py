# SPDX-License-Identifier: ISC
"""The presets of docs/lists, the sample of each, and what must come of it."""

import re
import subprocess

from daemon import BUILD, DAEMON, ROOT

LISTS = ROOT / "docs/lists"
FIXTURES = ROOT / "tests/fixtures/lists"
NAMES = sorted(path.stem for path in LISTS.glob("*.conf"))
# Two that read one list in two forms: an operator has one of them.
ALTERNATIVES = {"us-nyc-sbs-directory"}
TOGETHER = [name for name in NAMES if name not in ALTERNATIVES]
SETTING = re.compile(r"^(\S+) = (.*?) +; (\S.*)$", re.M)
# The daemon's own of a connector, as settings.md has them; the others are the plug-in's.
OF_THE_DAEMON = set(re.findall(r"^\| `([a-z_.]+)` \|", (ROOT / "docs/settings.md").read_text().split(
    "## [connector NAME]")[1], re.M))


def samples():
    """preset, or preset.WHICH where it has several -> (file, content type)"""
    lines = (FIXTURES / "samples").read_text().splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    assert len({name for name, *_ in rows}) == len(rows)
    return {name: (FIXTURES / path, kind) for name, path, kind in rows}


def of(sample):
    """The preset that reads it."""
    return sample.split(".")[0]


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def configure(directory, names):
    """A daemon's configuration with these presets as drop-ins; their directories are there."""
    drop_ins = directory / "certsyncd.conf.d"
    drop_ins.mkdir()
    for name in names:
        text = (LISTS / (name + ".conf")).read_text()
        for path in re.findall(r"^url = file:///var/lib/certsyncd/(\S+)$", text, re.M):
            (directory / path).mkdir(parents=True, exist_ok=True)
        (drop_ins / (name + ".conf")).write_text(text.replace("/var/lib/certsyncd", str(directory)))
    config = directory / "certsyncd.conf"
    config.write_text("[daemon]\nplugin_dir = %s\nstate_dir = %s\n[redis]\nurl = embedded\n"
                      % (BUILD / "connectors", directory))
    return config


def settings(directory, names):
    """preset -> what it says, as the daemon reads it."""
    dump = run(DAEMON, "-c", configure(directory, names), "--dump-config")
    assert dump.returncode == 0, dump.stderr
    sections = dict(part.split("]\n", 1) for part in dump.stdout.split("[connector ")[1:])
    return {name: {key: value for key, value, source in SETTING.findall(sections[name] + "\n")
                   if source != "default"} for name in names}
