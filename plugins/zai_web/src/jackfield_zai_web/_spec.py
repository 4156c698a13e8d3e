"""What is known of the provider before anything is opened."""

from __future__ import annotations

import importlib.resources
from typing import Final

from jackfield_web import ChatSite

from ._decoder import ZaiDecoder
from ._refusal import refused

SITE: Final = ChatSite(
    name="zai",
    shipped=importlib.resources.files(__package__) / "sites",
    decoders={"zai": ZaiDecoder},
    refused=refused,
)

SPEC: Final = SITE.spec(
    "zai_web",
    title="Z.ai",
    auth_types={"none", "username_password", "token", "cookies", "interactive", "env"},
)
