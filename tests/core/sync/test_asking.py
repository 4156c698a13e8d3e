"""Asking without an event loop: whole answers, streams, conversations, several at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from jackfield import (
    ChatResponse,
    ConfigError,
    ConnectionLost,
    EmptyResponse,
    Message,
    ProviderClosed,
    ProviderStatus,
    RateLimited,
    ResponseFinished,
    ResponseStarted,
    StreamConsumed,
    TextDelta,
    UnknownConnection,
    UnknownProvider,
    Unsupported,
)
from jackfield.sync import Connection, ProviderManager, connect


def test_connect(connected: Any, script: Any) -> None:
    """One connection is open for the length of a block, and answers."""
    with connected(name="work") as connection:
        assert (connection.name, connection.spec.name, connection.closed) == ("work", "scripted", False)
        assert repr(connection) == "<Connection 'work' to scripted>"
        assert connection.options.timeout is not None
        assert connection.send("Hi").content == "Hello"
        assert connection.answer("Hi").success
        assert connection.status is ProviderStatus.ACTIVE
        assert connection.status_reason
        assert [model.id for model in connection.list_models()] == ["small"]
        connection.check_health()
        assert connection.examine() == []
        assert connection.stats.requests == 3

    assert (script.opened, script.closed) == (1, 1)
    assert (connection.closed, connection.status) == (True, ProviderStatus.INACTIVE)
    with pytest.raises(ProviderClosed, match=r"jackfield\.sync was closed"):
        connection.send("Hi")


def test_stream(connection: Connection) -> None:
    """A stream is a plain iterator of the events; the response is there at the end."""
    with connection.stream("Hi", timeout=30.0) as stream:
        events = list(stream)
        assert (stream.partial, stream.handle, stream.finished) == ("Hello", "run-1", True)
        assert stream.request.timeout == 30.0
        assert list(stream) == []

    assert [event.text for event in events if isinstance(event, TextDelta)] == ["Hel", "lo"]
    assert isinstance(events[-1], ResponseFinished)
    assert stream.response.content == "Hello"


def test_entered_once(connection: Connection, script: Any) -> None:
    """A stream that is entered again asks nothing again, and stays open for who reads it."""
    with connection.stream("Hi") as stream:
        with pytest.raises(StreamConsumed, match="make another"):
            stream.__enter__()
        assert stream.collect().content == "Hello"

    assert len(script.requests) == 1


def test_text(connection: Connection) -> None:
    """A stream has its text alone, and may be collected from the middle on."""
    with connection.stream("Hi") as stream:
        text = stream.text
        assert next(text) == "Hel"
        assert stream.collect().content == "Hello"
        assert list(text) == []


def test_leaving_early(connection: Connection, script: Any) -> None:
    """Leaving a stream early ends the request; it is not read on, and the connection answers again."""
    script.attempts = [[*script.attempts[0][:2], 3600.0], script.attempts[0]]
    with connection.stream("Hi") as stream:
        assert stream.response.success
        for event in stream:
            if isinstance(event, TextDelta):
                break

    assert (script.on_wire, script.streams_left, stream.finished) == (0, 1, False)
    assert stream.response.partial == "Hel"
    assert connection.send("Hi").content == "Hello"


def test_failing(connection: Connection, script: Any) -> None:
    """An error is raised where it is waited for, with all that is known about the request."""
    script.attempts = [[*script.attempts[0][:2], ConnectionLost("gone")]]
    with connection.stream("Hi") as stream, pytest.raises(ConnectionLost) as caught:
        list(stream)
    with connection.stream("Hi") as stream:
        with pytest.raises(ConnectionLost):
            stream.collect()
        with pytest.raises(StreamConsumed):
            next(stream)
    with pytest.raises(ConnectionLost):
        connection.send("Hi")

    assert (caught.value.partial, caught.value.handle) == ("Hel", "run-1")
    assert (caught.value.provider, caught.value.connection) == ("scripted", "scripted")
    assert connection.answer("Hi").partial == "Hel"
    assert script.on_wire == 0


def test_failing_at_the_start(connection: Connection, script: Any) -> None:
    """A request that fails at once is not entered, and leaves nothing."""
    script.attempts = [[ConnectionLost("gone")], [ResponseFinished()]]
    with pytest.raises(ConnectionLost), connection.stream("Hi") as stream:
        next(stream)
    with pytest.raises(EmptyResponse):
        connection.send("Hi")
    with pytest.raises(TypeError, match="nonsense"):
        connection.stream("Hi", nonsense=1)

    assert script.on_wire == 0


def test_error_of_the_block(connection: Connection, script: Any) -> None:
    """What the block itself raises comes out as it is, with its own traceback, and ends the request."""
    script.attempts = [[*script.attempts[0][:2], 3600.0]]
    with pytest.raises(ZeroDivisionError) as caught, connection.stream("Hi") as stream:
        next(stream)
        raise ZeroDivisionError

    assert len(caught.traceback) == 1
    assert script.on_wire == 0


def test_attach(connection: Connection, script: Any) -> None:
    """An answer is taken up again by its handle."""
    with connection.attach("run-7") as stream:
        assert stream.collect().content == "Hello"
    assert (script.attached, script.requests) == (["run-7"], [])


def test_conversation(connection: Connection, script: Any) -> None:
    """A conversation keeps what was said, whether it was sent or streamed."""
    conversation = connection.conversation()
    conversation.messages = [Message("user", "Before"), Message("assistant", "Yes")]
    conversation.send("One")
    with conversation.stream("Two") as stream:
        assert "".join(stream.text) == "Hello"

    assert [message.text for message in conversation.messages] == [
        *("Before", "Yes", "One", "Hello", "Two", "Hello")
    ]
    assert conversation.id is None
    assert connection.conversation("thread-1").id == "thread-1"


def test_conversation_refused(registering: Any, backend: Any) -> None:
    """What the provider cannot do is refused as ever."""
    plugin = registering(capabilities=set())
    with connect("scripted", plugins=[plugin], backend=backend) as connection:
        with pytest.raises(Unsupported):
            connection.conversation("thread-1")
        with pytest.raises(Unsupported):
            connection.list_models()


def test_manager(manager: ProviderManager, script: Any, tmp_path: Any) -> None:
    """A manager does all that the asynchronous one does."""
    config = tmp_path / "jackfield.toml"
    config.write_text("[connections.work]\nprovider = 'scripted'\n[connections.bad]\nprovider = 'scriptd'\n")
    failed = manager.add_from_config(config)
    home = manager.add_provider("scripted", {"max_retries": 0}, name="home")

    assert list(failed) == ["bad"]
    assert isinstance(failed["bad"], UnknownProvider)
    assert manager.list_providers() == manager.get_active_providers() == ["work", "home"]
    assert manager.get_provider("home") == home != manager.get_provider("work")
    assert len({home, manager.get_provider("home")}) == 1
    assert manager.send_message("home", "Hi").content == "Hello"
    with manager.stream_message("home", "Hi") as stream:
        assert "".join(stream.text) == "Hello"
    assert manager.get_provider_stats("home").requests == 2
    assert manager.test_provider("work")
    assert sorted(manager.test_all_providers()) == ["home", "work"]
    assert manager.health_check("work").healthy
    assert all(report.healthy for report in manager.health_check_all().values())
    assert manager.installed() is not None
    manager.remove_provider("work")
    with pytest.raises(UnknownConnection):
        manager.send_message("work", "Hi")
    manager.cleanup_all()
    assert manager.list_providers() == []


def test_context(registering: Any, backend: Any, script: Any) -> None:
    """A connection opens when it is given its context."""
    from jackfield import ProviderContext

    with ProviderManager([registering(auth_types={"token"})], backend=backend) as manager:
        connection = manager.add_provider("scripted")
        assert connection.status is ProviderStatus.AUTHENTICATION_REQUIRED
        manager.set_provider_context("scripted", ProviderContext("scripted", "token", {"token": "t"}))
        assert connection.send("Hi").content == "Hello"
    assert script.tokens == ["t"]


def test_several_at_once(manager: ProviderManager, script: Any) -> None:
    """Several are asked at once in the one thread; what they say is read as it arrives, failed ones too."""
    for name in ("one", "two", "three"):
        manager.add_provider("scripted", name=name)
    script.attempts = [[ConnectionLost("gone")], script.attempts[0]]
    with manager.send_message_parallel("Hi") as responses:
        answers = list(responses)
    with manager.stream_parallel("Hi", ["one", "two"]) as items:
        told = list(items)

    assert sorted(answer.connection for answer in answers) == ["one", "three", "two"]
    assert sorted(answer.success for answer in answers) == [False, True, True]
    whole = {name: item.content for name, item in told if isinstance(item, ChatResponse)}
    assert whole == {"one": "Hello", "two": "Hello"}
    with pytest.raises(UnknownConnection):
        manager.send_message_parallel("Hi", ["four"])


def test_leaving_several_early(manager: ProviderManager, script: Any) -> None:
    """Leaving the block ends those that are not done."""
    for name in ("one", "two"):
        manager.add_provider("scripted", name=name)
    script.attempts = [script.attempts[0], [*script.attempts[0][:2], 3600.0]]
    with manager.send_message_parallel("Hi") as responses:
        assert next(responses).success

    assert (script.on_wire, script.streams_left) == (0, 2)


def test_threads(connection: Connection, script: Any) -> None:
    """Many threads use one connection at once, each its own answer."""

    def ask(number: int) -> str:
        if number % 2:
            return connection.send(f"{number}").content
        with connection.stream(f"{number}") as stream:
            return "".join(stream.text)

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(64)))

    assert answers == ["Hello"] * 64
    assert sorted(int(request.messages[0].text) for request in script.requests) == list(range(64))
    assert threading.active_count() < 20


def test_misuse(manager: ProviderManager) -> None:
    """Misuse is told as by the asynchronous manager."""
    manager.add_provider("scripted")
    with pytest.raises(ConfigError, match="a connection 'scripted' already"):
        manager.add_provider("scripted")
    with pytest.raises(UnknownConnection):
        manager.get_provider("scriptd")


def test_plan_and_choices(registering: Any, backend: Any, script: Any) -> None:
    """What is left out is told without asking; a choice is asked by its name, its connections in turn."""
    hello = [ResponseStarted(), TextDelta("Hello"), ResponseFinished()]
    script.attempts = [[RateLimited("slow down")], hello]
    with ProviderManager([registering()], backend=backend) as manager:
        work = manager.add_provider("scripted", {"max_retries": 0}, name="work")
        manager.add_provider("scripted", name="home")
        assert [one.field for one in work.plan("Hi", temperature=0.5).adaptations] == ["temperature"]
        with manager.add_choice("any", ["work", "home"]).stream("Hi") as stream:
            response = stream.collect()

        assert (response.connection, [miss.connection for miss in response.misses]) == ("home", ["work"])
        assert manager.list_choices() == ["any"]
        assert sorted(manager.get_provider_stats()) == ["home", "work"]
