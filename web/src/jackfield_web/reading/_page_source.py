"""An answer's text, from what the page shows."""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Final

import anyio
import attrs
from anyio import to_thread

from jackfield import Certainty, StreamEvent

from ..errors import PageLeft
from ..page import IsolatedWorld
from ..site import Site
from ..wire import Transcript
from ._held import Held
from ._look import Look
from ._markdown import to_markdown

_DIGIT: Final = re.compile(r"\d")


@attrs.define(eq=False)
class PageSource:
    """Looks at the turns of one answer.

    Args:
        world: Where the probe is.
        engine_error: The class of the engine's errors.
        sent: Our message; empty when the answer was asked for earlier.
        site: What the page is like.
        afresh: Whether the last turn counts, though it was there when we came.
    """

    _world: IsolatedWorld
    _engine_error: type[Exception]
    _sent: str
    _site: Site
    afresh: bool = False
    _turns: list[Mapping[str, str]] = attrs.field(factory=list, init=False)
    _text: str | None = attrs.field(default="", init=False)
    _thoughts: list[Mapping[str, str]] = attrs.field(factory=list, init=False)
    _thinking: str | None = attrs.field(default="", init=False)
    _thought: Transcript = attrs.field(factory=Transcript, init=False)
    _missed_since: float | None = attrs.field(default=None, init=False)

    async def mark(self) -> None:
        """Remember the turns that are there, so that they are never taken for the answer."""
        if self.afresh:
            return
        try:
            await self._world.call("mark")
        except self._engine_error:
            await self._world.open()
            await self._world.call("mark")

    async def held(self) -> Held:
        """Return what the composer holds; before the message was sent."""
        return Held.of(await self._call("held"))

    async def traces(self) -> Mapping[str, list[str]]:
        """Return the user's `turns` on the page, and the `links` to conversations that it has."""
        told: Mapping[str, list[str]] = await self._call("traces")
        return told

    async def _call(self, name: str) -> Any:
        """Call a method of the probe; again where the page was loaded anew: nothing of ours was on it."""
        try:
            return await self._world.call(name)
        except self._engine_error:
            await self.mark()
            return await self._world.call(name)

    async def hears(self, name: str) -> bool:
        """Whether the page listens to a press on what the selectors *name* find, as far as can be told."""
        return await self._or_no(self._world.hears(name))

    async def sends(self, name: str) -> bool:
        """Whether the browser itself does something on such a press: it sends a form, or follows a link."""
        return await self._or_no(self._world.call("sends", name))

    async def suggests(self) -> bool:
        """Whether a menu came with what was written, and takes the keys that are pressed."""
        return await self._or_no(self._world.call("suggests"))

    async def _or_no(self, told: Awaitable[Any]) -> bool:
        """Return what the probe tells; no where the page was loaded anew."""
        try:
            return bool(await told)
        except self._engine_error:
            await self.mark()
            return False

    async def can_send(self) -> bool:
        """Whether the page lets its send button be pressed, by what its Site says of that."""
        return bool(await self._world.call("can_send"))

    async def look(self) -> Look:
        """Look at the page; put the probe in again when the page was loaded anew.

        Raises:
            PageLeft: The page was loaded anew, and nothing on it says which turn is the answer.
        """
        try:
            told = await self._world.call("look", self._sent, self.afresh)
        except self._engine_error:
            await self._world.open()
            if not self._site.selectors.user_turn and not self._turns:
                raise PageLeft(
                    "the page was loaded anew before its answer began",
                    hint="With selectors.user_turn in the Site the answer would be found again.",
                    certainty=Certainty.UNKNOWN,
                ) from None
            self.afresh, self._missed_since = True, anyio.current_time()
            told = await self._world.call("look", self._sent, self.afresh)
        look, said = Look(**told), (self._text, self._thinking)
        if look.turns is not None:
            gone = _gone(self._turns, look.turns) if look.left else 0
            self._turns, self._text = [*self._turns[:gone], *look.turns], None
        if look.thoughts is not None:
            self._thoughts, self._thinking = look.thoughts, None
        self._require_thread(look)
        if look.works or not look.is_drawn_anew:
            return look
        says = await self.text(growing=True), await self._thoughts_as_markdown(growing=True)
        return attrs.evolve(look, says_the_same=_says_the_same(says, said))

    def _require_thread(self, look: Look) -> None:
        """Wait no longer than a page may take to be drawn when one that was loaded anew shows no thread."""
        if self._missed_since is None:
            return
        now = anyio.current_time()
        if look.count or look.mine:
            self._missed_since = None
        elif look.written is None:
            self._missed_since = now
        elif now - self._missed_since > self._site.timing.composer:
            raise PageLeft(
                "the page was loaded anew, and does not show the conversation any more",
                certainty=Certainty.UNKNOWN,
            )

    async def text(self, *, growing: bool) -> str:
        """Return the answer's markdown at the last look."""
        if self._text is None or not growing:
            self._text = await self._markdown(self._turns, growing=growing)
        return self._text

    async def unrolled(self) -> bool:
        """Scroll through lists that draw only what is in sight; tell whether the text has all of them."""
        lists, is_whole = await self._world.call("unroll", self._sent, self.afresh)
        if lists:
            await self.look()
        return bool(is_whole)

    async def thought(self, *, growing: bool) -> list[StreamEvent]:
        """Return what the page shows besides that the model thinks, and was not told before."""
        if not self._thoughts:
            return []
        self._thought.put(await self._thoughts_as_markdown(growing=growing))
        return self._thought.thoughts()

    async def _thoughts_as_markdown(self, *, growing: bool) -> str:
        if self._thinking is None or not growing:
            self._thinking = await self._markdown(self._thoughts, growing=growing)
        return self._thinking

    async def _markdown(self, turns: list[Mapping[str, str]], *, growing: bool) -> str:
        # A worker thread: a long text would hold up everybody on this loop.
        elements = self._site.reading.elements
        convert = functools.partial(to_markdown, turns, growing=growing, elements=elements)
        return await to_thread.run_sync(convert)

    async def resume(self) -> None:
        """Forget the signs of the answer so far: it was made to go on."""
        await self._world.call("resume")

    async def fetched(self, address: str) -> str | None:
        """Return what an address of the page's origin tells, asked as the page could; None for nothing."""
        try:
            told: str | None = await self._world.call("fetched", address)
        except self._engine_error:
            return None
        return told

    async def press_copy(self) -> bool:
        """Press the answer's copy button; tell whether there is one."""
        return bool(await self._world.call("copy", self._sent, self.afresh))


def _says_the_same(now: Sequence[str | None], before: Sequence[str | None]) -> bool:
    """Whether nothing is said anew: only digits in their places are others, as those of a clock are.

    What is being written has more letters at each look, also where it is a number.
    """
    return [one and _DIGIT.sub("0", one) for one in now] == [one and _DIGIT.sub("0", one) for one in before]


def _gone(before: Sequence[Mapping[str, str]], now: Sequence[Mapping[str, str]]) -> int:
    """Return how many of the first turns a list took out that keeps only the last ones in its document.

    A turn that is still there tells it; only the last one may have gone on meanwhile.
    """
    for gone in range(len(before)):
        left = list(before[gone:])
        sure = len(left) - 1 or 1
        if len(left) <= len(now) and left[:sure] == list(now[:sure]):
            return gone
    return 0
