# SPDX-License-Identifier: ISC
"""A long answer is streamed: less memory than it has bytes (the measurement, cut short)."""

import re
import subprocess
import sys

from daemon import BUILD, ROOT

FIRMS, ROW_BYTES, LIMIT_MIB = 6000, 12000, 48


def test_a_long_answer_is_streamed():
    run = subprocess.run(
        [sys.executable, ROOT / "tests/bench/sbs_170mb.py", "--build", BUILD,
         "--firms", str(FIRMS), "--row-bytes", str(ROW_BYTES), "--daemon-mib", str(LIMIT_MIB),
         "--worker-mib", str(LIMIT_MIB)], capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stdout + run.stderr
    longest = max(float(mb) for mb in re.findall(r"([\d.]+) MB", run.stdout))
    assert longest > 1.3 * LIMIT_MIB
