# SPDX-License-Identifier: ISC
"""The relays that other tests trust: what passes is late or refused, and otherwise as it was sent."""

import time

import pytest
import redis

from latency import Latency
from refusals import Commands, Refusals, encode
from store import password, unix_client


def connect(relay, **options):
    return unix_client(relay.address, username="admin", password=password("admin"), **options)


def test_all_is_late_and_in_order(redis_server, tmp_path):
    with Latency(redis_server.socket, tmp_path / "far", requests_ms=20, replies_ms=30) as far:
        client = connect(far)
        client.ping()
        start = time.monotonic()
        pipe = client.pipeline(transaction=False)
        for i in range(100):
            pipe.rpush("list", i)
        assert pipe.execute() == list(range(1, 101))
        assert 0.05 <= time.monotonic() - start
        assert client.lrange("list", 0, -1) == [b"%d" % i for i in range(100)]


def test_what_is_held_comes_when_released(redis_server, tmp_path):
    with Latency(redis_server.socket, tmp_path / "far") as far:
        far.hold()
        with pytest.raises(redis.TimeoutError):
            connect(far, socket_timeout=0.2).ping()
        far.release()
        assert connect(far).ping()


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000])
def test_commands_are_found_in_any_pieces(piece):
    sent = [(b"PING",), (b"SET", b"a\r\n*1\r\n", b""), (b"EVALSHA", b"f" * 40, b"0", bytes(range(256)))]
    data = b"".join(encode(*words) for words in sent)
    commands = Commands()
    found = [f for i in range(0, len(data), piece) for f in commands.feed(data[i:i + piece])]
    assert [tuple(words) for words, _ in found] == sent
    assert b"".join(raw for _, raw in found) == data and commands.rest == b""


def refusals_of(server, path, seed):
    """Which of 200 writes and reads were answered an error, and that nothing else went wrong."""
    server.client.flushall()
    with Refusals(server.socket, path, ["OOM", "READONLY"], seed) as relay:
        client = connect(relay)
        pipe = client.pipeline(transaction=False)
        for i in range(100):
            pipe.incr("read by no list").hset("h", i, i).hget("h", i)
        answers = pipe.execute(raise_on_error=False)
    refused = [i for i in range(100) if answers[3 * i + 1] != 1]
    for i in range(100):
        count, _, read = answers[3 * i:3 * i + 3]
        assert count == i + 1
        assert read == (None if i in refused else b"%d" % i)
    assert len(refused) == len(relay.refused)
    assert all(isinstance(answers[3 * i + 1], redis.ResponseError) for i in refused)
    return refused


def test_some_writes_are_refused_and_a_seed_repeats_which(redis_server, tmp_path):
    first = refusals_of(redis_server, tmp_path / "1", 5)
    assert 2 <= len(first) <= 8 and first[0] < 12
    assert refusals_of(redis_server, tmp_path / "2", 5) == first
    assert any(refusals_of(redis_server, tmp_path / ("s%d" % seed), seed) != first for seed in (6, 7, 8))
