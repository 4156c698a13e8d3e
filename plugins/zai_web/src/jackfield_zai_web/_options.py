"""The settings of a `zai_web` connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from jackfield_web import WebOptions


@attrs.frozen(kw_only=True)
class ZaiWebOptions(WebOptions):
    """Settings of a `zai_web` connection, besides those of every page.

    Attributes:
        base_url: Where the site is, for one that is reached by another address.
        site_overrides: What is different on the page by now, in the form of the shipped description.
    """

    base_url: str = "https://chat.z.ai"
    site_overrides: Mapping[str, Any] = attrs.field(factory=dict)
