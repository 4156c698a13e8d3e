"""A Streamlit chat, as its documentation builds one."""

from __future__ import annotations

import time
from collections.abc import Iterator

import scripted
import streamlit


def written(message: str, before: int) -> Iterator[str]:
    """Yield the answer's pieces at the pace of a model: what comes at once is drawn at once."""
    for piece in scripted.answer(message, before):
        yield piece
        if piece == scripted.WAIT:
            time.sleep(scripted.PAUSE_SECONDS)


turns = streamlit.session_state.setdefault("turns", [])
for role, text in turns:
    with streamlit.chat_message(role):
        streamlit.markdown(text)
if asked := streamlit.chat_input("Say something"):
    with streamlit.chat_message("user"):
        streamlit.markdown(asked)
    before = len(turns) // 2
    with streamlit.chat_message("assistant"):
        answer = streamlit.write_stream(written(asked, before))
    turns += [("user", asked), ("assistant", answer)]
