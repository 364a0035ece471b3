# SPDX-License-Identifier: ISC
"""The claims stream: every command, every rule, in order, once."""

import json

import pytest

from feeds import Rec, day
from gate import Gate
from metrics import scrape
from waiting import wait_until

FIRM = "Riverside Print Works"
CANARY = "CANARYVALUE"


@pytest.fixture
def source(lab):
    return lab.source("sam-extract")


@pytest.fixture
def daemon(lab, source):
    source.publish([Rec(source.number(i), FIRM, source.type, expires=day(300), alias="9ZZ%02d" % i)
                    for i in range(1, 10)] +
                   [Rec(source.number(20), FIRM, "SBA8A", expires=day(300))])
    daemon = lab.daemon([source])
    daemon.sync(source.name)
    return daemon


@pytest.fixture
def put(lab, daemon, source):
    """put(badge, ...): a claim that would be verified, and its end awaited."""
    def put(badge="b", n=1, **fields):
        claim_id = lab.market.put(badge, source, **dict(
            {"number": source.number(n), "business_name": FIRM}, **fields))
        lab.market.settle()
        return claim_id
    return put


def do(market, *args, **fields):
    entry = market.command(*args, **fields)
    market.settle()
    return entry


# --- put --------------------------------------------------------------------------------


def test_put_is_kept_as_stated(market, put):
    claim_id = put(type="WOSB", expires_on="2031-02-28", names=["Riverside", "R. Print"],
                   aliases=["9ZZ01"], holder="owner-1", rev="42")
    badge = market.badge("b")
    assert badge["claim_id"] == claim_id
    for name, value in {"profile": "p-b", "body": "sba", "category": "woman", "type": "WOSB",
                        "business_name": FIRM, "claimed_expires_on": "2031-02-28",
                        "holder": "owner-1", "rev": "42", "visibility": "shown"}.items():
        assert badge[name] == value
    assert json.loads(badge["names"]) == ["Riverside", "R. Print"]
    assert json.loads(badge["aliases"]) == ["9ZZ01"]
    assert market.kinds("b") == ["badge.verified"]
    event = market.events("b")[0]
    assert event["data"]["claim_id"] == claim_id and str(event["data"]["rev"]) == "42"


def test_holder_is_the_profile_by_default(market, put):
    put()
    assert market.badge("b")["holder"] == "p-b"


def test_unchanged_put_changes_and_emits_nothing(market, put):
    put(rev="1")
    before, events = market.badge("b"), len(market.events())
    put(rev="1")
    put(rev="2")
    after = market.badge("b")
    assert len(market.events()) == events
    assert {k: v for k, v in before.items() if k not in ("rev", "claim_id", "claimed_at", "commit")} == \
        {k: v for k, v in after.items() if k not in ("rev", "claim_id", "claimed_at", "commit")}


def test_changed_content_is_one_changed_event(market, put):
    put()
    put(names=["Other name"])
    put(expires_on="2031-01-01")
    assert market.kinds("b") == ["badge.verified", "badge.changed", "badge.changed"]
    assert market.badge("b")["version"] == "3"
    put()       # replaced whole: neither names nor date any more
    badge = market.badge("b")
    assert "names" not in badge and "claimed_expires_on" not in badge
    assert badge["version"] == "4" and badge["status"] == "verified"


def test_edit_to_another_number_is_decided_anew(lab, market, put, source):
    put()
    put(number=source.number(555))
    # It is looked up before anything is said of it.
    lab.settle()
    wait_until(lambda: market.verdict("b") == ("not_found", "number_unknown"), 10)
    badge = market.badge("b")
    for name in ("expires_on", "valid_until", "registry_name", "verified_once", "how"):
        assert name not in badge, name
    put(n=2)
    assert market.verdict("b") == ("verified", "record_active")
    waited = ["badge.self_reported"] if source.looks_up else []
    assert market.kinds("b") == ["badge.verified"] + waited + ["badge.not_found", "badge.verified"]


def test_edit_of_the_name_is_decided_anew(market, put):
    put()
    put(business_name="Some Other Firm")
    assert market.verdict("b") == ("review", "name_mismatch")
    put(business_name="Some Other Firm", names=["RIVERSIDE PRINT WORKS, INC."])
    assert market.verdict("b") == ("verified", "record_active")


def test_old_rev_is_ignored(market, put):
    put(rev="5")
    before = market.badge("b")
    put(rev="4", names=["Late retry"])
    assert market.badge("b") == before
    put(rev="6", names=["News"])
    assert market.badge("b")["version"] == "2"
    assert market.rejected() == []


def test_claims_before_the_daemon_ever_ran_are_read(lab, market, source):
    source.publish([Rec(source.number(1), FIRM, source.type, expires=day(300))])
    for i in range(50):
        market.put("b%02d" % i, source, number=source.number(1), business_name=FIRM, holder="h")
    lab.daemon([source])
    market.settle()
    lab.settle()
    assert {market.verdict("b%02d" % i) for i in range(50)} == {("verified", "record_active")}


@pytest.mark.parametrize("name", [
    "riverside print works", "RIVERSIDE PRINT WORKS, L.L.C.", "Riverside  Print-Works Inc",
    "The Riverside Print Works Company"])
def test_forms_of_a_name_agree(market, put, name):
    put(business_name=name)
    assert market.verdict("b") == ("verified", "record_active")


def test_number_is_normalised(market, put, source):
    put(number=" " + source.number(1).lower() + " ")
    assert market.verdict("b") == ("verified", "record_active")


def test_cage_code_is_an_alias(market, put, source):
    put(number=source.number(700), aliases=["9zz03"])
    assert market.verdict("b") == ("verified", "record_active")


def test_claim_without_type(market, put):
    put(type=None)
    assert market.verdict("b") == ("verified", "record_active")
    put("c", n=20, type=None)
    assert market.verdict("c") == ("review", "category_conflict")


def test_same_holder_may_share_another_may_not(market, put):
    put("mine", holder="h1")
    put("agency", holder="h1")
    put("stranger", holder="h2")
    assert market.verdict("agency") == ("verified", "record_active")
    assert market.verdict("stranger") == ("review", "already_claimed")
    assert market.verdict("mine") == ("verified", "record_active")


def test_stranger_is_verified_once_the_number_is_free(lab, market, put):
    put("mine", holder="h1")
    put("stranger", holder="h2")
    do(market, "delete", "mine", "p-mine")
    lab.settle()
    wait_until(lambda: market.verdict("stranger") == ("verified", "record_active"))


# --- hide, show, delete, erase ------------------------------------------------------------


def test_hide_and_show(market, put):
    put()
    assert market.tile("p-b", "b") and "p-b" in market.certified("woman")
    do(market, "hide", "b", "p-b")
    assert market.badge("b")["visibility"] == "hidden"
    assert market.tile("p-b", "b") is None and "p-b" not in market.certified()
    assert market.verdict("b") == ("verified", "record_active")
    do(market, "hide", "b", "p-b")
    assert market.badge("b")["version"] == "2"
    do(market, "show", "b", "p-b")
    assert market.tile("p-b", "b")["status"] == "verified" and "p-b" in market.certified("woman")
    assert market.kinds("b") == ["badge.verified", "badge.changed", "badge.changed"]


def test_put_hidden(market, put):
    put(visibility="hidden")
    assert market.verdict("b") == ("verified", "record_active")
    assert market.tile("p-b", "b") is None and "p-b" not in market.certified()


def test_a_profile_of_two_badges_stays_certified_by_the_other(market, put):
    put("x", profile="p")
    put("y", n=20, profile="p", type="SBA8A", category="minority")
    assert "p" in market.certified("woman") and "p" in market.certified("minority")
    do(market, "delete", "x", "p")
    assert "p" not in market.certified("woman")
    assert "p" in market.certified("minority") and "p" in market.certified()


def test_delete_then_put_continues_versions(market, put):
    put(rev="3")
    do(market, "delete", "b", "p-b", rev="4")
    assert market.badge("b") == {} and market.tile("p-b", "b") is None
    assert market.history("b") == []
    assert market.kinds("b") == ["badge.verified", "badge.erased"]
    put(rev="2")        # a retry that is older than the deletion
    assert market.badge("b") == {}
    put(rev="5")
    assert market.badge("b")["version"] == "3"
    assert market.kinds("b") == ["badge.verified", "badge.erased", "badge.verified"]
    assert [e["id"] for e in market.events("b")] == ["b-1", "b-2", "b-3"]


def test_erase_removes_every_badge_of_the_profile(market, put):
    put("x", profile="p")
    put("y", n=20, profile="p", type="SBA8A", category="minority")
    put("other", n=2, profile="q")
    do(market, "put", "x", "p", body="!", number=CANARY)         # a rejected entry of theirs
    do(market, "erase", None, "p", stream="staff")
    assert market.badge_ids() == ["other"]
    assert not market.redis.exists(market.key("{0}", "profile", "p"))
    assert "p" not in market.certified()
    for badge in ("x", "y"):
        assert market.kinds(badge)[-1] == "badge.erased"
        assert set(market.events(badge)[-1]["data"]) == {"badge", "version"}
    put("x", profile="p")
    assert int(market.badge("x")["version"]) == market.events("x")[-2]["data"]["version"] + 1


def test_erase_takes_no_version_for_a_second_time(market, put):
    put("x", profile="p")
    do(market, "erase", None, "p", stream="staff")
    events = len(market.events())
    do(market, "erase", None, "p", stream="staff")
    assert len(market.events()) == events


# --- what cannot be used -------------------------------------------------------------------

GOOD = {"body": "sba", "category": "woman", "number": CANARY + "1", "business_name": CANARY}
REJECTED = {
    "no op": {"op": None},
    "unknown op": {"op": "putt"},
    "op of staff": {"op": "erase"},
    "no badge": {"badge": None},
    "badge with colon": {"badge": "a:b"},
    "badge too long": {"badge": "b" * 65},
    "badge with dot": {"badge": "a.b"},
    "no profile": {"profile": None},
    "profile with space": {"profile": "a b"},
    "no body": {"body": None},
    "empty body": {"body": ""},
    "body in capitals": {"body": "SBA"},
    "body too long": {"body": "b" * 33},
    "no category": {"category": None},
    "unknown category": {"category": CANARY},
    "no number": {"number": None},
    "blank number": {"number": "  "},
    "number with control character": {"number": CANARY + "\x07"},
    "no business name": {"business_name": None},
    "name of 1025 bytes": {"business_name": CANARY + "n" * 1025},
    "name with newline": {"business_name": CANARY + "\nx"},
    "name with NUL": {"business_name": CANARY + "\x00x"},
    "name that is not UTF-8": {"business_name": b"CANARYVALUE\xff"},
    "type in lower case": {"type": "wosb"},
    "date that is none": {"expires_on": "2026-02-30"},
    "date of another form": {"expires_on": "02/28/2027"},
    "names not JSON": {"names": CANARY},
    "names not a list": {"names": '{"a":"b"}'},
    "names not strings": {"names": "[1]"},
    "nine names": {"names": json.dumps([CANARY] * 9)},
    "nine aliases": {"aliases": json.dumps([CANARY] * 9)},
    "alias too long": {"aliases": json.dumps(["A" * 65])},
    "holder with slash": {"holder": "a/b"},
    "visibility": {"visibility": "private"},
    "rev negative": {"rev": "-1"},
    "rev too large": {"rev": "9223372036854775808"},
    "rev not a number": {"rev": "1e3"},
    "unknown field": {"nmae": CANARY},
    "field far too large": {"business_name": CANARY * 3000},
}


def send(market, fields):
    """One put with these differences from a good one, as raw as it comes."""
    entry = dict({"op": "put", "badge": "bad", "profile": "p-bad"}, **GOOD, **{})
    entry.update(fields)
    return market.redis.xadd(market.key("claims"),
                             {k: v for k, v in entry.items() if v is not None} or {"x": ""})


def test_commands_that_cannot_be_used(lab, market, put):
    """All rules at once: each leaves one note without values, and nothing else."""
    sent = {send(market, fields): name for name, fields in REJECTED.items()}
    claim_id = put("good")
    assert market.verdict("good") == ("verified", "record_active")
    notes = {note["claim_id"]: note for note in market.rejected()}
    assert [name for entry, name in sent.items() if entry not in notes] == []
    assert claim_id not in notes
    for entry, name in sent.items():
        note = notes[entry]
        assert set(note) == {"op", "badge", "profile", "claim_id", "rev", "error"}, name
        assert note["error"], name
        fields = REJECTED[name]
        if name == "field far too large":
            continue            # so large that its fields are not even read
        if "badge" not in fields:
            assert note["badge"] == "bad", name
        if "profile" not in fields:
            assert note["profile"] == "p-bad", name
    lab.settle()
    text = json.dumps(market.rejected())
    assert CANARY not in text
    assert CANARY not in "".join(d.log() for d in lab.daemons)
    assert market.badge_ids() == ["good"]


@pytest.mark.parametrize("op", ["delete", "hide", "show"])
def test_commands_on_a_badge_that_is_not_there(market, put, op):
    put("good")
    entry = do(market, op, "nobody", "p")
    assert [n["claim_id"] for n in market.rejected()] in ([], [entry])
    assert market.badge_ids() == ["good"]


def test_a_badge_belongs_to_its_first_profile(market, put):
    put("b", profile="first")
    before = market.badge("b")
    entries = [put("b", profile="second")]
    entries += [do(market, op, "b", "second") for op in ("hide", "delete")]
    assert market.badge("b") == before
    notes = market.rejected()
    assert [n["claim_id"] for n in notes] == entries
    assert all(n["error"].startswith("profile_differs") for n in notes)


def test_a_profile_has_at_most_100_badges(market, put, source):
    for i in range(101):
        market.put("b%03d" % i, source, profile="p", holder="h", number=source.number(1),
                   business_name=FIRM)
    market.settle(30)
    assert len(market.badge_ids()) == 100
    assert len(market.rejected()) == 1


def test_hostile_entries_do_not_block_the_stream(market, put):
    """5 MiB in one field, 5 MiB in many, a field name of 5 MiB, and a thousand small ones."""
    stream = market.key("claims")
    huge = "x" * (5 << 20)
    market.redis.xadd(stream, {"op": "put", "badge": "h1", "profile": "p", "business_name": huge})
    market.redis.xadd(stream, {huge: "y"})
    market.redis.xadd(stream, {"f%d" % i: "x" * 5000 for i in range(1000)})
    for i in range(1000):
        market.redis.xadd(stream, {"op": "x", "badge": "h%d" % i, "profile": "p"})
    put("good")
    assert market.verdict("good") == ("verified", "record_active")
    assert len(market.rejected()) == 1003
    assert market.badge_ids() == ["good"]


def test_ids_are_told_apart_beyond_what_a_double_holds(market, daemon, source):
    """The second part of an id has 64 bits; of these two and 2^53 the nearest doubles are one."""
    ms = market.redis.time()[0] * 1000 + 60000
    for n, sequence in enumerate((2**53, 2**53 + 1, 2**53 + 4, 2**63), start=1):
        market.redis.xadd("certsync:claims", {
            "op": "put", "badge": "b%d" % n, "profile": "p%d" % n, "body": source.body,
            "category": source.category, "type": source.type, "number": source.number(n),
            "business_name": FIRM}, id="%d-%d" % (ms, sequence))
    market.settle()
    assert {b: f["status"] for b, f in market.badges().items()} == {
        "b%d" % n: "verified" for n in range(1, 5)}


# --- a stream that begins again ----------------------------------------------------------------


@pytest.fixture
def add(market, source):
    """add(badge, id): a claim under an id of the test's choice."""
    def add(badge, entry, stream="claims", **fields):
        market.redis.xadd(market.key(stream), dict({
            "op": "put", "badge": badge, "profile": "p-" + badge, "body": source.body,
            "category": source.category, "type": source.type, "number": source.number(1),
            "business_name": FIRM, "holder": "h"}, **fields), id=entry)
        market.settle()
    return add


def begun_again(daemon, stream):
    return scrape(daemon)("certsync_claims_begun_again_total", stream=stream)


@pytest.mark.parametrize("after", ["1-1", "5-7", "*"], ids=["lower", "lower still", "by the clock"])
def test_a_stream_made_anew_has_new_commands(market, daemon, add, after):
    ahead = market.redis.time()[0] * 1000 + 60000
    for n in range(3):
        add("b", "%d-%d" % (ahead, n), names=json.dumps(["Edition %d" % n]))
    market.redis.delete(market.key("claims"))
    add("b", after, names='["Anew"]')
    add("c", "*")
    assert json.loads(market.badge("b")["names"]) == ["Anew"]
    assert market.verdict("c") == ("verified", "record_active") and market.rejected() == []
    assert begun_again(daemon, "claims") == 1 and begun_again(daemon, "staff") == 0
    daemon.wait_log("claims: the stream claims was made anew")
    # Once more, and the daemon is down meanwhile.
    daemon.stop()
    market.redis.delete(market.key("claims"))
    market.redis.xadd(market.key("claims"), {"op": "hide", "badge": "b", "profile": "p-b"}, id="1-1")
    daemon.start()
    market.settle()
    assert market.badge("b")["visibility"] == "hidden" and begun_again(daemon, "claims") == 1


def test_in_a_stream_made_anew_a_command_counts_once(lab, market, daemon, add):
    """Killed between its effect and its removal, it is delivered again; in every round alike."""
    redis = daemon.sections["redis"]
    direct = redis["url"]
    add("b", "77003-1")
    market.redis.delete(market.key("claims"))
    for round_no, entry in enumerate(("77002-1", "77001-1")):
        with Gate(lab.server.socket, daemon.directory / ("gate%d.sock" % round_no), entry.encode()) as gate:
            redis["url"] = "unix://%s" % gate.address
            daemon.write()
            daemon.restart()
            market.redis.xadd(market.key("claims"), {
                "op": "hide" if round_no == 0 else "show", "badge": "b", "profile": "p-b"}, id=entry)
            gate.wait()
            redis["url"] = direct
            daemon.write()
            before = market.badge("b")
            assert before["visibility"] == ("hidden", "shown")[round_no]
            daemon.restart(kill=True)
        market.settle()
        assert market.badge("b")["version"] == before["version"]
        market.redis.delete(market.key("claims"))


def test_a_group_made_anew_is_no_new_stream(market, daemon, add):
    add("b", "*", names='["First"]')
    market.redis.xgroup_destroy(market.key("claims"), "certsyncd")
    add("b", "*", names='["Second"]')
    assert json.loads(market.badge("b")["names"]) == ["Second"]
    assert begun_again(daemon, "claims") == 0
