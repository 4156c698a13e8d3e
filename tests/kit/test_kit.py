"""The kit: it passes who is honest, whatever befalls the remote, and tells what it did not try."""

from __future__ import annotations

import http.client
import urllib.parse
from typing import Any

import anyio.to_thread
import pytest

from jackfield.testing import LeftOut, Outcome, Report, check_provider, replay
from kit.honest import ANSWER, ERROR, KEY, checked, login, remote, spec_of

pytestmark = pytest.mark.anyio

BEGUN = b"".join(event + b"\n\n" for event in ANSWER.split(b"\n\n")[:3])


async def test_the_honest_one() -> None:
    """An honest provider keeps every promise, with a remote that fails in every way; five do not apply."""
    async with remote() as standing:
        report = await checked(spec_of(), standing)

    assert not report.broken, str(report)
    assert len(report) > 30
    assert {one.name: one.reason for one in report.left_out} == {
        "costs nothing to import": "no provider of that name is installed",
        "keeps its claims": "it claims neither",
        "takes up again": "it does not claim attach",
        "keeps conversations": "it does not claim conversations",
        "uses public names": "no provider of that name is installed",
    }


@pytest.mark.parametrize("name", ["is patient", "takes any pieces", "hang", "stops when cancelled"])
async def test_a_promise_leaves_the_remote_well(name: str) -> None:
    """What one promise has the remote play is not what the next one meets."""
    async with remote() as standing:
        report = await checked(spec_of(), standing, only=[name])
        assert standing._script.fault == "none"

    assert [outcome.passed for outcome in report] == [True]


@pytest.mark.parametrize(("key", "is_told"), [("ada", False), ("there", True)])
async def test_a_short_credential(key: str, is_told: bool) -> None:
    """One of a few letters is told where it stands as a word: `ada`, not `metadata`."""
    async with replay(ANSWER, key=key, reads={"/models": {"models": ["small"]}}) as standing:
        options = {"base_url": standing.url}
        report = await check_provider(spec_of(), options, login(key), only=["tells no secrets"])

    assert [outcome.passed for outcome in report] == [not is_told], str(report)


async def test_what_a_remote_cannot_play() -> None:
    """A fault that the remote cannot play is not tried, and the report says so."""
    async with replay(ANSWER, key=KEY) as standing:
        report = await check_provider(spec_of(), {"base_url": standing.url}, login(), remote=standing)
    reasons = {one.name: one.reason for one in report.left_out}

    assert reasons["error in stream"] == "the remote cannot play 'error in stream'"
    assert reasons["says what the remote says"] == "the text of the remote's answer was not given"
    assert reasons["refuses wrong login"] == "no login that the remote refuses was given"
    assert {outcome.name for outcome in report.broken} <= {"lists models"}


async def test_without_a_remote_to_steer() -> None:
    """Without one, every promise that needs one is told as not tried."""
    async with remote() as standing:
        report = await check_provider(spec_of(), {"base_url": standing.url}, login())
    left_out = [one for one in report.left_out if one.reason == "no remote that can be steered was given"]

    assert not report.broken, str(report)
    assert len(left_out) > 15


def test_the_report() -> None:
    """Its text names each promise and what became of it; several failures are told one by one."""
    outcomes = (Outcome("It keeps.", True), Outcome("It breaks.", False, "one\nanother"))
    report = Report("kit", outcomes, (LeftOut("It flies.", "it has no wings"),))

    assert str(report).splitlines() == [
        "kit: 1 kept, 1 broken, 1 not tried",
        "kept   It keeps.",
        "BROKEN It breaks.",
        "         one",
        "         another",
        "-      It flies.",
        "         it has no wings",
    ]
    assert report.broken == (outcomes[1],)
    assert list(report) == list(outcomes)
    assert report[:1] == outcomes[:1]
    assert repr(report) == "<Report kit: 1 kept, 1 broken, 1 not tried>"


def asked(url: str, key: str) -> tuple[int, bytes]:
    """Post a question; return the status and as much of the answer as came."""
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    try:
        connection.request("POST", "/answers", b"{}", {"Authorization": f"Bearer {key}"})
        response = connection.getresponse()
        try:
            return response.status, response.read()
        except http.client.IncompleteRead as half:
            return -response.status, half.partial
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("fault", "status", "begin", "end"),
    [
        ("none", 200, ANSWER, b""),
        ("in pieces", 200, ANSWER, b""),
        ("slow", 200, ANSWER, b""),
        ("cut", 200, BEGUN, b""),
        ("drop", -200, BEGUN, b""),
        ("error in stream", 200, BEGUN, ERROR),
        ("error with text", 200, BEGUN, ERROR),
        ("garbled", 200, BEGUN, b'data: {"text": \n\n'),
        ("empty", 200, b"", b""),
        ("500", 500, b'{"error": {"type": "server_error"', b"}}"),
        ("429", 429, b'{"error": {"type": "rate_limit_exceeded"', b"}}"),
        ("come back later", 429, b'{"error": {"type": "rate_limit_exceeded"', b"}}"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_a_replay_plays(fault: str, status: int, begin: bytes, end: bytes) -> None:
    """Each fault is made of the recorded bytes; what arrived is counted and shown, the wrong key refused."""
    async with remote() as standing:
        standing.play(fault)
        told, body = await anyio.to_thread.run_sync(asked, standing.url, KEY)
        refused, _ = await anyio.to_thread.run_sync(asked, standing.url, "another")
        arrived = standing.arrived()

    assert (told, refused, standing.posts(), standing.open_connections()) == (status, 401, 1, 0)
    assert body.startswith(begin)
    assert body.endswith(end)
    assert len(body) == len(begin) + len(end) or status > 400
    assert (arrived[0].path, arrived[0].body) == ("/answers", b"{}")
    assert KEY not in repr(arrived)


async def test_a_replay_that_cannot_be() -> None:
    """An answer without a middle, and a fault that nobody knows, are refused."""
    with pytest.raises(ValueError, match="no middle"):
        async with replay(b"data: {}\n\n"):
            pass
    async with remote() as standing:
        with pytest.raises(ValueError, match="'on fire'"):
            standing.play("on fire")


async def test_failures_at_once_are_each_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where three requests at once fail in two ways, both are told."""
    from jackfield import EmptyResponse, InvalidRequest, ProviderError
    from kit.honest import Honest

    faults: list[ProviderError] = [EmptyResponse("nothing"), InvalidRequest("no"), EmptyResponse("nothing")]

    class Fails(Honest):
        def stream(self, request: Any) -> Any:
            raise faults.pop()

    async with remote() as standing:
        report = await checked(spec_of(Fails), standing, only=["answers at once"])

    assert report[0].detail.splitlines() == ["raised EmptyResponse: nothing", "raised InvalidRequest: no"]
