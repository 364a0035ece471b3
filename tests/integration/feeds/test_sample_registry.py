# SPDX-License-Identifier: ISC
"""The sample registries themselves: what tests rely on must be true."""

import gzip
import http.client
import pathlib
import socket

import pytest

from registry import Registry
from waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests" / "fixtures"
TEXAS = FIXTURES / "texas_hub" / "made" / "hub_name.latin1.csv"
SAM = FIXTURES / "sam" / "made" / "entity_v3_with_sba.json"
TRIGGER = "/sam/entity-information/v3/entities?format=json"


@pytest.fixture
def registry():
    with Registry(sam=SAM, texas=TEXAS) as r:
        yield r


def get(registry, path, headers=None):
    conn = http.client.HTTPConnection("127.0.0.1", registry.port, timeout=10)
    try:
        conn.request("GET", path, headers=headers or {})
        answer = conn.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        conn.close()


def test_extract_is_pending_once_and_then_bare_gzip(registry):
    status, body, headers = get(registry, TRIGGER)
    assert status == 200 and headers["Content-Type"] == "text/plain"
    token = body.split(b"token=")[1].split()[0].decode()
    download = "/sam/entity-information/v3/download-entities?token=" + token
    status, body, _ = get(registry, download)
    assert status == 400 and b'"FSP"' in body
    status, body, headers = get(registry, download)
    assert status == 200 and "Content-Encoding" not in headers
    assert gzip.decompress(body) == SAM.read_bytes()
    assert get(registry, download.replace(token, "other"))[0] == 400


def test_lists_are_served_as_they_are_and_validated(registry):
    status, body, headers = get(registry, "/texas/hub_name.csv")
    assert status == 200 and body == TEXAS.read_bytes()
    assert get(registry, "/texas/hub_name.csv", {"If-None-Match": headers["ETag"]})[0] == 304
    assert get(registry, "/nglcc/roster.csv")[0] == 404


def test_script_is_used_up_in_order_and_the_last_answer_stays(registry):
    registry.script({"/texas/": [{"status": 503, "headers": {"Retry-After": "7"}},
                                 {"body": "once"}, {"pass": True}],
                     "/texas/other": [{"status": 410}]})
    status, _, headers = get(registry, "/texas/hub_name.csv")
    assert status == 503 and headers["Retry-After"] == "7"
    assert get(registry, "/texas/other")[0] == 410
    assert get(registry, "/texas/hub_name.csv")[1] == b"once"
    for _ in range(2):
        assert get(registry, "/texas/hub_name.csv")[1] == TEXAS.read_bytes()
    registry.script({})
    assert get(registry, "/texas/other")[0] == 404


@pytest.mark.parametrize("step, want", [
    ({"body": "abcdef", "truncate": 3}, http.client.IncompleteRead),
    ({"body": "abcdef", "content_length": 9}, http.client.IncompleteRead),
    ({"body": "abcdef", "content_length": None, "truncate": 3}, b"abc"),
    ({"body": "abcdef", "content_length": 3}, b"abc"),
    ({"body": "abcdef" * 400, "chunked": True}, b"abcdef" * 400),
    ({"body": "abcdef", "chunked": True, "truncate": 5}, http.client.IncompleteRead),
    ({"body": "abcdef", "raw_gzip": True}, gzip.compress(b"abcdef", mtime=0)),
    ({"body_b64": "AP8=", "close": True}, b"\x00\xff"),
    ({"body_file": str(TEXAS)}, TEXAS.read_bytes()),
    ({"body": "slow", "drip": True, "delay_s": 0.01}, b"slow"),
    ({"reset": True}, ConnectionResetError),
    ({"body": "abcdef", "truncate": 3, "reset": True}, ConnectionResetError),
])
def test_faults(registry, step, want):
    registry.script({"/x": [step]})
    if isinstance(want, bytes):
        assert get(registry, "/x")[1] == want
        return
    with pytest.raises((want, ConnectionResetError)):
        get(registry, "/x")


def test_requests_are_listed_with_headers(registry):
    get(registry, "/texas/hub_name.csv", {"X-Api-Key": "k"})
    get(registry, "/nglcc/roster.csv")
    asked = registry.requests()
    assert [r["path"] for r in asked] == ["/texas/hub_name.csv", "/nglcc/roster.csv"]
    assert asked[0]["headers"]["X-Api-Key"] == "k"
    assert len(registry.requests("/nglcc")) == 1
    registry.requests_clear()
    assert registry.requests() == []


def test_nobody_is_answered_after_its_end(registry):
    registry.script({"/hang": [{"hold": True}]})
    idle = http.client.HTTPConnection("127.0.0.1", registry.port, timeout=10)
    idle.request("GET", "/texas/hub_name.csv")
    assert idle.getresponse().read() == TEXAS.read_bytes()
    waiting = socket.create_connection(("127.0.0.1", registry.port), timeout=10)
    waiting.sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
    wait_until(lambda: registry.requests("/hang"))
    registry.stop()
    assert waiting.recv(1) == b""
    assert idle.sock.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        get(registry, "/texas/hub_name.csv")
    waiting.close()
    idle.close()
