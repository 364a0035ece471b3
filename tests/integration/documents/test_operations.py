# SPDX-License-Identifier: ISC
"""What docs/operations.md tells operators to do does what it says there."""

import shutil
import subprocess

import pytest

from feeds import Rec, day
from store import password
from waiting import wait_until

FIRM = "Careful Hands Works"
LEASE = "certsync:internal:{certsync:meta}:lease"


def claim(market, source, badge, i):
    market.put(badge, source, profile="p-" + badge, number=source.number(i), business_name=FIRM)


def begin(lab, market):
    """A daemon that has verified b1."""
    source = lab.source("texas")
    source.publish([Rec(source.number(i), FIRM, source.type, expires=day(300)) for i in range(5)])
    daemon = lab.daemon([source], daemon={"lease": "2s"})
    daemon.sync(source.name)
    claim(market, source, "b1", 1)
    market.settle()
    assert market.verdict("b1") == ("verified", "record_active")
    return source, daemon


def forget(market, name):
    """What is left of a connector that is configured no more (section "Connectors")."""
    own = market.key("connector", name)
    left = list(market.redis.scan_iter(market.key("internal", "{%s}" % own, "*")))
    assert len(left) >= 3
    market.redis.unlink(own, *left)


def backup(server, path):
    subprocess.run(["redis-cli", "-s", server.socket, "--user", "admin", "--no-auth-warning",
                    "-a", password("admin"), "--rdb", path], check=True, capture_output=True, timeout=30)


def restore(server, path, daemon):
    """Section "Restore" of the handbook."""
    server.kill()
    aof = server.directory / "appendonlydir"
    shutil.rmtree(aof)
    aof.mkdir()
    shutil.copy(path, aof / "appendonly.aof.1.base.rdb")
    (aof / "appendonly.aof.manifest").write_text("file appendonly.aof.1.base.rdb seq 1 type b\n")
    server.start()
    daemon.adopt()


@pytest.mark.parametrize("machine", ["same", "new"])
def test_an_old_backup_is_restored(lab, market, redis_server, machine):
    source, daemon = begin(lab, market)
    backup(redis_server, lab.directory / "backup.rdb")
    claim(market, source, "b2", 2)
    market.settle()
    daemon.stop()
    epoch = market.redis.hget("certsync:meta", "epoch")
    if machine == "new":
        shutil.rmtree(daemon.directory / "state")
        (daemon.directory / "state").mkdir()
    restore(redis_server, lab.directory / "backup.rdb", daemon)
    assert market.badge_ids() == ["b1"]
    # A lease in the backup runs out: on a new machine it is another's.
    wait_until(lambda: not market.redis.exists(LEASE))
    daemon.start()
    assert market.redis.hget("certsync:meta", "epoch") != epoch
    assert market.events(kind="store.reset")
    # The marketplace states again what it stated since; what is there already changes nothing.
    claim(market, source, "b1", 1)
    claim(market, source, "b2", 2)
    market.settle()
    assert market.badge("b1")["version"] == "1"
    assert market.verdict("b2") == ("verified", "record_active")
    # What was written since the restore is in the append-only file.
    redis_server.kill()
    redis_server.start()
    wait_until(daemon.ready, 20)
    assert market.badge_ids() == ["b1", "b2"]


def test_a_service_is_moved_to_another_machine(lab, market):
    """While the first one lives the second leaves it alone; then it has all it needs in Redis."""
    source, first = begin(lab, market)
    second = lab.daemon([source], start=False)
    assert second.run(timeout=20).returncode == 75
    assert first.ready()
    first.stop()
    second.start()
    claim(market, source, "b2", 2)
    market.settle()
    assert market.verdict("b2") == ("verified", "record_active")
    second.stop()


def test_a_connector_is_renamed(lab, market):
    source, daemon = begin(lab, market)
    daemon.stop()
    daemon.connector("renamed", daemon.sections.pop("connector " + source.name))
    daemon.write()
    daemon.start()
    assert market.verdict("b1") == ("verified", "record_active")
    daemon.sync("renamed")
    forget(market, source.name)
    daemon.stop()
    daemon.start()
    lab.settle(daemon)
    assert market.verdict("b1") == ("verified", "record_active")
    assert market.kinds("b1") == ["badge.verified"]


def test_a_connector_is_removed(lab, market):
    source, daemon = begin(lab, market)
    daemon.stop()
    daemon.sections.pop("connector " + source.name)
    daemon.write()
    daemon.start()
    forget(market, source.name)
    claim(market, source, "b2", 2)
    lab.settle(daemon)
    assert market.verdict("b1") == ("verified", "record_active")
    assert market.verdict("b2") == ("self_reported", "no_connector")
    assert "kept as it was" in daemon.control("explain", "b1")["data"]["text"]
