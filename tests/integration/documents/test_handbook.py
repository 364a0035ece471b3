# SPDX-License-Identifier: ISC
"""docs/operations.md names only what there is, and what it tells to type works."""

import os
import pathlib
import re
import subprocess

import pytest
import yaml

from store import RedisServer

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / os.environ.get("BUILD", "build")
DOCS = ROOT / "docs"
RULES = ROOT / "config" / "prometheus" / "certsyncd.rules.yml"
METRICS = DOCS / "metrics.md"
TEXT = (DOCS / "operations.md").read_text()
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```\n", re.S | re.M)
BLOCKS = [(m.group(2), re.sub("(?m)^" + m.group(1), "", m.group(3))) for m in FENCE.finditer(TEXT)]
PROSE = FENCE.sub("", TEXT)
CODE = re.findall(r"`([^`\n]+)`", PROSE)
# Words of the same form that are no settings: states, reasons, variables of the marketplace.
OTHER = {"store_lost", "no_connector", "hub_name", "aof_rewrite_in_progress"}


def blocks(kind):
    return [text for k, text in BLOCKS if k == kind]


def block(kind, word):
    [found] = [text for text in blocks(kind) if word in text]
    return found


def settings():
    """Every setting of the daemon and of its plug-ins."""
    tables = "".join((DOCS / n).read_text() for n in ("settings.md", "connectors.md"))
    manual = (DOCS / "man" / "certsyncd.conf.5.scd").read_text().replace("\\_", "_")
    return set(re.findall(r"^\| `([a-z_.]+)`", tables, re.M)) | \
        set(re.findall(r"\*((?:[a-z]+\.)?[a-z_]+)\*(?=,| = |\n)", manual))


def test_settings_exist():
    known = settings()
    named = {w for c in CODE for w in re.findall(r"^([a-z_.]+)(?: \+?= .*)?$", c) if "_" in w}
    metrics = {w for w in named if w.startswith("certsync_")}
    assert len(named) > 20
    assert named - metrics - known - OTHER == set()


def test_commands_exist():
    usage = subprocess.run([BUILD / "certsync", "--help"], capture_output=True, text=True, check=True).stdout
    known = {" ".join(m) for m in re.findall(r"^  ([a-z]+)(?: (put|delete|hide|show|recheck|import))?", usage, re.M)}
    known = {k.strip() for k in known}
    lines = CODE + [line for text in blocks("sh") for line in text.splitlines()]
    used = [re.sub("--json ", "", m) for line in lines for m in
            re.findall(r"(?:^|[;&|(] *)certsync ((?:--json )?[a-z]+(?: [a-z]+)?)", line)]
    assert len(used) > 30
    assert [u for u in used if u not in known and u.split()[0] not in known] == []
    assert [u for u in used if u.split()[0] == "claim" and u not in known] == []


def test_options_exist():
    for program in ("certsync", "certsyncd"):
        usage = subprocess.run([BUILD / program, "--help"], capture_output=True, text=True, check=True).stdout
        lines = CODE + [line for text in blocks("sh") for line in text.splitlines()]
        options = {o for line in lines for m in re.findall(r"(?:^|[;&|(] *)%s ([^|;&]*)" % program, line)
                   for o in re.findall(r"(?<!\S)--?[a-z-]+", m)}
        assert options
        assert {o for o in options if o not in usage} == set()


def test_every_alert_has_its_section():
    rules = yaml.safe_load(RULES.read_text())
    alerts = {r["alert"] for g in rules["groups"] for r in g["rules"]}
    sections = re.findall(r'^<a id="(Certsync\w+)"></a>\n#### (\w+)$', TEXT, re.M)
    assert [a for a, b in sections if a != b] == []
    assert {a for a, _ in sections} == alerts
    assert set(re.findall(r"\bCertsync[A-Z]\w+", TEXT)) - alerts == set()
    pages = TEXT[TEXT.index("\n### Pages\n"):TEXT.index("\n### Tickets\n")]
    assert set(re.findall(r'<a id="(\w+)"', pages)) == \
        {r["alert"] for g in rules["groups"] for r in g["rules"] if r["labels"]["severity"] == "page"}


def test_metrics_exist():
    known = set(re.findall(r"^\| `(certsync_\w+)`", METRICS.read_text(), re.M))
    assert {w for c in CODE for w in re.findall(r"\bcertsync_\w+", c)} - known == set()


def slug(heading):
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_links_lead_somewhere():
    anchors = {slug(h) for h in re.findall(r"^#+ (.*)$", PROSE, re.M)} | set(re.findall(r'<a id="(\w+)"', TEXT))
    for link in re.findall(r"\]\(([^)]+)\)", PROSE):
        if link.startswith("#"):
            assert link[1:] in anchors, link
        elif not link.startswith("https:"):
            assert (DOCS / link).exists(), link


def test_sample_sections_are_taken(tmp_path):
    """All configuration of the handbook at once, with files where systemd hands secrets over."""
    config = tmp_path / "certsyncd.conf"
    parts = tmp_path / "certsyncd.conf.d"
    parts.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("secret")
    secret.chmod(0o600)
    config.write_text("[daemon]\nplugin_dir = %s/connectors\nstate_dir = %s\n" % (BUILD, tmp_path))
    (tmp_path / "drop/nglcc").mkdir(parents=True)
    texts = [t.replace("/var/lib/certsyncd", str(tmp_path)) for t in blocks("ini")
             if "rediss:" not in t]
    assert sum("[connector " in t for t in texts) >= 5
    for i, text in enumerate(texts):
        (parts / ("%02d.conf" % i)).write_text(re.sub(r"credential:\S+", "file:%s" % secret, text))
    result = subprocess.run([BUILD / "certsyncd", "-c", config, "-t"], capture_output=True, text=True,
                            timeout=60, env={})
    assert result.returncode == 0, result.stderr
    assert "ok, 6 connectors" in result.stdout + result.stderr


def test_tls_settings_are_taken(tmp_path):
    config = tmp_path / "certsyncd.conf"
    config.write_text(re.sub(r"(credential|/etc/certsyncd)[^\n]+", "file:/dev/null", block("ini", "rediss:")))
    keys = re.findall(r"^(\w+) =", config.read_text(), re.M)
    assert set(keys) <= settings()


@pytest.fixture
def accounts(tmp_path):
    """The handbook's commands for passwords, run on files of the test."""
    commands = block("sh", "SHA256-OF-THE-PASSWORD").replace("-o redis -g redis ", "")
    commands = commands.replace("systemctl restart redis-server", "")
    for path, ours in (("/usr/share/certsyncd/redis.acl", ROOT / "config" / "redis.acl"),
                       ("/etc/redis/", "%s/" % tmp_path), ("/etc/certsyncd/credentials", tmp_path / "c")):
        commands = commands.replace(path, str(ours))
    assert "/etc/" not in commands
    subprocess.run(["bash", "-euc", commands], check=True, timeout=60)
    return tmp_path


def test_the_accounts_are_set_up_as_described(accounts):
    server = RedisServer()
    server.acl.write_text((accounts / "users.acl").read_text())
    passwords = {p.name[len("redis-"):]: p.read_text() for p in (accounts / "c").iterdir()}
    assert (accounts / "c").stat().st_mode & 0o077 == 0
    assert len(set(passwords.values())) == 6
    server.client = server.connect("admin", passwords["admin"])
    try:
        server.start()
        for user, word in passwords.items():
            assert server.connect(user, word).ping()
        assert len(server.client.acl_list()) == 7
    finally:
        server.stop()
