# SPDX-License-Identifier: ISC
"""certsync-connector-check passes our own connectors and finds each fault of bad ones."""

import subprocess

import plugins as tree
import pytest
from daemon import BUILD, ROOT

CHECK = BUILD / "certsync-connector-check"
OURS = BUILD / "connectors"
BAD = BUILD / "tests" / "connectors"
FIXTURES = ROOT / "tests" / "fixtures"
LIST = b"AB1\nAB2\nAB3\n"


def check(*words, code=None):
    run = subprocess.run([CHECK, *words], capture_output=True, text=True, timeout=900)
    if code is not None:
        assert run.returncode == code, run.stdout + run.stderr
    return run


def case(directory, how="", body=LIST, golden=False, lines=()):
    """A directory with one case; a golden of its own is written where it is asked for."""
    (directory / "made").mkdir(parents=True, exist_ok=True)
    (directory / "made" / "list.txt").write_bytes(body)
    text = ["set how " + how] if how else []
    text += [*lines, "answer 200 made/list.txt text/plain", ""]
    (directory / "x.case").write_text("\n".join(text))
    return directory


def found(run):
    return [line for line in run.stdout.splitlines() if line.startswith("FAIL")]


@pytest.mark.parametrize("name", tree.names())
def test_ours_pass(name):
    # All that can be tried of all cases takes two minutes.
    run = check("--time", "300", "--tries", "64", OURS / (name + ".so"), FIXTURES / name, code=0)
    cases = len(list((FIXTURES / name).glob("*.case")))
    assert run.stdout.splitlines()[-1].startswith(f"{2 + 5 * cases} checks, 0 findings, "), run.stdout


@pytest.mark.parametrize("plugin, how, kind, words", [
    ("crasher", "segv", "whole", "it crashed (Segmentation fault) in push() of answer 1 from byte 0"),
    ("crasher", "abort", "whole", "it crashed (Aborted) in push() of answer 1"),
    ("careless", "crash", "bytes", "in push() of answer 1 from byte 0, byte by byte"),
    ("careless", "crash", "cuts", "in push() of answer 1 from byte 0, cut at byte 1 of 12"),
    ("crasher", "exit", "whole", "it ended the process (status 3) in push() of answer 1"),
    ("crasher", "close", "whole", "it crashed (Aborted) in close() of answer 1"),
    ("looper", "", "whole", "did not come back within 1 s, in push() of answer 1"),
    ("silent", "", "whole", "did not come back within 1 s, in next()"),
    ("liar", "rc", "whole", "next() returned 77, which is no result of it"),
    ("liar", "ignore", "whole", "push() went on after a failure (record 1: its number is"),
    ("liar", "path", "whole", "request: path "),
    ("liar", "host", "whole", "request: path "),
    ("liar", "method", "whole", "request: method "),
    ("liar", "header", "whole", "request: header name "),
    ("liar", "crlf", "whole", "request: header value "),
    ("liar", "code", "whole", "request: HTTP code "),
    ("careless", "", "bytes", "line 3 of the whole answer is \"record AB1"),
    ("careless", "", "splits", "of the whole answer is \"record AB1"),
    ("careless", "closed", "cuts", "it proves a list of 1 records that are not the 3 of the whole one"),
    ("careless", "proof", "whole", "claims a proof that its descriptor does not declare"),
    ("careless", "constant", "whole", "its descriptor changed during a poll"),
])
def test_fault_is_found(tmp_path, plugin, how, kind, words):
    directory = case(tmp_path / "cases", how)
    run = check("--time", "1", BAD / (plugin + ".so"), directory, code=1)
    name = f"FAIL  {directory}/x.case: {kind}: "
    assert [line for line in found(run) if line.startswith(name) and words in line], run.stdout
    assert kind != "whole" or len(found(run)) == 1, run.stdout


@pytest.mark.parametrize("plugin, words", [
    ("badabi", "it speaks connector ABI 999, this certsyncd 2"),
    ("hanger", "did not come back within 1 s, as it was loaded"),
])
def test_it_cannot_be_loaded(tmp_path, plugin, words):
    run = check("--time", "1", BAD / (plugin + ".so"), case(tmp_path / "cases"), code=1)
    assert len(found(run)) == 1 and words in found(run)[0] and \
        found(run)[0].startswith("FAIL  descriptor: "), run.stdout


@pytest.mark.parametrize("fault, kind, words", [
    ("EXPORTS", "exports", "it exports careless_helper: make all but cs_connector_careless static"),
    ("DEFAULT", "descriptor", "the default of pages: not a valid value"),
    ("GRAMMAR", "descriptor", "the engine refuses it: description: grammar min_len is above"),
])
def test_fault_of_the_descriptor(tmp_path, fault, kind, words):
    plugin = tmp_path / "careless.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-fvisibility=hidden", "-D" + fault,
                    "-I", ROOT / "include", "-o", plugin,
                    ROOT / "tests/connectors/careless.c"], check=True)
    run = check(plugin, code=1)
    assert len(found(run)) == 1 and found(run)[0].startswith(f"FAIL  {kind}: "), run.stdout
    assert words in found(run)[0]


def test_a_warning_is_no_finding(tmp_path):
    directory = case(tmp_path, "type", b"ABCDE\n")
    run = check("--update", BAD / "careless.so", directory)
    warnings = [line for line in run.stdout.splitlines() if line.startswith("warn  ")]
    assert "type NONESUCH, which types.conf does not have" in warnings[0]
    assert "1 of 1 records have a number that the grammar refuses" in warnings[1]
    (directory / "x.golden").unlink()
    assert "there is no golden: --update writes it" in check(BAD / "careless.so", directory).stdout


def test_a_system_call_is_told(tmp_path):
    run = check(BAD / "burglar.so", case(tmp_path, "unix"), code=1)
    assert "whole: push called socket, which connectors may not" in run.stdout, run.stdout


def test_a_broken_case_is_told_by_its_line(tmp_path):
    case(tmp_path, lines=["sett x y"])
    run = check(OURS / "table.so", tmp_path, code=1)
    assert f"{tmp_path}/x.case:1: an unknown word" in run.stdout
    case(tmp_path, lines=["today 2026-02-30"])
    assert "x.case:1: today: write YYYY-MM-DD" in check(OURS / "table.so", tmp_path, code=1).stdout
    assert "there is no NAME.case in it" in check(OURS / "table.so", tmp_path / "made", code=1).stdout


@pytest.mark.parametrize("words", [
    [], ["--seed", "x", "a.so"], ["--time", "0", "a.so"], ["--record", "http://example.org/", "a.so", "d"],
    ["--record", "https://example.org/", "a.so"], ["--set", "a=b", "a.so"], ["nowhere.so"], ["--what"],
])
def test_usage(words):
    run = check(*words, code=64)
    assert run.stderr and not run.stdout


def test_seed_is_printed_and_repeats(tmp_path):
    directory = case(tmp_path)
    runs = [check("--seed", "7", BAD / "careless.so", directory).stdout for _ in range(2)]
    assert runs[0] == runs[1] and runs[0].endswith("seed 7\n")


TABLE = ["--set", "field.number=No", "--set", "field.business_name=Name", "--set", "type=MBE"]
ROWS = "No,Name\nA-1,Example One\nA-2,Example Two\n"


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_a_live_answer_is_recorded(tmp_path, registry, scheme):
    (tmp_path / "list.csv").write_text(ROWS)
    registry.script({"/list": [{"body": ROWS, "headers": {"Content-Type": "text/csv; charset=utf-8"}}] * 2})
    url = f"file://{tmp_path}/list.csv" if scheme == "file" else registry.url + "/list"
    cases = tmp_path / "cases"
    words = ["--record", url, *TABLE, "--update", OURS / "table.so", cases]
    run = check(*words, code=0)
    assert [path.read_text() for path in (cases / "real").iterdir()] == [ROWS]
    golden = (cases / "recorded.golden").read_text()
    assert "record A-1 MBE active" in golden and 'name="Example Two"' in golden, golden
    assert f"{cases}/recorded.case: record" in run.stdout
    assert "it is there already" in check(*words, code=1).stdout


def test_what_cannot_be_recorded_is_told(tmp_path, registry):
    registry.script({"/list": [{"status": 500}]})
    run = check("--record", registry.url + "/list", *TABLE, OURS / "table.so", tmp_path / "a", code=1)
    assert "HTTP 500 was not asked for" in run.stdout
    run = check("--record", registry.url + "/x", OURS / "sam.so", tmp_path / "b", code=1)
    assert "it asks for the credential of setting api_key" in run.stdout
    assert not list((tmp_path / "b" / "real").iterdir())
