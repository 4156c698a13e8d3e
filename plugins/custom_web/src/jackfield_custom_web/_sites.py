"""From the option `site` to a Site: one that has a name, in a file, or given whole."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jackfield import ConfigError
from jackfield_web import Site, build_site, load_site, newest_site
from jackfield_web import known_sites as known_sites_of

from ._options import CustomWebOptions

_SUFFIX: Final = ".toml"
_SHIPPED: Final = importlib.resources.files(__package__) / "sites"


def known_sites() -> tuple[str, ...]:
    """Return the names of the Sites that are shipped and of the user's own, sorted."""
    return known_sites_of(_SHIPPED)


def read_site(options: CustomWebOptions) -> Site:
    """Return the Site that *options* describe. Reads files.

    Raises:
        ConfigError: There is no such description, or it is wrong.
    """
    base = {} if options.base_url is None else {"base_url": options.base_url}
    overrides: Mapping[str, Any] = {**base, **options.site_overrides}
    if isinstance(options.site, Mapping):
        return build_site(options.site, overrides)
    if options.site.endswith(_SUFFIX):
        return load_site(_text(options.site), overrides, where=options.site)
    return newest_site(options.site, _SHIPPED).read(overrides)


def place(options: CustomWebOptions) -> str:
    """Return where the description comes from, in words.

    Raises:
        ConfigError: There is no such description.
    """
    if isinstance(options.site, Mapping):
        return "given in the connection's options"
    if options.site.endswith(_SUFFIX):
        return str(options.site)
    return newest_site(options.site, _SHIPPED).place


def _text(path: str) -> str:
    try:
        return Path(path).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the Site {path} cannot be read: {error}") from None
