# SPDX-License-Identifier: ISC
"""Libraries that a daemon under test is started with: NAME.c of this folder."""

import functools
import os
import pathlib
import subprocess
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent


@functools.cache
def directory():
    """Goes with this process."""
    return tempfile.TemporaryDirectory(prefix="cs-preload-")


@functools.cache
def library(name):
    """The path of NAME.so, compiled once."""
    path = "%s/%s.so" % (directory().name, name)
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-fPIC", "-shared", "-o", path,
                    FOLDER / (name + ".c")], check=True)
    return path
