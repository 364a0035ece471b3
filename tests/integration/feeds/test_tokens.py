# SPDX-License-Identifier: ISC
"""A list that wants a token, and tells of single numbers: plugin = table."""

import json

import pytest

from waiting import wait_until

TOKEN = "s3cret-Of-The-Council"
FIRM = {"no": "EC-001", "name": "Firm One"}
LATER = {"no": "EC-777", "name": "Firm Seven"}


def answer(value, **more):
    return dict({"headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}, **more)


@pytest.fixture
def settings(lab, tmp_path):
    secret = tmp_path / "token"
    secret.write_text(TOKEN + "\n")
    secret.chmod(0o600)
    return {"plugin": "table", "body": "council", "url": lab.registry.url + "/firms", "format": "json",
            "record": "/items", "field.number": "no", "field.business_name": "name", "type": "WBE",
            "interval": "24h", "auth.prefix": "Bearer", "token": "file:%s" % secret}


def put(lab, badge, firm):
    lab.market.command("put", badge, "p" + badge, body="council", category="woman", type="WBE",
                       number=firm["no"], business_name=firm["name"])


def sent(lab, header):
    return {(r["path"], r["headers"].get(header)) for r in lab.registry.requests()}


def test_a_token_goes_with_every_request_and_no_further(lab, settings):
    lab.registry.script({
        "/firms": [answer({"items": [FIRM], "next": "/more"})],
        "/more": [answer(None, status=302, headers={"Location": "/elsewhere"})],
        "/elsewhere": [answer({"items": [LATER]})]})
    daemon = lab.daemon({"council": settings | {"paging": "next", "next": "/next"}})
    daemon.sync("council")
    assert sent(lab, "Authorization") == {("/firms", "Bearer " + TOKEN), ("/more", "Bearer " + TOKEN),
                                          ("/elsewhere", None)}
    assert TOKEN not in daemon.log()


def test_another_header_without_a_word(lab, settings):
    lab.registry.script({"/firms": [answer({"items": [FIRM]})]})
    del settings["auth.prefix"]
    lab.daemon({"council": settings | {"auth.header": "X-Api-Key"}}).sync("council")
    assert sent(lab, "X-Api-Key") == {("/firms", TOKEN)}
    assert sent(lab, "Authorization") == {("/firms", None)}


def test_a_list_without_a_token_is_asked_without(lab, settings):
    lab.registry.script({"/firms": [answer({"items": [FIRM]})]})
    del settings["auth.prefix"], settings["token"]
    lab.daemon({"council": settings}).sync("council")
    assert sent(lab, "Authorization") == {("/firms", None)}


@pytest.mark.parametrize("changes, said", [
    ({"token": None}, "has no token, which its requests go with"),
    ({"auth.header": "Host"}, "a credential cannot go into such a header"),
    ({"auth.prefix": "Bearer of"}, "the word before the token"),
    ({"lookup.path": "/firms"}, "a path from the root with one {number} in it"),
    ({"url": "http://council.example/firms"}, "use https"),
])
def test_t_refuses(lab, settings, changes, said):
    settings = {k: v for k, v in (settings | changes).items() if v is not None}
    run = lab.daemon({"council": settings}, start=False).run("-t")
    assert run.returncode == 78 and said in run.stdout + run.stderr, run.stdout + run.stderr


def test_a_claim_that_waits_is_looked_up(lab, settings):
    """The list is read once a day; who comes meanwhile need not wait for it."""
    lab.registry.script({"/firms": [answer({"items": [FIRM]})],
                         "/firms/EC-777": [answer(LATER)],
                         "/firms/EC-778": [answer(None, status=404)]})
    daemon = lab.daemon({"council": settings | {"lookup.path": "/firms/{number}"}})
    daemon.sync("council")
    put(lab, "one", FIRM)
    put(lab, "seven", LATER)
    put(lab, "none", {"no": "EC-778", "name": "Firm Eight"})
    wait_until(lambda: lab.market.verdict("seven") == ("verified", "record_active"), 15)
    wait_until(lambda: ("/firms/EC-778", "Bearer " + TOKEN) in sent(lab, "Authorization"), 15)
    lab.settle(daemon)
    assert lab.market.verdict("one") == ("verified", "record_active")
    # 404 is no proof: whether there is none, a proven list says.
    assert lab.market.verdict("none") == ("self_reported", "awaiting_source")


def test_without_a_path_nobody_is_looked_up(lab, settings):
    lab.registry.script({"/firms": [answer({"items": [FIRM]})]})
    daemon = lab.daemon({"council": settings})
    daemon.sync("council")
    put(lab, "seven", LATER)
    lab.market.settle()
    lab.settle(daemon)
    assert lab.market.verdict("seven") == ("self_reported", "awaiting_source")
    assert {path for path, _ in sent(lab, "Authorization")} == {"/firms"}
    assert "look-up" not in daemon.log()
