"""Several requests in one thread."""

from __future__ import annotations

from typing import Any

import anyio.abc
import pytest

from jackfield import (
    Capability,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    PartFinished,
    ProviderState,
    ReasoningPart,
    ResponseFinished,
    ResponseStarted,
    RunFailed,
    RunTimeout,
    TextDelta,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
    Unsupported,
)

pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]


def answer(text: str, conversation_id: str | None = None, seconds: float = 0) -> list[Any]:
    return [
        ResponseStarted(conversation_id=conversation_id),
        seconds,
        TextDelta(text),
        ResponseFinished(),
    ]


def said(script: Any) -> list[list[str]]:
    """Return the texts of each request."""
    return [[message.text for message in request.messages] for request in script.requests]


async def test_thread_of_the_provider(opened: Any, script: Any) -> None:
    """Where the provider keeps the thread only the new message is sent, with the thread's name."""
    script.attempts = [answer("A", "thread-1"), answer("B"), answer("C", "thread-1")]
    async with opened() as connection:
        conversation = connection.conversation()
        for text in ("one", "two", "three"):
            await conversation.send(text)

    assert said(script) == [["one"], ["two"], ["three"]]
    assert [request.conversation_id for request in script.requests] == [None, "thread-1", "thread-1"]
    assert conversation.id == "thread-1"


async def test_thread_of_ours(opened: Any, script: Any) -> None:
    """Where the provider keeps no thread the whole of it is sent again, in order and with its roles."""
    script.attempts = [answer("A"), answer("B"), answer("C")]
    async with opened(capabilities={Capability.HISTORY}) as connection:
        conversation = connection.conversation()
        for text in ("one", "two", "three"):
            await conversation.send(text)

    assert said(script) == [["one"], ["one", "A", "two"], ["one", "A", "two", "B", "three"]]
    roles = [message.role for message in script.requests[-1].messages]
    assert roles == ["user", "assistant", "user", "assistant", "user"]
    assert [request.conversation_id for request in script.requests] == [None] * 3


async def test_several_messages_in_a_turn(opened: Any, script: Any) -> None:
    """A turn may be several messages, as the results of several tools; all of them are remembered."""
    script.attempts = [answer("A"), answer("B")]
    async with opened(capabilities={Capability.HISTORY}) as connection:
        conversation = connection.conversation()
        await conversation.send([Message("user", "one"), Message("user", "two")])
        await conversation.send("three")

    assert said(script) == [["one", "two"], ["one", "two", "A", "three"]]


async def test_going_on(opened: Any, script: Any) -> None:
    """A conversation of an earlier program is taken up by the provider's name for it."""
    async with opened() as connection:
        await connection.conversation("thread-7").send("Hi", timeout=5)

    assert (script.requests[0].conversation_id, script.requests[0].timeout) == ("thread-7", 5)


async def test_going_on_where_it_cannot_be(opened: Any, script: Any) -> None:
    """A provider that keeps no threads refuses to go on with one, instead of beginning another in silence."""
    async with opened(capabilities={Capability.HISTORY}) as connection:
        with pytest.raises(Unsupported, match="conversation_id"):
            connection.conversation("thread-7")

    assert script.requests == []


@pytest.mark.parametrize("way", ["failed", "left", "cancelled"])
async def test_only_finished_answers(opened: Any, script: Any, way: str) -> None:
    """A request that failed, was left or was cancelled leaves the thread as it was."""
    script.attempts = [answer("A"), [TextDelta("so"), 5.0, RunFailed("the run failed")], answer("C")]
    async with opened(capabilities={Capability.HISTORY}) as connection:
        conversation = connection.conversation()
        await conversation.send("one")
        if way == "failed":
            with pytest.raises(RunFailed):
                await conversation.send("two")
        elif way == "left":
            async with conversation.stream("two") as stream:
                await stream.__anext__()
        else:
            with anyio.move_on_after(1):
                await conversation.send("two")
        await conversation.send("three")

    assert said(script)[-1] == ["one", "A", "three"]
    assert [message.text for message in conversation.messages] == ["one", "A", "three", "C"]


@pytest.mark.parametrize("way", ["failed", "left", "cancelled"])
async def test_the_thread_goes_on(opened: Any, script: Any, way: str) -> None:
    """Whichever way a turn ended, the next goes on in the thread that the remote named before it ended."""
    begun = ResponseStarted(conversation_id="thread-1")
    script.attempts = [[begun, TextDelta("so"), 5.0, RunFailed("the run failed")], answer("B", "thread-1")]
    async with opened() as connection:
        conversation = connection.conversation()
        if way == "failed":
            with pytest.raises(RunFailed):
                await conversation.send("one")
        elif way == "left":
            async with conversation.stream("one") as stream:
                await stream.__anext__()
        else:
            with anyio.move_on_after(1):
                await conversation.send("one")
        await conversation.send("two")

    assert [request.conversation_id for request in script.requests] == [None, "thread-1"]
    assert [message.text for message in conversation.messages] == ["two", "B"]


async def test_opened_here_and_left_there(opened: Any, script: Any) -> None:
    """A turn may be begun in one task and ended in another, as web servers do; then the next has its turn."""
    async with opened() as connection:
        conversation = connection.conversation()
        turn = conversation.stream("one")

        async def begin(*, task_status: anyio.abc.TaskStatus[Any]) -> None:
            task_status.started(await turn.__aenter__())

        async with anyio.create_task_group() as tasks:
            stream = await tasks.start(begin)
        text = [part async for part in stream.text]
        await turn.__aexit__(None, None, None)

        assert "".join(text) == "Hello"
        assert (await conversation.send("two")).content == "Hello"


async def test_beginning_with_what_was_said_elsewhere(opened: Any, script: Any) -> None:
    """Messages that are set before the first request go with it, also where the provider keeps the thread."""
    script.attempts = [answer("A", "thread-1"), answer("B", "thread-1")]
    async with opened() as connection:
        conversation = connection.conversation()
        conversation.messages = [Message("user", "earlier"), Message("assistant", "told")]
        await conversation.send("one")
        await conversation.send("two")

        with pytest.raises(Unsupported, match="keeps this thread"):
            conversation.messages = ()

    assert said(script) == [["earlier", "told", "one"], ["two"]]
    assert [message.text for message in conversation.messages] == ["earlier", "told", "one", "A", "two", "B"]


async def test_changing_what_was_said(opened: Any, script: Any) -> None:
    """Where we keep the thread, what was said can be changed at any time."""
    async with opened(capabilities={Capability.HISTORY}) as connection:
        conversation = connection.conversation()
        await conversation.send("one")
        conversation.messages = conversation.messages[:1]
        await conversation.send("two")

    assert said(script)[-1] == ["one", "two"]


async def test_one_at_a_time(opened: Any, script: Any) -> None:
    """Requests of one conversation take turns, in order; another conversation does not wait for them."""
    script.attempts = [answer("A", seconds=10), answer("B", seconds=10), answer("C", seconds=10), answer("D")]
    async with opened(capabilities={Capability.HISTORY}) as connection:
        conversation, other = connection.conversation(), connection.conversation()
        async with anyio.create_task_group() as tasks:
            for text in ("one", "two", "three"):
                tasks.start_soon(conversation.send, text)
                await anyio.sleep(1)
            assert len(script.requests) == 1
            tasks.start_soon(other.send, "else")

    assert said(script)[-1] == ["one", "A", "two", said_by(conversation, 3), "three"]
    assert ["else"] in said(script)


def said_by(conversation: Any, number: int) -> str:
    text: str = conversation.messages[number].text
    return text


async def test_cancelled_turn(opened: Any, script: Any) -> None:
    """A request that is cancelled while it waits for its turn does not hold up the next."""
    script.attempts = [answer("A", seconds=10), answer("B")]
    async with opened(capabilities={Capability.HISTORY}) as connection:
        conversation = connection.conversation()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(conversation.send, "one")
            await anyio.sleep(1)
            with anyio.move_on_after(1):
                await conversation.send("two")
            await conversation.send("three")

    assert said(script) == [["one"], ["one", "A", "three"]]


async def test_streaming_turn(opened: Any, script: Any) -> None:
    """A turn can be streamed, and is remembered when its block has been left."""
    async with opened(capabilities={Capability.HISTORY}) as connection:
        conversation = connection.conversation()
        async with conversation.stream("one") as stream:
            text = "".join([part async for part in stream.text])
            assert conversation.messages == ()

    assert [message.text for message in conversation.messages] == ["one", text]


async def test_whole_message(opened: Any, script: Any) -> None:
    """A message with its own role and parts is said as it is."""
    message = Message("user", ["look", ImagePart(b"pixels", "image/png")])
    async with opened(capabilities={Capability.HISTORY}) as connection:
        with pytest.raises(Unsupported, match="read images"):
            await connection.conversation().send(message)
        with pytest.raises(Unsupported, match="take files"):
            await connection.conversation().send(
                Message("user", ["look", FilePart(b"a", "a.txt", "text/plain")])
            )
        with pytest.raises(Unsupported, match="system messages"):
            await connection.conversation().send(Message("system", "Be brief."))
    assert script.requests == []


CLOCK = Tool("clock", "Tells the time.", {"type": "object"})
CALL = ToolCallPart("1", "clock", "{}")
NOON = Message("tool", [ToolResultPart("1", "clock", "noon")])
EARLIER = [Message("user", "earlier"), Message("assistant", "told")]


@pytest.mark.parametrize("keeps", [True, False])
async def test_going_on_after_a_tool(opened: Any, script: Any, keeps: bool) -> None:
    """What came of a call is said like anything else; the call goes before it where we keep the thread."""
    script.attempts = [
        [ResponseStarted(conversation_id="t"), TextDelta("look"), PartFinished(1, CALL), ResponseFinished()],
        answer("It is noon."),
    ]
    capability = Capability.CONVERSATIONS if keeps else Capability.HISTORY
    async with opened(capabilities={Capability.TOOLS, capability}) as connection:
        conversation = connection.conversation()
        response = await conversation.send("What time is it?", tools=[CLOCK])
        last = await conversation.send(NOON, tools=[CLOCK])

    assert (response.finish_reason, response.tool_calls, last.content) == (
        "tool_call",
        (CALL,),
        "It is noon.",
    )
    assert [message.role for message in conversation.messages] == ["user", "assistant", "tool", "assistant"]
    assert conversation.messages[1].parts == (TextPart("look"), CALL)
    sent = conversation.messages[2:3] if keeps else conversation.messages[:3]
    assert script.requests[1].messages == sent


async def test_what_was_signed_is_kept(opened: Any, script: Any) -> None:
    """A conversation keeps the message as it came, not its text alone."""
    signed = ReasoningPart("", ProviderState("scripted", "signature", {"a": 1}))
    script.attempts = [[PartFinished(0, signed), TextDelta("A", 1), ResponseFinished()], answer("B")]
    async with opened(capabilities={Capability.HISTORY}) as connection:
        conversation = connection.conversation()
        response = await conversation.send("one")
        await conversation.send("two")

    assert conversation.messages[1] == response.message
    assert script.requests[1].messages[1].parts == (signed, TextPart("A"))


ALL = {Capability.SYSTEM_MESSAGES, Capability.HISTORY}


@pytest.mark.parametrize("keeps", [True, False])
async def test_a_system_message(opened: Any, script: Any, keeps: bool) -> None:
    """The system message goes first, then what was said earlier; once where the provider keeps the thread."""
    script.attempts = [answer("A", "thread-1"), answer("B", "thread-1")]
    async with opened(capabilities=ALL | ({Capability.CONVERSATIONS} if keeps else set())) as connection:
        conversation = connection.conversation(system="Be brief.", messages=EARLIER)
        await conversation.send("one")
        await conversation.send("two")

    first = ["Be brief.", "earlier", "told", "one"]
    assert said(script) == [first, ["two"] if keeps else [*first, "A", "two"]]
    assert [message.role for message in script.requests[0].messages][:2] == ["system", "user"]
    assert len(conversation.messages) == 7


@pytest.mark.parametrize(
    ("begin", "words"),
    [
        ({"system": "Be brief."}, "take system messages"),
        ({"messages": EARLIER}, "be told what was said earlier"),
    ],
)
async def test_beginning_where_it_cannot_be(opened: Any, begin: Any, words: str) -> None:
    """A conversation that could never be begun is refused when it is made, not at its first question."""
    async with opened(capabilities={Capability.CONVERSATIONS}) as connection:
        with pytest.raises(Unsupported, match=words):
            connection.conversation(**begin)


async def test_a_system_message_in_a_thread(opened: Any) -> None:
    """A thread that has begun cannot be begun with something else; the two are refused together."""
    async with opened(capabilities=ALL | {Capability.CONVERSATIONS}) as connection:
        with pytest.raises(InvalidRequest, match="'thread-1' has begun already"):
            connection.conversation("thread-1", system="Be brief.")


@pytest.mark.parametrize("messages", [["text"], [None], "text"])
async def test_messages_that_are_none(opened: Any, messages: Any) -> None:
    """What was said earlier is messages; anything else is told at once."""
    async with opened() as connection:
        with pytest.raises(TypeError, match="Message objects"):
            connection.conversation(messages=messages)
        with pytest.raises(TypeError, match="Message objects"):
            connection.conversation().messages = messages


async def test_a_provider_that_tells_once_it_is_open(opened: Any, script: Any) -> None:
    """What the opened provider can do counts, not what its kind may: a page without threads keeps none."""
    script.attempts = [answer("A", "thread-1"), answer("B", "thread-1")]
    script.capabilities = frozenset({Capability.HISTORY})
    async with opened() as connection:
        conversation = connection.conversation()
        await conversation.send("one")
        await conversation.send("two")

    assert said(script) == [["one"], ["one", "A", "two"]]


@pytest.mark.parametrize("way", ["timed out", "raised", "left in another task"])
async def test_the_thread_goes_on_however(opened: Any, script: Any, way: str) -> None:
    """The name of the thread is known from the first event, and stays known however the turn ended."""
    begun = ResponseStarted(conversation_id="thread-1", handle="run-1")
    script.attempts = [[begun, TextDelta("so"), 60.0], answer("B", "thread-1")]
    async with opened() as connection:
        conversation = connection.conversation()
        if way == "timed out":
            with pytest.raises(RunTimeout):
                await conversation.send("one", timeout=1)
        elif way == "raised":
            with pytest.raises(KeyError):
                async with conversation.stream("one") as stream:
                    await stream.__anext__()
                    raise KeyError
        else:
            turn = conversation.stream("one")
            stream = await turn.__aenter__()
            await stream.__anext__()
            async with anyio.create_task_group() as tasks:  # noqa: ASYNC112  it is left in another task
                tasks.start_soon(turn.__aexit__, None, None, None)

        assert (conversation.id, conversation.messages) == ("thread-1", ())
        await conversation.send("two")

    assert [request.conversation_id for request in script.requests] == [None, "thread-1"]


async def test_a_failure_before_the_thread(opened: Any, script: Any) -> None:
    """A later turn that fails before the remote named the thread leaves it as it was."""
    script.attempts = [answer("A", "thread-1"), [RunFailed("the run failed")], answer("B", "thread-1")]
    async with opened() as connection:
        conversation = connection.conversation()
        await conversation.send("one")
        with pytest.raises(RunFailed):
            await conversation.send("two")
        await conversation.send("three")

    assert [request.conversation_id for request in script.requests] == [None, "thread-1", "thread-1"]
    assert [message.text for message in conversation.messages] == ["one", "A", "three", "B"]
