# SPDX-License-Identifier: ISC
"""The page /metrics, read without any library."""

import re

SAMPLE = re.compile(r'([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Metrics:
    """Families and samples; m("name", label="value") is the value, or None."""

    def __init__(self, text):
        self.text = text
        self.types, self.labels, self.samples = {}, {}, {}
        family = None
        for line in text.splitlines():
            if line.startswith("# HELP "):
                family = line.split(" ", 3)[2]
                assert family not in self.types, "two families " + family
                self.types[family] = None
                self.labels[family] = set()
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name == family
                self.types[name] = kind
            else:
                name, labels, value = SAMPLE.fullmatch(line).groups()
                found = LABEL.findall(labels or "")
                assert name.startswith(family), line
                key = (name, tuple(sorted(found)))
                assert key not in self.samples, "two samples " + line
                self.samples[key] = float(value)
                self.labels[family] |= {k for k, _ in found} - {"le"}

    def __call__(self, name, **labels):
        return self.samples.get((name, tuple(sorted(labels.items()))))


def scrape(daemon):
    status, body, headers = daemon.http("/metrics")
    assert status == 200
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert body.endswith(b"\n")
    return Metrics(body.decode())
