"""The settings of a `custom_web` connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from jackfield import ConfigError
from jackfield_web import WebOptions


def _a_site(_: Any, __: Any, site: object) -> None:
    if not isinstance(site, str | Mapping) or not site:
        raise ConfigError("must be a described Site's name, the path of a TOML file, or a table")


@attrs.frozen(kw_only=True)
class CustomWebOptions(WebOptions):
    """Settings of a `custom_web` connection, besides those of every page.

    Attributes:
        site: The page's description: the name of a shipped one, the path of a TOML file, or a table.
        base_url: The page's address; it stands in the place of `{base_url}` in the description.
    """

    site: Any = attrs.field(validator=_a_site)
    base_url: str | None = None
