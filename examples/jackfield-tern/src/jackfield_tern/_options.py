"""The settings of a connection."""

from __future__ import annotations

import attrs
from jackfield_api import ApiOptions


@attrs.frozen(kw_only=True)
class TernOptions(ApiOptions):
    """Settings of a connection, besides those that every connection to an API has.

    Attributes:
        base_url: Where the remote is.
    """

    base_url: str = "https://tern.example"
