# SPDX-License-Identifier: ISC
"""The store as a marketplace and its consumers see it: through redis-py only."""

import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile

import redis

from latency import Latency
from refusals import Refusals
from waiting import wait_until

# How far from Redis daemons are, each way, and whether it refuses them writes.
LATENCY_MS = int(os.environ.get("LATENCY_MS") or 0)
REQUESTS_MS = int(os.environ.get("LATENCY_REQUESTS_MS") or LATENCY_MS)
REPLIES_MS = int(os.environ.get("LATENCY_REPLIES_MS") or LATENCY_MS)
REDIS_ERRORS = {"": [], "0": [], "1": ["OOM"]}.get(
    os.environ.get("REDIS_ERRORS", ""), os.environ.get("REDIS_ERRORS", "").split(","))
SEED = int(os.environ.get("SEED") or random.randrange(1 << 32))


ACL = pathlib.Path(__file__).resolve().parents[2] / "config" / "redis.acl"


def password(user):
    return "password-of-%s" % user


def acl_with_passwords():
    """The accounts as they are shipped, each with its test password."""
    return re.sub(r"#SHA256-OF-THE-PASSWORD-OF-(\S+)",
                  lambda m: "#" + hashlib.sha256(password(m.group(1)).encode()).hexdigest(),
                  ACL.read_text())


class UnixConnection(redis.UnixDomainSocketConnection):
    """A lost one says where it was; redis-py 4.3 takes host and port for that, which none has."""
    host, port = "unix", 0


def unix_client(path, **options):
    """A client of a redis-server on a Unix socket."""
    client = redis.Redis(unix_socket_path=str(path), **options)
    client.connection_pool.connection_class = UnixConnection
    return client


class RedisServer:
    """A real redis-server on a Unix socket, with an append-only file and config/redis.acl."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="cs-redis-"))
        self.socket = self.directory / "r.sock"
        self.url = "unix://%s" % self.socket
        self.process = None
        self.relay = None
        self.acl = self.directory / "users.acl"
        self.acl.write_text(acl_with_passwords())
        self.password_file = self.directory / "password"
        self.password_file.write_text(password("certsyncd"))
        self.password_file.chmod(0o600)
        self.client = self.connect("admin")

    def connect(self, user, word=None):
        return unix_client(self.socket, username=user, password=word or password(user),
                           decode_responses=True)

    @property
    def settings(self):
        """Of section [redis] of a daemon that is to use it, from as far away as was asked for."""
        if self.relay is None and (REQUESTS_MS or REPLIES_MS or REDIS_ERRORS):
            far = self.directory / "f.sock"
            ways = {"requests_ms": REQUESTS_MS, "replies_ms": REPLIES_MS}
            self.relay = Refusals(self.socket, far, REDIS_ERRORS, SEED, **ways) \
                if REDIS_ERRORS else Latency(self.socket, far, **ways)
        return {"url": "unix://%s" % self.relay.address if self.relay else self.url,
                "username": "certsyncd", "password": "file:%s" % self.password_file}

    def refused(self):
        """What REDIS_ERRORS did, for a test that fails."""
        refused = getattr(self.relay, "refused", [])
        return ["REDIS_ERRORS=%s SEED=%d: %d writes refused" % (
            ",".join(REDIS_ERRORS), SEED, len(refused))] + refused \
            if REDIS_ERRORS else []

    def denied(self):
        """What an account wanted and may not: context, object and user of each."""
        return [(e["context"], e["object"], e["username"]) for e in self.client.acl_log()]

    def start(self, appendonly="yes"):
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--port", "0", "--unixsocket", str(self.socket),
                 "--aclfile", str(self.acl),
                 "--dir", str(self.directory), "--appendonly", appendonly,
                 # What is acknowledged survives kill(): `everysec` puts a write off, for two
                 # seconds at most, while the disk is busy.
                 "--appendfsync", "no", "--save", "",
                 "--repl-diskless-sync-delay", "0"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.answers, 15, "redis-server does not answer")
        return self

    def load(self, rdb):
        """Goes on with the data of a file, whoever wrote it, in place of its own."""
        self.kill()
        shutil.rmtree(self.directory / "appendonlydir")
        shutil.copy(rdb, self.directory / "dump.rdb")
        self.start(appendonly="no")     # else it would not look at the file
        self.client.config_set("appendonly", "yes")
        wait_until(lambda: not self.client.info("persistence")["aof_rewrite_in_progress"], 15,
                   "redis-server does not finish its append-only file")

    def answers(self):
        try:
            return self.client.ping()
        except redis.RedisError:
            return False

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.client.connection_pool.disconnect()

    def stop(self):
        if self.alive:
            self.kill()
        if self.relay is not None:
            self.relay.close()
        shutil.rmtree(self.directory)


class Market:
    """What the marketplace writes and reads."""

    def __init__(self, client, prefix="certsync"):
        self.redis = client
        self.prefix = prefix

    def key(self, *parts):
        return ":".join((self.prefix,) + parts)

    # --- writing -------------------------------------------------------------------

    def command(self, op, badge=None, profile=None, stream="claims", **fields):
        """One command as it is; its entry's id."""
        entry = {"op": op, "badge": badge, "profile": profile, **fields}
        return self.redis.xadd(self.key(stream), {
            k: json.dumps(v) if isinstance(v, list) else v
            for k, v in entry.items() if v is not None})

    def put(self, badge, source=None, profile=None, **fields):
        """A claim; source gives body, category and type unless fields do."""
        if source is not None:
            fields = {"body": source.body, "category": source.category, "type": source.type,
                      **fields}
        if "expires_on" in fields and not isinstance(fields["expires_on"], str):
            fields["expires_on"] = fields["expires_on"].isoformat()
        return self.command("put", badge, profile or "p-" + badge, **fields)

    # --- reading -------------------------------------------------------------------

    def backlog(self):
        return sum(self.redis.xlen(self.key(stream)) for stream in ("claims", "staff"))

    def settle(self, deadline_s=15):
        """Waits until every command has been dealt with, five a second at least."""
        wait_until(lambda: self.backlog() == 0, max(deadline_s, self.backlog() / 5),
                   "commands are left in their stream")

    def badge(self, badge):
        return self.redis.hgetall(self.key("{0}", "badge", badge))

    def verdict(self, badge):
        b = self.badge(badge)
        return b.get("status"), b.get("reason")

    def badge_ids(self):
        head = self.key("{0}", "badge", "")
        return sorted(k[len(head):] for k in self.redis.scan_iter(head + "*", count=1000))

    def badges(self):
        """Every badge hash: what a feed may not touch is compared with this."""
        return self.hashes(self.redis)

    def raw(self):
        """The same connection, answering bytes."""
        pool = self.redis.connection_pool
        return redis.Redis(connection_pool=redis.ConnectionPool(
            pool.connection_class, **{**pool.connection_kwargs, "decode_responses": False}))

    def raw_badges(self):
        """The same as Redis's own serialisation, byte for byte."""
        return {b: sorted(fields.items()) for b, fields in self.hashes(self.raw()).items()}

    def hashes(self, client):
        """All in one request: tests compare them often."""
        ids = self.badge_ids()
        pipe = client.pipeline(transaction=False)
        for b in ids:
            pipe.hgetall(self.key("{0}", "badge", b))
        return dict(zip(ids, pipe.execute()))

    def events(self, badge=None, kind=None):
        """The event documents, oldest first."""
        found = [json.loads(fields["event"])
                 for _, fields in self.redis.xrange(self.key("{0}", "events"))]
        return [e for e in found if (badge is None or e.get("subject") == badge) and
                (kind is None or e["type"] == "org.certsync.%s.v1" % kind)]

    def kinds(self, badge):
        """Short types of a badge's events, oldest first."""
        return [e["type"][len("org.certsync."):-len(".v1")] for e in self.events(badge)]

    def history(self, badge):
        return [json.loads(h) for h in
                self.redis.lrange(self.key("{0}", "history", badge), 0, -1)]

    def tile(self, profile, badge):
        text = self.redis.hget(self.key("{0}", "profile", profile), badge)
        return json.loads(text) if text is not None else None

    def certified(self, category=None):
        parts = ("{0}", "certified") + ((category,) if category else ())
        return self.redis.smembers(self.key(*parts))

    def rejected(self):
        return [fields for _, fields in self.redis.xrange(self.key("claims", "rejected"))]

    def fence(self, key="certsync:internal:{certsync:meta}:fence"):
        """The writer's number; it stood alone before there were counts."""
        if self.redis.type(key) == "string":
            return self.redis.get(key)
        return self.redis.hget(key, "fence")

    def connector(self, name):
        return self.redis.hgetall(self.key("connector", name))
