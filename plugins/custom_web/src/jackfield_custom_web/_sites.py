"""From a connection's options to a Site: one that has a name, in a file, given whole, or by its selectors."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from jackfield import ConfigError
from jackfield_web.site import Selectors, Site, build_site, load_site, newest_site

from ._options import CustomWebOptions
from ._shipped import SHIPPED

_SUFFIX: Final = ".toml"
_STILL_SECONDS: Final = 5.0
_NAMES: Final = frozenset(attrs.fields_dict(Selectors))
_SIGNS: Final = ("stop_button", "busy", "finished")
_ANY_POST: Final = {"url": "{base_url}/", "method": "POST", "kind": "busy"}
_LOGIN: Final = (
    {"action": "fill", "selector": "login_username", "value": "username"},
    {"action": "fill", "selector": "login_password", "value": "password"},
    {"action": "click", "selector": "login_button"},
    {"action": "wait", "selector": "chat_input"},
)


def read_site(options: CustomWebOptions) -> Site:
    """Return the Site that *options* describe. Reads files.

    Raises:
        ConfigError: There is no such description, or it is wrong.
    """
    base = {} if options.base_url is None else {"base_url": options.base_url}
    selectors = {name: css for name, css in options.selectors.items() if css}
    if options.site is None:
        return build_site(described_by(selectors), {**base, **options.site_overrides})
    overrides = _with_selectors({**base, **options.site_overrides}, selectors)
    if isinstance(options.site, Mapping):
        return build_site(options.site, overrides)
    if options.site.endswith(_SUFFIX):
        return load_site(_text(options.site), overrides, where=options.site)
    return newest_site(options.site, SHIPPED).read(overrides)


def described_by(selectors: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description that a page's *selectors* alone are, as data.

    They seldom tell when an answer is complete: without a sign of that, it is when the answer stands still
    for some seconds and no request that the page posted is under way. With a login form among them, its steps
    are the usual ones.
    """
    form = ("login_username", "login_password", "login_button")
    signs = any(name in selectors for name in _SIGNS)
    return {
        "name": "page",
        "version": dt.datetime.now(dt.UTC).date(),
        "selectors": selectors,
        "sources": {name: "given in the connection's options" for name in selectors if name in _NAMES},
        "login": list(_LOGIN) if all(name in selectors for name in form) else [],
        **({} if signs else {"timing": {"still": _STILL_SECONDS}, "wires": [_ANY_POST]}),
    }


def _with_selectors(overrides: Mapping[str, Any], selectors: Mapping[str, Any]) -> Mapping[str, Any]:
    own = overrides.get("selectors", {})
    return {**overrides, "selectors": {**selectors, **own}} if selectors else overrides


def place(options: CustomWebOptions) -> str:
    """Return where the description comes from, in words.

    Raises:
        ConfigError: There is no such description.
    """
    if options.site is None or isinstance(options.site, Mapping):
        return "given in the connection's options"
    if options.site.endswith(_SUFFIX):
        return str(options.site)
    return newest_site(options.site, SHIPPED).place


def _text(path: str) -> str:
    try:
        return Path(os.path.expanduser(path)).read_text("utf-8")  # noqa: PTH111  a Path's raises for no user
    except (OSError, ValueError) as error:
        raise ConfigError(f"the Site {path} cannot be read: {error}") from None
