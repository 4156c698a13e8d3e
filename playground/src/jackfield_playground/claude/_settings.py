"""How the stand-in of Claude's site behaves: one frozen value, and the models that it offers."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Literal

import attrs
from attrs.validators import ge, optional

from jackfield_playground._chat import ChatSettings


@attrs.frozen(kw_only=True)
class ClaudeModel:
    """A model of the page's list: its name on the wire and on the page, and where it stands there."""

    id: str
    name: str
    told: str
    more: bool = False
    locked: bool = False


MODELS = (
    ClaudeModel(id="claude-sonnet-5", name="Sonnet 5", told="Good for most things"),
    ClaudeModel(id="claude-opus-5-5", name="Opus 5.5", told="For hard problems", locked=True),
    ClaudeModel(id="claude-haiku-4-5-20251001", name="Haiku 4.5", told="The quickest"),
    ClaudeModel(id="claude-sonnet-4-6", name="Sonnet 4.6", told="The one before", more=True),
    ClaudeModel(id="claude-opus-4-6", name="Opus 4.6", told="The one before", more=True, locked=True),
)


def _key() -> str:
    return f"sk-ant-sid01-playground-{secrets.token_urlsafe(48)}"


@attrs.frozen(kw_only=True)
class ClaudeSettings(ChatSettings):
    """Settings of the stand-in; changed while it runs by `playground.state.change(...)`."""

    login: bool = True
    """Whether one must log in."""
    email: str = "sam@example.org"
    """The account's address, to which codes and links go."""
    session_key: str = attrs.field(factory=_key, repr=False)
    """A session cookie that is good from the beginning; invented for each instance unless given."""
    layout: Literal["2026-08", "2026-10"] = "2026-10"
    """Of when the page is: what its makers test by, and how its send control, rows and models are."""
    merged: bool = False
    """Whether the account was moved to the site's second transport, which no `completion` comes by."""
    timeline_seconds: float = attrs.field(default=5.0, validator=ge(0))
    """Seconds after which the second transport's stream is closed, to be opened anew."""
    language: Literal["en", "de"] = "en"
    """The language of the page's labels."""
    foreign_seconds: float = attrs.field(default=1.2, validator=ge(0))
    """Seconds for which October's page shows an empty conversation at somebody else's address."""
    stream: Literal["blocks", "completions"] = "blocks"
    """The format of the completion stream: that of 2025 on, or that of 2023 and 2024."""
    limited_seconds: float | None = attrs.field(default=None, validator=optional(ge(0)))
    """Seconds until the usage limit is reset, while it is reached; None: it is not."""
    scenario_seconds: float = attrs.field(default=6.0, validator=ge(0))
    """Seconds for which the scenario `[pause]` falls silent."""
    late_seconds: float = attrs.field(default=0.0, validator=ge(0))
    """Seconds between the stop button's end and the last drawing of the answer."""
    kept_seconds: float = attrs.field(default=0.0, validator=ge(0))
    """Seconds for which a conversation's own address still tells nothing of an answer that is over."""
    upload_seconds: float = attrs.field(default=0.2, validator=ge(0))
    """Seconds that a file takes to be uploaded."""
    shown_messages: int = attrs.field(default=12, validator=ge(2))
    """Messages that are in the document at once; older ones are not."""
    editor: Path | None = None
    """A script that the page's composer is made by, instead of the playground's own."""
