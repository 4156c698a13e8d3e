"""What becomes of a request at Codegen is told without sending it, and again with the answer."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ChatRequest, InvalidRequest, Message, ModelNotFound, Unsupported
from jackfield_codegen_api import CodegenOptions
from jackfield_codegen_api._client import CodegenClient
from jackfield_codegen_api._decoder import RunDecoder
from jackfield_codegen_api._submission import Submitter
from jackfield_playground import Fault

pytestmark = pytest.mark.anyio

SYSTEM = Message("system", "Be brief.")


async def test_plan_of_a_new_run(opened: Any, playground: Any) -> None:
    """System messages are told to go in front of the prompt; nothing is sent to say so."""
    async with opened() as connection:
        before = len(playground.state.requests)
        plan = connection.plan([SYSTEM, Message("user", "Hello")], model="gpt-4o", temperature=0.5)

    assert [told.field for told in plan.adaptations] == ["temperature", "messages[0]"]
    assert plan.request.model == "gpt-4o"
    assert len(playground.state.requests) == before


async def test_plan_is_what_the_answer_tells(opened: Any) -> None:
    """The adaptations of the answer are those of the plan."""
    said = [SYSTEM, Message("user", "Hello")]
    async with opened() as connection:
        plan = connection.plan(said, seed=3)
        response = await connection.send(said, seed=3)

    assert response.adaptations == plan.adaptations != ()


async def test_plan_of_a_resumed_run(opened: Any) -> None:
    """A resumed run keeps what it was created with: each other wish is left out and told."""
    async with opened() as connection:
        plan = connection.plan("Two", conversation_id=1, model="gpt-4o", options={"repo_id": 9})

    assert (plan.request.model, plan.request.options) == (None, {})
    assert [told.field for told in plan.adaptations] == ["model", "options.repo_id"]


@pytest.mark.parametrize(
    ("settings", "kind", "words"),
    [
        ({"model": "gpt-44"}, ModelNotFound, "gpt-44"),
        ({"conversation_id": "x"}, InvalidRequest, "number of an agent run"),
        ({"options": {"repoid": 1}}, InvalidRequest, "repo_id"),
        ({"options": {"repo_id": "1"}}, InvalidRequest, "repo_id.*whole number"),
        ({"options": {"repo_id": True}}, InvalidRequest, "repo_id.*whole number"),
        ({"options": {"agent_type": "robot"}}, InvalidRequest, "claude_code"),
        ({"options": {"metadata": "x"}}, InvalidRequest, "metadata.*mapping"),
        ({"max_tokens": 5}, Unsupported, "max_tokens"),
    ],
)
async def test_refused(
    opened: Any, playground: Any, settings: dict[str, Any], kind: type[InvalidRequest], words: str
) -> None:
    """What the plan refuses is refused when it is sent, in the same words and before any run is touched."""
    async with opened() as connection:
        before = len(playground.state.requests)
        [refusal] = connection.plan("Hello", **settings).refusals
        with pytest.raises(kind, match=words) as caught:
            await connection.send("Hello", **settings)

    assert caught.value.message == refusal.message
    assert len(playground.state.requests) == before


@pytest.mark.parametrize(
    "roles", [("user", "assistant", "user"), ("assistant",), ("user", "user"), ("system",), ("tool",)]
)
async def test_other_messages(opened: Any, playground: Any, roles: tuple[Any, ...]) -> None:
    """Anything but one message of the user's is refused, and the error says how a thread goes on."""
    async with opened() as connection:
        with pytest.raises(Unsupported, match="conversation_id"):
            await connection.send(ChatRequest(messages=[Message(role, "x") for role in roles]))

    assert playground.state.runs == ()


@pytest.mark.parametrize("conversation_id", [None, "1"])
async def test_what_the_headers_tell(remote: Any, conversation_id: str | None) -> None:
    """The API's id of the request and its limits are in the first event, of a new run and a resumed one."""
    remote.headers = {"x-request-id": "r-1", "x-ratelimit-remaining": "7"}
    remote.answers = lambda method, path: {"id": 1, "status": "COMPLETE", "logs": []}
    client = CodegenClient(remote)
    client.org_id = 323

    request = ChatRequest(messages="Hello", conversation_id=conversation_id)
    [started] = RunDecoder(await Submitter(client, CodegenOptions()).submit(request)).start()

    assert (started.remote_request_id, started.limits) == ("r-1", {"requests_remaining": 7.0})


async def test_lost_answer_tells_no_id(opened: Any, playground: Any) -> None:
    """Where the answer was lost, nobody knows the API's id of the request."""
    playground.state.order(Fault(route="create", executed=True, dropped=True))
    async with opened() as connection:
        response = await connection.send("Hello")

    assert response.remote_request_id is None
    assert response.metadata["answer_lost"]
