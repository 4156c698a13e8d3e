"""On the wire: a connection to the Codegen stand-in, with the installed provider and real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from opentelemetry.trace import StatusCode

from jackfield import AuthenticationRequired, ProviderContext, connect
from jackfield_playground import CodegenPlayground, CodegenSettings

pytestmark = pytest.mark.anyio

QUICK = {"base_delay": 0.01, "poll_start": 0.001, "poll_longest": 0.01, "timeout": 20.0}


@pytest.fixture
def playground() -> Iterator[CodegenPlayground]:
    """Return a stand-in whose runs take a step whenever somebody looks."""
    with CodegenPlayground(CodegenSettings(step_on_read=True)).running() as running:
        yield running


@pytest.fixture
def opened(playground: CodegenPlayground, make_telemetry: Any) -> Any:
    """Open a connection to it that tells OpenTelemetry."""

    def open_one(token: str = playground.token) -> Any:
        options = {"base_url": playground.base_url, "org_id": playground.org_id, **QUICK}
        context = ProviderContext("codegen_api", credentials={"token": token})
        return connect("codegen_api", options, context=context, name="work", plugins=[make_telemetry()])

    return open_one


async def test_a_run(opened: Any, playground: CodegenPlayground, told: Any) -> None:
    """A run is told with its number, the server it went to and the time it took; no secret, no word of it."""
    async with opened() as connection:
        response = await connection.send("Fix the failing test", model="gpt-4")

    address = urlsplit(playground.base_url)
    assert told.span.name.startswith("chat ")
    assert told.span.status.status_code is StatusCode.UNSET
    wanted = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "jackfield.codegen_api",
        "gen_ai.response.id": response.handle,
        "gen_ai.response.finish_reasons": ("stop",),
        "server.address": address.hostname,
        "server.port": address.port,
        "jackfield.connection": "work",
    }
    assert wanted.items() <= told.facts.items()
    # The answer arrives whole: there are no pieces whose times would mean anything.
    assert "gen_ai.request.stream" not in told.facts
    assert told.points("gen_ai.client.operation.time_to_first_chunk") == []
    text = told.span.to_json() + told.metric_reader.get_metrics_data().to_json()
    for hidden in (playground.token, "failing test", response.content):
        assert hidden not in text


async def test_taken_up_again(opened: Any, told: Any) -> None:
    """A run that is taken up again has a span of its own under the same number."""
    async with opened() as connection:
        response = await connection.send("Fix the failing test")
        async with connection.attach(response.handle) as stream:
            await stream.collect()

    asked, again = told.spans
    assert asked.attributes["gen_ai.response.id"] == again.attributes["gen_ai.response.id"]
    assert again.attributes["gen_ai.operation.name"] == "fetch_response"


async def test_a_refused_token(opened: Any, playground: CodegenPlayground, told: Any) -> None:
    """A key that the remote no longer takes is told by its class and its certainty, and not itself."""
    async with opened() as connection:
        token = playground.token
        playground.state.change(token="another-token-than-before")
        with pytest.raises(AuthenticationRequired):
            await connection.send("Hello")

    assert told.facts["error.type"] == "jackfield.AuthenticationRequired"
    assert told.facts["jackfield.certainty"] == "rejected"
    assert told.facts["http.response.status_code"] == 401
    assert token not in told.span.to_json()
