# SPDX-License-Identifier: ISC
"""The daemon as operations see it: options, exit codes, reload, pages, embedded Redis."""

import http.client
import json
import os
import pwd
import re
import resource
import signal
import socket
import subprocess
import threading

import pytest
import redis

import invariants
from daemon import DAEMON
from feeds import Rec, day
from latency import Latency
from store import Market, unix_client
from waiting import wait_until

FIRM = "Plain Sailing Works"


@pytest.fixture
def source(lab):
    source = lab.source("texas")
    source.publish([Rec(source.number(i), FIRM, source.type, expires=day(300)) for i in range(5)])
    return source


# --- options and exit codes -----------------------------------------------------------------


def test_version_and_help():
    version = subprocess.run([DAEMON, "--version"], capture_output=True, text=True)
    assert version.returncode == 0 and version.stdout.startswith("certsyncd ")
    usage = subprocess.run([DAEMON, "--help"], capture_output=True, text=True)
    assert usage.returncode == 0 and "--once" in usage.stdout


@pytest.mark.parametrize("argv", [["--nonsense"], ["stray"], ["-c"]])
def test_usage_errors(argv):
    result = subprocess.run([DAEMON, *argv], capture_output=True, text=True)
    assert result.returncode == 64 and result.stderr


def test_a_missing_file_is_a_configuration_error(tmp_path):
    for options in ([], ["-t"]):
        result = subprocess.run([DAEMON, "-c", tmp_path / "none.conf", *options],
                                capture_output=True, text=True)
        assert result.returncode == 78 and "none.conf" in result.stderr


def test_t_accepts_a_good_configuration(lab, source):
    for kind in ("sam-extract", "sam-monthly", "nglcc-csv-http", "nglcc-xml-file"):
        daemon = lab.daemon([source, lab.source(kind)], start=False)
        assert daemon.run("-t").returncode == 0, daemon.log()


BAD = {
    "an unknown key": ("daemon", {"plugin_dri": "/x"}, "plugin_dri"),
    "an unknown section": ("demon", {"log_level": "info"}, "demon"),
    "a bad value": ("badges", {"name_match": "seven"}, "name_match"),
    "out of range": ("badges", {"case_days": "0"}, "case_days"),
    "an unknown zone": ("connector vethub", {"timezone": "Mars/Olympus"}, "timezone"),
    "an unknown key of a plug-in": ("connector vethub", {"colour": "red"}, "colour"),
    "http to another machine": ("connector vethub", {"url": "http://example.org/x"}, "url"),
    "a secret in the file": ("redis", {"password": "hunter2"}, "password"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_t_names_file_line_and_key(lab, source, name):
    section, keys, word = BAD[name]
    daemon = lab.daemon([source], start=False)
    daemon.sections.setdefault(section, {}).update(keys)
    daemon.write()
    lines = daemon.config.read_text().splitlines()
    wanted = word if section != "demon" else "demon"
    at = 1 + max(i for i, line in enumerate(lines) if wanted in line)
    result = daemon.run("-t")
    assert result.returncode == 78
    assert word in result.stderr
    assert "certsyncd.conf:%d" % at in result.stderr, result.stderr
    if section == "redis":
        assert "hunter2" not in result.stderr
    if name == "an unknown key of a plug-in":
        # At a start one bad connector stops no other: it stands still and says why.
        daemon.start()
        assert word in daemon.control("connectors")["data"]["connectors"][0]["error"]
    else:
        assert daemon.run(timeout=20).returncode == 78


HERE = {
    "no directory of plug-ins": ("daemon", {"plugin_dir": "/nonexistent/plugins"}, "plugin_dir"),
    "nothing to make state_dir in": ("daemon", {"state_dir": "/nonexistent/state"}, "state_dir"),
    "a certificate": ("redis", {"ca_file": "/nonexistent/ca.pem"}, "ca_file"),
    "a secret": ("redis", {"password": "file:/nonexistent/password"}, "password"),
    "a group": ("control", {"group": "no-such-group"}, "group"),
    "no directory of the socket": ("control", {"socket": "/nonexistent/c.sock"}, "socket"),
    "a dead file": ("connector vethub", {"url": "file:///nonexistent/list.csv"}, "url"),
    "a dead drop directory": ("connector vethub", {"url": "file:///nonexistent/drop/"}, "url"),
    "a plug-in": ("connector vethub", {"plugin": "texas_hubb"}, "did you mean texas_hub?"),
}


@pytest.mark.parametrize("name", sorted(HERE))
def test_t_sees_what_is_not_here(lab, source, name):
    section, keys, word = HERE[name]
    daemon = lab.daemon([source], start=False)
    daemon.sections.setdefault(section, {}).update(keys)
    daemon.write()
    key = next(iter(keys))
    at = 1 + next(i for i, line in enumerate(daemon.config.read_text().splitlines())
                  if line == "%s = %s" % (key, keys[key]))
    result = daemon.run("-t")
    assert result.returncode == 78
    assert re.search(r"certsyncd\.conf:%d: \[%s\] %s .*%s" % (at, section, key, re.escape(word)
                                                             if " " in word else ""),
                     result.stderr), result.stderr


def test_t_misses_a_secret_that_requests_go_with(lab):
    source = lab.source("sam-extract")
    settings = dict(source.settings())
    daemon = lab.daemon({"sba": settings}, start=False)
    assert daemon.run("-t").returncode == 0
    del settings["api_key"]
    daemon.connector("sba", settings)
    daemon.write()
    result = daemon.run("-t")
    assert result.returncode == 78 and "[connector sba] has no api_key" in result.stderr
    settings["url"] = "file://%s/" % daemon.directory        # a file needs none
    daemon.write()
    assert daemon.run("-t").returncode == 0


def test_what_a_plug_in_says_of_a_setting_is_told_by_its_line(lab):
    source = lab.source("sam-extract")
    daemon = lab.daemon({"sba": dict(source.settings(), programs="8a, hubzones")}, start=False)
    lines = daemon.config.read_text().splitlines()
    at = 1 + lines.index("programs = 8a, hubzones")
    result = daemon.run("-t")
    assert result.returncode == 78
    assert re.search(r"certsyncd\.conf:%d: \[connector sba\] programs .*not a list" % at,
                     result.stderr), result.stderr


def test_t_only_remarks_on_what_systemd_hands_over(lab, source):
    daemon = lab.daemon([source], start=False)
    daemon.sections["redis"]["password"] = "credential:redis-password"
    daemon.sections["control"]["socket"] = "/run/nonexistent/c.sock"
    daemon.write()
    result = daemon.run("-t")
    assert result.returncode == 0 and "systemd hands it over" in result.stderr


# --- what a second try may mend, and what only a person can -----------------------------------


def test_a_busy_port_is_tried_again(lab):
    daemon = lab.daemon({}, start=False)
    with socket.create_server(("127.0.0.1", daemon.port)):
        result = daemon.run(timeout=20)
    assert result.returncode == 69 and str(daemon.port) in result.stderr
    daemon.start()


def test_no_descriptor_is_tried_again(lab):
    """Nothing is known to be wrong with the configuration then, wherever the last one went."""
    daemon = lab.daemon({}, start=False)
    codes = []
    for limit in range(4, 12):
        daemon.under = ["prlimit", "--nofile=%d" % limit]
        daemon.launch()
        wait_until(lambda: not daemon.alive or
                   "store: " in daemon.log().rsplit("--- started", 1)[1], 15)
        if daemon.alive:
            daemon.kill()       # it may have none for a stop in order
        else:
            codes.append(daemon.wait_exit())
    assert len(codes) > 3 and set(codes) <= {69, 70, 75}, (codes, daemon.log())


def test_nobody_reads_its_log(lab):
    """A pipe to a command that has gone is no reason to die, at any moment."""
    daemon = lab.daemon({}, start=False)
    daemon.log_path.touch()
    reader, writer = os.pipe()
    os.close(reader)
    argv = [DAEMON, "-c", daemon.config]
    daemon.process = subprocess.Popen(argv, stderr=writer, env=daemon.environment())
    daemon.wait_ready()
    daemon.stop()
    daemon.sections["badges"] = {"case_days": "0"}
    daemon.write()
    assert subprocess.run([*argv, "-t"], stderr=writer, timeout=20).returncode == 78
    os.close(writer)


def test_a_state_directory_that_cannot_be_is_the_configurations_fault(lab):
    daemon = lab.daemon({}, start=False)
    file = daemon.directory / "file"
    file.write_text("")
    daemon.sections["daemon"]["state_dir"] = file / "state"
    daemon.write()
    result = daemon.run(timeout=20)
    assert result.returncode == 78 and str(file) in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files in others' directories")
@pytest.mark.parametrize("options", [(), ("--once",), ("--adopt-store",)], ids=" ".join)
def test_root_leaves_nothing_in_the_services_state_directory(lab, options):
    daemon = lab.daemon({}, start=False)
    state = daemon.sections["daemon"]["state_dir"]
    os.chown(state, 65534, 65534)
    result = daemon.run(*options, timeout=20)
    owner = pwd.getpwuid(65534).pw_name
    assert result.returncode == 78 and "runuser -u %s -- certsyncd" % owner in result.stderr
    assert list(state.iterdir()) == []
    # One that has no name is said by its number.
    os.chown(state, 60123, 60123)
    assert "belongs to #60123" in daemon.run(*options, timeout=20).stderr


def test_an_overlap_of_connectors_is_a_configuration_error(lab, source):
    twin = dict(source.settings())
    daemon = lab.daemon({"one": source.settings(), "two": twin}, start=False)
    assert daemon.run("-t").returncode == 78


def test_dump_config(lab, source):
    daemon = lab.daemon([source], start=False)
    result = daemon.run("--dump-config")
    assert result.returncode == 0
    for text in ("[connector vethub]", "plugin", "texas_hub", str(daemon.config), "name_match"):
        assert text in result.stdout, text


def test_a_drop_in_directory_is_read(lab, source):
    daemon = lab.daemon([source], start=False)
    drop_ins = daemon.directory / "certsyncd.conf.d"
    drop_ins.mkdir()
    (drop_ins / "50-later.conf").write_text("[badges]\nname_match = 0.91\n")
    (drop_ins / "10-early.conf").write_text("[badges]\nname_match = 0.55\n")
    dump = daemon.run("--dump-config").stdout
    assert "91%" in dump and "50-later.conf" in dump


def test_once(lab, market, source):
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.put("early", source, number=source.number(77), business_name=FIRM)
    daemon = lab.daemon([source], start=False)
    result = daemon.run("--once")
    assert result.returncode == 0, daemon.log()
    assert source.name in result.stdout and "verified" in result.stdout
    assert market.verdict("b") == ("verified", "record_active")
    # Somebody claims what the list lacks: it has been read twice.
    assert market.verdict("early") == ("not_found", "number_unknown")
    assert market.backlog() == 0
    events = len(market.events())
    assert daemon.run("--once").returncode == 0
    assert len(market.events()) == events


def test_once_without_connectors(lab, market):
    market.put("b", body="sba", category="woman", number="1", business_name=FIRM)
    assert lab.daemon({}, start=False).run("--once").returncode == 0
    assert market.verdict("b") == ("self_reported", "no_connector")


def test_once_says_that_something_failed(lab, market, source):
    source.outage()
    market.put("b", source, number=source.number(1), business_name=FIRM)
    good = lab.source("nglcc-csv-http")
    good.write([Rec(good.number(1), FIRM, good.type)])
    daemon = lab.daemon([source, good], start=False)
    assert daemon.run("--once").returncode == 75
    assert market.connector(good.name)["state"] == "idle"
    assert market.connector(source.name)["error"]
    assert market.verdict("b") == ("self_reported", "awaiting_source")


def test_once_with_a_dead_redis_ends(lab, redis_server, source):
    redis_server.kill()
    daemon = lab.daemon([source], start=False)
    daemon.launch("--once")
    daemon.wait_log("trying again")
    daemon.clock.elapse(seconds=16)     # longer than it waits for a store to open
    assert daemon.wait_exit(60) in (69, 75)


@pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT])
def test_once_that_is_stopped_is_not_done(lab, registry, source, signo):
    registry.script({source.prefix: [{"gate": True, "pass": True}]})
    daemon = lab.daemon([source], start=False)
    daemon.launch("--once")
    wait_until(lambda: registry.requests(source.prefix), 15)
    daemon.process.send_signal(signo)
    assert daemon.wait_exit() == 75
    registry.script({})


def test_once_ends_though_redis_is_far(lab, market, redis_server, source):
    """Whatever finishes last, be it while a read of the commands is under way."""
    market.put("b", source, number=source.number(1), business_name=FIRM)
    with Latency(redis_server.socket, lab.directory / "far.sock",
                 requests_ms=2, replies_ms=2) as far:
        redis = {**redis_server.settings, "url": "unix://%s" % far.address}
        daemon = lab.daemon([source], start=False, redis=redis)
        for _ in range(50):
            assert daemon.run("--once", timeout=20).returncode == 0, daemon.log()
    assert market.verdict("b") == ("verified", "record_active")


def test_sync_answers_when_its_outcome_is_stored(lab, market, redis_server, source):
    with Latency(redis_server.socket, lab.directory / "far.sock", requests_ms=50) as far:
        redis = {**redis_server.settings, "url": "unix://%s" % far.address}
        daemon = lab.daemon([source], redis=redis)
        daemon.sync(source.name)
        assert market.connector(source.name)["state"] == "idle"
        source.outage()
        daemon.sync_fails(source.name)
        assert market.connector(source.name)["state"] == "backoff"
        daemon.stop()


def test_a_stop_while_the_store_is_opened(lab, market, redis_server, source):
    with Latency(redis_server.socket, lab.directory / "far.sock", requests_ms=100) as far:
        redis = {**redis_server.settings, "url": "unix://%s" % far.address}
        daemon = lab.daemon([source], start=False, redis=redis).launch()
        wait_until(lambda: "cmdstat_script|load" in market.redis.info("commandstats"), 15)
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.wait_exit() == 0


def test_sigint_ends_it_too(lab, source):
    daemon = lab.daemon([source])
    daemon.process.send_signal(signal.SIGINT)
    assert daemon.wait_exit() == 0


# --- reload ------------------------------------------------------------------------------------


def test_reload_of_a_bad_file_changes_nothing(lab, market, source):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    good = daemon.config.read_text()
    daemon.config.write_text(good + "\n[badges]\nname_macth = 0.5\n")
    daemon.reload()
    daemon.wait_log("name_macth")
    daemon.wait_log("stays in force")
    assert daemon.ready()
    daemon.sync(source.name)
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    assert market.verdict("b") == ("verified", "record_active")
    daemon.config.write_text(good)


@pytest.mark.parametrize("plugin", ["gone", "../x"])
def test_reload_with_a_missing_plugin_changes_nothing(lab, market, source, plugin):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    good = daemon.config.read_text()
    daemon.config.write_text(good + "\n[connector new]\nplugin = %s\nbody = x\nurl = file:///x\n"
                             % plugin)
    daemon.reload()
    daemon.wait_log("stays in force")
    names = [c["name"] for c in daemon.control("connectors")["data"]["connectors"]]
    assert names == [source.name]
    daemon.config.write_text(good)


def test_reload_brings_a_new_connector(lab, market, source):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    new = lab.source("nglcc-csv-http")
    new.publish([Rec(new.number(1), FIRM, new.type, expires=day(90))])
    source.publish([Rec(source.number(i), FIRM, source.type, expires=day(300)) for i in range(5)])
    market.put("early", new, number=new.number(1), business_name=FIRM)
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    assert market.verdict("early") == ("self_reported", "no_connector")
    daemon.connector(new.name, new.settings())
    daemon.write()
    daemon.reload()
    wait_until(lambda: market.verdict("early") == ("verified", "record_active"), 20)
    assert market.verdict("b") == ("verified", "record_active")
    assert daemon.sync(new.name) in ("committed", "unchanged")


def test_reload_without_a_connector_takes_nothing(lab, market, source):
    """Nothing un-verifies by configuration."""
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    before = market.raw_badges()
    removed = daemon.sections.pop("connector " + source.name)
    daemon.write()
    daemon.reload()
    wait_until(lambda: daemon.control("connectors")["data"]["connectors"] == [], 15)
    daemon.elapse(hours=1)
    daemon.turns()
    assert market.raw_badges() == before
    daemon.stop()
    daemon.start()
    daemon.elapse(hours=1)
    daemon.turns()
    assert market.raw_badges() == before
    daemon.connector(source.name, removed)
    daemon.write()
    daemon.reload()
    wait_until(lambda: len(daemon.control("connectors")["data"]["connectors"]) == 1, 15)
    daemon.sync(source.name)
    assert market.raw_badges() == before


def test_reload_of_a_threshold_applies(lab, market, source):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    daemon.sections["daemon"]["log_level"] = "debug"
    daemon.write()
    daemon.reload()
    daemon.wait_log("configuration reloaded")
    assert daemon.ready()


def test_a_stop_during_a_reload_leaves_nothing(lab, market, source):
    """Under a leak checker the exit code tells."""
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    for _ in range(3):
        before = daemon.log().count("configuration reloaded")
        daemon.reload()
        daemon.stop()
        assert daemon.log().count("configuration reloaded") == before
        assert "Sanitizer" not in daemon.log()
        daemon.start()


@pytest.mark.parametrize("stops", [1, 2])
def test_a_stop_while_loading_leaves_nothing(lab, market, source, stops):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    for i in range(200):
        market.put("b%d" % i, source, number=source.number(i), business_name=FIRM)
    market.settle()
    daemon.stop()
    for _ in range(5):
        before = daemon.log().count("epoch")
        daemon.launch()
        daemon.wait_log("epoch", before + 1)
        for _ in range(stops):
            daemon.process.send_signal(signal.SIGTERM)
        assert daemon.wait_exit() == 0
        assert "Sanitizer" not in daemon.log()
    daemon.start()


# --- pages ---------------------------------------------------------------------------------------


def test_pages(lab, market, source):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    status, body, headers = daemon.http("/livez")
    assert status == 200 and body
    status, body, headers = daemon.http("/readyz")
    assert status == 200 and headers["Content-Type"].startswith("application/health+json")
    health = json.loads(body)
    assert health["status"] == "pass"
    assert any(source.name in name for name in health["checks"])
    status, body, headers = daemon.http("/status")
    assert status == 200 and json.loads(body)["badges"]["verified"] == 1
    for text in (FIRM, source.number(1), '"b"', "p-b", "veteran", "DVBE"):
        for path in ("/livez", "/readyz", "/status"):
            assert text.encode() not in daemon.http(path)[1], (path, text)
    assert headers.get("X-Content-Type-Options") == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers
    assert daemon.http("/nowhere")[0] == 404


def test_the_label_stands_for_the_connector(lab, source):
    daemon = lab.daemon({source.name: dict(source.settings(), label="r7")})
    daemon.sync(source.name)
    text = daemon.http("/readyz")[1] + daemon.http("/status")[1]
    assert b"r7" in text and source.name.encode() not in text
    assert source.name not in daemon.log().replace(str(daemon.config), "")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_foreign_host_is_refused(lab, host):
    daemon = lab.daemon({})
    assert daemon.http("/readyz")[0] == 200
    status, body, _ = daemon.http("/readyz", Host=host)
    assert status in (400, 403, 421) and b"checks" not in body


def test_names_of_the_pages_are_reloaded(lab):
    daemon = lab.daemon({}, http={"allowed_hosts": "one.example"})

    def status(host):
        return daemon.http("/readyz", Host=host)[0]
    assert (status("one.example"), status("two.example")) == (200, 403)
    daemon.sections["http"]["allowed_hosts"] = "Two.example"
    daemon.write()
    daemon.reload()
    wait_until(lambda: status("two.example") == 200)
    assert (status("one.example"), status("localhost"), status("127.0.0.1")) == (403, 200, 200)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_pages_are_read_only(lab, method):
    daemon = lab.daemon({})
    assert daemon.http("/readyz", method)[0] in (400, 405, 501)
    assert daemon.http("/readyz", "HEAD")[0] == 200


def test_pages_survive_rude_clients(lab):
    daemon = lab.daemon({})
    rude = []
    for data in (b"", b"\0\1\2\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 2000,
                 b"GET /" + b"a" * 100000, b"GET /readyz HTTP/1.1\r\nContent-Length: 9999999\r\n"):
        s = socket.create_connection(("127.0.0.1", daemon.port))
        rude.append(s)
        try:
            s.sendall(data)
        except OSError:
            pass                # cut off already, as it may
    for _ in range(100):        # more than may be connected
        rude.append(socket.create_connection(("127.0.0.1", daemon.port)))
    for s in rude[20:]:
        s.close()
    wait_until(daemon.ready, 10)
    for s in rude[:20]:
        s.close()


class Drip:
    """A client of the pages that never gets to its question's end."""

    def __init__(self, port):
        self.socket = None
        self.port = port
        self.go_on()

    def go_on(self):
        """One byte more, of a new connection if the old one is over."""
        try:
            if self.socket is None:
                self.socket = socket.create_connection(("127.0.0.1", self.port))
            self.socket.sendall(b"G")
        except OSError:
            self.end()

    def end(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None


def test_probes_among_a_thousand_dripping_clients(lab):
    daemon = lab.daemon({})
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    before = daemon.descriptors()
    drips = [Drip(daemon.port) for _ in range(1000)]
    try:
        # Who has just come is let ask first: for two turns of the loop at most.
        daemon.wake()
        daemon.wake()
        for _ in range(30):
            for drip in drips:
                drip.go_on()
            daemon.wake()
            daemon.wake()
            assert daemon.http("/livez")[0] == 200
        assert daemon.descriptors() < before + 100
    finally:
        for drip in drips:
            drip.end()
    # Nothing stays behind, whoever was cut off and when.
    wait_until(lambda: daemon.descriptors() <= before, 15)


# --- the control socket ----------------------------------------------------------------------------


def test_control_socket(lab, source):
    daemon = lab.daemon([source])
    assert os.stat(daemon.socket).st_mode & 0o777 == 0o660
    answer = daemon.control("status")
    assert answer["exit"] == 0 and answer["data"]["ready"] is True
    assert daemon.control("sync", "nobody", wait=True)["exit"] == 1
    assert daemon.control("nonsense")["exit"] != 0
    daemon.stop()
    assert not daemon.socket.exists()


@pytest.mark.parametrize("line", [
    b"\n", b"{\n", b"[]\n", b'{"cmd":1}\n', b'{"cmd":"status"', b"\xff\xfe\n",
    b'{"cmd":"' + b"a" * 200000 + b'"}\n'],
    ids=["blank", "half", "list", "number", "unended", "bytes", "long"])
def test_control_survives_rude_clients(lab, line):
    daemon = lab.daemon({})
    before = daemon.descriptors()
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(5)
        s.connect(str(daemon.socket))
        answer = b""
        try:
            s.sendall(line)
            s.shutdown(socket.SHUT_WR)
            while piece := s.recv(65536):       # to the end: nobody is left hanging
                answer += piece
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert answer == b"" or json.loads(answer.splitlines()[0])["exit"] != 0
    assert daemon.control("status")["exit"] == 0
    wait_until(lambda: daemon.descriptors() <= before, 5,
               "a descriptor is left open")


def test_a_client_with_much_to_ask_is_answered_in_order(lab):
    """More than a line's worth of requests at once: none is lost, none spins."""
    daemon = lab.daemon({})
    asked = 6000
    with socket.socket(socket.AF_UNIX) as s, socket.socket(socket.AF_UNIX) as other:
        s.settimeout(10)
        s.connect(str(daemon.socket))
        writer = threading.Thread(target=s.sendall, args=(b'{"cmd":"reasons"}\n' * asked,))
        writer.start()
        with s.makefile("rb") as lines:
            for i in range(asked):
                answer = json.loads(lines.readline())
                assert answer["exit"] == 0, (i, answer)
        writer.join()
        other.connect(str(daemon.socket))
    assert daemon.control("status")["exit"] == 0


def test_a_client_that_leaves_while_it_waits(lab, market, registry, source):
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    registry.script({source.prefix: [{"delay_s": 1, "pass": True}, {"pass": True}]})
    for _ in range(5):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(daemon.socket))
            s.sendall(b'{"cmd":"sync","args":["vethub"],"opts":{"wait":true}}\n')
    wait_until(lambda: registry.requests(source.prefix), 10)
    registry.script({})
    lab.settle()
    assert daemon.sync(source.name) == "unchanged"


# --- embedded Redis ----------------------------------------------------------------------------------


def embedded(daemon):
    """A client of the daemon's own redis-server."""
    found = [p for p in (daemon.directory / "state").rglob("*.sock")]
    assert len(found) == 1, found
    return unix_client(found[0], decode_responses=True)


def test_embedded_redis(lab, source):
    daemon = lab.daemon([source], redis_url="embedded")
    client = embedded(daemon)
    market = Market(client)
    daemon.sync(source.name)
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    assert market.verdict("b") == ("verified", "record_active")
    assert client.config_get("appendonly")["appendonly"] == "yes"
    assert client.config_get("port")["port"] == "0"
    pid = client.info("server")["process_id"]
    before = market.raw_badges()
    client.connection_pool.disconnect()
    daemon.stop()
    wait_until(lambda: not os.path.exists("/proc/%d" % pid), 10, "redis-server outlives the daemon")

    daemon.start()
    market = Market(embedded(daemon))
    assert market.raw_badges() == before
    assert daemon.sync(source.name) == "unchanged"
    lab.check_at_end = False
    invariants.check(market, daemon.connectors)


def test_embedded_redis_dies_with_a_killed_daemon(lab, source):
    daemon = lab.daemon([source], redis_url="embedded")
    market = Market(embedded(daemon))
    daemon.sync(source.name)
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    pid = market.redis.info("server")["process_id"]
    market.redis.connection_pool.disconnect()
    daemon.kill()
    wait_until(lambda: not os.path.exists("/proc/%d" % pid), 10, "redis-server outlives the daemon")
    daemon.start()
    assert Market(embedded(daemon)).verdict("b") == ("verified", "record_active")
    lab.check_at_end = False


def test_embedded_redis_that_crashes_comes_back(lab, source):
    daemon = lab.daemon([source], redis_url="embedded")
    market = Market(embedded(daemon))
    daemon.sync(source.name)
    market.put("b", source, number=source.number(1), business_name=FIRM)
    market.settle()
    os.kill(market.redis.info("server")["process_id"], signal.SIGKILL)
    market.redis.connection_pool.disconnect()

    def recovered():
        if not daemon.alive:
            return True
        return daemon.ready() and embedded(daemon).ping()
    wait_until(lambda: quietly(recovered), 30, "no redis-server any more")
    if not daemon.alive:        # leaving it to the service manager is an answer as well
        assert daemon.wait_exit() in (69, 70, 75)
        daemon.start()
    assert Market(embedded(daemon)).verdict("b") == ("verified", "record_active")
    lab.check_at_end = False


def quietly(predicate):
    try:
        return predicate()
    except (redis.RedisError, AssertionError, http.client.HTTPException):
        return False


# --- what debug tells ---------------------------------------------------------------------------


def test_debug_tells_the_life_of_a_poll_and_of_a_claim(lab, market, source):
    """Enough to find where one stands, and nothing that a member or a registry wrote."""
    daemon = lab.daemon([source], start=False)
    daemon.sections["daemon"]["log_level"] = "debug"
    daemon.write()
    daemon.start()
    daemon.sync(source.name)
    entry = market.put("b1", source, number=source.number(1), business_name=FIRM)
    market.settle()
    daemon.wait_log(re.compile("claims: entry %s of claims: written" % entry))
    source.outage()
    daemon.sync_fails(source.name)
    life = ["connector vethub: request 1: GET, ", "connector vethub: HTTP 200",
            "connector vethub: the answer has ended after ", "connector vethub: poll 1: ",
            "connector vethub: commit of poll vethub-1: MARK --> DECIDE",
            "connector vethub: next poll in ", "claims: entry %s of claims: put" % entry,
            "badge b1: decided verified (record_active) of 1 records",
            "badge b1: written, cause claim", "claims: entry %s of claims: written" % entry,
            "connector vethub: next poll in ", ", 1 failures in a row"]
    daemon.wait_log(re.compile(".*".join(map(re.escape, life)), re.S))
    for word in (FIRM, source.number(1), source.category, source.type):
        assert word not in daemon.log(), word
