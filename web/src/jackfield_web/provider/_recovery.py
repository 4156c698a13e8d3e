"""What became of a message whose page was lost: the conversation is opened again and our own turn looked for.

Law: a message was sent where it stands among the user's turns, and was not where those are shown without it
and none has come. Wherever neither is certain nobody can tell, and it is not sent again: a turn that came
in our conversation may be it, drawn otherwise, and so may one anywhere that says nothing. Of a list that
has its newest turn first nothing is told: an old turn stands at its end.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import attrs

from jackfield import ProviderError

from ..accounts import Traces
from ..hands import eventually
from ..reading import traces
from ..site import Site, is_same, letters_of, may_be
from ._login import WebLogin
from ._tabs import Tab

Outcome: TypeAlias = Literal["found", "likely", "absent", "unknown"]
"""`likely`: a turn came that may be it, drawn otherwise."""

_NEWEST: Final = 3
"""How many conversations that began meanwhile are opened; others of the account's may begin some too."""


@attrs.frozen
class Search:
    """Looks for a message that may have been sent.

    Args:
        tab: Its tab; the address of a conversation that is found becomes the tab's.
        login: Brings a tab to where it must be, with a new page if it has none.
        site: What the pages are like.
        text: The message.
        before: What the page showed before the message was sent.
    """

    _tab: Tab
    _login: WebLogin
    _site: Site
    _text: str = attrs.field(converter=letters_of)
    _before: Traces

    @property
    def is_possible(self) -> bool:
        """Whether the conversation can be opened again, and our turn be known there."""
        has_place = self._tab.address is not None or (
            self._site.addresses.conversation and not self._tab.turns
        )
        return bool(self._text and self._site.selectors.user_turn and has_place)

    async def find(self) -> Outcome:
        """Open the conversation, or those that began meanwhile, and look."""
        await self._tab.close()
        try:
            if self._tab.address is not None:
                return await self._in_conversation(self._before.turns)
            return await self._among_the_newest()
        except ProviderError:
            return "unknown"

    async def _in_conversation(self, before: tuple[str, ...], *, is_ours: bool = True) -> Outcome:
        shown: tuple[str, ...] = ()

        async def is_found() -> bool:
            nonlocal shown
            shown = (await self._look()).turns
            return self._is_ours(shown, before)

        await self._login.ready(self._tab)
        if await eventually(is_found, self._site.timing.submit):
            return "found"
        came = _news(shown, before)
        if any(may_be(turn, self._text) for turn in came):
            return "likely"
        # Said twice on end, it cannot be told which of the two a list shows that keeps only the last turns.
        was_said = any(may_be(turn, self._text) for turn in before[-1:])
        is_open = was_said or bool(came if is_ours else not all(came))
        return "absent" if shown and not is_open and not _is_upward(shown, before) else "unknown"

    async def _among_the_newest(self) -> Outcome:
        seen = Traces()

        async def has_news() -> bool:
            nonlocal seen
            seen = await self._look()
            return bool(self._is_ours(seen.turns, self._before.turns) or self._begun(seen))

        await self._login.ready(self._tab)
        if not await eventually(has_news, self._site.timing.submit):
            is_absent = seen.conversations and not _news(seen.turns, self._before.turns)
            return "absent" if is_absent else "unknown"
        if self._is_ours(seen.turns, self._before.turns):
            return "found"
        findings = {await self._at(address) for address in self._begun(seen)[:_NEWEST]}
        return next(each for each in ("found", "likely", "unknown", "absent") if each in findings)

    async def _at(self, address: str) -> Outcome:
        self._tab.address = address
        finding: Outcome = "unknown"
        try:
            finding = await self._in_conversation((), is_ours=False)
        finally:
            if finding != "found":
                self._tab.address = None
        return finding

    def _begun(self, seen: Traces) -> list[str]:
        """Return the conversations that began since the message was sent, without those of other tabs."""
        news = [each for each in seen.conversations if each not in self._before.conversations]
        return [each for each in news if not self._tab.is_elsewhere(each)]

    def _is_ours(self, shown: tuple[str, ...], before: tuple[str, ...]) -> bool:
        return any(is_same(turn, self._text) for turn in _news(shown, before))

    async def _look(self) -> Traces:
        return await self._tab.page.call(traces, self._tab.reader)


def _news(shown: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    """Return the turns that came; of a list that keeps only the last ones, the last."""
    if _is_upward(shown, before):
        return ()
    return shown[len(before) :] or (shown[-1:] if shown[-1:] != before[-1:] else ())


def _is_upward(shown: tuple[str, ...], before: tuple[str, ...]) -> bool:
    """Whether what came stands over what was there, as where the newest turn is first."""
    length = len(before)
    return 0 < length < len(shown) and shown[:length] != before == shown[-length:]
