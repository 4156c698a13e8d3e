"""The steps of a login, one after the other, with what each of them writes: a credential, or an answer.

Law: a question is asked once and only where somebody can be asked: asked for all the same, a page would mail
a code that nobody waits for. Runs on the caller's side of the bridge; `page._login_step` is the other.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

import anyio
import attrs

from jackfield import AuthenticationRequired, ProviderContext, ProviderError, Secret

from ..browser import PageHandle, reachable
from ..hands import InputDriver
from ..page import asks, mailed_link, open_login_page, shown_link, take_login_step
from ..site import LoginStep, Site


@attrs.define(eq=False, kw_only=True)
class LoginSteps:
    """A Site's steps, for one account, taken once.

    Attributes:
        site: What the page is like.
        context: What is known of the account.
        hands: What visits, types and clicks.
        seconds: How long to wait for an answer of the account's owner.
        has_written: Whether the page was given something to refuse.
    """

    site: Site
    context: ProviderContext
    hands: InputDriver
    seconds: float
    has_written: bool = attrs.field(default=False, init=False)
    _has_linked: bool = attrs.field(default=False, init=False)

    async def take(self, page: PageHandle, keeping: AsyncExitStack) -> None:
        """Open the login page and take the steps.

        Args:
            page: The page.
            keeping: How long the page stays where the Site's pages are once it has a credential, also where a
                person sees it and it may go anywhere otherwise: a form may be sent long after its last step.

        Raises:
            AuthenticationRequired: The owner is asked for something, and there is no answer; or a field takes
                less than what it was to be given.
            PageChanged: A step found nothing of what it needs.
            NavigationRefused: The page is not where credentials may be typed, or a link leads elsewhere.
            DeadlineExceeded: A step took too long.
        """
        for question in self._questions:
            if self.context.ask is None:
                raise self._unanswered(question, "nobody can be asked here")
        await page.call(open_login_page, self.site, self.hands)
        is_kept = False
        for step in self.site.login:
            if self._has_linked and step.action != "wait":
                continue
            given = await self._given(step)
            if given is not None and not is_kept:
                await keeping.enter_async_context(page.kept_within(reachable(self.site)))
                is_kept = True
            if step.action == "ask" and given is not None:
                self._has_linked = mailed_link(given.reveal()) is not None
            await page.call(take_login_step, self.site, step, given, self.hands)
            self.has_written |= given is not None

    async def still_ask(self, page: PageHandle) -> bool:
        """Whether *page* shows a question that was answered: the answer was wrong."""
        return any([await page.call(asks, self.site, step) for step in self._questions])

    async def place(self, page: PageHandle) -> str:
        """Return where *page* is, as far as anybody may know: the path of a mailed link is a password."""
        address = await page.address()
        return shown_link(address) if self._has_linked else address

    def refused(self, failed: ProviderError | None) -> str:
        """Return what the page does that goes on asking for a login; a step *failed*, or all were taken."""
        if failed is not None:
            return f"the page wants a login, and its steps were not taken to the end: {failed.message}"
        return f"the page refuses {'the code' if self._questions else 'the name and the password'}"

    @property
    def _questions(self) -> list[LoginStep]:
        return [step for step in self.site.login if step.action == "ask"]

    async def _given(self, step: LoginStep) -> Secret | None:
        """Return what *step* writes, if it writes anything."""
        if step.action == "fill":
            return self.context.secret(step.value)
        return await self._answer(step) if step.action == "ask" else None

    async def _answer(self, step: LoginStep) -> Secret:
        assert self.context.ask is not None
        with anyio.move_on_after(self.seconds):
            if (answer := await self.context.ask(step.value)) and (text := answer.reveal().strip()):
                return Secret(text)
        raise self._unanswered(step, "nobody answered")

    def _unanswered(self, step: LoginStep, why: str) -> AuthenticationRequired:
        name = self.context.connection
        return AuthenticationRequired(
            f"the page asks what only the account's owner knows ({step.value}), and {why}",
            hint=f"Run `jackfield chat {name}` in a terminal, or use a window: `jackfield login {name}`. "
            "A program implements the hook jackfield_ask_person.",
        )
