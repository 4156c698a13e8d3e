"""Which core a process runs on: clients on one, the server on another, so that neither disturbs the other."""

from __future__ import annotations

import os
import sys

CLIENT, SERVER = 0, -1


def pin(which: int) -> None:
    """Keep this process on the first of its cores (`CLIENT`) or the last (`SERVER`), where that works."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[which]})


def allow_open_files(wanted: int) -> None:
    """Raise this process' limit of open files to *wanted*, or as far as it goes."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
