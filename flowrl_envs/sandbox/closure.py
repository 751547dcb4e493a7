"""Which files of this host a Python interpreter needs: the only ones that a box can see.

The interpreter, its standard library without site-packages and tests, and the shared libraries that these load,
found by loading them in a helper process. Nothing else of the host's file system enters a box.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from flowrl_envs.errors import InfrastructureError

PROFILES: dict[str, tuple[str, ...]] = {"plain": (), "numpy": ("numpy",)}
"""Zygote profile -> installed packages that it imports beforehand and that a program may use."""

_HIDDEN = ("site-packages", "dist-packages")

_HELPER = r"""
import sys
extra = sys.argv[1:]
import _ctypes, ctypes, glob, importlib, json, os
stdlib, dynload = os.path.dirname(os.__file__), os.path.dirname(getattr(_ctypes, "__file__", "") or os.__file__)
without = ("_tkinter", "_test", "_curses", "readline", "nis.", "_dbm", "_gdbm")
packages = {}
for name in extra:
    module = importlib.import_module(name)
    packages[name] = os.path.dirname(module.__file__)
for path in glob.glob(dynload + "/*.so"):
    if not os.path.basename(path).startswith(without):
        try:
            ctypes.CDLL(path)
        except OSError:
            pass
class Info(ctypes.Structure):
    _fields_ = [("address", ctypes.c_void_p), ("name", ctypes.c_char_p)]
found = []
CALL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Info), ctypes.c_size_t, ctypes.c_void_p)
def each(info, size, data):
    found.append(os.fsdecode(info[0].name or b""))
    return 0
ctypes.CDLL(None).dl_iterate_phdr(CALL(each), None)
print(json.dumps({"libraries": found, "packages": packages, "stdlib": [stdlib, os.path.dirname(dynload)]}))
"""


@dataclass(frozen=True, slots=True)
class Closure:
    """The files of an interpreter.

    Attributes:
        python: the interpreter's path as it is to be started.
        folders: folders to show, read-only.
        files: files to show: path in the box -> path on the host.
        hidden: folders inside `folders` to show empty.
        packages: folders of third-party packages to show under `/site`: name -> path on the host.
        library_path: where the loader must look.
    """

    python: str
    folders: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    hidden: tuple[str, ...]
    packages: tuple[tuple[str, str], ...]
    library_path: str


@functools.cache
def find(profile: str = "plain") -> Closure:
    """The closure of the interpreter that runs this.

    Raises:
        InfrastructureError: the helper process failed; says what it printed.
    """
    extra = PROFILES[profile]
    running = sys.executable if extra else _base_python()
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [running, "-I", "-B", "-c", _HELPER, *extra], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise InfrastructureError(
            f"The sandbox could not inspect {running} (profile {profile!r}): {done.stderr.strip()[-500:]}"
        )
    found = json.loads(done.stdout.splitlines()[-1])
    folders = sorted({os.path.realpath(folder) for folder in found["stdlib"]})
    hidden = [f"{folder}/{name}" for folder in folders for name in _HIDDEN if os.path.isdir(f"{folder}/{name}")]
    packages = dict(found["packages"])
    for name, path in list(packages.items()):
        if os.path.isdir(f"{path}.libs"):
            packages[f"{name}.libs"] = f"{path}.libs"
    inside = (*folders, *packages.values())
    libraries = [path for path in found["libraries"] if path.startswith("/") and not path.startswith(inside)]
    python = os.path.realpath(_base_python())
    files = {path: os.path.realpath(path) for path in [*libraries, python] if os.path.exists(path)}
    places = sorted({os.path.dirname(path) for path in libraries})
    return Closure(
        python=python,
        folders=tuple(folders),
        files=tuple(sorted(files.items())),
        hidden=tuple(hidden),
        packages=tuple(sorted(packages.items())),
        library_path=":".join(places),
    )


def box_folder() -> str:
    """The folder of this package that is shown inside a box."""
    return str(Path(__file__).with_name("box"))


def starter(folder: str, call: str) -> str:
    """Python that calls "module.function" of the box package in `folder`, with nothing else put on the path."""
    module = call.partition(".")[0]
    return (
        "import importlib.util as u, sys; "
        f"s = u.spec_from_file_location('flowrl_box', {folder + '/__init__.py'!r}); m = u.module_from_spec(s); "
        f"sys.modules['flowrl_box'] = m; s.loader.exec_module(m); from flowrl_box import {module}; {call}()"
    )


def _base_python() -> str:
    return getattr(sys, "_base_executable", None) or sys.executable
