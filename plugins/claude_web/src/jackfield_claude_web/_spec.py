"""What is known of the provider before anything is opened."""

from __future__ import annotations

import importlib.resources
from typing import Final

from jackfield_web import ChatSite

from ._decoder import ClaudeDecoder
from ._refusal import refused
from ._tree import ClaudeTree

SITE: Final = ChatSite(
    name="claude",
    shipped=importlib.resources.files(__package__) / "sites",
    decoders={"claude": ClaudeDecoder, "claude-tree": ClaudeTree},
    refused=refused,
)

SPEC: Final = SITE.spec("claude_web", title="Claude", auth_types={"cookies", "code", "interactive", "env"})
