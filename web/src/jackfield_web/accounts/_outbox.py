"""Messages on their way, kept in the store: what became of each can be told after the program was killed.

Law: a message is kept before the send control is pressed, and until the fate of it was told. What a killed
program leaves is all that may have gone, never what certainly did not: what is kept as prepared was not
pressed. No word of a message is kept, only a salted digest by which its own text is known again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from logging import WARNING
from typing import Final, Self

import anyio
import attrs
import cattrs

from jackfield import Certainty, ProviderError, SubmissionUncertain, log_event

from ..site import letters_of
from ._delivery import Delivery, Stage, certainty_at
from ._store import Store

_SCHEMA: Final = 1
_MOST: Final = 50
_SALT_BYTES: Final = 16
_LEAVE_SECONDS: Final = 5.0


@attrs.frozen(kw_only=True)
class LeftMessage:
    """A message that was on its way when its program ended; `SessionStore.left_messages` gives them.

    Attributes:
        id: Its name in the store.
        stage: How far it was, as far as anybody knew.
        conversation: The address of its conversation, to be attached to; None where it was not known yet.
        sent_at: When it was sent, in seconds since 1970.
    """

    id: str = attrs.field(factory=lambda: secrets.token_hex(8))
    stage: Stage = Stage.PREPARED
    conversation: str | None = attrs.field(default=None, repr=False)
    sent_at: float = attrs.field(factory=time.time)
    _salt: str = attrs.field(factory=lambda: secrets.token_hex(_SALT_BYTES), repr=False)
    _digest: str = attrs.field(default="", repr=False)

    @classmethod
    def of(cls, text: str, conversation: str | None) -> Self:
        """Return what is kept of a message that is about to be sent."""
        blank = cls(conversation=conversation)
        return attrs.evolve(blank, digest=blank._digested(text))

    def is_of(self, text: str) -> bool:
        """Whether it is the message *text*, as pages show it or as it was given."""
        return self._digest == self._digested(text)

    @property
    def certainty(self) -> Certainty:
        """Whether the remote has it."""
        return certainty_at(self.stage)

    @property
    def error(self) -> ProviderError:
        """The error that its sender would have got; its handle leads to the conversation."""
        error = SubmissionUncertain(
            f"the program ended when a message was {self.stage.name.lower()}",
            hint="Attach to its conversation, or look there, before you send it again.",
            certainty=self.certainty,
        )
        error.handle = error.url = self.conversation
        return error

    def _digested(self, text: str) -> str:
        return hashlib.sha256((self._salt + letters_of(text)).encode(errors="replace")).hexdigest()


_STORED: Final = cattrs.Converter(use_alias=True, detailed_validation=False)
_STORED.register_unstructure_hook(Stage, lambda stage: stage.name)
_STORED.register_structure_hook(Stage, lambda said, _: Stage[said])


@attrs.define(eq=False)
class Outbox:
    """One account's messages that are on their way. Belongs to who holds the account's session."""

    _store: Store
    _name: str
    _messages: dict[str, LeftMessage] = attrs.field(factory=dict, init=False)
    _own: set[str] = attrs.field(factory=set, init=False)
    _saving: anyio.Lock = attrs.field(factory=anyio.Lock, init=False)

    async def open(self) -> None:
        """Read what another program left; what is on its way from here stays.

        Raises:
            SessionStoreError: It cannot be read.
        """
        left = await left_messages(self._store, self._name)
        own = {name: message for name, message in self._messages.items() if name in self._own}
        self._messages = {message.id: message for message in left} | own
        for message in (each for each in left if each.id not in own):
            log_event(
                "message.left",
                level=WARNING,
                layer="web",
                session=self._name,
                certainty=message.certainty.value,
            )

    async def keep(self, message: LeftMessage) -> None:
        """Keep *message* as it is now.

        Raises:
            SessionUnwritable: It cannot be kept.
        """
        self._own.add(message.id)
        if self._messages.get(message.id) != message:
            self._messages[message.id] = message
            for oldest in list(self._messages)[:-_MOST]:
                del self._messages[oldest]
            await self._save()

    async def drop(self, message: LeftMessage) -> None:
        """Forget *message*: its fate was told."""
        self._own.discard(message.id)
        if self._messages.pop(message.id, None) is not None:
            await self._save()

    async def settle(self, conversation: str) -> None:
        """Forget what an earlier program left in *conversation*, whose answer was read now."""
        found = [each for each in self._messages.values() if each.conversation == conversation]
        for message in found:
            await self.drop(message)

    async def _save(self) -> None:
        async with self._saving:
            said = {"schema": _SCHEMA, "messages": _STORED.unstructure([*self._messages.values()])}
            content = json.dumps(said).encode() if self._messages else None
            await self._store.save("delivery", self._name, content)


async def left_messages(store: Store, name: str) -> tuple[LeftMessage, ...]:
    """Return the account's messages whose fate nobody was told; what makes no sense tells nothing.

    Raises:
        SessionStoreError: It cannot be read.
    """
    content = await store.load("delivery", name)
    try:
        said = json.loads(content or b'{"schema": 1, "messages": []}')
        found = _STORED.structure(said["messages"], tuple[LeftMessage, ...])
        return found if said["schema"] == _SCHEMA else ()
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError, AttributeError):
        return ()


@attrs.define(eq=False)
class Kept:
    """One message of an outbox, kept as its delivery goes on. Nothing is kept without an outbox."""

    _outbox: Outbox | None
    _delivery: Delivery
    _message: LeftMessage
    _last: tuple[Stage, str | None] | None = attrs.field(default=None, init=False)

    async def prepare(self) -> None:
        """Keep the message as one that is not pressed yet."""
        await self._keep(Stage.PREPARED)

    async def press(self) -> None:
        """Keep that it may have been pressed; call it before it is."""
        await self._keep(Stage.PRESSED)

    async def follow(self, conversation: str | None) -> None:
        """Keep how far it is by now, and where its conversation is. An answer is not lost for it."""
        now = (self._delivery.stage, conversation)
        if now == self._last or not self._delivery.may_have_gone:
            return
        self._last = now
        try:
            await self._keep(*now)
        except ProviderError as error:
            log_event("message.not_kept", level=WARNING, layer="web", error=type(error).__name__)

    async def leave(self, error: BaseException | None) -> None:
        """Forget it where its fate is told: by its answer, by *error*, or because nothing is left to know."""
        # Who is cancelled is told nothing.
        is_told = error is None or isinstance(error, Exception)
        if self._outbox is None or not (is_told or self._delivery.stage in {Stage.PREPARED, Stage.OVER}):
            return
        with anyio.move_on_after(_LEAVE_SECONDS, shield=True):
            try:
                await self._outbox.drop(self._message)
            except ProviderError as failure:
                log_event("message.not_kept", level=WARNING, layer="web", error=type(failure).__name__)

    async def settle(self, conversation: str | None) -> None:
        """Forget what an earlier program left in *conversation*, whose answer was read now."""
        if self._outbox is not None and conversation is not None:
            await self._outbox.settle(conversation)

    async def _keep(self, stage: Stage, conversation: str | None = None) -> None:
        if self._outbox is not None:
            where = conversation or self._message.conversation
            self._message = attrs.evolve(self._message, stage=stage, conversation=where)
            await self._outbox.keep(self._message)
