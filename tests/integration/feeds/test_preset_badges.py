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
NO_NUMBER = "(no number)"
RECORD = re.compile(r'^record (\(no number\)|\S+) (\S+) (\w+)(?:.*? expires=(\S+))?'
                    r'.*? name="((?:[^"\\]|\\.)*)"', re.M)
OBSERVED = "us-il-bep"       # a list that is kept no more
VERIFIED = ("verified", "record_active")
LISTED = ("review", "listed_by_name")


def certified(sample):
    """(number, business name) -> categories of its types, and those in force, as its golden has them."""
    firms = {}
    golden = (presets.FIXTURES / (sample + ".golden")).read_text()
    for number, code, status, expires, firm in RECORD.findall(golden):
        named, in_force = firms.setdefault((number, firm), (set(), set()))
        named |= TYPES.get(code, set())
        if status == "active" and (expires or "9999") >= NOW[:10]:
            in_force |= TYPES.get(code, set())
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


def claim_all(market, lists):
    """Each firm claims all five categories; badge -> sample, number, and whether the list names
    that category for it, and in force."""
    claims = {}
    for sample, name in lists.items():
        lost = "number.zeros = ignore" in (presets.LISTS / (presets.of(sample) + ".conf")).read_text()
        for i, ((number, firm), (named, in_force)) in enumerate(certified(sample).items()):
            for category in CATEGORIES:
                badge = "%s-%d-%s" % (name, i, category)
                market.put(badge, body=name, category=category, business_name=firm,
                           number="-" if number == NO_NUMBER else
                           number.lstrip("0") if lost else number)
                claims[badge] = sample, number, category in named, category in in_force
    return claims


def test_badges(lab, lists):
    """A type in force verifies its categories and no other; a name leads to a person at most."""
    claims = claim_all(lab.market, lists)
    lab.settle()
    verdicts = {badge: lab.market.verdict(badge) for badge in claims}
    for badge, (sample, number, named, in_force) in claims.items():
        best = LISTED if number == NO_NUMBER else VERIFIED
        if sample == OBSERVED:
            assert verdicts[badge][0] == "self_reported", badge
        elif in_force:
            assert verdicts[badge] == best, badge
        else:
            assert verdicts[badge] != VERIFIED, badge
            assert named or verdicts[badge] != LISTED, badge
    for category in CATEGORIES:
        assert VERIFIED in {verdicts[b] for b in verdicts if b.endswith(category)}, category
