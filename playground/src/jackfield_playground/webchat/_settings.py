"""How the chat page behaves: one frozen value."""

from __future__ import annotations

import secrets

import attrs
from attrs.validators import ge

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
    mails_code: bool = False
    """Whether a name is enough to be mailed a code and a link, of which one logs in; see `state.mail`."""
    models: tuple[str, ...] = ()
    """The models to choose from; the first is in use, and the list shows those after the second on demand."""
    locked_models: tuple[str, ...] = ()
    """Those of them that the account may not use."""
    upload_seconds: float = attrs.field(default=0.05, validator=ge(0))
    """Seconds for which a file is on its way."""
    incognito: bool = True
    """Whether conversations of `/?incognito` are kept from others; otherwise it leads to the usual page."""
