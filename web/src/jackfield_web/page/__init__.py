"""What is done on a page but for sending and reading. Inside: each function is given the engine's page."""

from __future__ import annotations

from ._click import clear_the_way, click
from ._eyes import Eyes
from ._files import Attachment, GivenFiles, attach_files, has_other_files, is_uploading, require_files
from ._frames import conversation_frame, devtools_place, find_visible, holders
from ._login_step import asks, mailed_link, open_login_page, shown_link, take_login_step
from ._models import choose_model, read_models
from ._picture import FIELDS, controls_of, take_picture, turns_of
from ._selectors import Matched, matched, require_css
from ._standing import Standing, document_answer, is_stranger, standing, stops_asking
from ._stranger import Seen, Stranger, choose, count, meet, say, survey
from ._thread import (
    Thread,
    begin_anew,
    is_in_storage,
    load,
    no_new_conversation,
    other_thread,
    require_address,
    require_thread,
    shows_thread,
    why_not_incognito,
)
from ._traffic import Heard, beginning, is_stream
from ._worlds import IsolatedWorld, Place, hears_choice, probe_config

__all__ = [
    "FIELDS",
    "Attachment",
    "Eyes",
    "GivenFiles",
    "Heard",
    "IsolatedWorld",
    "Matched",
    "Place",
    "Seen",
    "Standing",
    "Stranger",
    "Thread",
    "asks",
    "attach_files",
    "begin_anew",
    "beginning",
    "choose",
    "choose_model",
    "clear_the_way",
    "click",
    "controls_of",
    "conversation_frame",
    "count",
    "devtools_place",
    "document_answer",
    "find_visible",
    "has_other_files",
    "hears_choice",
    "holders",
    "is_in_storage",
    "is_stranger",
    "is_stream",
    "is_uploading",
    "load",
    "mailed_link",
    "matched",
    "meet",
    "no_new_conversation",
    "open_login_page",
    "other_thread",
    "probe_config",
    "read_models",
    "require_address",
    "require_css",
    "require_files",
    "require_thread",
    "say",
    "shown_link",
    "shows_thread",
    "standing",
    "stops_asking",
    "survey",
    "take_login_step",
    "take_picture",
    "turns_of",
    "why_not_incognito",
]
