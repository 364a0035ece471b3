# SPDX-License-Identifier: ISC
"""Runs inside the container as root: certsyncd under systemd, with a real Redis.

Each step prints a line; the last line is "N passed, N failed".  Steps build on
one another; one that fails prints why, and the rest go on as far as they can.
"""

import datetime
import errno
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
import urllib.request

sys.path.insert(0, "/srv/certsync")

from registry import Registry  # noqa: E402

FIXTURES = pathlib.Path("/srv/certsync/fixtures")
TEXAS = FIXTURES / "texas_hub" / "made" / "hub_name.latin1.csv"
SAM = FIXTURES / "sam" / "made" / "entity_v3_with_sba.json"
CONF = pathlib.Path("/etc/certsyncd/certsyncd.conf.d/10-test.conf")
DROP_IN = pathlib.Path("/etc/systemd/system/certsyncd.service.d")
DROP = pathlib.Path("/var/lib/certsyncd/drop/nglcc")
PASSWORD = "canary-of-redis-5c1"
API_KEY = "canary-of-sam-9f2"
DEBS = sorted(str(p) for p in pathlib.Path("/srv/certsync/debs").glob("*.deb"))
WATCHDOG_S = 4
WAIT_S = 20             # for anything that should take a moment

CONFIG = """\
[redis]
url = redis://127.0.0.1:6379/0
username = default
password = credential:redis-password

[connector texas]
plugin = texas_hub
body = texas-hub
url = http://127.0.0.1:{port}/texas/hub_name.csv
timezone = America/Chicago
interval = 1h

[connector sba]
plugin = sam
body = sba
url = http://127.0.0.1:{port}/sam
api_key = credential:sam-api-key
credential_expires = {expires}
extract_delay = 1ms
interval = 1h

[connector nglcc]
plugin = nglcc
body = nglcc
url = file:///var/lib/certsyncd/drop/nglcc/
settle = 0
type = LGBTBE
interval = 1h
field.number = Certification Number
field.business_name = Company Name
field.expires_on = Expiration Date
field.status = Status
"""

# What a plug-in tries: the call that is named, or None and the error it is answered.
BURGLARIES = {how: (None if call == "NULL" else call.strip('"'), getattr(errno, error, 0))
              for how, call, error in re.findall(
                  r'X\("([^"]+)", (NULL|"[^"]*"), (\w+), \w+\)',
                  pathlib.Path("/srv/certsync/burglaries.h").read_text())}
BURGLAR = pathlib.Path("/usr/lib/certsyncd/connectors/burglar.so")

steps = []


def step(f):
    steps.append(f)
    return f


# --- asking ---------------------------------------------------------------------------

def run(*argv, check=True, **more):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, **more)
    if check and done.returncode != 0:
        raise AssertionError("%s: exit %d: %s%s" % (" ".join(argv), done.returncode, done.stdout, done.stderr))
    return done


def systemctl(*argv, check=True):
    return run("systemctl", *argv, check=check)


def show(name):
    return run("systemctl", "show", "-P", name, "certsyncd").stdout.strip()


def certsync(*argv, check=True):
    return run("certsync", *argv, check=check)


def ask(*argv):
    return json.loads(certsync("--json", *argv).stdout)


def badge(name):
    return ask("badge", name)["badge"]


def redis_cli(*argv):
    return run("redis-cli", *argv).stdout.strip()


def redis(*argv):
    return redis_cli("--no-auth-warning", "-a", PASSWORD, *argv)


def wait(what, condition, seconds=WAIT_S):
    """Returns what condition() gives once that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            got = condition()
            if got:
                return got
        except (AssertionError, OSError, KeyError, ValueError):
            pass
        time.sleep(0.05)
    raise AssertionError("not within %d s: %s" % (seconds, what))


def journal(since="-1h"):
    return run("journalctl", "--sync", check=False) and \
        run("journalctl", "-u", "certsyncd", "-o", "cat", "--no-pager", "--since", since).stdout


def active():
    return show("ActiveState") == "active" and show("SubState") == "running"


def claim(name, body, category, number, business):
    certsync("claim", "put", "badge=" + name, "profile=p-" + name, "body=" + body,
             "category=" + category, "number=" + number, "business_name=" + business)


def drop_in(name, text):
    DROP_IN.mkdir(parents=True, exist_ok=True)
    (DROP_IN / name).write_text(text)
    systemctl("daemon-reload")


def processes():
    """Processes left in the unit's control group."""
    group = show("ControlGroup")
    for base in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup"):
        path = pathlib.Path(base + group) / "cgroup.procs"
        if group and path.exists():
            return [int(p) for p in path.read_text().split()]
    return []


def config(registry):
    return CONFIG.format(port=registry.port, expires=datetime.date.today() + datetime.timedelta(days=7))


# --- before the first start -------------------------------------------------------------

def install():
    """The packages if there are some, else what they would do to an installed tree."""
    if DEBS:
        run("dpkg", "--install", *DEBS)
        assert systemctl("is-enabled", "certsyncd").stdout == "enabled\n"
    else:
        run("systemd-sysusers")
        run("journalctl", "--update-catalog")
        run("systemd-tmpfiles", "--create", "certsyncd.conf")
        systemctl("start", "certsyncd")
    # Not configured, it runs, says so, and leaves the Redis of this machine alone.
    assert active() and "not configured" in show("StatusText"), show("StatusText")
    health = certsync("health", check=False)
    assert health.returncode == 2 and "[redis] url is not set" in health.stdout, health
    assert redis_cli("dbsize") == "0"
    systemctl("stop", "certsyncd")


def prepare(registry):
    install()
    for user, group in (("oscar", "certsyncd"), ("partner", "certsyncd-drop"), ("stranger", "")):
        run("useradd", "-m", *(["-G", group] if group else []), user)
    for name, secret in (("redis-password", PASSWORD), ("sam-api-key", API_KEY)):
        path = pathlib.Path("/etc/certsyncd/credentials") / name
        path.write_text(secret + "\n")
        path.chmod(0o600)
    with open("/etc/redis/redis.conf", "a") as f:
        f.write("\nappendonly yes\nrequirepass %s\n" % PASSWORD)
    systemctl("restart", "redis-server")
    CONF.write_text(config(registry))
    drop_in("10-test.conf", "[Service]\n"
            "LoadCredential=redis-password:/etc/certsyncd/credentials/redis-password\n"
            "LoadCredential=sam-api-key:/etc/certsyncd/credentials/sam-api-key\n"
            "WatchdogSec=%d\nTimeoutAbortSec=2\nTimeoutStartSec=5\nRestartSec=500ms\n" % WATCHDOG_S)
    run("install", "-d", "-m", "2770", "-g", "certsyncd-drop", str(DROP))


# --- steps ------------------------------------------------------------------------------

@step
def the_sandbox_lets_workers_work_and_nothing_else(registry):
    unit = pathlib.Path("/usr/lib/systemd/system/certsyncd.service").read_text()
    skip = ("ExecStart", "ExecReload", "WatchdogSec", "Type=", "Restart", "NotifyAccess", "WantedBy")
    lines = [li for li in unit.splitlines() if not li.startswith(skip)]
    lines.insert(lines.index("[Service]") + 1,
                 "Type=oneshot\nStandardOutput=file:/run/probe.out\nExecStart=/usr/lib/certsyncd/probe")
    path = pathlib.Path("/run/systemd/system/certsyncd-probe.service")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines))
    pathlib.Path("/home/secret").write_text("x")
    systemctl("daemon-reload")
    systemctl("start", "certsyncd-probe")
    said = pathlib.Path("/run/probe.out").read_text().splitlines()
    may = [li[3:].split(":")[0] for li in said if li.startswith("ok ")]
    assert may == ["exec a worker", "write the state directory", "write the runtime directory",
                   "limits", "not dumpable", "landlock", "seccomp"], said
    assert len(said) == 21, said


@step
def it_starts_and_says_so(registry):
    systemctl("start", "certsyncd")
    assert active() and show("Result") == "success"
    wait("a status line", lambda: "badges" in show("StatusText"))
    assert show("User") == "certsyncd"
    assert run("stat", "-c", "%U:%G %a", "/run/certsyncd/control.sock").stdout.strip() == \
        "certsyncd:certsyncd 660"


@step
def it_polls_with_a_credential_and_verifies(registry):
    claim("b1", "texas-hub", "veteran", "1999999990100", "Example Veteran Services LLC (Constructed)")
    for name in ("texas", "sba"):
        certsync("sync", name, "--wait")
    wait("a verified badge", lambda: badge("b1")["status"] == "verified")
    keys = [r for r in registry.requests("/sam/") if API_KEY in json.dumps(r)]
    assert keys, registry.requests("/sam/")
    assert int(redis("xlen", "certsync:{0}:events")) > 0


def burglars(registry):
    """A connector each, and the plug-in where the sandbox lets it be loaded."""
    registry.script({"/bad": [{"body": "hello, world\n"}]})
    shutil.copy("/srv/certsync/burglar.so", BURGLAR)
    BURGLAR.chmod(0o755)
    return "".join(
        "[connector %s]\nplugin = burglar\nbody = %s\ninterval = 1h\nhow = %s\n"
        "url = http://127.0.0.1:%d/bad\n" % (how, how, how, registry.port) for how in BURGLARIES)


def allowed(lines):
    """Attempts that were not refused as they should be, by what is said of each connector."""
    def refused(how):
        call, error = BURGLARIES[how]
        said = [line for line in lines if "connector %s: " % how in line]
        if call is None:
            return any("failed, errno %d" % error in line for line in said)
        # fork() of glibc 2.41 blocks the signal whose handler tells the name.
        return any("the plug-in called %s" % call in line and ", which connectors may not" in line or
                   call in ("clone", "?") and "made a system call that connectors may not" in line
                   for line in said)
    return [how for how in BURGLARIES if not refused(how)]


@step
def plug_ins_are_caged_under_the_unit(registry):
    assert len(BURGLARIES) > 40
    CONF.write_text(config(registry) + burglars(registry))
    systemctl("kill", "--signal=HUP", "certsyncd")      # to ask so many twice takes its time
    wait("its connectors", lambda: len(ask("connectors")["connectors"]) > len(BURGLARIES))
    for how in BURGLARIES:
        certsync("sync", how, "--wait", check=False)
    wait("their refusal", lambda: allowed(journal().splitlines()) == [])
    CONF.write_text(config(registry))
    BURGLAR.unlink()
    systemctl("reload", "certsyncd")
    wait("active again", active)


@step
def plug_ins_are_caged_for_root_and_for_a_user(registry):
    connectors = burglars(registry)
    for user in ("root", "oscar"):
        home = pathlib.Path("/run/burglars-" + user)
        home.mkdir()
        shutil.chown(home, user)
        conf = home / "certsyncd.conf"
        conf.write_text("[daemon]\nstate_dir = %s/state\n[redis]\nurl = embedded\n"
                        "[control]\nsocket = %s/control.sock\n[http]\nlisten =\n%s"
                        % (home, home, connectors))
        once = run("runuser", "-u", user, "--", "certsyncd", "-c", str(conf), "--once", check=False)
        assert once.returncode == 75, once
        assert allowed(once.stderr.splitlines()) == [], once.stderr
    BURGLAR.unlink()


@step
def a_partner_can_drop_a_file_and_do_nothing_else(registry):
    shutil.copy(FIXTURES / "nglcc" / "made" / "roster.csv", "/tmp/roster.csv")
    os.chmod("/tmp/roster.csv", 0o644)
    run("runuser", "-u", "partner", "--", "cp", "/tmp/roster.csv", str(DROP / "roster.csv"))
    claim("b2", "nglcc", "lgbtq", "10164", "Example Events LLC")
    certsync("sync", "nglcc", "--wait")
    wait("a verified badge", lambda: badge("b2")["status"] == "verified")
    assert run("runuser", "-u", "stranger", "--", "ls", str(DROP), check=False).returncode != 0
    assert run("runuser", "-u", "partner", "--", "certsync", "status", check=False).returncode == 69


@step
def members_of_its_group_operate_it(registry):
    run("runuser", "-u", "oscar", "--", "certsync", "status")
    assert run("runuser", "-u", "stranger", "--", "certsync", "status", check=False).returncode == 69


@step
def its_health_pages_answer(registry):
    with urllib.request.urlopen("http://127.0.0.1:9807/livez", timeout=5) as page:
        assert page.status == 200
    with urllib.request.urlopen("http://127.0.0.1:9807/readyz", timeout=5) as page:
        assert page.status == 200 and page.headers["Content-Type"].startswith("application/health+json")


@step
def the_journal_explains_what_it_warns_of(registry):
    def told():
        run("journalctl", "--sync", check=False)
        return run("journalctl", "-x", "--no-pager", "CERTSYNC_CONNECTOR=sba",
                   "MESSAGE_ID=58e60059ef254939ba00b68e7d834343", check=False).stdout
    text = wait("the credential's end in the journal", lambda: "credential:sba" in told() and told())
    assert "Subject: A credential expires soon" in text and "Run first: " in text, text


@step
def a_good_configuration_is_taken_over(registry):
    pid = show("MainPID")
    CONF.write_text(config(registry) + "label = registry-9\n")
    systemctl("reload", "certsyncd")
    wait("the new label", lambda: any(c["label"] == "registry-9" for c in ask("connectors")["connectors"]))
    wait("active again", active)
    assert show("MainPID") == pid


@step
def a_bad_configuration_changes_nothing(registry):
    pid = show("MainPID")
    CONF.write_text(config(registry) + "colour = blue\n")
    try:
        refused(pid)
    finally:
        CONF.write_text(config(registry))


def refused(pid):
    assert systemctl("reload", "certsyncd", check=False).returncode != 0
    wait("active again", active)
    # The signal alone, without the check before it.
    os.kill(int(pid), signal.SIGHUP)
    wait("the refusal in the journal", lambda: "the old one stays in force" in journal("-20s"))
    assert "10-test.conf:%d" % len(CONF.read_text().splitlines()) in journal("-20s"), journal("-20s")
    wait("active again", active)
    assert show("MainPID") == pid and badge("b1")["status"] == "verified"


@step
def a_bad_configuration_is_not_restarted_for_ever(registry):
    systemctl("stop", "certsyncd")
    CONF.write_text(config(registry).replace("username =", "user ="))
    try:
        assert systemctl("start", "certsyncd", check=False).returncode != 0
        time.sleep(1.5)     # longer than RestartSec of the test
        assert show("ActiveState") == "failed" and show("ExecMainStatus") == "78", show("ActiveState")
        assert show("NRestarts") == "0", show("NRestarts")
    finally:
        CONF.write_text(config(registry))
        systemctl("start", "certsyncd")




@step
def a_connector_that_cannot_be_used_stands_alone(registry):
    CONF.write_text(config(registry) + "colour = blue\n")
    try:
        systemctl("restart", "certsyncd")
        assert "10-test.conf:%d" % len(CONF.read_text().splitlines()) in journal("-10s")
        certsync("sync", "texas", "--wait")
        assert certsync("sync", "nglcc", "--wait", check=False).returncode == 1
        assert badge("b2")["status"] == "verified"
    finally:
        CONF.write_text(config(registry))
        systemctl("restart", "certsyncd")


@step
def it_stops_during_a_poll(registry):
    before = badge("b1"), redis("xlen", "certsync:{0}:events")
    registry.script({"/texas/": [{"hold": True}]})
    certsync("sync", "texas")
    wait("the request", lambda: len(registry.requests("/texas/")) > 1)
    assert [c["state"] for c in ask("connectors")["connectors"] if c["name"] == "texas"] == ["polling"]
    start = time.monotonic()
    systemctl("stop", "certsyncd")
    assert time.monotonic() - start < 10
    assert show("Result") == "success" and processes() == []
    registry.script({})
    systemctl("start", "certsyncd")
    assert (badge("b1"), redis("xlen", "certsync:{0}:events")) == before


@step
def a_killed_one_comes_back_as_it_was(registry):
    before, restarts = (badge("b1"), redis("xlen", "certsync:{0}:events")), int(show("NRestarts"))
    pid = show("MainPID")
    os.kill(int(pid), signal.SIGKILL)
    wait("another process", lambda: active() and show("MainPID") != pid)
    assert int(show("NRestarts")) == restarts + 1
    assert (badge("b1"), redis("xlen", "certsync:{0}:events")) == before


@step
def a_starved_one_is_ended_by_the_watchdog(registry):
    pid = show("MainPID")
    os.kill(int(pid), signal.SIGSTOP)
    wait("the watchdog", lambda: "Watchdog timeout" in journal("-20s"))
    wait("another process", lambda: active() and show("MainPID") not in (pid, "0"))
    assert badge("b1")["status"] == "verified"


@step
def a_start_without_redis_fails_and_is_tried_again(registry):
    systemctl("stop", "certsyncd")
    systemctl("stop", "redis-server")
    assert systemctl("start", "certsyncd", check=False).returncode != 0
    assert show("Result") == "timeout", show("Result")
    wait("another try", lambda: int(show("NRestarts")) > 0)
    systemctl("start", "redis-server")
    wait("the start", active)
    assert badge("b1")["status"] == "verified"


@step
def redis_may_restart_underneath(registry):
    systemctl("restart", "redis-server")
    wait("a claim taken", lambda: claim("b3", "texas-hub", "veteran", "1999999990100", "Others Inc") or True)
    wait("a decision", lambda: badge("b3")["status"] != "self_reported")
    assert active()


@step
def systemd_can_hold_its_port(registry):
    systemctl("stop", "certsyncd")
    systemctl("start", "certsyncd.socket")
    systemctl("start", "certsyncd")
    with urllib.request.urlopen("http://127.0.0.1:9807/livez", timeout=5) as page:
        assert page.status == 200
    # It outlives the daemon: a client of the time between is answered later.
    pid = show("MainPID")
    systemctl("restart", "certsyncd")
    with urllib.request.urlopen("http://127.0.0.1:9807/livez", timeout=5) as page:
        assert page.status == 200 and show("MainPID") != pid
    systemctl("stop", "certsyncd.socket", "certsyncd")


@step
def the_embedded_redis_runs_in_the_sandbox(registry):
    text = config(registry)
    CONF.write_text(text.replace("redis://127.0.0.1:6379/0", "embedded").replace("username = default\n", "")
                    .replace("password = credential:redis-password\n", ""))
    # Another store than the one that it knows: somebody has to say that it is meant.
    systemctl("stop", "certsyncd")
    assert systemctl("start", "certsyncd", check=False).returncode != 0
    assert "--adopt-store" in journal("-10s") and show("ExecMainStatus") == "78"
    run("runuser", "-u", "certsyncd", "--", "certsyncd", "--adopt-store")
    systemctl("start", "certsyncd")
    certsync("sync", "texas", "--wait")
    claim("b1", "texas-hub", "veteran", "1999999990100", "Example Veteran Services LLC (Constructed)")
    wait("a verified badge", lambda: badge("b1")["status"] == "verified")
    names = [pathlib.Path("/proc/%d/comm" % p).read_text().strip() for p in processes()]
    assert "redis-server" in names, names
    systemctl("stop", "certsyncd")
    assert processes() == []
    systemctl("start", "certsyncd")
    assert badge("b1")["status"] == "verified"
    systemctl("stop", "certsyncd")
    CONF.write_text(text)


@step
def no_secret_is_in_the_journal(registry):
    text = journal()
    assert len(text) > 1000
    for secret in (PASSWORD, API_KEY):
        assert secret not in text
    assert "SECCOMP" not in text and "audit" not in text


def an_upgrade_keeps_the_configuration_and_restarts(registry):
    main_file = pathlib.Path("/etc/certsyncd/certsyncd.conf")
    text = main_file.read_text() + "# edited\n"
    main_file.write_text(text)
    systemctl("start", "certsyncd")
    pid = show("MainPID")
    run("dpkg", "--install", *DEBS, stdin=subprocess.DEVNULL)
    assert active() and show("MainPID") != pid
    assert main_file.read_text() == text and badge("b1")["status"] == "verified"


def removing_keeps_the_configuration(registry):
    run("dpkg", "--remove", "certsyncd-connectors", "certsyncd", "certsync-dev")
    assert not pathlib.Path("/usr/sbin/certsyncd").exists() and not pathlib.Path("/run/certsyncd").exists()
    assert pathlib.Path("/etc/certsyncd/certsyncd.conf").exists()
    assert pathlib.Path("/var/lib/certsyncd").exists()


def purging_leaves_what_was_not_packaged(registry):
    run("dpkg", "--purge", "certsyncd-connectors", "certsyncd", "certsync-dev")
    assert CONF.exists() and not pathlib.Path("/etc/certsyncd/certsyncd.conf").exists()
    assert not pathlib.Path("/var/lib/certsyncd").exists()
    assert not pathlib.Path("/etc/certsyncd/credentials").exists()


def main():
    passed = failed = 0
    if DEBS:
        steps.extend([an_upgrade_keeps_the_configuration_and_restarts, removing_keeps_the_configuration,
                      purging_leaves_what_was_not_packaged])
    with Registry(sam=SAM, texas=TEXAS) as registry:
        prepare(registry)
        for f in steps:
            start = time.monotonic()
            try:
                f(registry)
                word, why = "ok  ", ""
            except Exception:
                word, why = "FAIL", traceback.format_exc()
                failed += 1
            print("%s %-55s %5.1f s" % (word, f.__name__.replace("_", " "), time.monotonic() - start))
            if why:
                print(why + journal("-20s")[-1500:])
            if why and f is it_starts_and_says_so:
                break
            passed += not why
    print("%d passed, %d failed" % (passed, failed))


main()
