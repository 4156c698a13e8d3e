"""How the z.ai room behaves: one frozen value, with a switch for everything that was seen to vary."""

from __future__ import annotations

import secrets
from typing import Literal

import attrs
from attrs.validators import ge, in_, instance_of, optional

from jackfield_playground._chat import ChatSettings


@attrs.frozen(kw_only=True)
class ZaiSettings(ChatSettings):
    """Settings of the z.ai room; changed while it runs by `playground.state.change(...)`.

    With `login` guests are sent to the login page; without it a visitor is a guest until they sign in. With
    `challenge` the page asks for the slider before anything else.
    """

    email: str = "sam@playground.example"
    """The account that may sign in."""
    password: str = attrs.field(factory=lambda: f"playground-{secrets.token_hex(8)}", repr=False)
    """Its password; invented for each instance unless given."""
    slider: bool = True
    """Whether signing in asks for the slider, as the site does since October 2025."""
    enable_captcha: bool = False
    """Whether each message needs proof of a person, as since August 2026: one slider, one message."""
    captcha_by: Literal["stream", "status"] = attrs.field(
        default="stream", validator=in_(("stream", "status"))
    )
    """How a message without it is refused: inside a 200 stream, or with the status 403."""
    captcha_for: Literal["all", "guests"] = attrs.field(default="all", validator=in_(("all", "guests")))
    """Whose messages need it: all, as in August 2026, or those of guests, as in October."""
    traceless: bool = attrs.field(default=False, validator=instance_of(bool))
    """Whether the captcha passes by itself, seen by nobody, as it may since August 2026."""
    api_version: int = attrs.field(default=2, validator=in_((1, 2)))
    """Which completion path is served: `/api/v2/chat/completions`, or the one before 2026."""
    fe_version: str = "prod-fe-1.1.98"
    """The front end that is handed out and taken; once it changes, an open page is too old."""
    outdated_by: Literal["stream", "firewall"] = attrs.field(
        default="stream", validator=in_(("stream", "firewall"))
    )
    """How a page that is too old is refused: as 426 inside a stream, or by the firewall, as since 2026-10."""
    quiet_guest: bool = attrs.field(default=True, validator=instance_of(bool))
    """Whether a token that has ended quietly makes a guest of its visitor, as since 2026-10, or a 401."""
    draws_early: bool = attrs.field(default=False, validator=instance_of(bool))
    """Whether the page shows its composer before it has heard who its visitor is."""
    who_seconds: float = attrs.field(default=0.0, validator=ge(0))
    """Seconds that the page waits for it."""
    token_seconds: int | None = attrs.field(default=None, validator=optional(instance_of(int)))
    """Seconds after which a new token says that it ends (`exp`); None for tokens that do not say so."""
    social: Literal["off", "goes_on", "stays"] = attrs.field(
        default="off", validator=in_(("off", "goes_on", "stays"))
    )
    """Whether Google vouches for one: the token comes in the address's fragment, where the page may stay."""
    locked_models: tuple[str, ...] = ()
    """Ids of models that are refused with 403, since the account's level is too low for them (2026-10)."""
    signature: bool = False
    """Whether a message without `X-Signature` is refused. Any 64 hexadecimal digits will do."""
    at_once: int | None = attrs.field(default=None, validator=optional(ge(1)))
    """How many answers an account may have written at once; None: any number."""
    thinking: Literal["none", "frames", "details"] = attrs.field(
        default="frames", validator=in_(("none", "frames", "details"))
    )
    """How thinking is told: not at all, in frames of its own, or wrapped into the text as older builds do."""
    tools: bool = False
    """Whether the answer is preceded by a search: a tool call, and its response."""
    edits: bool = False
    """Whether the answer is edited while it is written."""
    nested: bool = False
    """Whether frames come in one wrapping more, `data.data`."""
    early_usage: bool = True
    """Whether token counts come before the last text."""
    unknown: bool = False
    """Whether frames of a kind and of a phase that nobody knows come among the others."""
    foreign_seconds: float | None = attrs.field(default=None, validator=optional(ge(0)))
    """Seconds until the page leaves the address of a conversation that its visitor has not; None: never.

    Either way, what is written there begins a new one. That it leaves is what its ancestor's source says.
    """
    upload_by: Literal["composer", "page", "button", "offered"] = attrs.field(
        default="composer", validator=in_(("composer", "page", "button", "offered"))
    )
    """Where the field for files is: in the composer, elsewhere, or made by a press on the button.

    `button`: it is pressed at once, and never in the document. `offered`: it is put into the page for one to
    press, and takes one file at a time.
    """
    upload_seconds: float = attrs.field(default=0.0, validator=ge(0))
    """Seconds that a file is on its way; until then nothing can be sent."""
    marker: bool = attrs.field(default=True, validator=instance_of(bool))
    """Whether `[DONE]` follows the end."""
