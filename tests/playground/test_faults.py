"""Every switch that spoils an answer, and the counters that tell what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from jackfield_playground import CodegenPlayground, CodegenSettings, Route

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "canary-token-of-this-test"


@pytest.mark.parametrize(
    "authorization", [None, "Bearer wrong", "Basic dXNlcg==", "Bearer", "Bearer t\xf6ken"]
)
def test_a_wrong_token_is_401(playground: CodegenPlayground, authorization: str | None) -> None:
    """Without the right bearer token every route answers 401 with a detail, as FastAPI does."""
    headers = {} if authorization is None else {b"Authorization": authorization.encode("latin-1")}
    answer = httpx.get(f"{playground.base_url}/v1/users/me", headers=headers, trust_env=False)

    assert answer.status_code == 401
    assert set(answer.json()) == {"detail"}


def test_a_token_can_be_renewed_while_it_runs(client: httpx.Client, playground: CodegenPlayground) -> None:
    """After `change(token=…)` the old token is refused: a session that expired."""
    before = client.get("/users").status_code
    playground.state.change(token="another")

    assert (before, client.get("/users").status_code) == (200, 401)


def test_a_strange_organization_is_403(client: httpx.Client, playground: CodegenPlayground) -> None:
    """Another organization's number gets the documented refusal."""
    answer = client.get(f"{playground.base_url}/v1/organizations/{playground.org_id + 1}/users")

    assert answer.status_code == 403
    assert answer.json() == {"message": "You do not have access to this organization.", "status_code": 403}


def test_the_plan_can_be_used_up(client: httpx.Client, playground: CodegenPlayground) -> None:
    """After two runs the third create is a 402, and makes none."""
    playground.state.change(plan_limit=2)
    answers = [client.post("/agent/run", json={"prompt": "hi"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 402]
    assert answers[2].json()["message"].startswith("Alloted agent runs")
    assert playground.state.runs_created == 2


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("POST", "/agent/run", 10), ("GET", "/agent/runs", 60), ("GET", "/users", 60)],
)
def test_published_limits_hold(
    client: httpx.Client, playground: CodegenPlayground, method: str, path: str, allowed: int
) -> None:
    """Creating is limited to 10 per minute, reading to 60 per 30 s; one more is a 429 with Retry-After."""
    playground.state.change(rate_limits=True)
    body = {"prompt": "hi"} if method == "POST" else None
    answers = [client.request(method, path, json=body) for _ in range(allowed + 1)]

    assert [answer.status_code for answer in answers] == [200] * allowed + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["status_code"] == 429


def test_a_wrong_token_uses_up_nobodys_limit(client: httpx.Client, playground: CodegenPlayground) -> None:
    """Refused callers do not count against the holder of the token."""
    playground.state.change(rate_limits=True)
    strange = {"Authorization": "Bearer wrong"}
    refused = {client.get("/users", headers=strange).status_code for _ in range(61)}

    assert refused == {401}
    assert client.get("/users").status_code == 200


def test_a_storm_of_429_passes(client: httpx.Client, playground: CodegenPlayground) -> None:
    """The next two requests get 429 with the header as ordered, word for word; the third is served."""
    playground.state.fail_next(2, status=429, retry_after="Fri, 31 Dec 1999 23:59:59 GMT")
    answers = [client.get("/users") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert [answer.headers.get("retry-after") for answer in answers] == [
        "Fri, 31 Dec 1999 23:59:59 GMT"
    ] * 2 + [None]


@pytest.mark.parametrize(("executed", "runs"), [(False, 0), (True, 1)])
def test_a_500_may_hide_work_done(
    client: httpx.Client, playground: CodegenPlayground, *, executed: bool, runs: int
) -> None:
    """A failed create made no run, unless it was ordered to be carried out first."""
    playground.state.fail_next(status=500, route="create", executed=executed)

    assert client.post("/agent/run", json={"prompt": "hi"}).status_code == 500
    assert playground.state.runs_created == runs


@pytest.mark.parametrize(("executed", "runs"), [(True, 1), (False, 0)])
def test_a_connection_may_drop_without_an_answer(
    client: httpx.Client, playground: CodegenPlayground, *, executed: bool, runs: int
) -> None:
    """The client learns nothing; the counters know whether the run exists."""
    playground.state.drop_next(route="create", executed=executed)
    with pytest.raises(httpx.TransportError):
        client.post("/agent/run", json={"prompt": "hi"})

    assert playground.state.runs_created == runs
    assert [(seen.route, seen.status) for seen in playground.state.requests] == [("create", None)]


def test_an_answer_may_come_late(client: httpx.Client, playground: CodegenPlayground) -> None:
    """A client that gives up before the answer has still made a run; the next is answered at once."""
    playground.state.delay_next(60, route="create")
    with pytest.raises(httpx.ReadTimeout):
        client.post("/agent/run", json={"prompt": "hi"}, timeout=2.0)

    assert client.post("/agent/run", json={"prompt": "hi"}).status_code == 200
    assert playground.state.runs_created == 2


def test_every_answer_may_be_slow(client: httpx.Client, playground: CodegenPlayground) -> None:
    """With a latency set, no answer comes sooner."""
    playground.state.change(latency_seconds=0.1)

    assert client.get("/users").elapsed.total_seconds() >= 0.1


def test_an_answer_may_be_half_a_json(client: httpx.Client, playground: CodegenPlayground) -> None:
    """The status says 200, the work is done, and the body cannot be read."""
    playground.state.garble_next(route="create")
    answer = client.post("/agent/run", json={"prompt": "hi"})

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert playground.state.runs_created == 1


def test_a_fault_waits_for_its_route(client: httpx.Client, playground: CodegenPlayground) -> None:
    """Requests of other routes pass it by; faults of one route come in the order they were ordered."""
    playground.state.fail_next(status=500, route="users")
    playground.state.fail_next(status=502, route="users")
    statuses = [client.get(path).status_code for path in ("/agent/runs", "/users", "/users", "/users")]

    assert statuses == [200, 500, 502, 200]


def test_a_fault_of_no_known_route_is_refused(playground: CodegenPlayground) -> None:
    """A misspelt route is an error at once, not a fault that never comes."""
    with pytest.raises(ValueError, match="creat"):
        playground.state.fail_next(route="creat")


def test_every_route_can_be_named(
    playground: CodegenPlayground, client: httpx.Client, create: Callable[..., dict[str, Any]]
) -> None:
    """Each served route is noted under its name."""
    number = create()["id"]
    base, organization = f"{playground.base_url}/v1", f"organizations/{playground.org_id}"
    for path in ("users/me", "organizations", f"{organization}/users", f"{organization}/users/7"):
        client.get(f"{base}/{path}")
    client.get(f"/agent/run/{number}")
    client.get("/agent/runs")
    client.get(f"{base}/alpha/{organization}/agent/run/{number}/logs")
    for verb in ("ban", "unban", "remove-from-pr"):
        client.post(f"/agent/run/{verb}", json={"agent_run_id": number})
    client.post("/agent/run/resume", json={"agent_run_id": number, "prompt": "more"})

    assert {seen.route for seen in playground.state.requests} == set(Route)
    assert {seen.status for seen in playground.state.requests} == {200}


def test_unknown_paths_are_noted_too(client: httpx.Client, playground: CodegenPlayground) -> None:
    """A path the stand-in does not serve is counted without a name, and no fault is spent on it."""
    playground.state.fail_next(status=500)
    statuses = [client.get("/nothing/here").status_code, client.get("/users").status_code]

    assert statuses == [404, 500]
    assert [(seen.method, seen.route) for seen in playground.state.requests] == [
        ("GET", None),
        ("GET", "users"),
    ]


def test_no_token_is_kept() -> None:
    """The token is in no repr and in no record of what arrived, even when it came in the wrong place."""
    playground = CodegenPlayground(CodegenSettings(token=TOKEN))
    with playground.running():
        headers = {"Authorization": f"Bearer {TOKEN}"}
        address = f"{playground.base_url}/v1/users/me?token={TOKEN}"
        assert httpx.get(address, headers=headers, trust_env=False).status_code == 200

    state = playground.state
    assert state.requests
    assert TOKEN not in repr((playground, state, state.settings, state.requests, state.runs))


def test_what_is_played(
    playground: CodegenPlayground, client: httpx.Client, create: Callable[..., dict[str, Any]]
) -> None:
    """A fault that is played befalls every run, by its creation or by each look, until it is taken back."""
    path, asked = f"/agent/run/{create()['id']}", {"prompt": "Hello"}
    playground.play("come back later")
    refused = [client.post("/agent/run", json=asked) for _ in range(2)]
    looked = client.get(path)
    playground.play("in pieces")
    whole = client.get(path).json()
    playground.play("garbled")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        client.get(path).json()
    playground.play("none")

    assert [(one.status_code, one.headers["retry-after"]) for one in refused] == [(429, "7")] * 2
    assert (looked.status_code, whole["id"]) == (200, looked.json()["id"])
    assert client.get(path).status_code == 200
    with pytest.raises(ValueError, match="'cut' cannot be played"):
        playground.play("cut")


def test_what_asked_is_shown(
    playground: CodegenPlayground, client: httpx.Client, create: Callable[..., dict[str, Any]]
) -> None:
    """What creates or resumes a run is kept as it arrived, without the token; a look is not."""
    number = create()["id"]
    client.get(f"/agent/run/{number}")
    client.post("/agent/run/resume", json={"agent_run_id": number, "prompt": "more"})
    created, resumed = playground.arrived()

    assert playground.posts() == 2
    assert b"prompt" in created.body
    assert (resumed.path.rpartition("/")[2], b"more" in resumed.body) == ("resume", True)
    assert "authorization" not in {*created.headers, *resumed.headers}
