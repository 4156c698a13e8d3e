"""From the option `site` to a Site: shipped with the distribution, in a file, or given whole."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jackfield import ConfigError, near_names
from jackfield_web import Site, build_site, load_site

from ._options import CustomWebOptions

_SUFFIX = ".toml"


def known_sites() -> tuple[str, ...]:
    """Return the names of the Sites that are shipped, sorted."""
    names = (file.name for file in importlib.resources.files(__package__).joinpath("sites").iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def read_site(options: CustomWebOptions) -> Site:
    """Return the Site that *options* describe. Reads files.

    Raises:
        ConfigError: There is no such description, or it is wrong.
    """
    base = {} if options.base_url is None else {"base_url": options.base_url}
    overrides: Mapping[str, Any] = {**base, **options.site_overrides}
    if isinstance(options.site, Mapping):
        return build_site(options.site, overrides)
    text, where = _text(options.site)
    return load_site(text, overrides, where=where)


def place(options: CustomWebOptions) -> str:
    """Return where the description comes from, in words."""
    if isinstance(options.site, Mapping):
        return "given in the connection's options"
    return "shipped with jackfield-custom-web" if options.site in known_sites() else options.site


def _text(site: str) -> tuple[str, str]:
    if site in known_sites():
        shipped = importlib.resources.files(__package__).joinpath("sites", f"{site}{_SUFFIX}")
        return shipped.read_text("utf-8"), site
    if not site.endswith(_SUFFIX):
        raise ConfigError(
            f"no Site is called {site!r}",
            hint=f"{near_names(site, known_sites())} Or give the path of a TOML file.",
        )
    try:
        return Path(site).expanduser().read_text("utf-8"), site
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the Site {site} cannot be read: {error}") from None
