# SPDX-License-Identifier: ISC
"""What the alert rules say of pages that a real daemon has shown: promtool's tests
of rules, made from scrapes in place of series thought up by hand."""

import pathlib
import re
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "config/prometheus/certsyncd.rules.yml"
PHASE_MIN = 100         # a page stands for so long: longer than any `for`
TARGET = (("instance", "a"), ("job", "certsyncd"))


class Phase:
    """A page as it was at a time, by the daemon's clock; None: nobody answered.
    goes_on: what has been counted since the page before is counted every minute."""

    def __init__(self, page, now=None, goes_on=False):
        self.page = page
        self.now = time.time() if now is None else now
        self.goes_on = goes_on


def is_time(name):
    return name.endswith("_timestamp_seconds") or name == "process_start_time_seconds"


def value_at(phase, begin_min, key, name):
    """A phase's sample on promtool's clock, which begins at 0."""
    value = phase.page.samples.get(key)
    if value is not None and is_time(name):
        value += begin_min * 60 - phase.now
    return value


def is_counter(page, name):
    return page.types.get(name) == "counter"


def values_of(phases, key, length):
    name = key[0]
    values, last = [], None
    for number, phase in enumerate(phases):
        value = value_at(phase, number * length, key, name) if phase.page is not None else None
        if value is None:
            values.append("_x%d" % length)
            continue
        step = value - last if phase.goes_on and last is not None and \
            is_counter(phase.page, name) else 0
        values.append("%.3f%+.3fx%d" % (value, step, length - 1))
        last = value
    return " ".join(values)


def series(phases, length):
    keys = {key for phase in phases if phase.page is not None for key in phase.page.samples}
    for key in sorted(keys):
        labels = ",".join("%s='%s'" % pair for pair in (*key[1], *TARGET))
        yield "%s{%s}" % (key[0], labels), values_of(phases, key, length)
    up = " ".join("%dx%d" % (phase.page is not None, length - 1) for phase in phases)
    yield "up{%s}" % ",".join("%s='%s'" % pair for pair in TARGET), up


def scene(phases, length, at, severity, path):
    lines = ["rule_files: ['%s']" % RULES, "evaluation_interval: 1m", "tests:",
             "  - interval: 1m", "    input_series:"]
    lines += ['      - {series: "%s", values: "%s"}' % one for one in series(phases, length)]
    lines.append("    promql_expr_test:")
    for name in re.findall(r"- alert: (\w+)", RULES.read_text()):
        # Expected is that there is none: promtool then tells those there are.
        lines.append("      - {eval_time: %dm, expr: \"count(ALERTS{alertname='%s',"
                     "alertstate='firing',severity='%s'})\"}" % (at, name, severity))
    path.write_text("\n".join(lines) + "\n")


def firing(phases, directory, severity="page", minute=None, length=PHASE_MIN):
    """Names of the alerts of that severity that fire at a minute, by default at the
    end of the last phase; length: minutes that each page stands for."""
    path = pathlib.Path(directory) / "scene.test.yml"
    scene(phases, length, len(phases) * length - 1 if minute is None else minute, severity, path)
    result = subprocess.run(["promtool", "test", "rules", path], capture_output=True, text=True)
    said = result.stdout + result.stderr
    found = re.findall(r"expr: \"count\(ALERTS\{alertname='(\w+)'.*\n\s+exp:\s?nil\n\s+got:", said)
    assert result.returncode == (1 if found else 0), said
    return sorted(found)
