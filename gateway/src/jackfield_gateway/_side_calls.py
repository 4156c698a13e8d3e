"""What a client asks beside what its user says: titles, tags, suggestions of what to ask next.

Where each request is a thing that stays, such as a conversation in somebody's account or a run of an agent,
one message of the user's would make three of them. So these requests are known by their fixed words: those of
Open WebUI's templates and of the programs that ask for a title before anything else. A person who writes such
words by hand is refused with a sentence that says why.
"""

from __future__ import annotations

from typing import Final

from jackfield import ChatRequest

_TASK: Final = "### Task:"
_OF_A_TASK: Final = ("<chat_history>", "You are an autocompletion system.")
_TITLES: Final = (
    "You are a title generator.",
    "You will generate a short title based on the first message",
)


def is_side_call(request: ChatRequest) -> bool:
    """Whether a client asks for itself, and not for its user."""
    if request.tools:
        return False
    system = "\n".join(message.text for message in request.messages if message.role == "system").lstrip()
    if system.startswith(_TITLES):
        return True
    said = [message.text for message in request.messages if message.role != "system"]
    if len(said) != 1:
        return False
    # An answer from documents begins with the same words, and is the user's own question.
    return said[0].lstrip().startswith(_TASK) and any(word in said[0] for word in _OF_A_TASK)
