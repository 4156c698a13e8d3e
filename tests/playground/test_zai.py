"""The z.ai room's server, spoken to as its own page does: every switch of it."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import httpx
import pytest

from jackfield_playground import ZaiPlayground, ZaiSettings

Until: TypeAlias = Callable[[Callable[[], object]], None]

BY_HAND = {"way": [[20 * step, 30 * step] for step in range(10)], "gap": 180, "trusted": True}
THOUGHT = "They ask: “Hello?”\nWhat is there to say?\nFacts about the question."


@pytest.fixture
def zai() -> Iterator[ZaiPlayground]:
    """The room, writing as fast as it can."""
    with ZaiPlayground(ZaiSettings(piece_seconds=0)).running() as zai:
        yield zai


class Page:
    """What the page does, without a browser."""

    def __init__(self, room: ZaiPlayground, client: httpx.Client) -> None:
        self.room = room
        self.client = client
        self.token: str | None = None
        self.chat = ""
        self.last: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, said: Any) -> httpx.Response:
        return self.client.post(path, json=said, headers=self.headers)

    def enter(self) -> dict[str, Any]:
        said: dict[str, Any] = self.get("/api/v1/auths/").json()
        self.token = said["token"]
        return said

    def begin(self) -> None:
        self.chat = self.post("/api/v1/chats/new", {"chat": {"title": "New Chat"}}).json()["id"]

    def message(self, text: str, **more: Any) -> dict[str, Any]:
        ids = {"id": str(uuid.uuid4()), "current_user_message_id": str(uuid.uuid4())}
        said = {"messages": [{"role": "user", "content": text}], "model": "glm-5.3", "chat_id": self.chat}
        return {"stream": True, **said, **ids, "current_user_message_parent_id": self.last, **more}

    def ask(self, text: str = "Hello?", *, version: int = 2, **more: Any) -> httpx.Response:
        path = {1: "/api/chat/completions", 2: "/api/v2/chat/completions"}[version]
        said = self.message(text, **more)
        settings = self.room.state.settings
        headers = {"X-FE-Version": settings.fe_version, "X-Signature": "a" * 64}
        answer = self.client.post(path, json=said, params={"token": self.token}, headers=headers)
        self.last = said["id"] if answer.is_success else self.last
        return answer

    def prove(self, **drawn: Any) -> str | None:
        said = self.client.post("/captcha/verify", json={**BY_HAND, **drawn}).json()
        return said.get("captcha_verify_param")


@pytest.fixture
def page(zai: ZaiPlayground) -> Iterator[Page]:
    """A guest with a conversation."""
    with httpx.Client(base_url=zai.base_url, timeout=10) as client:
        page = Page(zai, client)
        page.enter()
        page.begin()
        yield page


@pytest.fixture
def until() -> Until:
    """Return what waits, five seconds at most, until something is so."""

    def wait(so: Callable[[], object]) -> None:
        for _ in range(100):
            if so():
                return
            time.sleep(0.05)
        pytest.fail("it did not come to be within five seconds")

    return wait


def frames(answer: httpx.Response) -> list[Any]:
    """Return what a whole stream says, out of one wrapping; what is no frame as it is."""
    said = [event.removeprefix("data: ") for event in answer.text.split("\n\n") if event]
    values = [each if each == "[DONE]" else json.loads(each) for each in said]
    return [
        value["data"] if isinstance(value, dict) and value["type"] == "chat:completion" else value
        for value in values
    ]


def phases(answer: httpx.Response) -> list[str]:
    """Return the phases of a stream, each once where several follow each other."""
    found = [frame["phase"] for frame in frames(answer) if isinstance(frame, dict) and "phase" in frame]
    return [phase for at, phase in enumerate(found) if at == 0 or found[at - 1] != phase]


def folded(answer: httpx.Response) -> str:
    """Return the text as the page folds it: thinking in frames of its own is none of it."""
    content, wrapped = "", False
    for frame in frames(answer):
        if not isinstance(frame, dict):
            continue
        delta = frame.get("delta_content") or ""
        wrapped = wrapped or delta.startswith("<details")
        if frame.get("phase") == "answer" or wrapped:
            content += delta
        if "edit_content" in frame:
            content = content[: frame["edit_index"]] + frame["edit_content"]
    return content


def fault(answer: httpx.Response) -> dict[str, Any]:
    """Return the error that a stream consists of."""
    (frame,) = frames(answer)
    assert answer.status_code == 200
    assert frame["done"] is True
    error: dict[str, Any] = frame["error"]
    return error


def test_a_visitor_is_a_guest(page: Page, zai: ZaiPlayground) -> None:
    """Who comes without a token gets one of a guest's; the same token is the same guest again."""
    again = page.enter()

    assert (again["role"], again["name"][:6], again["token"]) == ("guest", "Guest-", page.token)
    assert zai.state.tokens == (page.token,)
    assert str(page.token).count(".") == 2


def test_guests_may_be_unwelcome(page: Page, zai: ZaiPlayground) -> None:
    """With `login` nobody becomes a guest; and a token that has ended is told as such."""
    zai.state.change(login=True)
    zai.state.log_everyone_out()

    assert page.get("/api/v1/auths/").status_code == 401
    assert page.client.get("/api/v1/auths/").status_code == 401
    assert page.ask().status_code == 401


def claims(token: str) -> dict[str, Any]:
    """Return what a token says of itself."""
    written = token.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)))
    return said


@pytest.mark.parametrize("quiet", [True, False])
def test_a_token_that_has_ended(page: Page, zai: ZaiPlayground, quiet: bool) -> None:
    """Its visitor is a guest from then on, without a word, or is told with a 401; a message is refused."""
    zai.state.change(quiet_guest=quiet)
    page.token = zai.state.new_token(email=zai.state.settings.email)
    zai.state.log_everyone_out()
    refused, answer = page.ask(), page.get("/api/v1/auths/")

    assert refused.status_code == 401
    assert answer.status_code == (200 if quiet else 401)
    assert answer.json().get("role") == ("guest" if quiet else None)


def test_a_token_says_whose_it_is(page: Page, zai: ZaiPlayground) -> None:
    """Its claims have the visitor's id and address, a guest's too, and its end where that is wanted."""
    guest = claims(str(page.token))
    zai.state.change(token_seconds=-60)
    user = claims(zai.state.new_token(email=zai.state.settings.email))

    assert re.fullmatch(r"(?i)guest-\d+@guest\.com", guest["email"])
    assert guest["id"]
    assert "exp" not in guest
    assert user["email"] == zai.state.settings.email
    assert user["exp"] < time.time()


def test_who_vouches_for_an_account(page: Page, zai: ZaiPlayground) -> None:
    """With `social` the token comes back in the fragment of the login page's address."""
    path = "/api/v1/oauth/google/login"
    assert page.get(path).status_code == 404
    zai.state.change(social="goes_on")

    place = httpx.URL(page.get(path).headers["location"])
    assert (place.path, place.query) == ("/auth", b"")
    assert place.fragment == f"token={zai.state.tokens[-1]}&is_new_user=false"


def test_signing_in_takes_the_slider(page: Page, zai: ZaiPlayground) -> None:
    """A slider's proof is good for one try; then the right password makes a user."""
    settings = zai.state.settings
    right = {"email": settings.email, "password": settings.password}

    def sign_in(**form: Any) -> httpx.Response:
        return page.post("/api/v1/auths/signin", form)

    used = page.prove()
    assert sign_in(**right).status_code == 403
    assert sign_in(**{**right, "password": "x"}, captcha_verify_param=used).status_code == 400
    assert sign_in(**right, captcha_verify_param=used).status_code == 403
    answer = sign_in(**right, captcha_verify_param=page.prove())
    assert (answer.status_code, answer.json()["role"], zai.state.logins) == (200, "user", 1)


@pytest.mark.parametrize(
    "drawn",
    [{"way": []}, {"way": [[step * 20, step] for step in range(10)]}, {"gap": 90}, {"trusted": False}],
    ids=["not drawn", "too fast", "beside the gap", "by a script"],
)
def test_only_a_hand_passes_the_slider(page: Page, drawn: dict[str, Any]) -> None:
    """A way that no hand draws gives no proof."""
    assert page.prove(**drawn) is None
    assert page.prove() is not None


def test_an_answer_is_told_in_phases(page: Page, zai: ZaiPlayground) -> None:
    """Thinking, text, counts before the last text, the end, and the marker after it."""
    answer = page.ask()

    said = frames(answer)
    assert phases(answer) == ["thinking", "answer", "other", "answer", "done"]
    assert said[-2] == {"phase": "done", "done": True}
    assert said[-1] == "[DONE]"
    assert said[-4]["usage"]["total_tokens"] > said[-4]["usage"]["completion_tokens"] > 0
    assert folded(answer) == zai.state.asked[0].answer
    assert "".join(one["delta_content"] for one in said[:3]) == THOUGHT


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        ({"thinking": "none"}, ["answer", "other", "answer", "done"]),
        ({"early_usage": False, "thinking": "none"}, ["answer", "other", "done"]),
        ({"tools": True}, ["thinking", "tool_call", "tool_response", "answer", "other", "answer", "done"]),
        ({"unknown": True, "thinking": "none"}, ["dreaming", "answer", "other", "answer", "done"]),
        (
            {"edits": True, "thinking": "none", "early_usage": False},
            ["answer", "other", "done"],
        ),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_switches_of_the_stream(
    page: Page, zai: ZaiPlayground, switch: dict[str, Any], expected: list[str]
) -> None:
    """Each switch changes the phases, and none of them the text."""
    zai.state.change(**switch)
    answer = page.ask()

    assert phases(answer) == expected
    assert folded(answer) == zai.state.asked[0].answer


def test_edits_take_back_a_slip(page: Page, zai: ZaiPlayground) -> None:
    """With `edits` words are said and taken back, in the phases `answer` and `other`."""
    zai.state.change(edits=True)
    answer = page.ask()

    edited = [frame["phase"] for frame in frames(answer) if isinstance(frame, dict) and "edit_index" in frame]
    assert edited == ["answer", "other"]
    assert "a slip" in answer.text
    assert folded(answer) == zai.state.asked[0].answer


def test_thinking_in_the_text(page: Page, zai: ZaiPlayground) -> None:
    """Older builds wrap the thinking into the text, and say it again, closed, when the answer begins."""
    zai.state.change(thinking="details")
    answer = page.ask()

    thinking, text = folded(answer).split("</details>\n")
    assert text == zai.state.asked[0].answer
    assert thinking.startswith('<details type="reasoning" done="true" duration="1">\n<summary>Thought')
    assert thinking.endswith("> " + THOUGHT.replace("\n", "\n> ") + "\n")
    assert frames(answer)[0]["delta_content"].startswith('<details type="reasoning" done="false">')


def test_one_wrapping_more(page: Page, zai: ZaiPlayground) -> None:
    """With `nested` every frame is in one wrapping more."""
    zai.state.change(nested=True, marker=False)

    assert all(list(frame) == ["data"] for frame in frames(page.ask()))


def test_unknown_kinds(page: Page, zai: ZaiPlayground) -> None:
    """With `unknown` there are events of a kind that nobody knows."""
    zai.state.change(unknown=True)

    assert frames(page.ask())[0]["type"] == "chat:weather"


def test_which_path_answers(page: Page, zai: ZaiPlayground) -> None:
    """One of the two paths answers, and the configuration says which."""
    before = page.ask(version=1).status_code, page.ask(version=2).status_code
    zai.state.change(api_version=1)

    assert before == (404, 200)
    assert (page.ask(version=1).status_code, page.ask(version=2).status_code) == (200, 404)
    assert page.get("/api/config").json()["completion_version"] == "1"


def test_too_many_at_once(page: Page, zai: ZaiPlayground) -> None:
    """An account has so many answers written at once and no more; the words name the limit."""
    zai.state.change(at_once=1, hold_after=0)
    with page.client.stream(
        "POST",
        "/api/v2/chat/completions",
        json=page.message("First"),
        params={"token": page.token},
        headers={"X-FE-Version": zai.state.settings.fe_version},
    ):
        refused = page.ask("Second")
        zai.state.release()

    assert refused.status_code == 429
    assert "concurrency" in refused.json()["detail"]
    assert "并发" in refused.json()["detail"]
    assert [asked.text for asked in zai.state.asked] == ["First"]


def test_the_firewall(page: Page, zai: ZaiPlayground) -> None:
    """The firewall answers with a page of its own and the status 405; nothing was asked."""
    zai.state.fail_next(405)
    answer = page.ask()

    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (405, "text/html")
    assert zai.state.asked == ()


def test_an_old_page(page: Page, zai: ZaiPlayground) -> None:
    """A page of another version than the one that is handed out is too old, and told so in the stream."""
    before = zai.state.settings.fe_version
    zai.state.change(fe_version="prod-fe-1.1.99")
    path, said = "/api/v2/chat/completions", page.message("Hello?")
    answer = page.client.post(path, json=said, params={"token": page.token}, headers={"X-FE-Version": before})

    assert fault(answer)["code"] == 426
    assert "/frontend/prod-fe-1.1.99/assets/app.js" in page.get("/").text
    zai.state.change(outdated_by="firewall")
    blocked = page.client.post(
        path, json=said, params={"token": page.token}, headers={"X-FE-Version": before}
    )
    assert (blocked.status_code, "405" in blocked.text) == (405, True)


@pytest.mark.parametrize("by", ["stream", "status"])
def test_a_message_may_take_the_slider(page: Page, zai: ZaiPlayground, by: str) -> None:
    """With `enable_captcha` each message needs a proof of its own: missing, used and good ones."""
    zai.state.change(enable_captcha=True, captcha_by=by)

    def refusal(**more: Any) -> str:
        answer = page.ask(**more)
        error = fault(answer) if by == "stream" else answer.json()["error"]
        assert answer.status_code == (200 if by == "stream" else 403)
        assert error["code"] == "FRONTEND_CAPTCHA_REQUIRED"
        return str(error["captcha_error_type"])

    proof = page.prove()
    assert refusal() == "missing_param"
    assert phases(page.ask(captcha_verify_param=proof))[-1] == "done"
    assert refusal(captcha_verify_param=proof) == "verify_failed"
    assert page.get("/api/config").json()["features"]["enable_captcha"] is True


def test_a_captcha_that_nobody_sees(page: Page, zai: ZaiPlayground) -> None:
    """With `traceless` a page is given its proof for nothing; it is good for one message all the same."""
    zai.state.change(enable_captcha=True)
    before = page.client.post("/captcha/traceless").json()
    zai.state.change(traceless=True)
    proof = page.client.post("/captcha/traceless").json()["captcha_verify_param"]

    assert before == {"result": False}
    assert phases(page.ask(captcha_verify_param=proof))[-1] == "done"
    assert fault(page.ask(captcha_verify_param=proof))["captcha_error_type"] == "verify_failed"


def test_a_captcha_for_guests(page: Page, zai: ZaiPlayground) -> None:
    """With `captcha_for` guests whoever is signed in is not asked."""
    zai.state.change(enable_captcha=True, captcha_for="guests")
    refused = fault(page.ask())
    page.token = zai.state.new_token(email=zai.state.settings.email)
    page.begin()

    assert refused["code"] == "FRONTEND_CAPTCHA_REQUIRED"
    assert phases(page.ask())[-1] == "done"


def test_an_account_s_level(page: Page, zai: ZaiPlayground) -> None:
    """A model above the account's level is refused with 403; another is answered."""
    zai.state.change(locked_models=("glm-5.3",))
    refused = page.ask()

    assert (refused.status_code, "user level" in refused.json()["detail"]) == (403, True)
    assert phases(page.ask(model="glm-4.7"))[-1] == "done"


def test_a_signature_may_be_wanted(page: Page, zai: ZaiPlayground) -> None:
    """With `signature` a message needs any 64 hexadecimal digits."""
    zai.state.change(signature=True)
    said = page.message("Hello?")
    headers = {"X-FE-Version": zai.state.settings.fe_version}
    bare = page.client.post(
        "/api/v2/chat/completions", json=said, params={"token": page.token}, headers=headers
    )

    assert bare.status_code == 403
    assert page.ask().status_code == 200


def test_an_ordered_fault(page: Page, zai: ZaiPlayground) -> None:
    """An error can be ordered for the next stream; it is the only thing in it."""
    zai.state.fault_next("internal", "broken")

    assert fault(page.ask()) == {"code": "internal", "detail": "broken"}
    assert phases(page.ask())[-1] == "done"


def test_other_forms_of_a_fault(page: Page, zai: ZaiPlayground) -> None:
    """It may come as an event `error`, or as JSON in a stream's place, with an object for its detail."""
    detail = {"code": "MODEL_NOT_FOUND"}
    zai.state.fault_next("FRONTEND_CAPTCHA_REQUIRED", form="event")
    zai.state.fault_next(403, detail, form="json")
    event, body = page.ask(), page.ask()

    assert event.text.startswith('event: error\ndata: {"code": "FRONTEND_CAPTCHA_REQUIRED"')
    assert (body.status_code, body.json()) == (200, {"error": {"code": 403, "detail": detail}})


def test_answers_are_stubs_until_asked_for(page: Page, zai: ZaiPlayground) -> None:
    """A conversation has answers without text; the text, and the thinking, come in a batch."""
    page.ask("One?")
    page.ask("Two?")

    history = page.get(f"/api/v1/chats/{page.chat}").json()["chat"]["history"]
    stubs = [node for node in history["messages"].values() if node["role"] == "assistant"]
    batch = page.post(f"/api/v1/chats/{page.chat}/messages/batch", {"ids": [one["id"] for one in stubs]})
    blocks = [told["content_blocks"] for told in batch.json()["data"].values()]
    assert all("content" not in stub for stub in stubs)
    assert history["currentId"] == page.last == stubs[-1]["id"]
    assert [block[1]["content"] for block in blocks] == [asked.answer for asked in zai.state.asked]
    assert blocks[0][0] == {"type": "reasoning", "content": THOUGHT.replace("Hello", "One")}


def test_a_file_is_taken(page: Page) -> None:
    """A file gets a name by which a message refers to it; only who has a token may give one."""
    files = {"file": ("a.png", b"x" * 100)}
    taken = page.client.post("/api/v1/files/", files=files, headers=page.headers)

    assert taken.json()["id"]
    assert taken.json()["meta"]["size"] == 100
    assert page.client.post("/api/v1/files/", files=files).status_code == 401


def test_conversations_are_their_owner_s(page: Page, zai: ZaiPlayground) -> None:
    """Another guest finds neither a conversation nor its answers, and cannot ask in it."""
    page.ask()
    mine = page.get("/api/v1/chats/?page=1&type=default").json()
    page.token = None
    page.enter()

    assert [one["title"] for one in mine] == ["Hello?"]
    assert page.get("/api/v1/chats/").json() == []
    assert page.get(f"/api/v1/chats/{page.chat}").status_code == 404
    assert page.post(f"/api/v1/chats/{page.chat}/messages/batch", {"ids": []}).status_code == 404
    assert page.ask().status_code == 404


@pytest.mark.parametrize("goes_on", [False, True])
def test_leaving_the_request(page: Page, zai: ZaiPlayground, until: Until, goes_on: bool) -> None:
    """A page that leaves its request stops the answer, or does not, as the settings say."""
    zai.state.change(hold_after=4, goes_on=goes_on)
    with page.client.stream(
        "POST",
        "/api/v2/chat/completions",
        json=page.message("Hello?"),
        params={"token": page.token},
        headers={"X-FE-Version": zai.state.settings.fe_version},
    ) as answer:
        next(answer.iter_bytes())
    until(lambda: zai.state.asked[0].left)
    over = zai.state.asked[0].over
    zai.state.release()
    until(lambda: zai.state.asked[0].over)

    assert over is not goes_on
    assert ("words" in zai.state.asked[0].answer) is goes_on


def test_a_stream_may_break_off(page: Page, zai: ZaiPlayground, until: Until) -> None:
    """`cut_next` ends a stream without its end; the answer is written on."""
    zai.state.cut_next(5)
    answer = page.ask()

    assert phases(answer) == ["thinking", "answer"]
    until(lambda: zai.state.asked[0].over)
    assert not zai.state.asked[0].left


def test_what_arrived_is_there_to_be_looked_at(page: Page, zai: ZaiPlayground) -> None:
    """Requests are kept whole, with the token in their query, and show none of it."""
    page.ask("Hello?")

    (arrived,) = zai.state.completions
    assert (arrived.path, arrived.query["token"]) == ("/api/v2/chat/completions", page.token)
    assert arrived.body["messages"] == [{"role": "user", "content": "Hello?"}]
    assert str(page.token) not in repr(arrived)


def test_a_page_that_was_drawn_anew(page: Page, zai: ZaiPlayground) -> None:
    """With `renamed` what a description looks for has other names, in the page and in its scripts."""
    zai.state.change(renamed=True)
    version = zai.state.settings.fe_version

    assert 'id="x-chat-input"' in page.get("/").text
    assert '"#x-chat-input"' in page.get(f"/frontend/{version}/assets/app.js").text
    assert page.get(f"/frontend/{version}/assets/index.html").status_code == 404
