"""The page at `/`: what is served and what was asked, for its owner's eyes, and several asked side by side.

Its files tell nothing and need no token; all that they show comes from `/status` and the wires, which do.
"""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import Final

import attrs

_FILES: Final = {
    b"/": ("index.html", "text/html; charset=utf-8"),
    b"/door.css": ("door.css", "text/css; charset=utf-8"),
    b"/door.js": ("door.js", "text/javascript; charset=utf-8"),
}
_RULES: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@attrs.frozen
class PageFile:
    """A file of the page: its bytes, and the headers that it goes with."""

    data: bytes = attrs.field(repr=False)
    headers: dict[str, str]


@functools.cache
def page_file(path: bytes) -> PageFile | None:
    """Return the file under a path of the page; None where there is none."""
    if path not in _FILES:
        return None
    name, media_type = _FILES[path]
    headers = {
        "content-type": media_type,
        "content-security-policy": _RULES,
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
    return PageFile(files(__package__).joinpath("_page", name).read_bytes(), headers)
