# SPDX-License-Identifier: ISC
"""/metrics as Prometheus reads it; the rules, the dashboard and the page of docs that go with it."""

import json
import pathlib
import re
import subprocess

import pytest
import yaml

from daemon import COMMAND
from feeds import Rec, day
from metrics import scrape
from waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
RULES = ROOT / "config/prometheus/certsyncd.rules.yml"
DASHBOARD = ROOT / "config/grafana/certsyncd.json"
FIRM = "Plain Sailing Works"


@pytest.fixture
def source(lab):
    source = lab.source("texas")
    source.publish([Rec(source.number(i), FIRM, source.type, expires=day(300)) for i in range(5)])
    return source


@pytest.fixture
def busy(lab, source):
    """A daemon with something in nearly every family."""
    lab.clock.noon()
    settings = dict(source.settings(), daily_budget="100", credential_expires=str(day(30)))
    daemon = lab.daemon({"r7": settings})
    source.name = "r7"
    daemon.sync("r7")
    for i in range(3):
        lab.market.put("b%d" % i, source, number=source.number(i), business_name=FIRM)
    lab.market.put("odd", source, number=source.number(4), business_name="Nobody Else")
    lab.market.command("nonsense", "x", "p")
    lab.settle(daemon)
    return daemon


def test_what_happened_is_counted(lab, busy, source):
    m = scrape(busy)
    assert m("certsync_ready") == m("certsync_alive") == m("certsync_store_up") == 1
    assert m("certsync_badges", status="verified") == 3
    assert m("certsync_badges", status="review") == 1
    assert m("certsync_connector_badges", connector="r7", status="verified") == 3
    assert m("certsync_badge_transitions_total", **{"from": "new", "to": "verified"}) == 3
    assert m("certsync_commits_total", result="ok") == 4
    assert m("certsync_events_published_total") == len(lab.market.events())
    assert m("certsync_claims_total", stream="claims", result="applied") == 4
    assert m("certsync_claims_total", stream="claims", result="rejected") == 1
    assert m("certsync_connector_records", connector="r7") == 5
    assert m("certsync_connector_up", connector="r7") == 1
    assert m("certsync_http_requests_total", connector="r7", code_class="2xx") >= 1
    assert m("certsync_http_received_bytes_total", connector="r7") > 100
    assert m("certsync_budget_remaining_requests", connector="r7") < 100
    assert m("certsync_poll_duration_seconds_count", connector="r7") == \
        m("certsync_poll_duration_seconds_bucket", connector="r7", le="+Inf") >= 1
    assert m("process_open_fds") > 5 and m("process_resident_memory_bytes") > 1e6

    source.publish([Rec(source.number(i), FIRM, source.type, expires=day(300),
                        status="decertified") for i in range(5)])
    busy.sync("r7", expect=("committed", "held"))
    lab.settle(busy)
    after = scrape(busy)
    revoked = [k for k, b in lab.market.badges().items() if b["status"] == "revoked"]
    assert after("certsync_badges", status="revoked") == len(revoked)
    worse = sum(1 for badge in revoked if badge != "odd")   # that one was in review
    assert after("certsync_badges_worsened_total", cause="poll") == worse
    # Every one of three would have got worse: the guard holds them.
    assert after("certsync_connector_held", connector="r7") == 1
    assert after("certsync_connector_held_changes", connector="r7") == 3 and worse == 0
    assert b"wait" in busy.http("/readyz/source:r7")[1]
    source.outage()
    busy.sync_fails("r7")
    after = scrape(busy)
    assert after("certsync_connector_up", connector="r7") == 0
    assert after("certsync_polls_total", connector="r7", kind="full", result="failed") == 1
    assert after("certsync_http_requests_total", connector="r7", code_class="5xx") == 1


def test_groups_are_sampled_and_bounded(lab, busy):
    market = lab.market
    stream = market.key("{0}", "events")
    market.redis.xgroup_create(stream, "search", "0")
    market.redis.xgroup_create(stream, 'od"d\n\\name', "$")
    market.redis.xreadgroup("search", "c", {stream: ">"}, count=1)
    for i in range(40):
        market.redis.xgroup_create(stream, "many-%d" % i, "0")
    busy.stop()     # a start reads it all, and so nobody waits 30 s
    busy.start()
    m = wait_until(lambda: (lambda m: m if m("certsync_sample_timestamp_seconds") else None)(
        scrape(busy)), 10)
    assert m("certsync_stream_entries") == market.redis.xlen(stream)
    # Redis lists groups in an order of its own.
    named = {dict(labels)["group"] for name, labels in m.samples
             if name == "certsync_stream_group_lag"}
    assert len(named) == 32 and m("certsync_stream_groups_unlisted") == 10
    lag = market.redis.xlen(stream)
    for group in named:
        if group.startswith("many"):
            assert m("certsync_stream_group_lag", group=group) == lag
        if group == "search":
            assert m("certsync_stream_group_pending", group=group) == 1
            assert m("certsync_stream_group_lag", group=group) == lag - 1
    lab.check_at_end = False
    market.redis.xtrim(stream, 0)


def test_a_reload_is_told(lab, busy):
    before = scrape(busy)
    assert before("certsync_config_last_reload_successful") == 1
    good = busy.config.read_text()
    busy.config.write_text(good + "[daemon]\nnonsense = 1\n")
    busy.reload()
    wait_until(lambda: scrape(busy)("certsync_config_last_reload_successful") == 0, 10)
    assert busy.http("/readyz/config")[0] == 200
    busy.config.write_text(good)
    busy.reload()
    wait_until(lambda: scrape(busy)("certsync_config_last_reload_successful") == 1, 10)
    # A counter of a connector that stays goes on.
    assert scrape(busy)("certsync_polls_total", connector="r7", kind="full", result="committed") >= \
        before("certsync_polls_total", connector="r7", kind="full", result="committed")


def test_labels_cannot_be_shared(lab, source):
    other = lab.source("nglcc-csv-http")
    daemon = lab.daemon({"a": dict(source.settings(), label="same"),
                         "b": dict(other.settings(), label="same")}, start=False)
    lab.check_at_end = False
    result = daemon.run("-t")
    assert result.returncode == 78 and "same label" in result.stderr


def test_promtool_finds_nothing(busy):
    result = subprocess.run(["promtool", "check", "metrics"], input=scrape(busy).text, text=True,
                            capture_output=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_each_metric_is_documented(busy):
    m = scrape(busy)
    rows = re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \| ([\w, ]*) \| (.+) \|$",
                      (ROOT / "docs/metrics.md").read_text(), re.M)
    assert {name: kind for name, kind, _, _ in rows} == m.types
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", m.text, re.M))
    for name, _, labels, meaning in rows:
        assert meaning == helps[name]
        # Groups, and times of what has not happened, have no sample here.
        if m.labels[name]:
            assert m.labels[name] == set(filter(None, labels.split(", "))), name


def names_in(expression):
    expression = re.sub(r'"[^"]*"', '""', expression)
    expression = re.sub(r"\b(by|on|without)\s*\([^)]*\)", "", expression)
    return {n for n in re.findall(r"\b(?:certsync|process)_\w+", expression)}


def families(names):
    return {re.sub(r"_(bucket|sum|count)$", "", n) for n in names}


def test_rules_and_dashboard_use_metrics_that_exist(busy):
    known = set(scrape(busy).types)
    rules = RULES.read_text()
    used = names_in("\n".join(line for line in rules.splitlines()
                              if not re.match(r"\s*(summary|run|#)", line)))
    assert used and families(used) <= known, families(used) - known
    dashboard = json.loads(DASHBOARD.read_text())
    panels = dashboard["panels"]
    assert dashboard["uid"] and dashboard["schemaVersion"] >= 36
    assert len({p["id"] for p in panels}) == len(panels) > 10
    places = [(x, y) for g in (p["gridPos"] for p in panels)
              for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])]
    assert len(set(places)) == len(places) and max(x for x, _ in places) < 24
    for panel in panels:
        for target in panel["targets"]:
            assert target["datasource"] == panel["datasource"] == {"type": "prometheus",
                                                                   "uid": "${datasource}"}
            names = names_in(target["expr"])
            assert names and families(names) <= known, (panel["title"], families(names) - known)


def test_promtool_understands_the_dashboard(tmp_path):
    panels = json.loads(DASHBOARD.read_text())["panels"]
    queries = [t["expr"].replace("$instance", ".*") for p in panels for t in p["targets"]]
    rules = [{"record": "x%d" % i, "expr": query} for i, query in enumerate(queries)]
    path = tmp_path / "dashboard.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    result = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_each_alert_names_one_command_that_exists():
    text = RULES.read_text()
    alerts = re.findall(r"- alert: (\w+)(.*?)(?=\n\s*- alert:|\n  - name:|\Z)", text, re.S)
    docs = (ROOT / "docs/metrics.md").read_text()
    help_text = subprocess.run([COMMAND, "--help"], capture_output=True, text=True).stdout
    assert len(alerts) >= 15
    for name, body in alerts:
        assert re.search(r"severity: (page|ticket)\b", body), name
        command, = re.findall(r"^\s*run: (.+)$", body, re.M)
        assert "\n" not in command
        if command.startswith("certsync "):
            assert re.search(r"^  %s\b" % command.split()[1], help_text, re.M), command
        else:
            assert command.split()[0] in ("systemctl", "journalctl", "certsyncd"), command
        assert "| `%s` |" % name in docs, name


def test_each_alert_is_tested_both_ways():
    """That it fires, and that it does not; tools/check-monitoring runs the tests."""
    said = {False: set(), True: set()}
    for path in (ROOT / "tests/prometheus").glob("*.test.yml"):
        for test in yaml.safe_load(path.read_text())["tests"]:
            for one in test["alert_rule_test"]:
                said[bool(one.get("exp_alerts"))].add(one["alertname"])
    names = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    assert said[True] == said[False] == names


def test_the_catalog_has_each_message_id():
    table = dict(re.findall(r'X\((\w+),\s+"([0-9a-f]{32})"\)',
                            (ROOT / "src/base/log_ids.h").read_text()))
    catalog = (ROOT / "systemd/certsyncd.catalog").read_text()
    entries = re.findall(r"^# (\w+)\n-- ([0-9a-f]{32})\nSubject: .+\nDefined-By: certsyncd\n",
                         catalog, re.M)
    assert len(table) >= 20
    assert {name.lower(): i for name, i in table.items()} == dict(entries)
    sources = "".join(p.read_text() for p in (ROOT / "src").rglob("*.c"))
    for name in table:
        assert re.search(r"log_event\(%s,|LOG_ID_%s\b" % (name, name), sources), \
            "nobody logs " + name
