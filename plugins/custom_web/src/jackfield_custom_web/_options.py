"""The settings of a `custom_web` connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from jackfield import ConfigError
from jackfield_web import WebOptions

from ._shipped import known_sites


def _a_site(_: Any, __: Any, site: object) -> None:
    if site is not None and (not isinstance(site, str | Mapping) or not site):
        raise ConfigError("must be a described Site's name, the path of a TOML file, or a table")


def _a_description(options: CustomWebOptions, _: Any, selectors: Mapping[str, Any]) -> None:
    if options.site is None and not any(selectors.values()):
        raise ConfigError(
            "needs to know the page: give `selectors`, chat_input and response_area at least, with base_url; "
            f"or `site`: {', '.join(known_sites())}, or a file's path"
        )


@attrs.frozen(kw_only=True)
class CustomWebOptions(WebOptions):
    """Settings of a `custom_web` connection, besides those of every page.

    Attributes:
        site: The page's description: the name of a shipped one, the path of a TOML file, or a table.
        base_url: The page's address; it stands in the place of `{base_url}` in the description.
        selectors: What to look for on the page, by the names of a description's selectors. Without *site*
            they are the description, and `chat_input`, `response_area` and *base_url* must be given; with it
            they stand in the place of its own. Empty ones count as not given.
    """

    site: Any = attrs.field(default=None, validator=_a_site)
    base_url: str | None = None
    selectors: Mapping[str, Any] = attrs.field(factory=dict, validator=_a_description)
