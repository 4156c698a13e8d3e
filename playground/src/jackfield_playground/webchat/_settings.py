"""How the chat page behaves: one frozen value."""

from __future__ import annotations

import secrets

import attrs

from jackfield_playground._chat import ChatSettings


@attrs.frozen(kw_only=True)
class WebChatSettings(ChatSettings):
    """Settings of the chat page; changed while it runs by `playground.state.change(...)`."""

    username: str = "sam"
    """The account that may log in."""
    password: str = attrs.field(factory=lambda: f"playground-{secrets.token_hex(8)}", repr=False)
    """Its password; invented for each instance unless given."""
    second_factor: bool = False
    """Whether a password alone is not enough: a page asks for a code that nobody sent."""
