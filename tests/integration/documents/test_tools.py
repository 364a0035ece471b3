# SPDX-License-Identifier: ISC
"""The tools that judge everything else notice what they are for."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pytest

from daemon import BUILD
from waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
GOOD = """[==========] Running 2 test(s).
[ RUN      ] test_a
[       OK ] test_a
[ RUN      ] test_b
[       OK ] test_b
[==========] 2 test(s) run.
[  PASSED  ] 2 test(s).
"""
BAD = """[==========] Running 3 test(s).
[       OK ] test_a
[  FAILED  ] test_b
[  SKIPPED ] test_c
[==========] 3 test(s) run.
[  PASSED  ] 1 test(s).
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] test_c
[  FAILED  ] 1 test(s), listed below:
[  FAILED  ] test_b
"""


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


def run_tool(*options, cwd=ROOT):
    return subprocess.run([sys.executable, cwd / "tools/run-tests", *options],
                          capture_output=True, text=True)


def run_tests(tmp_path, *programs, options=()):
    """run-tests over scripts that print and exit: (name, text, code)."""
    (tmp_path / "tests").mkdir()
    for name, text, code in programs:
        script(tmp_path / "tests" / name, f"cat <<'END'\n{text}END\nexit {code}\n")
    run = run_tool("--build", tmp_path, "--unit", *options)
    return run.returncode, run.stdout.splitlines()[-1], run.stdout


@pytest.mark.parametrize("programs, code, line", [
    ([("test_a", GOOD, 0)], 0, "2 passed, 0 failed"),
    ([("test_a", GOOD, 0), ("test_b", BAD, 1)], 1, "3 passed, 1 failed, 1 skipped"),
    ([("test_a", GOOD, 139)], 1, "2 passed, 1 failed"),     # died after its last case
    ([("test_a", "", 0)], 1, "0 passed, 1 failed"),         # ran no case at all
    ([], 1, "0 passed, 0 failed"),
])
def test_cases_are_counted(tmp_path, programs, code, line):
    got = run_tests(tmp_path, *programs)
    assert got[:2] == (code, line)


def test_output_of_failures_only(tmp_path):
    output = run_tests(tmp_path, ("test_good", GOOD, 0), ("test_bad", BAD, 1))[2]
    assert "RUN" not in output and "[  FAILED  ] test_b" in output


def test_a_skip_fails_the_run(tmp_path):
    skipping = GOOD.replace("OK ] test_b", "SKIPPED ] test_b")
    for options, code in ([], 1), (["--allow-skips"], 0):
        shutil.rmtree(tmp_path / "tests", ignore_errors=True)
        got = run_tests(tmp_path, ("test_a", skipping, 0), options=options)
        assert got[:2] == (code, "1 passed, 0 failed, 1 skipped"), options


def names(output):
    return re.findall(r"^  (?:ok|FAIL) +(\S+)", output, re.M)


def test_the_longest_is_first_and_the_unknown_are_in_the_middle(tmp_path):
    (tmp_path / "durations").write_text("0.0 test_short\n9000 test_long\n")
    programs = [(name, GOOD, 0) for name in ("test_long", "test_new", "test_short")]
    shown = run_tests(tmp_path, *programs[::-1], options=["-j", "1"])[2]
    assert names(shown) == ["test_long", "test_new", "test_short"]
    recorded = dict(line.split()[::-1] for line in
                    (tmp_path / "durations").read_text().splitlines())
    assert float(recorded["test_long"]) < 9000 and "test_new" in recorded


def test_programs_run_side_by_side_each_with_its_own_directory(tmp_path):
    """Each waits for the other: one after the other, both would be too late."""
    for me, other in ("ab", "ba"):
        script(tmp_path / "tests" / ("test_" + me), f"""
            echo $TMPDIR >{tmp_path}/{me}.part && mv {tmp_path}/{me}.part {tmp_path}/{me}
            until test -e {tmp_path}/{other}; do sleep 0.01; done
            touch $TMPDIR/left; cat <<'END'\n{GOOD}END\n""")
    run = run_tool("--build", tmp_path, "--unit", "-j", "2", "--deadline", "60")
    assert run.stdout.splitlines()[-1] == "4 passed, 0 failed"
    directories = {(tmp_path / me).read_text().strip() for me in "ab"}
    assert len(directories) == 2
    for directory in directories:
        assert not pathlib.Path(directory).exists()
        # Short: a Unix socket's name has 107 bytes.
        assert len(directory) - len(tempfile.gettempdir()) < 20


def ended(pid):
    """Gone, or dead and waiting for somebody to look."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("last, note", [("sleep 600", "too late"), ("exit 3", "exit 3")])
def test_nothing_of_a_program_stays(tmp_path, last, note):
    script(tmp_path / "tests/test_a", f"""
        echo before; touch $TMPDIR/left; echo $TMPDIR >{tmp_path}/directory
        sleep 600 & echo $! >{tmp_path}/child
        {last}\n""")
    run = run_tool("--build", tmp_path, "--unit", "--deadline", "2")
    assert f"0 passed, 1 failed, {note}" in run.stdout and "before" in run.stdout
    wait_until(lambda: ended((tmp_path / "child").read_text().strip()), 15, "the child lives")
    assert not pathlib.Path((tmp_path / "directory").read_text().strip()).exists()


def test_nothing_stays_of_a_run_that_is_ended(tmp_path):
    script(tmp_path / "tests/test_a", f"""
        echo $TMPDIR $$ >{tmp_path}/part && mv {tmp_path}/part {tmp_path}/started
        sleep 600\n""")
    run = subprocess.Popen([sys.executable, ROOT / "tools/run-tests", "--build", tmp_path, "--unit"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until((tmp_path / "started").exists, 15, "nothing starts")
    run.terminate()
    assert run.wait(15) != 0
    directory, pid = (tmp_path / "started").read_text().split()
    wait_until(lambda: ended(pid), 15, "the program lives")
    assert not pathlib.Path(directory).exists()


def test_files_are_found_in_folders_and_by_words(tmp_path):
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools/run-tests", tmp_path / "tools")
    files = {"test_top.py": "def test_a(): pass\n",
             "room/test_in.py": "import os\ndef test_a(): assert os.environ['BUILD'] == 'b'\n",
             "room/test_bad.py": "def test_a(): assert 0\ndef test_b(): pass\n"}
    for name, text in files.items():
        path = tmp_path / "tests/integration" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "b").mkdir()
    for words, line, shown in (([], "3 passed, 1 failed", sorted(files)),
                               (["top", "room/test_i"], "2 passed, 0 failed",
                                ["room/test_in.py", "test_top.py"])):
        run = run_tool("--build", "b", *words, cwd=tmp_path)
        assert run.stdout.splitlines()[-1] == line, run.stdout
        assert sorted(names(run.stdout)) == shown


def test_each_process_has_a_range_of_ports(tmp_path):
    """Two that are alive at once share none; what is bound is passed over."""
    code = ("import sys, socket; sys.path.insert(0, sys.argv[1]); from ports import free_port\n"
            "with socket.socket() as s:\n"
            "    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
            "    port = free_port(); s.bind(('127.0.0.1', port)); s.listen()\n"
            "    print(port, *(free_port() for _ in range(300)), flush=True); sys.stdin.read()")
    runs = [subprocess.Popen([sys.executable, "-c", code, ROOT / "tests/lib"], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    ports = [[int(word) for word in run.stdout.readline().split()] for run in runs]
    for run in runs:
        run.communicate()
    assert not set(ports[0]) & set(ports[1])
    for given in ports:
        assert len(given) == 301 and given[0] not in given[1:]
        assert 16000 <= min(given) and max(given) < 32768


@pytest.fixture
def copy(tmp_path):
    """The parts of the tree that check-floors and check-columns read, to break."""
    for name in ("src", "include", "connectors", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("path, line, words", [
    ("src/base/buf.h", '#include "core/badge.h"', "no floor below"),
    ("src/core/name.c", '#include "io/loop.h"', "no floor below"),
    ("src/worker/child.c", '#include "engine/state/engine.h"', "no floor below"),
    ("src/engine/poll/poll.c", "#include <curl/curl.h>", "belongs to src/io/http"),
    ("src/engine/guard/hold.c", '#include "engine/badge/reconcile.h"', "room does not stand below"),
    ("src/engine/poll/poll.h", '#include "engine/claim/claims.h"', "room does not stand below"),
    ("src/store/keys.h", '#include "engine/state/index.h"', "no floor below"),
    ("src/io/http.c", "#include <sqlite3.h>", "does not know"),
    ("connectors/socrata.c", '#include "base/text.h"', "only headers beside it"),
    ("connectors/socrata.c", '#include "book.h"', "only headers beside it"),
    ("connectors/sbs/row.c", '#include "sam/book.h"', "only headers beside it"),
    ("connectors/sam/sam.c", "#include <jansson.h>", "include/certsync and libc only"),
    ("include/certsync/date.h", "#include <stdio.h>", "need nothing else"),
])
def test_floors(copy, path, line, words):
    check = [sys.executable, copy / "tools/check-floors"]
    assert subprocess.run(check, capture_output=True).returncode == 0
    with open(copy / path, "a") as file:
        file.write(line + "\n")
    run = subprocess.run(check, capture_output=True, text=True)
    assert run.returncode == 1 and path in run.stderr and words in run.stderr


@pytest.mark.parametrize("path, line, width", [
    ("src/base/buf.h", "/* " + "x" * 94 + " */", None),
    ("src/base/buf.h", "/* " + "x" * 95 + " */", 101),
    ("connectors/socrata.c", "\t\t/* " + "x" * 78 + " */", None),
    ("connectors/socrata.c", "\t\t/* " + "x" * 79 + " */", 101),
    ("include/certsync/date.h", "/*" + " " * 20 + "\t" + "x" * 90 + " */", 117),
])
def test_columns(copy, path, line, width):
    with open(copy / path, "a") as file:
        number = len((copy / path).read_text().splitlines()) + 1
        file.write(line + "\n")
    run = subprocess.run([sys.executable, copy / "tools/check-columns"],
                         capture_output=True, text=True)
    if width is None:
        assert run.returncode == 0, run.stderr
    else:
        assert run.returncode == 1 and f"{path}:{number}: {width} columns" in run.stderr


ARROWS = {      # what is planted: sources, and what the check says of them
    "upwards": ({"src/engine/guard/hold.c": "void up(void); void hold(void) { up(); }",
                 "src/engine/badge/due.c": "void up(void); void up(void) { }"},
                "upwards: src/engine/guard/hold -> src/engine/badge/due: up"),
    "circle": ({"src/io/a.c": "void b(void); void a(void); void a(void) { b(); }",
                "src/io/b.c": "void b(void); void a(void); void b(void) { a(); }"},
               "circle: src/io/a src/io/b"),
    "one module": ({"src/io/a.c": "void b(void); void a(void); void a(void) { b(); }",
                    "src/io/a_b.c": "void b(void); void a(void); void b(void) { a(); }"}, None),
    "seam": ({"src/engine/poll/poll.c": "#include <time.h>\nlong now(void) { return time(0); }"},
             "past its seam: src/engine/poll/poll -> libc: time"),
    "seam of a floor": ({"src/io/loop.c": "#include <time.h>\nlong now(void) { return time(0); }"},
                        None),
}


@pytest.mark.parametrize("planted, words", ARROWS.values(), ids=ARROWS)
def test_arrows(tmp_path, planted, words):
    sources = {"src/base/ground.c": "void ground(void) { }",
               "src/io/over.c": "void ground(void); void over(void) { ground(); }", **planted}
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "tools/arrows.known").write_text("")
    for name, text in sources.items():
        source, built = tmp_path / name, (tmp_path / "build/obj" / name).with_suffix(".o")
        source.parent.mkdir(parents=True, exist_ok=True)
        built.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text + "\n")
        subprocess.run(["cc", "-w", "-c", source, "-o", built], check=True)
    run = subprocess.run([sys.executable, tmp_path / "tools/check-arrows", tmp_path / "build"],
                         capture_output=True, text=True)
    assert run.returncode == (1 if words else 0), run.stdout + run.stderr
    assert words is None or words in run.stderr


def test_arrows_excuses_only_what_is_there(tmp_path):
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "tools/arrows.known").write_text("src/io/a -> src/io/b\n")
    built = tmp_path / "build/obj/src/base/a.o"
    for path in (built, tmp_path / "src/base/a.c"):
        path.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "src/base/a.c").write_text("void b(void); void a(void) { b(); }\n")
    (tmp_path / "src/base/b.c").write_text("void b(void) { }\n")
    for name in "ab":
        subprocess.run(["cc", "-w", "-c", tmp_path / f"src/base/{name}.c",
                        "-o", built.with_name(name + ".o")], check=True)
    run = subprocess.run([sys.executable, tmp_path / "tools/check-arrows", tmp_path / "build"],
                         capture_output=True, text=True)
    assert run.returncode == 1 and "src/io/a -> src/io/b: not needed any more" in run.stderr


REGISTRY = """#include <stdio.h>
#include <stdlib.h>
struct times { long next_s; };
struct registry {
	const char	*label;	/* lent */
	char		 error[20];
	long		 polls;
	struct times	 times;
	struct times	*hold;
	struct times	 metrics;
};
long late(const struct times *);
void later(struct times *);
void registry_told(struct registry *);
"""
WRITES = {      # what a room does with a registry: whether it may
    "asks": ("if (r->polls > late(&r->times)) puts(r->error);", True),
    "tells": ("registry_told(r);", True),
    "copies": ("struct times copy = r->times; copy.next_s = 0; later(&copy);", True),
    "writes where it points": ("r->hold->next_s = 0; later(r->hold);", True),
    "counts": ("later(&r->metrics);", True),
    "assigns": ("r->polls = 7;", False),
    "adds": ("r->polls++;", False),
    "assigns in a part": ("r->times.next_s += 5;", False),
    "assigns all of a part": ("r->times = (struct times){ 0 };", False),
    "by another name": ("long *polls = &r->polls; *polls = 7;", False),
    "points elsewhere": ("r->hold = NULL;", False),
    "prints into it": ("(void)snprintf(r->error, sizeof(r->error), \"late\");", False),
    "lends a part": ("later(&r->times);", False),
}


@pytest.mark.parametrize("does, may", WRITES.values(), ids=WRITES)
def test_registry(tmp_path, does, may):
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    for room, text in (("registry/registry.h", "#ifndef R_H\n#define R_H\n" + REGISTRY + "#endif\n"),
                       ("registry/event.c", "void f(struct registry *r) { r->polls = 7; }\n"),
                       ("poll/poll.c", "void g(struct registry *r);\n"
                        "void g(struct registry *r) { %s }\n" % does)):
        path = tmp_path / "src/engine" / room
        path.parent.mkdir(exist_ok=True, parents=True)
        include = '#include "engine/registry/registry.h"\n' if room.endswith(".c") else ""
        path.write_text(include + text)
    run = subprocess.run([sys.executable, tmp_path / "tools/check-registry", "cc", "-Wall", "-Isrc"],
                         capture_output=True, text=True)
    assert run.returncode == (0 if may else 1), run.stdout + run.stderr
    assert may or "src/engine/poll/poll.c:3" in run.stderr


def test_symbols(tmp_path):
    source = tmp_path / "x.c"
    source.write_text("int cs_connector_x; extern int other; int other;\n"
                      "int lost(void); static int f(void) { return LOST; }\n"
                      "int cs_connector_x_f(void) __attribute__((visibility(\"hidden\")));\n"
                      "int cs_connector_x_f(void) { return f(); }\n")
    fine = ["-Dother=cs_connector_x", "-DLOST=0"]
    for flags, code in (fine, 0), (["-DLOST=0"], 1), ([fine[0], "-DLOST=lost()"], 1):
        subprocess.run(["gcc", "-shared", "-fPIC", *flags, "-o", tmp_path / "x.so", source],
                       check=True)
        assert symbols(BUILD / "certsyncd-worker", tmp_path / "x.so").returncode == code


def symbols(*files):
    return subprocess.run([ROOT / "tools/check-symbols", *files], capture_output=True, text=True)


def test_symbols_of_the_worker(tmp_path):
    names = subprocess.run(["nm", "-D", "--defined-only", BUILD / "certsyncd-worker"],
                           capture_output=True, text=True, check=True).stdout.split()
    functions = ["int %s(void) { return 0; }\n" % name for name in names if name.startswith("cs_")]
    for text, options, says in (
            ("".join(functions), [], ""),
            ("".join(functions[1:]), [], "does not export cs_"),
            ("".join(functions), ["-Wl,--no-as-needed", "-lcurl", "-lssl"],
             "loads libcurl.so.4 libssl.so.3")):
        (tmp_path / "w.c").write_text(text)
        subprocess.run(["gcc", "-w", "-shared", "-fPIC", "-o", tmp_path / "w", tmp_path / "w.c",
                        *options], check=True)
        run = symbols(tmp_path / "w")
        assert says in run.stderr and run.returncode == (1 if says else 0)


LUCK = {
    "log": "daemon.reload()\ndaemon.rest()\nassert 'reloaded' in daemon.log()",
    "log of a name": "text = daemon.log()\nassert re.search('x', text)",
    "absent": "market.put('b')\nassert 'x' not in daemon.log()",
    "step": "market.put('b')\nassert market.verdict('b') == 1",
    "step of a reload": "daemon.reload()\nassert scrape(daemon)('up') == 1",
    "step of a poll": "daemon.control('sync', 'x')\nassert market.connector('x')",
    "sleep": "time.sleep(1)",
    "sleep of another name": "keep_busy(0.3)\nassert True",
}
PATIENT = """
market.put('b')
market.settle()
assert market.verdict('b') == 1
daemon.control('sync', 'x', wait=True)
assert market.connector('x')
daemon.wait_log('x')
daemon.turns()
assert 'y' not in daemon.log()
"""


def check_tests(path, text):
    path.write_text("def test_a(daemon, market):\n" + "".join(
        "    %s\n" % line for line in text.strip().splitlines()))
    run = subprocess.run([sys.executable, ROOT / "tools/check-tests", path], capture_output=True,
                         text=True)
    return run.returncode, run.stderr


@pytest.mark.parametrize("kind", LUCK)
def test_what_only_luck_puts_in_order_is_found(tmp_path, kind):
    code, said = check_tests(tmp_path / "test_x.py", LUCK[kind])
    line = len(LUCK[kind].splitlines()) + 1
    assert (code, said) == (1, "%s:%d: %s\n" % (tmp_path / "test_x.py", line, kind.split()[0]))


def test_what_waits_is_not(tmp_path):
    assert check_tests(tmp_path / "test_x.py", PATIENT) == (0, "")
