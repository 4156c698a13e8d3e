"""Dialogs that a page opens: `alert`, `confirm`, `prompt`, and the question whether to leave it.

Law: where a person is, dialogs are the person's; elsewhere none is answered faster than it can be read. An
engine that nobody tells otherwise closes every dialog in milliseconds, under the hands of the person too.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

import anyio
import attrs

from jackfield import ProviderError, log_event

from ..hands import reading_seconds
from ._listener import Errands, listener

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Dialog, Page

_NOTICING_SECONDS: Final = 1.0
_LEAVING: Final = "beforeunload"
_ACCEPTED: Final = frozenset({"alert", _LEAVING})
"""What has one answer only, or one that we gave by going elsewhere; all else is declined."""


@attrs.define(eq=False)
class Dialogs:
    """Meets the dialogs of one context's pages.

    Attributes:
        is_attended: Whether a person is there, who answers.
        ours: The pages that we go to places with.
    """

    is_attended: bool
    ours: WeakSet[Page] = attrs.field(factory=WeakSet, init=False)
    _met: dict[Page, str] = attrs.field(factory=dict, init=False)
    _answers: Errands = attrs.field(factory=Errands, init=False)

    def watch(self, context: BrowserContext) -> None:
        """Meet what the pages of *context* open, also those that are not ours."""
        context.on("dialog", listener(self._meet))

    def forget(self, page: Page) -> None:
        """Know no more of *page*."""
        self.ours.discard(page)
        self._met.pop(page, None)

    def tell(self, page: Page, error: ProviderError) -> None:
        """Add to *error* that *page* opened a dialog since it was last told, which may be why."""
        if kind := self._met.pop(page, None):
            what = "a person has to answer it in the window" if self.is_attended else "it was answered"
            error.hint = f"{error.hint or ''} The page opened a dialog ({kind}): {what}.".lstrip()

    def _meet(self, dialog: Dialog) -> None:
        page, kind = dialog.page, dialog.type
        is_ours = page is not None and page in self.ours
        if page is not None and is_ours and kind != _LEAVING:
            self._met[page] = kind
        # We are who leaves a page of ours; whether another is left is asked of who does.
        is_theirs = self.is_attended and not (is_ours and kind == _LEAVING)
        log_event("dialog.opened", layer="web", kind=kind, left_to_person=is_theirs)
        if not is_theirs:
            self._answers.begin(_answer(dialog))


async def _answer(dialog: Dialog) -> None:
    # The times of the hand need not come again: nobody's input depends on them.
    seconds = reading_seconds(random.Random(), len(dialog.message.split()) + 1)  # noqa: S311
    await anyio.sleep(_NOTICING_SECONDS + seconds)
    # It may be gone by now, with its page or because somebody was quicker.
    await (dialog.accept() if dialog.type in _ACCEPTED else dialog.dismiss())
