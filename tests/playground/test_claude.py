"""The stand-in of Claude's site, spoken to as its own page does, and its page in the hands of a person."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from jackfield_playground import ClaudePlayground, ClaudeSettings
from jackfield_web import find_browser

COMPOSER = '[data-testid="chat-input"]'


@pytest.fixture
def claude() -> Iterator[ClaudePlayground]:
    """A stand-in that writes as fast as it can and pauses for a moment."""
    with ClaudePlayground(
        ClaudeSettings(piece_seconds=0, scenario_seconds=0.01, layout="2026-08")
    ).running() as claude:
        yield claude


@pytest.fixture
def visitor(claude: ClaudePlayground) -> Iterator[httpx.Client]:
    """A browser that is not logged in."""
    with httpx.Client(base_url=claude.base_url, timeout=20, follow_redirects=True) as client:
        yield client


@pytest.fixture
def client(claude: ClaudePlayground) -> Iterator[httpx.Client]:
    """A browser that is logged in, at the account's organization."""
    address = f"{claude.base_url}/api/organizations/{claude.state.organization}"
    with httpx.Client(base_url=address, cookies={"sessionKey": claude.session_key}, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for a person's own use."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(find_browser().path), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(browser: Any, claude: ClaudePlayground) -> Iterator[Page]:
    """The page, opened by somebody who is logged in."""
    context = browser.new_context()
    context.add_cookies([{"name": "sessionKey", "value": claude.session_key, "url": claude.base_url}])
    page: Page = context.new_page()
    page.goto(f"{claude.base_url}/new")
    yield page
    context.close()


def ask(client: httpx.Client, prompt: str, conversation: str = "", **more: Any) -> httpx.Response:
    """Send a message to a new conversation, or to one that is there."""
    first = {} if more else {"create_conversation_params": {"name": "", "is_temporary": False}}
    said = {"prompt": prompt, "rendering_mode": "messages", **first, **more}
    return client.post(f"/chat_conversations/{conversation or uuid.uuid4()}/completion", json=said)


def messages(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the messages of a stream."""
    return [json.loads(found) for found in re.findall(r"^data: (.*)$", answer.text, re.MULTILINE)]


def tree(client: httpx.Client, conversation: str) -> dict[str, Any]:
    """Return a conversation."""
    answer = client.get(f"/chat_conversations/{conversation}?tree=True&rendering_mode=messages")
    found: dict[str, Any] = answer.json()
    return found


def test_a_stream_is_in_order(client: httpx.Client) -> None:
    """A stream begins with its model, opens and closes each block, and ends with why, the limit, the end."""
    kinds = [said["type"] for said in messages(ask(client, "Hello", model="claude-sonnet-4-6"))]

    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-4:] == ["content_block_stop", "message_delta", "message_limit", "message_stop"]
    assert set(kinds[2:-4]) == {"content_block_delta"}


@pytest.mark.parametrize(
    "name", ["thinking", "tools", "retract", "unknown", "quotes", "code", "max", "pause"]
)
def test_a_scenario_is_kept_as_it_was_streamed(client: httpx.Client, name: str) -> None:
    """What a scenario streams is what the conversation keeps, block by block, with why it ended."""
    conversation = str(uuid.uuid4())
    streamed = messages(ask(client, f"Show me [{name}]", conversation))
    answer = tree(client, conversation)["chat_messages"][-1]

    withdrawn = {one["index"] for one in streamed if one["type"] == "content_block_retract"}
    begun = {one["index"] for one in streamed if one["type"] == "content_block_start"}
    assert len(answer["content"]) == len(begun - withdrawn)
    assert answer["text"] == ""
    assert answer["stop_reason"] == ("max_tokens" if name == "max" else "end_turn")
    assert streamed[-1]["type"] == "message_stop"


@pytest.mark.parametrize(("name", "last"), [("error", "error"), ("limit", "message_limit"), ("cut", "")])
def test_streams_without_an_end(client: httpx.Client, name: str, last: str) -> None:
    """An error and a limit are the last that is said, a break says nothing; none of them is an end."""
    kinds = [said["type"] for said in messages(ask(client, f"[{name}]"))]

    assert "message_stop" not in kinds
    assert kinds[-1] == (last or "content_block_stop")


def test_the_old_format(client: httpx.Client, claude: ClaudePlayground) -> None:
    """The stream of 2023 has completions and an end, and the same text as the one of today."""
    claude.state.change(stream="completions")
    said = messages(ask(client, "[tools]"))

    assert (
        "".join(one["completion"] for one in said)
        == "Let me look that up.It is a panel of sockets. That is all."
    )
    assert [one["stop_reason"] for one in said][-2:] == [None, "stop_sequence"]


def test_a_conversation_is_a_tree(client: httpx.Client) -> None:
    """Each message has its parent, the first the root; a message without its parent is refused."""
    conversation = str(uuid.uuid4())
    ask(client, "One?", conversation)
    first = tree(client, conversation)["current_leaf_message_uuid"]
    ask(client, "Two?", conversation, parent_message_uuid=first)
    client.post(f"/chat_conversations/{conversation}/retry_completion", json={})
    kept = tree(client, conversation)

    one, two = (said for said in kept["chat_messages"] if said["sender"] == "human")
    assert one["parent_message_uuid"] == "00000000-0000-4000-8000-000000000000"
    assert two["parent_message_uuid"] == first
    answers = [said for said in kept["chat_messages"] if said["parent_message_uuid"] == two["uuid"]]
    assert len(answers) == 2
    assert kept["current_leaf_message_uuid"] == answers[-1]["uuid"]
    assert ask(client, "Three?", conversation, parent_message_uuid="none").status_code == 400


def test_conversations_are_listed_named_and_deleted(client: httpx.Client) -> None:
    """The list has every conversation but temporary ones, newest first, with their names."""
    kept, secret = str(uuid.uuid4()), str(uuid.uuid4())
    ask(client, "Keep this", kept)
    ask(client, "Forget this", secret, create_conversation_params={"is_temporary": True})
    client.post(f"/chat_conversations/{kept}/title", json={"message_content": "Keep this"})

    assert client.get("/chat_conversations").json() == [{"uuid": kept, "name": "Keep this"}]
    assert client.put(f"/chat_conversations/{kept}", json={"name": "Kept"}).json()["name"] == "Kept"
    assert client.get("/chat_conversations_v2?limit=1&offset=1").json() == {"data": [], "has_more": False}
    client.delete(f"/chat_conversations/{kept}")
    assert client.get(f"/chat_conversations/{kept}").status_code == 404


def test_refusals_are_told_as_the_site_tells_them(client: httpx.Client, claude: ClaudePlayground) -> None:
    """A limit is JSON inside a message; a dead session, a locked model, an empty message have their codes."""
    claude.state.change(limited_seconds=60)
    limited = ask(client, "Hello")
    claude.state.change(limited_seconds=None)
    claude.state.fail_next(529)
    overloaded, empty = ask(client, "Hello"), ask(client, " ")
    locked = ask(client, "Hello", model="claude-opus-5-5")
    claude.state.log_everyone_out()
    dead = ask(client, "Hello")

    assert limited.status_code == 429
    assert json.loads(limited.json()["error"]["message"])["resetsAt"] > time.time()
    assert (overloaded.status_code, overloaded.json()["error"]["type"]) == (529, "overloaded_error")
    assert (empty.status_code, locked.status_code, dead.status_code) == (400, 403, 403)
    assert dead.json()["error"]["details"]["error_code"] == "account_session_invalid"
    assert claude.state.asked == ()


def test_an_answer_is_stopped(
    client: httpx.Client, claude: ClaudePlayground, eventually: Callable[..., None]
) -> None:
    """A stop keeps what was written, as cancelled by the user."""
    claude.state.change(hold_after=3)
    conversation = str(uuid.uuid4())
    path = f"/chat_conversations/{conversation}"
    said = {"prompt": "Hello", "create_conversation_params": {}}
    with client.stream("POST", f"{path}/completion", json=said) as answer:
        eventually(lambda: claude.state.asked[0].answer)
        client.post(f"{path}/stop_response", json={})
        answer.read()

    kept = tree(client, conversation)["chat_messages"][-1]
    assert (kept["stop_reason"], kept["content"][0]["text"]) == (
        "user_canceled",
        claude.state.asked[0].answer,
    )


def test_logging_in_by_mail(visitor: httpx.Client, claude: ClaudePlayground) -> None:
    """The code or the link's fragment lets in the browser that asked for it, and no other."""
    for given in ("code", "fragment"):
        visitor.cookies.clear()
        visitor.post("/api/auth/send_magic_link", json={"email_address": "sam@example.org"})
        mail = claude.state.mails[-1]
        proof = {"code": mail.code} if given == "code" else {"fragment": urlsplit(mail.link).fragment}
        other = httpx.post(f"{claude.base_url}/api/auth/verify_code", json=proof)
        wrong = visitor.post("/api/auth/verify_code", json={"code": "none"})
        assert (other.status_code, wrong.status_code) == (403, 400)
        assert visitor.post("/api/auth/verify_code", json=proof).status_code == 200
        assert visitor.get("/api/organizations").json()[-1]["uuid"] == visitor.cookies["lastActiveOrg"]


def test_the_interstitial(visitor: httpx.Client, claude: ClaudePlayground) -> None:
    """While proof of a person is wanted everything is 403 with its header and title, until it is given."""
    claude.state.change(challenge=True)
    shown = visitor.get("/api/organizations")
    visitor.post("/cdn-cgi/challenge-platform/verify")

    assert (shown.status_code, shown.headers["cf-mitigated"]) == (403, "challenge")
    assert "<title>Just a moment...</title>" in shown.text
    assert visitor.get("/new").status_code == 200


def test_the_composer_keeps_its_own_text(page: Page) -> None:
    """What is typed stays, what is written into the document is undone, and Send is there only with text."""
    composer, send = page.locator(COMPOSER), page.get_by_label("Send message")
    composer.click()
    page.keyboard.type("Hello")
    page.keyboard.press("Shift+Enter")
    page.keyboard.insert_text("you 🙂!")
    for key in ("Backspace", "Backspace", "Home", "Delete"):
        page.keyboard.press(key)
    composer.evaluate("(it) => { it.textContent = 'written from outside'; }")
    page.wait_for_function("(css) => document.querySelector(css).innerText.startsWith('Hello')", arg=COMPOSER)

    assert composer.inner_text().split() == ["Hello", "ou"]
    assert send.count() == 1
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.press("Backspace")
    assert send.count() == 0


def test_a_person_talks(page: Page, claude: ClaudePlayground) -> None:
    """A person logs out, in through another site, asks, sees the answer drawn, and finds it again."""
    page.goto(f"{claude.base_url}/logout")
    page.get_by_text("Continue with Google").click()
    page.locator("#account").click()
    page.locator(COMPOSER).click()
    page.keyboard.type("[quotes]")
    page.keyboard.press("Enter")
    page.locator('[data-is-streaming="false"]').wait_for()
    page.locator("#recents a").first.click()
    page.locator(".standard-markdown").wait_for()

    assert urlsplit(claude.state.identity_url).netloc != urlsplit(claude.base_url).netloc
    drawn = page.locator(".standard-markdown").inner_text()
    assert drawn == "She said “plug it in”, and it\u2019s done — isn\u2019t it?"
    assert page.locator('[data-testid="user-message"]').inner_text() == "[quotes]"


def test_only_the_last_messages_are_there(page: Page, claude: ClaudePlayground) -> None:
    """Of a long conversation the document has the last messages; scrolling up brings back older ones."""
    claude.state.change(shown_messages=4)
    page.goto(f"{claude.base_url}/new")
    for number in range(4):
        page.locator(COMPOSER).click()
        page.keyboard.type(f"[code] {number}")
        page.keyboard.press("Enter")
        page.get_by_label("Copy").last.wait_for()
        page.locator(f'[data-testid="user-message"]:text-is("[code] {number}")').wait_for()
        page.locator('[data-is-streaming="true"]').wait_for(state="detached")

    shown = '[data-testid="user-message"]'
    assert page.locator(shown).all_inner_texts() == ["[code] 2", "[code] 3"]
    page.locator("main").hover()
    page.mouse.wheel(0, -400)
    page.locator(f'{shown}:text-is("[code] 1")').wait_for()
    assert page.locator(shown).count() == 2
