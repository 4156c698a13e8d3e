"""`jackfield new provider`: a distribution whose own tests pass at once, written from `_templates`.

A template is a file whose `$words` are filled in: what all have in common, what those of an API have, and
what one wire has; of two files in one place the latter's counts.
"""

from __future__ import annotations

import importlib.resources
import re
import string
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from jackfield import ConfigError, providers, version

if TYPE_CHECKING:
    from ._session import Session

WIRES: Final = ("openai", "events", "poll", "web")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_LONGEST: Final = 50
_TEMPLATE: Final = ".in"
_OURS: Final = frozenset(
    {"api", "cli", "gateway", "otel", "playground", "prices", "stealth", "testing", "web"}
)
"""What the project's own distributions are called behind `jackfield-`, besides its providers."""

_CAPABILITIES: Final = {
    "openai": (
        "TEXT_DELTAS REASONING REASONING_EFFORT HISTORY STOP IMAGES SYSTEM_MESSAGES TOOLS STRUCTURED_OUTPUT "
        "MODELS MAX_TOKENS TEMPERATURE TOP_P SEED STOP_SEQUENCES"
    ),
    "events": "TEXT_DELTAS HISTORY STOP SYSTEM_MESSAGES MODELS MAX_TOKENS TEMPERATURE",
    "poll": "TEXT_DELTAS HISTORY SYSTEM_MESSAGES ATTACH",
    "web": "",
}


@attrs.frozen
class Written:
    """What was written.

    Attributes:
        folder: Where it is.
        wire: How its remote is spoken to.
        files: Its files, by their places in it.
    """

    folder: Path
    wire: str
    files: tuple[str, ...]


def write_provider(name: str, wire: str, folder: str | None = None) -> Written:
    """Write the distribution `jackfield-NAME` into a new folder.

    Args:
        name: The provider's name.
        wire: How its remote is spoken to: one of `WIRES`.
        folder: Where it goes; `jackfield-NAME` in the current folder by default.

    Raises:
        ConfigError: The name can be none or is taken, the folder is there, or cannot be written.
    """
    check_name(name)
    words = _words(name, wire)
    place = Path(folder or words["dist"])
    files = {_filled(file, words): _filled(text, words) for file, text in _templates(wire).items()}
    try:
        place.mkdir(parents=True)
        for file, text in files.items():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            (place / file).write_text(text, "utf-8")
    except FileExistsError:
        raise ConfigError(
            f"{place} is there already", hint="Name another folder with --folder, or remove that one."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{place} cannot be written: {error.strerror}", hint="Name another folder with --folder."
        ) from error
    return Written(place, wire, tuple(sorted(files)))


def tell_written(session: Session, written: Written) -> None:
    """Say what is there, and what comes next."""
    session.say(f"{written.folder} has a provider whose tests pass. What is the remote's own is marked TODO.")
    for name in written.files:
        session.say(f"  {name}")
    quick = "" if written.wire != "web" else "      # or, without a browser: pytest -m 'not browser'"
    session.say(f"Next:\n  cd {written.folder}\n  pip install -e . --group test\n  pytest{quick}")


def check_name(name: str) -> None:
    """Refuse what can be no provider's name, or is another's.

    Raises:
        ConfigError: It says what was found, and what a name is.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        like = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:_LONGEST].strip("_")
        raise ConfigError(
            f"a provider cannot be called {name[: 2 * _LONGEST]!r}",
            hint="Its name begins with a letter and has lower-case letters and digits, with single '_' or "
            f"'-' between them, {_LONGEST} characters at most{f': {like}, for example' if like else ''}.",
        )
    dist = _distribution(name)
    if name in _OURS:
        raise ConfigError(
            f"{dist} is a distribution of Jackfield's own", hint=f"Try {name}_ai, or {name}_chat."
        )
    for found in providers():
        if dist in (_distribution(found.name), found.distribution):
            raise ConfigError(
                f"there is a provider {found.name!r} already, of {found.distribution} {found.version}",
                hint="Two of one name exclude each other: take another name, or pip uninstall that one.",
            )


def _distribution(name: str) -> str:
    return f"jackfield-{name.replace('_', '-')}"


def _words(name: str, wire: str) -> Mapping[str, str]:
    parts = re.split("[_-]", name)
    module = "_".join(parts)
    is_web = wire == "web"
    wanted = _CAPABILITIES[wire].split()
    today = datetime.now(UTC).date()
    return {
        "name": name,
        "dist": _distribution(name),
        "module": f"jackfield_{module}",
        "klass": "".join(part.capitalize() for part in parts),
        "title": " ".join(part.capitalize() for part in parts),
        "env": module.upper(),
        "host": f"{'-'.join(parts)}.example",
        "range": _range(version()),
        "base": "jackfield-web" if is_web else "jackfield-api",
        "plugin": ":plugin" if is_web else "",
        "ci": ' -m "not browser"' if is_web else "",
        "capabilities": "\n".join(f"        Capability.{one}," for one in wanted),
        "day": today.isoformat(),
        "NAME": name,
        "DATE": f"{today:%Y-%m}",
        "MODULE": f"jackfield_{module}",
    }


def _range(version: str) -> str:
    """Return the versions that keep the contract of *version*: of 0.x those with the same x."""
    major, minor = version.split(".")[:2]
    return f">=0.{minor},<0.{int(minor) + 1}" if major == "0" else f">={major}.{minor},<{int(major) + 1}"


def _filled(text: str, words: Mapping[str, str]) -> str:
    return string.Template(text).substitute(words)


def _templates(wire: str) -> dict[str, str]:
    """Return the templates of a wire, by the places of what they become."""
    root = importlib.resources.files(__package__) / "_templates"
    found: dict[str, str] = {}
    for layer in ("common", *(() if wire == "web" else ("api",)), wire):
        found |= {_place(place): file.read_text("utf-8") for place, file in _files(root / layer)}
    return found


def _place(place: str) -> str:
    """Return where a template goes. Names that begin with a dot, or are to be filled in, have others here."""
    return re.sub(r"\b(MODULE|NAME|DATE)\b", r"$\1", place.removesuffix(_TEMPLATE).replace("dot-", "."))


def _files(folder: Traversable, under: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{under}{entry.name}/")
        elif entry.name.endswith(_TEMPLATE):
            yield f"{under}{entry.name}", entry
