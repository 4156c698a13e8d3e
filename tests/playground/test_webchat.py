"""The chat page's server, spoken to as its own page does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from jackfield_playground import WebChatPlayground, WebChatSettings
from jackfield_playground.webchat import AskedHere


@pytest.fixture
def chat() -> Iterator[WebChatPlayground]:
    """A chat page that writes as fast as it can."""
    with WebChatPlayground(WebChatSettings(piece_seconds=0)).running() as chat:
        yield chat


@pytest.fixture
def client(chat: WebChatPlayground) -> Iterator[httpx.Client]:
    """A client with cookies of its own."""
    with httpx.Client(base_url=chat.base_url, timeout=10) as client:
        yield client


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Return what waits, five seconds at most, until something is so."""

    def wait(so: Callable[[], object]) -> None:
        for _ in range(100):
            if so():
                return
            time.sleep(0.05)
        pytest.fail("it did not come to be within five seconds")

    return wait


def events(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the events of a whole answer."""
    return [json.loads(event.removeprefix("data: ")) for event in answer.text.split("\n\n") if event]


def ask(client: httpx.Client, text: str, conversation: str = "abc") -> list[dict[str, Any]]:
    """Ask and read to the end."""
    return events(client.post(f"/api/chats/{conversation}/messages", json={"text": text}))


def test_an_answer_is_streamed(client: httpx.Client, chat: WebChatPlayground) -> None:
    """An answer begins with its model, comes in pieces, and says that it is done; the counters agree."""
    first, *pieces, last = ask(client, "What is a jackfield?")

    (asked,) = chat.state.asked
    assert first == {"type": "start", "model": chat.engine.name}
    assert last == {"type": "done", "reason": "stop"}
    assert "".join(piece["text"] for piece in pieces) == asked.answer
    assert (asked.conversation, asked.text, asked.over, asked.stopped, asked.left) == (
        "abc",
        "What is a jackfield?",
        True,
        False,
        False,
    )


def test_a_conversation_is_kept(client: httpx.Client) -> None:
    """The thread is served as it was said, and the second answer knows of the first question."""
    ask(client, "One?")
    ask(client, "Two?")

    thread = client.get("/api/chats/abc").json()
    assert [turn["question"] for turn in thread] == ["One?", "Two?"]
    assert "The one before was: “One?”" in thread[1]["answer"]
    assert client.get("/api/chats/other").status_code == 404


def test_an_answer_can_be_held_and_stopped(
    client: httpx.Client, chat: WebChatPlayground, until: Callable[..., None]
) -> None:
    """A held answer has its first pieces and no more; the stop button ends it there."""
    chat.state.change(hold_after=2)
    with client.stream("POST", "/api/chats/abc/messages", json={"text": "Hello"}) as answer:
        until(lambda: chat.state.asked[0].answer == "I am ")
        client.post("/api/chats/abc/stop")
        answer.read()

    assert events(answer)[-1] == {"type": "done", "reason": "stopped"}
    assert chat.state.asked[0].answer == "I am "
    assert chat.state.asked[0].stopped


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_page_that_leaves(
    client: httpx.Client, chat: WebChatPlayground, until: Callable[..., None], goes_on: bool
) -> None:
    """When the page that asked goes away, the answer ends there or goes on, as it was told to."""
    chat.state.change(hold_after=2, goes_on=goes_on)
    with client.stream("POST", "/api/chats/abc/messages", json={"text": "Hello"}):
        until(lambda: chat.state.asked[0].answer)
    until(lambda: chat.state.asked[0].left)
    chat.state.release()
    until(lambda: chat.state.asked[0].over)

    assert (len(chat.state.asked[0].answer) > len("I am ")) is goes_on
    assert events(client.get("/api/chats/abc/last"))[-1]["type"] == "done"


def test_faults_befall_the_next_message(client: httpx.Client, chat: WebChatPlayground) -> None:
    """A refused message is not asked; one that is cut has no end, though it was answered."""
    chat.state.fail_next(429)
    chat.state.cut_next(2)
    refused = client.post("/api/chats/abc/messages", json={"text": "Hello"})
    cut = ask(client, "Hello")

    assert refused.status_code == 429
    assert [event["type"] for event in cut] == ["start", "piece", "piece"]
    assert len(chat.state.asked) == 1


def test_the_login(client: httpx.Client, chat: WebChatPlayground) -> None:
    """Only who logs in with the right password gets in, until everybody is logged out."""
    settings = chat.state.settings
    chat.state.change(login=True)
    assert client.get("/").headers["location"] == "/login"
    assert client.get("/api/chats/abc").status_code == 401

    wrong = client.post("/login", data={"username": settings.username, "password": "wrong"})
    right = client.post("/login", data={"username": settings.username, "password": settings.password})

    assert "That is not right." in wrong.text
    assert right.headers["location"] == "/"
    assert client.get("/").status_code == 200
    chat.state.log_everyone_out()
    assert client.get("/").status_code == 303


def test_the_second_factor(client: httpx.Client, chat: WebChatPlayground) -> None:
    """With a second factor the right password leads to a page that wants a code, and to no login."""
    chat.state.change(login=True, second_factor=True)
    settings = chat.state.settings

    answer = client.post("/login", data={"username": settings.username, "password": settings.password})

    assert answer.headers["location"] == "/code"
    assert chat.state.logins == 0


def test_the_challenge(client: httpx.Client, chat: WebChatPlayground) -> None:
    """The challenge stands before the page until its button is pressed."""
    chat.state.change(challenge=True)
    assert 'id="challenge"' in client.get("/").text
    assert client.get("/api/challenge").json() is False

    client.post("/challenge")

    assert client.get("/api/challenge").json() is True
    assert 'id="composer"' in client.get("/").text


def test_a_renamed_page(client: httpx.Client, chat: WebChatPlayground) -> None:
    """A page whose makers renamed things has none of the names that its description looks for."""
    chat.state.change(renamed=True)
    page = client.get("/").text

    wanted = ("composer", "send", "stop", "account")
    assert not [name for name in wanted if f'id="{name}"' in page]
    assert all(f'id="x-{name}"' in page for name in wanted)


def test_the_description_names_what_is_there(client: httpx.Client, chat: WebChatPlayground) -> None:
    """Every id that the page's description looks for stands on one of its pages."""
    pages = client.get("/").text
    chat.state.change(login=True)
    pages += client.get("/login").text
    chat.state.change(challenge=True)
    pages += client.get("/").text
    selectors = chat.site["selectors"].values()

    ids = {selector[1:].split()[0] for selector in selectors if selector.startswith("#")}
    assert [name for name in sorted(ids) if f'id="{name}"' not in pages] == []


def test_one_page_is_served_once(chat: WebChatPlayground) -> None:
    """A page that is served already refuses to be served a second time."""
    with pytest.raises(RuntimeError, match="served already"), chat.running():
        pass


def test_a_mailed_code_logs_in_once_per_browser(chat: WebChatPlayground, client: httpx.Client) -> None:
    """A code logs in the browser that asked for it; another browser, or another code, stays outside."""
    chat.state.change(login=True, mails_code=True)
    client.post("/login", data={"username": chat.state.settings.username})
    assert chat.state.mail is not None
    code = chat.state.mail.code

    with httpx.Client(base_url=chat.base_url, timeout=10) as stranger:
        foreign = stranger.post("/code", data={"code": code})
    wrong = client.post("/code", data={"code": f"{code}0"})
    right = client.post("/code", data={"code": code})

    assert "That is not right" in foreign.text
    assert "That is not right" in wrong.text
    assert (right.status_code, right.headers["location"], chat.state.logins) == (303, "/", 1)
    assert chat.state.mail.link == f"{chat.base_url}/link#{code}"


def test_what_comes_along_is_recorded(chat: WebChatPlayground, client: httpx.Client) -> None:
    """Model, files and privacy of a message are on record, and a private thread is served to nobody."""
    known = client.post("/api/files/a.png", content=b"abc").json()
    said = {"text": "Hi", "model": "Big", "files": [known], "private": True}
    first, *_ = events(client.post("/api/chats/secret/messages", json=said))

    (asked,) = chat.state.asked
    assert isinstance(asked, AskedHere)
    assert (asked.model, asked.files, asked.private) == ("Big", {"a.png": b"abc"}, True)
    assert first["model"] == "Big"
    assert client.get("/api/chats/secret").status_code == 404
