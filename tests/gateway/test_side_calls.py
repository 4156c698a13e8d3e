"""What clients ask beside what their users say: who answers it, and where it is refused."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from jackfield import ChatRequest, Message
from jackfield_gateway._side_calls import is_side_call
from jackfield_playground import CodegenPlayground

from .conftest import Opener, adding_agent

TITLE = """### Task:
Generate a concise, 3-5 word title with an emoji summarizing the chat history.
### Output:
JSON format: { "title": "your concise title here" }
### Chat History:
<chat_history>
USER: hello
</chat_history>"""
FROM_DOCUMENTS = """### Task:
Respond to the user query using the provided context, incorporating inline citations.
<context>
a page
</context>"""


def asking(text: str, **details: Any) -> Any:
    """Return what asks for an answer to a text."""
    messages: Any = [{"role": "user", "content": text}]
    return lambda client: client.chat.completions.with_raw_response.create(messages=messages, **details)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (TITLE, True),
        ([{"role": "system", "content": "You are a title generator. You output ONLY a thread title."}], True),
        ("### Task:\nYou are an autocompletion system. Continue the text in `<text>`", True),
        (FROM_DOCUMENTS, False),
        ("What is a title generator?", False),
        ("", False),
    ],
)
def test_a_side_call_is_known_by_its_fixed_words(said: Any, expected: bool) -> None:
    """A client's own templates are; a question about documents begins the same way and is not."""
    if isinstance(said, str):
        messages = [Message("user", said or "hello")]
    else:
        messages = [*(Message(one["role"], one["content"]) for one in said), Message("user", "hello")]
    assert is_side_call(ChatRequest(messages=messages)) is expected


@pytest.mark.anyio
async def test_a_side_call_goes_to_the_model_for_it(front: Opener, agent: CodegenPlayground) -> None:
    """With a side model no run is begun for a title; the header says who was asked."""
    async with front(adding_agent(agent), side_model="work") as door:
        raw = await door.ask(asking(TITLE, model="agent"))
        assert (agent.state.runs_created, door.remote.posts()) == (0, 1)
    assert (raw.headers["x-jackfield-side-model"], raw.headers["x-jackfield-connection"]) == ("work", "work")
    assert raw.parse().model == "agent"


@pytest.mark.anyio
async def test_without_one_it_is_refused_where_it_would_stay(front: Opener, agent: CodegenPlayground) -> None:
    """An agent's run is not begun for a title; a model that keeps nothing answers it as ever."""
    async with front(adding_agent(agent)) as door:
        with pytest.raises(openai.BadRequestError, match="--side-model"):
            await door.ask(asking(TITLE, model="agent"))
        await door.ask(asking(TITLE, model="work"))
        assert (agent.state.runs_created, door.remote.posts()) == (0, 1)
