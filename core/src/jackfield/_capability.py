"""What a provider can do beyond answering with text."""

from __future__ import annotations

import enum
from typing import Any, ClassVar

import attrs


class Capability(enum.Enum):
    """What a provider can do beyond answering.

    A request that asks for more is refused before it is sent, or goes without a wish that cannot be granted,
    and the answer says so: see `Connection.plan`.
    """

    TEXT_DELTAS = "text_deltas"
    """Text arrives as it is written. Without it, the text arrives whole when the answer is finished."""
    REASONING = "reasoning"
    """What the model thinks is shown."""
    REASONING_EFFORT = "reasoning_effort"
    """How much the model thinks can be asked for."""
    ACTIVITY = "activity"
    """An agent's steps arrive while it works."""
    CONVERSATIONS = "conversations"
    """The provider keeps the thread: `conversation_id` goes on with it."""
    HISTORY = "history"
    """A request may hold earlier messages, the assistant's own among them."""
    ATTACH = "attach"
    """An answer can be taken up again by its handle."""
    STOP = "stop"
    """Leaving a stream early stops the remote. Without it, the remote goes on."""
    IMAGES = "images"
    FILES = "files"
    """Files of any kind. Whether the remote makes sense of one is the remote's to say."""
    AUDIO = "audio"
    URLS = "urls"
    """An image, a file or a sound may be an address that the remote fetches by itself."""
    SYSTEM_MESSAGES = "system_messages"
    TOOLS = "tools"
    """Tools can be offered; calls come back as parts of the answer, and their results go out as messages."""
    STRUCTURED_OUTPUT = "structured_output"
    """The answer's text can be held to a JSON schema."""
    MODELS = "models"
    MAX_TOKENS = "max_tokens"
    TEMPERATURE = "temperature"
    TOP_P = "top_p"
    SEED = "seed"
    STOP_SEQUENCES = "stop_sequences"
    EMBEDDINGS = "embeddings"
    """Texts can be turned into vectors: `Connection.embed`."""
    BATCHES = "batches"
    """Many requests can be handed over at once and read later: `Connection.batch`."""


@attrs.frozen
class Need:
    """What a provider must be able to do for a wish, and what becomes of the wish where it cannot.

    Attributes:
        capability: What it must be able to do.
        deed: The wish in words that follow "cannot".
        is_hint: Whether the request still means the same without it. Then it is left out and the answer says
            so; otherwise the request is refused before it is sent.
    """

    capability: Capability
    deed: str
    is_hint: bool = False

    _KEY: ClassVar[str] = "jackfield.need"

    @property
    def mark(self) -> dict[str, Need]:
        """The metadata of the field that holds such a wish."""
        return {self._KEY: self}

    @classmethod
    def of(cls, field: attrs.Attribute[Any]) -> Need | None:
        """Return what *field* needs, if anything."""
        return field.metadata.get(cls._KEY)
