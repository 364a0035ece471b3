# SPDX-License-Identifier: ISC
"""The presets of docs/lists in a daemon, and who gets which badge of them."""

import re

import pytest

import presets
import sources
from daemon import ROOT

NOW = "2027-01-20T12:00:00Z"
CATEGORIES = ("minority", "woman", "veteran", "disability", "lgbtq")
TYPES = {code: set(categories.split(",")) & set(CATEGORIES) for code, categories in re.findall(
    r"^([A-Z0-9-]+) +(\S+)", (ROOT / "config/types.conf").read_text(), re.M)}
RECORD = re.compile(r'^record (\S+) (\S+) (\w+)(?:.*? expires=(\S+))?.*? name="((?:[^"\\]|\\.)*)"', re.M)


def certified(name):
    """(number, business name) -> categories of its types in force, as the golden has them."""
    firms = {}
    golden = (presets.FIXTURES / (name + ".golden")).read_text()
    for number, code, status, expires, firm in RECORD.findall(golden):
        categories = firms.setdefault((number, firm), set())
        if status == "active" and (expires or "9999") >= NOW[:10]:
            categories |= TYPES.get(code, set())
    return firms


def preset(sample, name, url):
    """Its preset under another name, for a body of its own, whatever its list's size."""
    text = (presets.LISTS / (presets.of(sample) + ".conf")).read_text()
    text = re.sub(r"^(?:label|min_records) = .*\n", "", text, flags=re.M)
    for line, new in ((r"\[.*\]", "[connector %s]" % name), ("body = .*", "body = " + name),
                      ("url = .*", "url = " + url)):
        text = re.sub("^%s$" % line, new, text, flags=re.M)
    return text


@pytest.fixture
def lists(lab):
    """A daemon with all of them; sample -> its connector."""
    names = {sample: sample.replace(".", "-") for sample in presets.samples()}
    lab.clock.set(NOW)
    daemon = lab.daemon({name: {"plugin": "table"} for name in names.values()}, start=False)
    drop_ins = daemon.directory / "certsyncd.conf.d"
    drop_ins.mkdir()
    for sample, (path, _) in presets.samples().items():
        copy = lab.directory / (sample + ".list")
        sources.replace(copy, path.read_bytes())
        (drop_ins / (sample + ".conf")).write_text(
            preset(sample, names[sample], "file://%s" % copy))
    daemon.start()
    for name in names.values():
        daemon.sync(name)
    return names


def test_badges(lab, lists):
    """Each firm claims all five categories, and gets those that its types confirm."""
    expected = {}
    for sample, name in lists.items():
        for i, ((number, firm), categories) in enumerate(certified(sample).items()):
            for category in CATEGORIES:
                badge = "%s-%d-%s" % (name, i, category)
                lab.market.put(badge, body=name, category=category, number=number,
                               business_name=firm)
                expected[badge] = category in categories
    lab.settle()
    verified = {badge: lab.market.verdict(badge)[0] == "verified" for badge in expected}
    assert verified == expected
    for category in CATEGORIES:
        assert any(expected[badge] for badge in expected if badge.endswith(category)), category
