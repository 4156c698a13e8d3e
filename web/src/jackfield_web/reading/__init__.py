"""Sending a message on a chat page and reading what comes back. Runs in the browser host's asyncio loop.

General layout: `_prepare` sets a page up. `_ask` writes a message (`_write`), sends it (`_submit`) and
reads its answer. A `_reader` listens to its page as long as that is open, and has a `_reply` for each
message.

- An answer is told by its wire or else by its page, and `_reply` chooses. `_wire_source` has it from what
  `_tap` hears: each request is an `_exchange`, and what its decoder says of the answer a `_strand`.
  `_page_source` has it from what the page shows, one `_look` after the other, at the times that `_glances`
  gives.
- It is complete by the wire's word, which `_wire_end` doubts while the page shows work, or by the signs
  that `_look` weighs. `_continuing` lets it go on at a limit; `_settled` reads it once more where the page
  told it.
- It comes to nothing by what `_failing`, `_departures` and `_whereabouts` see: a failure or a limit, a
  message that was refused or cut off, a page that has left.
- HTML becomes markdown in `_markdown`: what the page drew is made what was written, which is formulas
  (`_formulas`), code (`_drawn_code`), blocks, lists and tables (`_drawn`) and words (`_drawn_text`), and
  `_converting` writes it down.
"""

from __future__ import annotations

from ._ask import Told, Written, allow, ask, read
from ._examine import examine_page, fault_of
from ._look import Completion, Look
from ._markdown import html_to_markdown, to_markdown
from ._prepare import Wish, find_thread, go, go_back, listen, prepare
from ._reader import PageReader
from ._reply import Reply
from ._submit import Submission, SubmissionState, stop, submit
from ._traces import address_of, shows_last, traces

__all__ = [
    "Completion",
    "Look",
    "PageReader",
    "Reply",
    "Submission",
    "SubmissionState",
    "Told",
    "Wish",
    "Written",
    "address_of",
    "allow",
    "ask",
    "examine_page",
    "fault_of",
    "find_thread",
    "go",
    "go_back",
    "html_to_markdown",
    "listen",
    "prepare",
    "read",
    "shows_last",
    "stop",
    "submit",
    "to_markdown",
    "traces",
]
