"""The token travels in the address of each request for an answer, and is told nowhere."""

from __future__ import annotations

import io
import logging
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jackfield import ChallengeRequired, JackfieldError, ProviderContext, configure_logging
from jackfield_playground import ZaiPlayground

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Return what is logged, by everybody and at every level."""
    stream, root = io.StringIO(), logging.getLogger()
    level = root.level
    handler = configure_logging("DEBUG", stream=stream)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def refuse(zai: ZaiPlayground, how: str) -> None:
    """Let the next message fail in one of the ways."""
    if how == "cut":
        zai.state.cut_next(5)
    elif how == "quoted":
        zai.state.fault_next("internal", f"refused /api?token={zai.state.tokens[-1]}&x=1")
    elif how == "renamed":
        zai.state.change(renamed=True)
    elif how == "captcha":
        zai.state.change(enable_captcha=True)
    else:
        zai.state.fail_next(int(how))


def kept_in(folder: Path) -> list[Path]:
    """Return every file below a folder."""
    return [file for file in folder.rglob("*") if file.is_file()]


def told(error: BaseException) -> str:
    """Return everything that an error says, to a person or a program."""
    said = [repr(vars(one)) for one in (error, error.__cause__, error.__context__) if one is not None]
    return "".join([str(error), repr(error), *said, *traceback.format_exception(error)])


@pytest.mark.parametrize("how", ["401", "405", "426", "429", "500", "cut", "quoted", "renamed", "captcha"])
async def test_no_failure_tells_the_token(
    connected: Any, zai: ZaiPlayground, state_folder: Path, log: io.StringIO, how: str
) -> None:
    """Errors, their causes, the log and what is saved of the page hold no token, however a message fails."""
    given = zai.state.new_token(email=zai.state.settings.email)
    refuse(zai, how)
    context = ProviderContext("zai_web", "token", {"token": given})
    impatient = {"timing": {"composer": 2}}
    with pytest.raises(JackfieldError) as caught:
        async with connected(context, site_overrides=impatient if how == "renamed" else {}) as connection:
            await connection.send("Hello?")

    files = [file for file in kept_in(state_folder) if file.parent.name != "sessions"]
    written = b"".join(file.read_bytes() for file in files).decode(errors="replace")
    assert how == "renamed" or zai.state.completions[0].query["token"] == given
    for secret in (given, *given.split(".")[1:]):
        assert secret not in told(caught.value)
        assert secret not in log.getvalue()
        assert secret not in written
        assert secret.encode() not in pickle.dumps(caught.value)


@pytest.mark.parametrize("attended", [False, True])
async def test_no_failure_tells_the_fragment(
    connected: Any, zai: ZaiPlayground, state_folder: Path, log: io.StringIO, attended: bool
) -> None:
    """A page that stays where a login elsewhere brought its token back tells it nobody, by no name."""
    zai.state.change(social="stays")
    given = zai.state.new_token(email=zai.state.settings.email)
    start = {"addresses": {"start": f"{zai.base_url}/auth#token={given}&is_new_user=false"}}
    context = ProviderContext("zai_web", "interactive")
    with pytest.raises(ChallengeRequired) as caught:
        async with connected(context, site_overrides=start, attended=attended, human_seconds=1):
            pass

    files = [file for file in kept_in(state_folder) if file.parent.name != "sessions"]
    written = b"".join(file.read_bytes() for file in files).decode(errors="replace")
    assert str(caught.value.address) == f"{zai.base_url}/auth"
    for secret in (given, *given.split(".")[1:]):
        assert secret not in told(caught.value) + log.getvalue() + written
        assert secret.encode() not in pickle.dumps(caught.value)


async def test_no_answer_tells_the_token(
    connected: Any, zai: ZaiPlayground, state_folder: Path, log: io.StringIO
) -> None:
    """Events, the answer and the log hold no token; the kept login is for its owner only."""
    given = zai.state.new_token(email=zai.state.settings.email)
    context = ProviderContext("zai_web", "token", {"token": given})
    async with (
        connected(context) as connection,
        connection.stream("Hello?") as stream,
    ):
        events = [event async for event in stream]
        said = repr([events, stream.response, stream.response.metadata, connection, connection.stats])

    holding = [file for file in kept_in(state_folder) if given.encode() in file.read_bytes()]
    assert "request.finished" in log.getvalue()
    assert given not in said + log.getvalue()
    assert [(file.parent.name, file.stat().st_mode & 0o077) for file in holding] == [("sessions", 0)]
