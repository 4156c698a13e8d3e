"""Which description of a page is used: the newest of those that are shipped and of the user's own.

A Site lies in a file `NAME-YYYY-MM.toml`, in the distribution that ships it or in the folder `sites` beside
`jackfield.toml`. Law: the newest by its name wins, a name without a date is the oldest, and the user's own
wins a tie; so a page that changed is followed without a release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import attrs

from jackfield import ConfigError, config_path, near_names

from ._loading import load_site, read_toml
from ._site import Site

_NAME: Final = re.compile(r"(?P<name>[\w-]+?)(?:-(?P<when>\d{4}-\d{2}(?:-\d{2})?))?\.toml")


@attrs.frozen(order=True)
class SiteFile:
    """A file that describes a page. The newer one is the greater.

    Attributes:
        when: When it was made, as its name tells: `2026-11` or `2026-11-23`; empty when it does not.
        is_own: Whether it is the user's.
        name: The Site's name.
        file: The file.
        folder: Where it lies.
    """

    when: str
    is_own: bool
    name: str = attrs.field(order=False)
    file: Traversable = attrs.field(order=False)
    folder: Traversable = attrs.field(order=False)

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return str(self.file) if self.is_own else f"shipped{self.when and f', of {self.when}'}"

    def read(self, overrides: Mapping[str, Any] | None = None) -> Site:
        """Return the Site, with what the user says otherwise.

        Raises:
            ConfigError: It cannot be read, or is no Site.
        """
        text = _text(self.file, self.place)
        where = str(self.file) if self.is_own else self.name
        return load_site(text, overrides, where=where, beside=self._beside)

    @property
    def base_url(self) -> str:
        """The address that it gives itself; empty where everybody has another.

        Raises:
            ConfigError: It cannot be read.
        """
        return str(read_toml(_text(self.file, self.place), self.name).get("base_url", ""))

    def _beside(self, name: str) -> Mapping[str, Any]:
        if not re.fullmatch(r"[\w-]+", name):
            raise ConfigError(f"a variant's site must be the name of a file without .toml; found {name!r}")
        return read_toml(_text(self.folder.joinpath(f"{name}.toml"), name), name)


def _text(file: Traversable, place: str) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the Site {place} cannot be read: {error}") from None


def own_sites() -> Path:
    """Return the folder of the user's own descriptions; it need not be there."""
    return config_path().parent / "sites"


def newest_site(name: str, shipped: Traversable) -> SiteFile:
    """Return the newest description that is called *name*. Reads folders.

    Args:
        name: The Site's name.
        shipped: The folder of those that the distribution ships: `importlib.resources.files(…) / "sites"`.

    Raises:
        ConfigError: There is none of that name.
    """
    files = list(_site_files(shipped))
    if found := [file for file in files if file.name == name]:
        return max(found)
    raise ConfigError(
        f"no Site is called {name!r}",
        hint=f"{near_names(name, {file.name for file in files})} Your own go to {own_sites()}.",
    )


def known_sites(shipped: Traversable) -> tuple[str, ...]:
    """Return the names of all descriptions, those of *shipped* and the user's own, sorted. Reads folders."""
    return tuple(sorted({file.name for file in _site_files(shipped)}))


def _site_files(shipped: Traversable) -> Iterator[SiteFile]:
    own = own_sites()
    for folder in (shipped, own):
        for file in folder.iterdir() if folder.is_dir() else ():
            if found := _NAME.fullmatch(file.name):
                yield SiteFile(found["when"] or "", folder is own, found["name"], file, folder)
