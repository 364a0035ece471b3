# SPDX-License-Identifier: ISC
"""The presets of docs/lists in a daemon, and who gets which badge of them."""

import re

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


def test_badges(lab):
    """Each firm claims all five categories, and gets those that its types confirm."""
    said = presets.settings(lab.directory, presets.TOGETHER)
    for name in presets.TOGETHER:
        path = lab.directory / (name + ".list")
        sources.replace(path, presets.samples()[name][0].read_bytes())
        said[name].update(url="file://%s" % path, min_records="1")
    lab.clock.set(NOW)
    daemon = lab.daemon(said)
    expected = {}
    for name in presets.TOGETHER:
        daemon.sync(name)
        for i, ((number, firm), categories) in enumerate(certified(name).items()):
            for category in CATEGORIES:
                badge = "%s-%d-%s" % (name, i, category)
                lab.market.put(badge, body=said[name]["body"], category=category, number=number,
                               business_name=firm)
                expected[badge] = category in categories
    lab.settle()
    verified = {badge: lab.market.verdict(badge)[0] == "verified" for badge in expected}
    assert verified == expected
    for category in CATEGORIES[:4]:
        assert any(expected[badge] for badge in expected if badge.endswith(category)), category
