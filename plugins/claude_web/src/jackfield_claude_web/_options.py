"""The settings of a `claude_web` connection."""

from __future__ import annotations

import attrs

from jackfield_web import WebOptions


@attrs.frozen(kw_only=True)
class ClaudeWebOptions(WebOptions):
    """Settings of a `claude_web` connection, besides those of every page.

    Attributes:
        base_url: The site's address: Claude's own, or a stand-in's.
    """

    base_url: str = "https://claude.ai"
