"""Finding a browser. Law: looking never starts anything, and whoever finds none learns what was looked for.

In this order: the option, `JACKFIELD_BROWSER`, the engine's own download, then Chrome, Chromium, Edge and
Brave on the PATH and where this system keeps programs. An option or a variable that names nothing is an
error: what was asked for is never replaced in silence.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs

from ..errors import LaunchFailed

VARIABLE: Final = "JACKFIELD_BROWSER"


@attrs.frozen
class FoundBrowser:
    """A browser that is there.

    Attributes:
        path: Its executable.
        source: How it was found, as words for a person.
    """

    path: Path
    source: str


@attrs.frozen
class _Channel:
    commands: tuple[str, ...]
    mac: str
    windows: str


CHANNELS: Final[Mapping[str, _Channel]] = {
    "chrome": _Channel(
        ("google-chrome-stable", "google-chrome", "chrome"),
        "Google Chrome",
        r"Google\Chrome\Application\chrome.exe",
    ),
    "chromium": _Channel(("chromium", "chromium-browser"), "Chromium", r"Chromium\Application\chrome.exe"),
    "msedge": _Channel(
        ("microsoft-edge-stable", "microsoft-edge", "msedge"),
        "Microsoft Edge",
        r"Microsoft\Edge\Application\msedge.exe",
    ),
    "brave": _Channel(
        ("brave-browser", "brave"), "Brave Browser", r"BraveSoftware\Brave-Browser\Application\brave.exe"
    ),
}

_INSTALLERS: Final = (
    ("apt-get", "apt-get update && apt-get install -y chromium", True),
    ("dnf", "dnf install -y chromium", True),
    ("pacman", "pacman -S --noconfirm chromium", True),
    ("brew", "brew install --cask google-chrome", False),
)
"""Package manager, its command, and whether it wants root."""


def find_browser(
    wanted: str | None = None, *, own: str | None = None, environment: Mapping[str, str] | None = None
) -> FoundBrowser:
    """Return the browser to start.

    Args:
        wanted: A path, or one of `chrome`, `chromium`, `msedge`, `brave`; None to look further.
        own: Where the engine keeps the browser that it downloads.
        environment: Environment variables; the process's own by default.

    Raises:
        LaunchFailed: There is none; the message lists what was looked for and how to install one.
    """
    environment = os.environ if environment is None else environment
    search = environment.get("PATH", os.defpath)
    if wanted:
        return _named(wanted, "the option 'browser'", search)
    if named := environment.get(VARIABLE):
        return _named(named, VARIABLE, search)
    if own and shutil.which(own):  # which cannot be looked at is passed over, as all that follow
        return FoundBrowser(Path(own), "the engine's own")
    for channel in CHANNELS:
        for path in _places(channel, search):
            return FoundBrowser(path, f"{channel} on this system")
    commands = ", ".join(name for channel in CHANNELS.values() for name in channel.commands)
    raise LaunchFailed(
        f"no Chromium-family browser was found. Looked for: the option `browser`, {VARIABLE}, "
        f"the engine's own ({own or 'not known'}), {commands} on the PATH",
        hint=_remedy(search),
    )


def choice_is_made(wanted: str | None) -> bool:
    """Whether the option or the environment names a browser, so that nothing else is looked for."""
    return bool(wanted or os.environ.get(VARIABLE))


def _named(wanted: str, source: str, search: str) -> FoundBrowser:
    if wanted in CHANNELS:
        for path in _places(wanted, search):
            return FoundBrowser(path, f"{wanted} by {source}")
        looked = ", ".join(CHANNELS[wanted].commands)
        raise LaunchFailed(
            f"{source} asks for {wanted!r}, which is not installed. Looked for {looked} on the PATH",
            hint=_remedy(search),
        )
    if found := shutil.which(os.path.expanduser(wanted), path=search):  # noqa: PTH111  a Path's raises for no user
        return FoundBrowser(Path(found), f"path by {source}")
    raise LaunchFailed(
        f"{source} names {wanted!r}, which is no program",
        hint=f"Give the path of a browser or one of {', '.join(CHANNELS)}.",
    )


def _places(channel: str, search: str) -> Iterator[Path]:
    """Yield the executables of *channel* that are there."""
    known = CHANNELS[channel]
    for command in known.commands:
        if found := shutil.which(command, path=search):
            yield Path(found)
    for place in _program_folders(known):
        if place.exists():
            yield place


def _program_folders(known: _Channel, system: str = sys.platform) -> Iterator[Path]:
    if system == "darwin":
        for root in (Path("/Applications"), Path.home() / "Applications"):
            yield root / f"{known.mac}.app" / "Contents" / "MacOS" / known.mac
    elif system == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            if folder := os.environ.get(variable):
                yield Path(folder) / known.windows


def _remedy(search: str) -> str:
    return f"Install one: {install_command(search)}. Or set {VARIABLE} to the path of one."


def install_command(search: str | None = None) -> str:
    """Return the one command that installs a browser on this system."""
    for manager, command, wants_root in _INSTALLERS:
        if shutil.which(manager, path=search):
            return f"sudo sh -c '{command}'" if wants_root and not is_root() else command
    return f"{shlex.quote(sys.executable)} -m playwright install chromium"


def is_root() -> bool:
    """Whether this process has the rights of root."""
    return sys.platform != "win32" and os.geteuid() == 0
