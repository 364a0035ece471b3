# SPDX-License-Identifier: ISC
"""The plug-ins of the tree: one .c file each, or a folder of them; lib/ is what several share."""

from daemon import ROOT

FOLDER = ROOT / "connectors"


def names():
    return sorted([path.stem for path in FOLDER.glob("*.c")] +
                  [path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "lib"])


def sources(name):
    folder = FOLDER / name
    return sorted(folder.glob("*.c")) if folder.is_dir() else [FOLDER / (name + ".c")]
