"""The programs that people build on vendors' clients take the front door for the vendor: `nox -s clients`."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from typing import Any

import anthropic
import openai
import pytest
from google.genai import errors
from langchain_google_genai.chat_models import ChatGoogleGenerativeAIError
from pydantic_ai.exceptions import ModelAPIError

from .conftest import Door, until
from .langchain_client import CLIENTS as LANGCHAIN
from .llm_client import CLIENTS as LLM
from .pydantic_client import CLIENTS as PYDANTIC_AI
from .scenes import Client

CLIENTS: dict[str, Callable[[Door, str], Client]] = {**LANGCHAIN, **PYDANTIC_AI, **LLM}
OWN = (ChatGoogleGenerativeAIError, ModelAPIError, ValueError)
FAILURES: Any = (openai.APIError, anthropic.APIError, errors.APIError, *OWN)
"""What the programs raise: their vendor's error, or one of their own: a plain ValueError for one wire."""

pytestmark = [
    # Each warns of itself: of its own names, and of a count that the door does not know and does not make up.
    pytest.mark.filterwarnings("default"),
    pytest.mark.parametrize("program", CLIENTS),
]


@pytest.fixture
def client(program: str, door: Door) -> Client:
    """Return the program's way to ask."""
    return CLIENTS[program](door, f"work{list(CLIENTS).index(program)}")


def test_an_answer_in_one_piece_and_the_same_as_it_comes(client: Client, door: Door) -> None:
    """Both say the same, the second in pieces, and each is one execution."""
    before = door.remote.state.executions
    pieces = list(client.stream())
    assert "".join(pieces) == client.text()
    assert "scripted responder" in pieces[0] + "".join(pieces)
    assert len([piece for piece in pieces if piece]) > 10
    assert door.remote.state.executions == before + 2


def test_a_tool_is_called_and_its_result_goes_back(client: Client, door: Door) -> None:
    """The program calls its tool with the arguments that the remote gave, which then has its result."""
    called = client.tool()
    assert (called.name, called.arguments) == ("look_up", {"word": "playground"})
    assert "scripted responder" in called.text
    assert "a panel of sockets" in str(door.remote.state.requests[-1].body)


def test_a_picture_arrives(client: Client) -> None:
    """A picture reaches the remote as one."""
    assert "Images received: 1" in client.image()


def test_an_answer_has_the_form_that_was_asked_for(client: Client) -> None:
    """What the program makes of an answer is of its own class."""
    assert client.structured().word == "playground"


@pytest.mark.parametrize("fault", ["500", "cut", "drop"])
def test_what_may_have_been_acted_on_is_asked_once(client: Client, door: Door, fault: str) -> None:
    """Under the program's own retries one request arrives, and it ends in an error, not in a short answer.

    The next question is answered.
    """
    door.remote.play(fault)
    for deed in (client.text, lambda: list(client.stream())):
        before = door.remote.posts()
        with pytest.raises(FAILURES, match="acted on"):
            deed()
        assert door.remote.posts() == before + 1
    door.remote.play("none")
    assert client.text()


def test_a_rate_limit_is_told_as_one(client: Client, door: Door) -> None:
    """The program is told to come back, and says what it was told when it has had enough of it."""
    door.remote.play("429")
    with pytest.raises(FAILURES, match="asked too fast"):
        client.text()


def test_a_login_that_is_needed_is_told_and_asks_nobody(program: str, door: Door) -> None:
    """The connection's own key was taken back: that is said, and the door's token is not what is wrong.

    It was found when the connection was opened: nothing is asked any more.
    """
    before = door.remote.posts()
    with pytest.raises(FAILURES, match="needs a login") as failure:
        CLIENTS[program](door, f"locked{list(CLIENTS).index(program)}").text()
    assert not re.search(r"\b401\b", str(failure.value))  # its id may have any digits
    assert door.remote.posts() == before


def test_a_program_that_hangs_up_leaves_nothing_upstream(program: str, client: Client, door: Door) -> None:
    """Closed in mid-answer, the request is over at the door, and the connection behind it is left."""
    if program == "pydantic-ai, gemini":
        pytest.skip("it waits for the end of an answer of Google's, and tells nobody that it has left")
    door.remote.play("hang")
    before, pieces = door.remote.open_connections(), client.stream()
    next(pieces)
    assert door.remote.open_connections() > 0
    pieces.close()  # type: ignore[attr-defined]
    del pieces
    gc.collect()
    until(lambda: door.outcomes()[0] == "gone")
    until(lambda: door.remote.open_connections() <= max(before - 1, 0))
