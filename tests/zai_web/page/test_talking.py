"""Asking the z.ai room through its page: every switch of its stream, every refusal, the page's habits."""

from __future__ import annotations

import base64
from typing import Any

import anyio
import httpx
import pytest

from jackfield import (
    ActivityReported,
    Certainty,
    ChallengeRequired,
    FilePart,
    ImagePart,
    Message,
    ModelNotFound,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RunFailed,
    StreamInterrupted,
    TextDelta,
    TextPart,
    TextReplaced,
)
from jackfield_playground import ZaiPlayground
from jackfield_web import ModelLocked, PageChanged, PageOutdated
from jackfield_zai_web import FirewallBlocked, TooManyAtOnce

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

QUESTION = "Write a function, “please” 東京 🙂"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
THOUGHT = f"They ask: “{QUESTION}”\nWhat is there to say?\nFacts about the question."


async def first_text(stream: Any) -> str:
    """Read until the first piece of text."""
    async for event in stream:
        if isinstance(event, TextDelta):
            return event.text
    pytest.fail("there was no text")


async def test_streams_while_the_page_writes(connected: Any, zai: ZaiPlayground) -> None:
    """The first text is here while the server holds the rest back; in the end every byte of it is."""
    zai.state.change(hold_after=4)
    async with connected() as connection, connection.stream(QUESTION) as stream:
        await first_text(stream)
        held = zai.state.asked[-1]
        zai.state.release()
        response = await stream.collect()

    assert not held.over
    assert response.content == zai.state.asked[-1].answer
    assert "```python\ndef greet() -> str:\n" in response.content
    assert response.reasoning == THOUGHT
    assert response.metadata["read_by"] == "wire"
    assert response.usage.input_source == response.usage.output_source == "reported"
    assert response.usage.input_tokens == len(QUESTION.split())
    assert len(zai.state.asked) == 1


@pytest.mark.parametrize(
    "switch",
    [
        {"thinking": "none"},
        {"thinking": "details"},
        {"thinking": "details", "edits": True, "nested": True},
        {"nested": True, "early_usage": False},
        {"edits": True, "tools": True},
        {"unknown": True, "marker": False},
        {"api_version": 1},
        {"signature": True},
    ],
    ids=lambda switch: ",".join(f"{name}={value}" for name, value in switch.items()),
)
async def test_every_switch_gives_the_same_answer(
    connected: Any, zai: ZaiPlayground, switch: dict[str, Any]
) -> None:
    """However the stream is written, the text is the server's own, byte for byte, and so is the thinking."""
    zai.state.change(**switch)
    async with connected() as connection:
        response = await connection.send(QUESTION)

    assert response.content == zai.state.asked[-1].answer
    assert response.reasoning == ("" if switch.get("thinking") == "none" else THOUGHT)
    assert response.usage is not None
    assert response.metadata["read_by"] == "wire"


async def test_what_an_answer_does_on_its_way(connected: Any, zai: ZaiPlayground) -> None:
    """A search is told with its links, and words that are taken back are replaced."""
    zai.state.change(tools=True, edits=True)
    async with connected() as connection, connection.stream(QUESTION) as stream:
        events = [event async for event in stream]

    activities = [event for event in events if isinstance(event, ActivityReported)]
    assert [(one.kind, one.title) for one in activities] == [
        ("tool", "web_search"),
        ("tool", "web_search"),
        ("link", "Jackfield"),
        ("link", "Telephone exchange"),
    ]
    assert activities[0].data["arguments"] == {"query": "jackfield"}
    assert sum(isinstance(event, TextReplaced) for event in events) == 2


async def test_what_nobody_knows_is_told(connected: Any, zai: ZaiPlayground) -> None:
    """Frames of a kind and of a phase that nobody knows are counted by their names."""
    zai.state.change(unknown=True)
    async with connected() as connection:
        response = await connection.send("Hello?")

    assert response.metadata["ignored_events"] == {"chat:weather": 1, "phase dreaming": 1}


async def test_a_conversation_is_the_site_s_own(connected: Any, zai: ZaiPlayground) -> None:
    """Both messages are in one conversation; page and API have the same text, byte for byte."""
    async with connected() as connection:
        conversation = connection.conversation()
        answers = [await conversation.send(text) for text in ("One? 🙂", "Write code, “please”")]
        address = str(answers[0].conversation_id)
        token = {"token": zai.state.tokens[-1]}
        async with httpx.AsyncClient(base_url=zai.base_url, params=token) as api:
            path = f"/api/v1/chats/{address.rpartition('/')[2]}"
            history = (await api.get(path)).json()["chat"]["history"]["messages"]
            ids = [id_ for id_, node in history.items() if node["role"] == "assistant"]
            told = (await api.post(f"{path}/messages/batch", json={"ids": ids})).json()["data"]

    assert [told[id_]["content"] for id_ in ids] == [answer.content for answer in answers]
    assert [one.body["current_user_message_parent_id"] for one in zai.state.completions] == [None, ids[0]]
    assert address.startswith(f"{zai.base_url}/c/")
    assert answers[1].handle == address


async def test_what_the_page_sends_is_the_page_s_own(connected: Any, zai: ZaiPlayground) -> None:
    """Signature, version and traits are made by the page, for the message as it was given."""
    text = "One\nand two\n\tand 🙂 three"
    async with connected() as connection:
        await connection.send(text)

    (arrived,) = zai.state.completions
    assert arrived.body["messages"] == [{"role": "user", "content": text}]
    assert arrived.body["signature_prompt"] == text
    assert len(arrived.headers["x-signature"]) == 64
    assert arrived.headers["x-fe-version"] == zai.state.settings.fe_version
    assert {"timestamp", "requestId", "user_id", "token", "timezone", "platform"} <= set(arrived.query)


async def test_conversations_at_once_do_not_mix(connected: Any, zai: ZaiPlayground) -> None:
    """Each of several answers that are written at once is the answer to its own question."""
    answers: dict[str, str] = {}

    async def ask(connection: Any, question: str) -> None:
        answers[question] = (await connection.send(question)).content

    questions = ["first question", "second question", "third question"]
    async with connected() as connection, anyio.create_task_group() as tasks:
        for question in questions:
            tasks.start_soon(ask, connection, question)

    assert all(f"“{question}”" in answers[question] for question in questions)
    assert len({asked.conversation for asked in zai.state.asked}) == 3


async def test_leaving_early_stops_the_page(connected: Any, zai: ZaiPlayground, until: Any) -> None:
    """Whoever leaves has the stop button pressed, nameless as it is, and can go on."""
    async with connected() as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        zai.state.change(hold_after=5)
        async with conversation.stream("Two?") as stream:
            await first_text(stream)
        await until(lambda: zai.state.asked[-1].over)
        stopped = zai.state.asked[-1]
        zai.state.change(hold_after=None)
        again = await conversation.send("Three?")

    assert stopped.left
    assert stopped.answer != again.content
    assert "Earlier questions in this thread: 2" in again.content


async def test_an_answer_that_breaks_off_is_none(connected: Any, zai: ZaiPlayground) -> None:
    """When the stream ends without `done`, the error has the text so far and the handle."""
    zai.state.change(piece_seconds=0.05)
    zai.state.cut_next(7)
    async with connected() as connection:
        with pytest.raises(StreamInterrupted) as caught:
            await connection.send("Hello?")

    error = caught.value
    assert error.partial
    assert zai.state.asked[0].answer.startswith(error.partial)
    assert error.certainty is Certainty.STARTED
    assert str(error.handle).startswith(f"{zai.base_url}/c/")


@pytest.mark.parametrize(
    ("status", "kind", "certainty"),
    [
        (405, FirewallBlocked, Certainty.REJECTED),
        (429, TooManyAtOnce, Certainty.REJECTED),
        (500, ProviderUnavailable, Certainty.UNKNOWN),
    ],
)
async def test_each_refusal_has_its_error(
    connected: Any, zai: ZaiPlayground, status: int, kind: type[ProviderError], certainty: Certainty
) -> None:
    """A status that the page's request was answered with is an error of its own."""
    zai.state.fail_next(status)
    async with connected() as connection:
        with pytest.raises(kind) as caught:
            await connection.send("Hello?")

    assert zai.state.asked == ()
    assert caught.value.certainty is certainty


@pytest.mark.parametrize(
    ("code", "kind"), [(429, RateLimited), ("internal", RunFailed), ("concurrency", TooManyAtOnce)]
)
async def test_each_fault_in_a_stream_has_its_error(
    connected: Any, zai: ZaiPlayground, code: int | str, kind: type[ProviderError]
) -> None:
    """An error inside a stream that was answered with 200 is an error of its own."""
    zai.state.fault_next(code, "sorry")
    async with connected() as connection:
        with pytest.raises(kind, match="sorry"):
            await connection.send("Hello?")

    assert zai.state.asked == ()


async def test_too_many_at_once_come_one_after_the_other(connected: Any, zai: ZaiPlayground) -> None:
    """The account's limit refuses a second answer at once; after the first, the next is taken."""
    zai.state.change(at_once=1, hold_after=4)
    async with connected() as connection:
        async with connection.stream("First") as first:
            await first_text(first)
            with pytest.raises(TooManyAtOnce):
                await connection.send("Second")
            zai.state.release()
            await first.collect()
        response = await connection.send("Third")

    assert response.success
    assert [asked.text for asked in zai.state.asked] == ["First", "Third"]


async def test_an_outdated_page_is_opened_anew(connected: Any, zai: ZaiPlayground) -> None:
    """A page that got too old is told by its name, and the next request finds the new one."""
    async with connected() as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        zai.state.change(fe_version="prod-fe-1.1.99")
        with pytest.raises(PageOutdated) as caught:
            await conversation.send("Two?")
        response = await conversation.send("Two?")

    assert caught.value.retryable
    assert "Earlier questions in this thread: 1" in response.content


async def test_the_firewall_refuses_an_outdated_page(connected: Any, zai: ZaiPlayground) -> None:
    """A 405 may mean that the page got too old: both causes are told, and the next request opens it anew."""
    async with connected() as connection:
        conversation = connection.conversation()
        await conversation.send("One?")
        zai.state.change(fe_version="prod-fe-1.1.99", outdated_by="firewall")
        with pytest.raises(FirewallBlocked, match=r"network.* not the site's newest") as caught:
            await conversation.send("Two?")
        response = await conversation.send("Two?")

    assert not caught.value.retryable
    assert "Earlier questions in this thread: 1" in response.content


async def test_an_account_s_level(connected: Any, zai: ZaiPlayground) -> None:
    """A model above the account's level is told as that, nothing was asked, and another one answers."""
    zai.state.change(locked_models=("glm-5.3",))
    async with connected() as connection:
        with pytest.raises(ModelLocked, match="level") as caught:
            await connection.send("Hello?", model="GLM-5.3")
        response = await connection.send("Hello?", model="GLM-4.7")

    assert response.success
    assert caught.value.certainty is Certainty.REJECTED
    assert len(zai.state.asked) == 1


@pytest.mark.parametrize(
    ("fault", "form", "kind"),
    [
        (("FRONTEND_CAPTCHA_REQUIRED", ""), "event", ChallengeRequired),
        ((403, {"code": "MODEL_NOT_FOUND"}), "json", ModelNotFound),
        ((403, {"code": "FRONTEND_CAPTCHA_REQUIRED"}), "json", ChallengeRequired),
    ],
    ids=["event", "json", "json, captcha"],
)
async def test_each_form_of_a_fault(
    connected: Any, zai: ZaiPlayground, fault: tuple[Any, Any], form: Any, kind: type[ProviderError]
) -> None:
    """A refusal as an event `error`, or as JSON in the place of a stream, is the error that it names."""
    zai.state.fault_next(*fault, form=form)
    async with connected() as connection:
        with pytest.raises(kind) as caught:
            await connection.send("Hello?")

    assert caught.value.certainty is Certainty.REJECTED
    assert zai.state.asked == ()


async def test_a_captcha_that_passes_by_itself(connected: Any, zai: ZaiPlayground) -> None:
    """Where the page's own captcha finds nothing to ask, the message goes, and nobody is called for."""
    zai.state.change(enable_captcha=True, traceless=True)
    async with connected() as connection:
        for _ in range(2):
            assert (await connection.send("Hello?")).success

    assert len({one.body["captcha_verify_param"] for one in zai.state.completions}) == 2


@pytest.mark.parametrize("by", ["stream", "status"])
async def test_a_captcha_is_for_a_person(connected: Any, zai: ZaiPlayground, by: str) -> None:
    """When a message needs a slider, nobody here draws it: the error says so, and nothing was asked."""
    zai.state.change(enable_captcha=True, captcha_by=by)
    async with connected() as connection:
        with pytest.raises(ChallengeRequired, match="captcha") as caught:
            await connection.send("Hello?")

    assert zai.state.asked == ()
    assert caught.value.certainty is Certainty.REJECTED


async def test_the_model_is_chosen_in_the_page_s_list(connected: Any, zai: ZaiPlayground) -> None:
    """A model is chosen to the letter, also one of the submenu, and by the site's own id."""
    async with connected(model_mapping={"gpt-4": "GLM-5.3"}) as connection:
        for name in ("GLM-5.3-Flash", "gpt-4", "GLM-4.7", "x-preview-l"):
            await connection.send("Hello?", model=name)
        with pytest.raises(ModelNotFound, match=r"GLM-5\.3"):
            await connection.send("Hello?", model="GLM-5.33")

    used = [one.body["model"] for one in zai.state.completions]
    assert used == ["x-preview-l", "glm-5.3", "glm-4.7", "x-preview-l"]


async def test_all_models_are_listed(connected: Any, zai: ZaiPlayground) -> None:
    """The list has the submenu's models too; nothing is sent for it."""
    async with connected() as connection:
        models = await connection.list_models()

    assert [model.id for model in models][:4] == ["GLM-5.3", "GLM-5.3-Flash", "GLM-5-Turbo", "GLM-5.2"]
    assert [model.id for model in models if model.default] == ["GLM-5.3-Flash"]
    assert zai.state.completions == ()


async def test_files_go_with_the_message(connected: Any, zai: ZaiPlayground) -> None:
    """Images and files are given to the page's own field, and the message waits until the remote has them."""
    zai.state.change(upload_seconds=1)
    image = ImagePart(PNG, media_type="image/png")
    table = FilePart(b"a,b\r\n1,2\r\n", "Tabelle ä.csv", "text/csv")
    async with connected() as connection:
        await connection.send([Message("user", [TextPart("What is this?"), image, table])])
        await connection.send("And without?")

    with_files, without = zai.state.completions
    named = {(file["type"], zai.state.files[file["id"]]) for file in with_files.body["files"]}
    assert named == {("image", ("image-1.png", PNG)), ("file", (table.name, table.data))}
    assert "files" not in without.body


@pytest.mark.parametrize("upload_by", ["page", "button", "offered"])
async def test_a_file_field_elsewhere(connected: Any, zai: ZaiPlayground, upload_by: Any) -> None:
    """The field for files may stand anywhere in the page, or be made when its button is pressed."""
    zai.state.change(upload_by=upload_by)
    image = ImagePart(PNG, media_type="image/png")
    async with connected() as connection:
        await connection.send([Message("user", [TextPart("What?"), image, image])])

    files = [zai.state.files[file["id"]] for file in zai.state.completions[0].body["files"]]
    assert sorted(files) == [("image-1.png", PNG), ("image-2.png", PNG)]


@pytest.mark.parametrize("thinking", ["frames", "details"])
async def test_the_page_tells_what_the_wire_does(connected: Any, zai: ZaiPlayground, thinking: str) -> None:
    """Without the wire the answer is read from the page: code has its lines, and thinking is no text."""
    zai.state.change(thinking=thinking)
    overrides = {"reading": {"ways": ["observer", "polling"]}, "timing": {"settle": 0.5}}
    async with connected(site_overrides=overrides) as connection:
        response = await connection.send(QUESTION)

    assert response.content == zai.state.asked[-1].answer
    assert response.metadata["read_by"] == "observer"


async def test_a_long_conversation_shows_its_end_only(connected: Any, zai: ZaiPlayground) -> None:
    """Where the page draws the last turns only, the answer is still the one to our message."""
    async with connected() as connection:
        conversation = connection.conversation()
        for number in range(7):
            last = await conversation.send(f"Question {number}?")
        await connection._provider._tabs.clear()
        again = await conversation.send("And now?")

    assert "Earlier questions in this thread: 7" in again.content
    assert again.conversation_id == last.conversation_id


async def test_a_page_that_was_drawn_anew(connected: Any, zai: ZaiPlayground) -> None:
    """When the page's names have changed, the error names the Site, and nothing was sent."""
    zai.state.change(renamed=True)
    async with connected(site_overrides={"timing": {"composer": 2}}) as connection:
        with pytest.raises(PageChanged) as caught:
            await connection.send("Hello?")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert "zai" in str(caught.value)
    assert zai.state.completions == ()
