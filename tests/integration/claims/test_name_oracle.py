# SPDX-License-Identifier: ISC
"""Our Jaro-Winkler against python3-jellyfish's, over words and random text."""

import os
import pathlib
import random
import subprocess

import jellyfish
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = os.path.join(ROOT, os.environ.get("BUILD", "build"), "tests", "test_name")


def pairs():
    rng = random.Random(20270301)
    words = []
    with open(os.path.join(ROOT, "tests/fixtures/names/made/pairs.tsv"), encoding="utf-8") as f:
        for line in f:
            if line[0] != "#":
                words += [w.lower() for w in line.split("\t", 1)[1].split() if w.isascii()]
    for _ in range(3000):
        yield rng.choice(words), rng.choice(words)
    for _ in range(3000):
        word = list(rng.choice(words))
        other = list(word)
        for _ in range(rng.randint(0, 3)):
            at = rng.randrange(len(other))
            other[at:at + rng.randint(0, 2)] = rng.choice("abcdefgh")
        yield "".join(word), "".join(other)
    for _ in range(3000):
        yield tuple("".join(rng.choices("ab cd", k=rng.randint(1, 40))) for _ in range(2))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_jaro_winkler_agrees():
    cases = list(pairs())
    text = "".join(f"{a}\t{b}\n" for a, b in cases)
    answer = subprocess.run([BINARY, "--jaro-winkler"], input=text, text=True,
                            capture_output=True, check=True).stdout.split()
    assert len(answer) == len(cases)
    wrong = [(a, b, ours) for (a, b), ours in zip(cases, answer)
             if abs(float(ours) - jellyfish.jaro_winkler_similarity(a, b)) > 1e-6]
    assert wrong == []
