# SPDX-License-Identifier: ISC
"""docs/adding-a-connector.md works as printed: compile, load, replay."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
if not BUILD.is_absolute():
    BUILD = ROOT / BUILD
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"]


@pytest.fixture(scope="module")
def blocks():
    """Every block of the page that names a file: {"acme.c": text, ...}."""
    page = (ROOT / "docs" / "adding-a-connector.md").read_text()
    return dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", page, re.M | re.S))


@pytest.fixture
def pkg_config(tmp_path):
    """pkg-config over the template, installed below tmp_path as make install would."""
    template = (ROOT / "config" / "certsync-connector.pc.in").read_text()
    prefix = tmp_path / "usr"
    values = {"PREFIX": str(prefix), "LIBDIR": f"{prefix}/lib", "VERSION": "0"}
    text = re.sub(r"@(\w+)@", lambda m: values[m[1]], template)
    directory = prefix / "lib" / "pkgconfig"
    directory.mkdir(parents=True)
    (directory / "certsync-connector.pc").write_text(text)
    shutil.copytree(ROOT / "include", prefix / "include")
    env = dict(os.environ, PKG_CONFIG_PATH=str(directory))

    def ask(*args):
        run = subprocess.run(["pkg-config", *args, "certsync-connector"], env=env,
                             check=True, capture_output=True, text=True)
        return run.stdout.split()

    return ask


def compile_example(blocks, pkg_config, tmp_path, compiler):
    source = tmp_path / "acme.c"
    source.write_text(blocks["acme.c"])
    plugin = tmp_path / "plugins" / "acme.so"
    plugin.parent.mkdir()
    subprocess.run([compiler, "-shared", "-fPIC", *WARNINGS, *pkg_config("--cflags"),
                    "-o", plugin, source], check=True)
    return plugin


@pytest.mark.parametrize("compiler", ["gcc", "clang-14"])
def test_example_exports_its_descriptor_only(blocks, pkg_config, tmp_path, compiler):
    plugin = compile_example(blocks, pkg_config, tmp_path, compiler)
    symbols = subprocess.run(["nm", "-D", "--defined-only", plugin], check=True,
                             capture_output=True, text=True).stdout
    assert [line.split()[-1] for line in symbols.splitlines()] == ["cs_connector_acme"]


def test_example_passes_its_check_as_printed(blocks, pkg_config, tmp_path):
    page = (ROOT / "docs" / "adding-a-connector.md").read_text()
    plugin = compile_example(blocks, pkg_config, tmp_path, "gcc")
    shutil.copy(plugin, tmp_path / "acme.so")
    for name, text in blocks.items():
        if "/" in name:
            path = tmp_path / "tests" / "fixtures" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    command = re.search(r"^```sh\n(certsync-connector-check .*)\n```$", page, re.M)[1]
    run = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True,
                         env=dict(os.environ, PATH=f"{BUILD}:{os.environ['PATH']}"))
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout == re.search(r"^```text\n(ok    exports\n.*?)^```$", page, re.M | re.S)[1]


def test_example_replays_as_printed(blocks, pkg_config, tmp_path):
    replay = BUILD / "tests" / "test_replay"
    plugin = compile_example(blocks, pkg_config, tmp_path, "gcc")
    fixtures = tmp_path / "fixtures"
    for name, text in blocks.items():
        if "/" in name:
            path = fixtures / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    run = subprocess.run([replay, "--plugins", plugin.parent, fixtures],
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_pkg_config_states_the_contract(pkg_config):
    header = (ROOT / "include" / "certsync" / "connector.h").read_text()
    abi = re.search(r"#define CS_CONNECTOR_ABI\s+(\d+)u", header)[1]
    assert pkg_config("--variable=abi_version") == [abi]
    assert pkg_config("--variable=plugindir")[0].endswith("/lib/certsyncd/connectors")
