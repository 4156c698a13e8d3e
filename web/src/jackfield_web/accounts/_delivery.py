"""One message on its way: what is known of its fate, and whether anything may be done again.

    prepared → pressed → evident → answering → over

Law: the send control is pressed only while the message is prepared, and a message is prepared again only by
proof: the press did not reach the page, the remote said that it did nothing, or the conversation was opened
again and does not have it. What was not seen is no proof. Pure, so that the law can be tried without a page.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal, TypeAlias

import anyio
import attrs

from jackfield import Certainty, ContractBroken, ProviderError, if_cut_off

Again: TypeAlias = Literal["read", "look", "nothing"]

_LOSSES: Final = 2
_NOTHING_WENT: Final = "Nothing was sent: the page was not ready for it yet. Allow more time (timeout)."
_MAY_HAVE_GONE: Final = "The message may be there: look at its conversation before you send it again."


class Stage(enum.IntEnum):
    """How far a message is, as far as anybody knows."""

    PREPARED = 0
    """Nothing was done that could send it."""
    PRESSED = 1
    """The send control was pressed, or may have been; nothing shows yet that the message went."""
    EVIDENT = 2
    """Something shows that it went."""
    ANSWERING = 3
    """Something of its answer was told."""
    OVER = 4
    """Its answer is complete, or the page was made to stop it."""


def certainty_at(stage: Stage) -> Certainty:
    """Return what is known of the remote while a message is at *stage*."""
    if stage is Stage.PREPARED:
        return Certainty.NOT_SENT
    return Certainty.STARTED if stage >= Stage.ANSWERING else Certainty.UNKNOWN


@attrs.frozen
class Traces:
    """What a page shows of what was sent.

    Attributes:
        turns: The letters of the user's turns.
        conversations: The addresses of the account's conversations that it links to, in its order.
    """

    turns: tuple[str, ...] = ()
    conversations: tuple[str, ...] = ()


@attrs.define(eq=False)
class Delivery:
    """The fate of one message. Written where the page lives, read where the caller waits.

    Attributes:
        before: What the page showed before.
        stage: How far it is.
        reached: Whether the page was made to act, whatever the remote said to it.
        presses: How often the send control was pressed, or may have been.
        in_doubt: Whether the remote has refused it, and it is not known yet whether the page makes that good.
        is_veiled: Whether something left the page after the press that may hold it, and that nobody can read,
            or may have left unheard.
        is_taken: Whether the page took it out of its composer, and may have made something else of it.
    """

    before: Traces = attrs.field(factory=Traces)
    stage: Stage = attrs.field(default=Stage.PREPARED, init=False)
    reached: bool = attrs.field(default=False, init=False)
    presses: int = attrs.field(default=0, init=False)
    in_doubt: bool = attrs.field(default=False, init=False)
    is_veiled: bool = attrs.field(default=False, init=False)
    is_taken: bool = attrs.field(default=False, init=False)
    _was_heard: bool = attrs.field(default=False, init=False)
    _losses: int = attrs.field(default=0, init=False)
    _tried_again: bool = attrs.field(default=False, init=False)
    _renewed: bool = attrs.field(default=False, init=False)

    @classmethod
    def of_earlier(cls) -> Delivery:
        """Return the delivery of a message that was sent earlier and is not ours to send."""
        earlier = cls()
        earlier.stage = Stage.EVIDENT
        return earlier

    @property
    def may_have_gone(self) -> bool:
        """Whether the message may be on its way, or beyond."""
        return self.stage is not Stage.PREPARED

    @property
    def is_at_work(self) -> bool:
        """Whether the page may be at work on it still."""
        return self.reached and self.stage is not Stage.OVER

    @property
    def certainty(self) -> Certainty:
        """What an error that ends it now says of the remote."""
        # That the page was made to stop shows no answer.
        return certainty_at(self.stage if self._was_heard else min(self.stage, Stage.EVIDENT))

    def press(self) -> None:
        """Note that the send control is being pressed: from here on the message may be gone.

        Raises:
            ContractBroken: It may be gone already.
        """
        if self.may_have_gone:
            raise ContractBroken(f"a message that is {self.stage.name.lower()} must not be sent again")
        self.stage, self.reached = Stage.PRESSED, True
        self.presses += 1

    def miss(self) -> None:
        """Note that the press certainly did not reach the page. Any sign that it did outweighs that."""
        if self.stage is Stage.PRESSED:
            self._take_back()

    def see(self) -> None:
        """Note that something shows that the message went."""
        if self.stage is Stage.PRESSED:
            self.stage = Stage.EVIDENT

    def hear(self) -> None:
        """Note that something of the answer was told."""
        self._was_heard = True
        if self.stage in {Stage.PRESSED, Stage.EVIDENT}:
            self.stage = Stage.ANSWERING

    def end(self) -> None:
        """Note that the answer is complete, or that the page was made to stop it."""
        if self.may_have_gone:
            self.stage = Stage.OVER

    def refuse(self) -> None:
        """Note that the remote said that it did nothing. An answer that had begun says the contrary."""
        if self.stage < Stage.ANSWERING:
            self.stage = Stage.PREPARED

    def disprove(self) -> bool:
        """Note that the conversation, opened again, does not have the message; tell whether that proves it.

        It does where nothing ever showed that the message went, and nothing may have taken it along unseen: a
        remote may keep a message only with its answer.
        """
        if self.stage is Stage.PRESSED and not self.is_veiled:
            self._take_back()
        return not self.may_have_gone

    def _take_back(self) -> None:
        self.stage, self.reached = Stage.PREPARED, False

    def may_try_again(self) -> bool:
        """Tell, once, whether to send it anew: a page that was drawing itself anew may take it then."""
        may, self._tried_again = not (self.may_have_gone or self._tried_again), True
        return may

    def may_renew(self) -> bool:
        """Tell, once, whether to send it anew after a login that was renewed."""
        may, self._renewed = not (self.may_have_gone or self._renewed), True
        return may

    def after_loss(self, *, is_told: bool) -> Again:
        """Return what may be done when the page is lost, or nobody can tell whether the message went.

        Args:
            is_told: Whether the message's own conversation is known and needs no looking for.
        """
        if not self.may_have_gone or self._losses >= _LOSSES:
            return "nothing"
        self._losses += 1
        return "read" if is_told else "look"


@contextmanager
def nothing_sent() -> Iterator[None]:
    """Note on an error of the block that does not know it that nothing was sent."""
    try:
        yield
    except ProviderError as error:
        if error.certainty is Certainty.UNKNOWN:
            error.certainty = Certainty.NOT_SENT
        raise


@contextmanager
def fate_if_cut_off(delivery: Delivery) -> Iterator[None]:
    """Say what *delivery* knows of its message, should the operation's time end or its caller give up."""
    try:
        yield
    except anyio.get_cancelled_exc_class():
        hint = _MAY_HAVE_GONE if delivery.may_have_gone else _NOTHING_WENT
        # That the page was made to stop shows no answer.
        with if_cut_off(hint, Certainty.UNKNOWN if delivery.may_have_gone else Certainty.NOT_SENT):
            raise
