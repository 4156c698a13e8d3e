"""A Streamlit chat, as its documentation builds one."""

from __future__ import annotations

import time
from collections.abc import Iterator

import scripted
import streamlit


def written(message: str, before: int) -> Iterator[str]:
    """Yield the answer's pieces; a call of Streamlit's is what ends a program that was stopped."""
    place = streamlit.empty()
    for piece in scripted.answer(message, before):
        yield piece
        if piece == scripted.WAIT:
            place.empty()
            time.sleep(scripted.PAUSE_SECONDS)


turns = streamlit.session_state.setdefault("turns", [])
for role, text in turns:
    with streamlit.chat_message(role):
        streamlit.markdown(text)
if asked := streamlit.chat_input("Say something"):
    before = sum(role == "user" for role, _ in turns)
    turns.append(("user", asked))
    with streamlit.chat_message("user"):
        streamlit.markdown(asked)
    with streamlit.chat_message("assistant"):
        turns.append(("assistant", streamlit.write_stream(written(asked, before))))
