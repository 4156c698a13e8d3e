"""The settings of a `zai_web` connection."""

from __future__ import annotations

import attrs

from jackfield_web import WebOptions


@attrs.frozen(kw_only=True)
class ZaiWebOptions(WebOptions):
    """Settings of a `zai_web` connection, besides those of every page.

    Attributes:
        base_url: The site's address: Z.ai's own, or a stand-in's.
    """

    base_url: str = "https://chat.z.ai"
