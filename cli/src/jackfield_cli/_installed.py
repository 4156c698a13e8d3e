"""How to install what is missing: from where this command came from, with the Python that runs it.

Law: nobody is told to install a name from an index unless this command came from one: a name that is not
there could be claimed by anybody.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

_OURS: Final = "jackfield-cli"


def install_command(name: str) -> str:
    """Return the command that installs one of this project's distributions.

    Args:
        name: The distribution's name: `jackfield-web`.
    """
    return f"{_installer()} {_what(name, _origin())}"


def index_command(name: str) -> str:
    """Return the command that installs *name*, of which an index is known to have it."""
    return f"{_installer()} {shlex.quote(name)}"


def _installer() -> str:
    python = shlex.quote(sys.executable)
    # An environment of uv's has no pip of its own.
    return f"{python} -m pip install" if find_spec("pip") else f"uv pip install --python {python}"


def _origin() -> Mapping[str, Any]:
    """Return where this command was installed from (PEP 610); empty for an index."""
    try:
        found = json.loads(distribution(_OURS).read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _what(name: str, origin: Mapping[str, Any]) -> str:
    address = str(origin.get("url", ""))
    folder = _folder(name)
    if "vcs_info" in origin:
        told = origin["vcs_info"]
        revision = told.get("commit_id", "")
        return shlex.quote(f"{name} @ {told.get('vcs')}+{address}@{revision}#subdirectory={folder}")
    if not address.startswith("file:"):
        return shlex.quote(name)
    here = Path(unquote(urlsplit(address).path))
    if "dir_info" in origin:
        flag = "-e " if origin["dir_info"].get("editable") else ""
        return f"{flag}{shlex.quote(str(here.parent / folder))}"
    return f"--find-links {shlex.quote(str(here.parent))} {shlex.quote(name)}"


def _folder(name: str) -> str:
    """Return the folder of a distribution in this project's repository."""
    short = name.removeprefix("jackfield-").replace("-", "_")
    return short if short in {"core", "api", "web", "stealth", "playground", "cli"} else f"plugins/{short}"
