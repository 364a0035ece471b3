# SPDX-License-Identifier: ISC
"""What the measurements share: a daemon on a registry of their own, and its peaks."""

import pathlib
import re
import subprocess
import sys
import time

CONFIG = """\
[daemon]
plugin_dir = {build}/connectors
state_dir = {directory}/state
log_level = debug

[redis]
url = embedded

[http]
listen = 127.0.0.1:0

[control]
socket = {directory}/control.sock

[connector {name}]
body = sba
interval = 24h
{settings}
"""


def configure(directory, build, name, settings):
    """settings: the connector's, as lines."""
    config = directory / "certsyncd.conf"
    config.write_text(CONFIG.format(build=build, directory=directory, name=name,
                                    settings=settings))
    return config


def wait_for(log, pattern, deadline_s=300):
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        found = re.search(pattern, log.read_text())
        if found:
            return found
        time.sleep(0.05)
    sys.exit("not within %d s: %s\n%s" % (deadline_s, pattern, log.read_text()))


def peak_mib(pid):
    status = pathlib.Path("/proc/%d/status" % pid).read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024


NAMES = ("first poll, s", "unchanged poll, s", "daemon's peak, MiB", "worker's peak, MiB")


def poll_twice(build, directory, config, name, records,
               started=lambda daemon: None, polled=lambda daemon: None):
    """Seconds of the first poll and of an unchanged one; peaks of daemon and worker in MiB.

    started and polled are called with the daemon's process before and after both.
    """
    log = directory / "log"
    with open(log, "wb") as sink:
        daemon = subprocess.Popen([build / "certsyncd", "-c", config], stderr=sink)
    try:
        wait_for(log, "loaded 0 badges")
        started(daemon)
        first = wait_for(log, r"poll 1 done in (\d+) ms: (\d+) records")
        assert int(first.group(2)) == records, first.group(0)
        subprocess.run([build / "certsync", "-s", directory / "control.sock", "sync", name,
                        "--wait"], check=True, stdout=subprocess.DEVNULL)
        second = wait_for(log, r"poll 2 done in (\d+) ms: (\d+) records, 0 differences")
        polled(daemon)
        worker = max(int(kib) for kib in re.findall(r"worker used (\d+) KiB", log.read_text()))
        return (int(first.group(1)) / 1000, int(second.group(1)) / 1000,
                peak_mib(daemon.pid), worker / 1024)
    finally:
        daemon.terminate()
        daemon.wait(20)


def report(names, values, limits):
    """Prints what was found; the exit code."""
    over = False
    for name, value, limit in zip(names, values, limits):
        over |= value > limit
        print("%-20s %8.2f   limit %6.0f   %s" % (name, value, limit,
                                                  "OVER" if value > limit else "ok"))
    return 1 if over else 0


def limits_add(parser, first_s, unchanged_s):
    """Their defaults are a few times what two cores need: only a real regression trips them."""
    parser.add_argument("--build", type=lambda p: pathlib.Path(p).resolve(),
                        default=pathlib.Path("build").resolve())
    parser.add_argument("--first-s", type=float, default=first_s)
    parser.add_argument("--unchanged-s", type=float, default=unchanged_s)
    parser.add_argument("--daemon-mib", type=float, default=64)
    parser.add_argument("--worker-mib", type=float, default=128)


def limits(arguments):
    return (arguments.first_s, arguments.unchanged_s, arguments.daemon_mib, arguments.worker_mib)
