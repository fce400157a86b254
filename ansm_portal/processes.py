"""Processes: whether one that left its name somewhere lives, and ending with a parent.

A name holds the machine as the process sees it (its own, or that of its container), the
number of the process, and when it began: numbers are used again. Linux only; elsewhere, and
of other machines, nothing is known.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import sys
from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_NUMBERS: Final = Path("/proc/self/ns/pid")
_SIGNAL_OF_PARENT: Final = 1  # PR_SET_PDEATHSIG
_PARTS: Final = 3
_BEGAN: Final = 19  # the field of /proc/PID/stat after the name, which may hold anything


def this_process() -> str:
    """Return the name of this process."""
    return f"{_machine()} {os.getpid()} {_began(os.getpid())}"


def is_gone(name: str) -> bool:
    """Tell whether the process of this name ended; False where that cannot be known."""
    parts = name.split(" ")
    if len(parts) != _PARTS or parts[0] != _machine() or not parts[2]:
        return False
    return _began(int(parts[1])) != parts[2]


def end_with_parent(parent: int, *, how: int = signal.SIGKILL) -> None:
    """Have this process end when ``parent``, which started it, does, however that happens.

    A process that is killed cannot end those it started. Linux only.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SIGNAL_OF_PARENT, how)
        if os.getppid() != parent:
            sys.exit(1)


def _machine() -> str:
    try:
        return f"{platform.node()[:40]}/{_BOOT.read_text().strip()[:8]}/{_NUMBERS.readlink()}"
    except OSError:
        return platform.node()[:40]


def _began(pid: int) -> str:
    """Return when a process began, in ticks since the machine did; empty where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *others = fields.rpartition(")")[2].split()
    return "" if state in {"Z", "X"} else others[_BEGAN - 1]
