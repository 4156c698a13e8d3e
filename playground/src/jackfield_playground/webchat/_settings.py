"""How the chat page behaves: one frozen value."""

from __future__ import annotations

import secrets
from typing import Literal, TypeAlias, get_args

import attrs
from attrs.validators import deep_iterable, ge, in_

from jackfield_playground._chat import ChatSettings

Trap: TypeAlias = Literal[
    "banner",
    "early-bar",
    "early-stop",
    "echo",
    "frame",
    "keeps",
    "keeps-long",
    "late-address",
    "loses",
    "newest",
    "polls",
    "quiet",
    "shadow",
    "status",
    "virtual",
    "wipes",
]
"""Bad manners of the page, each seen on a real one.

`banner`: a notice stands inside every answer. `early-bar`: the copy button is there from the first piece and
the stop button never. `early-stop`: the stop button leaves before the last pieces are drawn. `echo`: the
user's words are drawn like an answer and are the last message for a while. `frame`: the conversation is in a
frame. `keeps`: the message stays in the composer, and the button beside it goes on sending it. `keeps-long`:
so it is until the answer is over. `late-address`: a conversation gets its address when its first answer is
complete. `loses`: messages leave the composer and nothing else happens. `newest`: the address of any
conversation leads to the newest. `polls`: the page's traffic never rests. `quiet`: nothing of a message is
drawn before the first piece of its answer. `shadow`: the turns are in a shadow root. `status`: “Thinking…”
stands where the answer will be. `virtual`: only the last two turns are in the document, drawn anew each time.
`wipes`: the composer is drawn anew, and empty, soon after the first key.
"""


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
    traps: frozenset[Trap] = attrs.field(
        default=frozenset(), converter=frozenset, validator=deep_iterable(in_(get_args(Trap)))
    )
    """The page's bad manners."""
    lag_seconds: float = attrs.field(default=0.5, validator=ge(0))
    """Seconds that the traps `early-stop`, `echo` and `wipes` take."""
    incognito: bool = True
    """Whether conversations of `/?incognito` are kept from others; otherwise it leads to the usual page."""
