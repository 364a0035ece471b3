# SPDX-License-Identifier: ISC
"""What a plug-in may not do fails its own poll and is called by its name.

All attempts, one by one, are in tests/unit/test_cage.c; here a whole daemon says so.
"""

import subprocess
import sys

from daemon import ROOT, cage_is_open
from test_hostile_connectors import hostile
from waiting import wait_until

CALLS = {"tcp": "socket", "open": "openat", "exec": "execve", "vfork": "clone", "kill": "kill",
         "create": "openat"}

# Runs argv on a kernel that knows no Landlock: its first call is answered ENOSYS.
NO_LANDLOCK = """
import ctypes, os, struct, sys
ENOSYS, CREATE_RULESET = 38, 444
code = [(0x20, 0, 0, 0), (0x15, 0, 1, CREATE_RULESET), (0x06, 0, 0, 0x00050000 | ENOSYS),
        (0x06, 0, 0, 0x7fff0000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
class Filter(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl.argtypes = [ctypes.c_int] + 4 * [ctypes.c_ulong]
filter = Filter(len(code), ctypes.addressof(program))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.addressof(filter), 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def burglars(registry):
    registry.script({"/bad": [{"body": "hello, world\n"}]})
    return {how: hostile(registry, "burglar", how, how) for how in CALLS}


def check(daemon):
    return daemon.control("health")["data"]["checks"]["cage"][0]


if cage_is_open():
    def test_a_build_without_cages_says_so(lab, market, registry, plugins):
        daemon = lab.daemon(burglars(registry), daemon={"plugin_dir": plugins})
        daemon.wait_log("cage: workers of this build have no cage: it is for tests")
        assert check(daemon)["observedValue"] == "open"
else:
    def test_a_refused_call_is_named(lab, market, registry, plugins):
        daemon = lab.daemon(burglars(registry), daemon={"plugin_dir": plugins})
        for how, call in CALLS.items():
            daemon.sync_fails(how)
            said = "the plug-in called %s, which connectors may not" % call
            wait_until(lambda h=how, s=said: s in market.connector(h).get("error", ""), 10)
        assert check(daemon)["status"] == "pass"

    def test_without_landlock_the_filter_stands(lab, market, registry, plugins):
        daemon = lab.daemon(burglars(registry), start=False, daemon={"plugin_dir": plugins})
        daemon.under = (sys.executable, "-c", NO_LANDLOCK)
        daemon.start()
        daemon.wait_log("cage: this kernel has no Landlock")
        assert daemon.log().count("no Landlock") == 1
        daemon.sync_fails("tcp")
        wait_until(lambda: "called socket" in market.connector("tcp").get("error", ""), 10)
        assert check(daemon)["status"] == "warn" and "no Landlock" in check(daemon)["output"]

    def test_a_library_that_workers_lack_is_named(lab, registry, tmp_path):
        tmp_path.chmod(0o755)
        subprocess.run(["gcc", "-shared", "-fPIC", "-I", ROOT / "include", "-o",
                        tmp_path / "simple.so", ROOT / "tests/connectors/simple.c",
                        "-Wl,--no-as-needed", "-lcurl"], check=True)
        daemon = lab.daemon({"needy": hostile(registry, "simple", "", "b")}, start=False,
                            daemon={"plugin_dir": tmp_path})
        result = daemon.run("-t")
        assert result.returncode == 78
        assert "libcurl.so.4: cannot open shared object file" in result.stderr
        assert "certsyncd-worker has already" in result.stderr
