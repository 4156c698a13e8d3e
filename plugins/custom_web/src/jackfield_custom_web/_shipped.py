"""The descriptions that come with this provider."""

from __future__ import annotations

import importlib.resources
from typing import Final

from jackfield_web.site import known_sites as known_sites_of

SHIPPED: Final = importlib.resources.files(__package__) / "sites"


def known_sites() -> tuple[str, ...]:
    """Return the names of the Sites that are shipped and of the user's own, sorted."""
    return known_sites_of(SHIPPED)
