"""A run takes time, shows its work, ends with an answer, and goes on when it is resumed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from jackfield_playground import CodegenPlayground

IMAGE = "data:image/png;base64,iVBORw0KGgo="


def test_a_new_run_waits(create: Callable[..., dict[str, Any]], playground: CodegenPlayground) -> None:
    """A create answers before the work: PENDING, no result, a page on loopback to look at."""
    made = create(metadata={"jackfield.cid": "c-1"})

    assert made["status"] == "PENDING"
    assert made["result"] is None
    assert made["web_url"] == f"{playground.base_url}/agent/trace/{made['id']}"
    assert made["metadata"] == {"jackfield.cid": "c-1"}
    assert made["source_type"] == "API"


def test_a_run_goes_through_its_states(
    create: Callable[..., dict[str, Any]], read_until: Callable[..., list[dict[str, Any]]]
) -> None:
    """PENDING, RUNNING, COMPLETE, in that order, and the result appears with the last."""
    seen = read_until(create()["id"], "COMPLETE")

    assert list(dict.fromkeys(read["status"] for read in seen)) == ["PENDING", "RUNNING", "COMPLETE"]
    assert {read["result"] for read in seen[:-1]} == {None}
    assert "scripted responder" in seen[-1]["result"]


def test_log_entries_appear_one_at_a_time(
    create: Callable[..., dict[str, Any]], logs: Callable[..., dict[str, Any]], playground: CodegenPlayground
) -> None:
    """A reader who keeps reading sees the log grow entry by entry, in the order of the work."""
    playground.state.change(steps=3)
    number = create("Please write code")["id"]
    sizes, seen = [0], logs(number)
    while seen["status"] != "COMPLETE":
        sizes.append(seen["total_logs"])
        seen = logs(number)

    assert {later - earlier for earlier, later in pairwise(sizes)} <= {0, 1}
    assert sizes[-1] == 7
    assert [entry["message_type"] for entry in seen["logs"]] == [
        "USER_MESSAGE",
        "PLAN_EVALUATION",
        "ACTION",
        "ACTION",
        "ACTION",
        "AGENT_RUN_LINK",
        "INITIAL_PR_GENERATION",
        "FINAL_ANSWER",
    ]


def test_log_entries_hold_what_the_vendor_says_they_hold(
    create: Callable[..., dict[str, Any]],
    read_until: Callable[..., list[dict[str, Any]]],
    logs: Callable[..., dict[str, Any]],
) -> None:
    """An action has tool, input and output; a plan has a thought; the final answer is the result."""
    number = create()["id"]
    result = read_until(number, "COMPLETE")[-1]["result"]
    by_type = {entry["message_type"]: entry for entry in logs(number)["logs"]}

    assert by_type["ACTION"]["tool_name"]
    assert by_type["ACTION"]["tool_input"]
    assert by_type["ACTION"]["tool_output"]
    assert by_type["PLAN_EVALUATION"]["thought"]
    assert by_type["FINAL_ANSWER"]["observation"] == result
    assert {entry["agent_run_id"] for entry in by_type.values()} == {number}


def test_logs_come_in_pages_and_backwards(
    create: Callable[..., dict[str, Any]],
    read_until: Callable[..., list[dict[str, Any]]],
    logs: Callable[..., dict[str, Any]],
) -> None:
    """Pages joined are the whole, reverse is the whole backwards, and the counts say so."""
    number = create()["id"]
    read_until(number, "COMPLETE")
    whole = logs(number)
    page = logs(number, skip=2, limit=3)

    assert page["logs"] == whole["logs"][2:5]
    assert (page["total_logs"], page["size"], page["pages"]) == (7, 3, 3)
    assert logs(number, reverse=True)["logs"] == whole["logs"][::-1]


def test_code_brings_a_pull_request(
    create: Callable[..., dict[str, Any]],
    read_until: Callable[..., list[dict[str, Any]]],
    client: httpx.Client,
) -> None:
    """A prompt that asks for code ends with a pull request, whose link leads to the run's page."""
    done = read_until(create("Fix the login and open a PR")["id"], "COMPLETE")[-1]
    (pull_request,) = done["github_pull_requests"]
    page = client.get(pull_request["url"])

    assert page.status_code == 200
    assert 'id="pull-1"' in page.text
    assert pull_request["title"] in page.text


def test_a_question_brings_no_pull_request(
    create: Callable[..., dict[str, Any]], read_until: Callable[..., list[dict[str, Any]]]
) -> None:
    """A prompt that asks for none of it ends without pull requests."""
    assert read_until(create("How are you?")["id"], "COMPLETE")[-1]["github_pull_requests"] == []


def test_the_page_escapes_what_was_asked(
    create: Callable[..., dict[str, Any]],
    read_until: Callable[..., list[dict[str, Any]]],
    client: httpx.Client,
) -> None:
    """A prompt that is HTML is shown as text on the run's page."""
    made = create("<script>alert(1)</script>")
    read_until(made["id"], "COMPLETE")
    page = client.get(made["web_url"]).text

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_resume_goes_on_with_memory(
    create: Callable[..., dict[str, Any]],
    read_until: Callable[..., list[dict[str, Any]]],
    client: httpx.Client,
) -> None:
    """A resumed run keeps its id, answers the new question and knows the one before."""
    number = create("My name is Ada")["id"]
    read_until(number, "COMPLETE")
    resumed = client.post("/agent/run/resume", json={"agent_run_id": number, "prompt": "Who am I?"}).json()
    result = read_until(number, "COMPLETE")[-1]["result"]

    assert (resumed["id"], resumed["status"], resumed["result"]) == (number, "PENDING", None)
    assert "Your question has 3 words: “Who am I?”" in result
    assert "The one before was: “My name is Ada”" in result


def test_after_a_resume_reads_may_show_the_past(
    create: Callable[..., dict[str, Any]],
    read: Callable[[int], dict[str, Any]],
    read_until: Callable[..., list[dict[str, Any]]],
    client: httpx.Client,
    playground: CodegenPlayground,
) -> None:
    """With a lag of three, the answer to the resume and two reads show the old end, the next the work."""
    playground.state.change(resume_lag_reads=3)
    number = create("one")["id"]
    old = read_until(number, "COMPLETE")[-1]
    playground.state.change(outcome="never-ends")
    answer = client.post("/agent/run/resume", json={"agent_run_id": number, "prompt": "two"}).json()
    seen = [answer, read(number), read(number)]

    assert [(shown["status"], shown["result"]) for shown in seen] == [("COMPLETE", old["result"])] * 3
    assert read(number)["status"] in {"PENDING", "RUNNING"}


def test_a_message_to_a_busy_run_is_answered_after_the_first(
    create: Callable[..., dict[str, Any]],
    read_until: Callable[..., list[dict[str, Any]]],
    logs: Callable[..., dict[str, Any]],
    client: httpx.Client,
) -> None:
    """A resume of a run at work does not disturb it: both questions get their final answer, in order."""
    number = create("one two")["id"]
    client.post("/agent/run/resume", json={"agent_run_id": number, "prompt": "three"})
    finals: list[str] = []
    while len(finals) < 2:
        read_until(number, "COMPLETE")
        finals = [e["observation"] for e in logs(number)["logs"] if e["message_type"] == "FINAL_ANSWER"]

    assert ["“one two”" in finals[0], "“three”" in finals[1]] == [True, True]


def test_ban_stops_the_work(
    create: Callable[..., dict[str, Any]],
    read: Callable[[int], dict[str, Any]],
    client: httpx.Client,
    playground: CodegenPlayground,
) -> None:
    """A banned run is CANCELLED at once and stays so; unban lifts the ban, remove-from-pr sets it again."""
    number = create("playground:never-ends")["id"]
    statuses, bans = [], []
    for verb in ("ban", "unban", "remove-from-pr"):
        statuses.append(client.post(f"/agent/run/{verb}", json={"agent_run_id": number}).status_code)
        bans.append(playground.state.runs[0].banned)

    assert statuses == [200, 200, 200]
    assert bans == [True, False, True]
    assert read(number)["status"] == "CANCELLED"


def test_a_stopped_run_can_be_resumed(
    create: Callable[..., dict[str, Any]],
    read_until: Callable[..., list[dict[str, Any]]],
    client: httpx.Client,
) -> None:
    """A resume straight after a ban is worked on."""
    number = create("playground:never-ends")["id"]
    client.post("/agent/run/ban", json={"agent_run_id": number})
    client.post("/agent/run/resume", json={"agent_run_id": number, "prompt": "again"})

    assert "“again”" in read_until(number, "COMPLETE")[-1]["result"]


def test_the_list_is_newest_first_in_pages(
    create: Callable[..., dict[str, Any]], client: httpx.Client, playground: CodegenPlayground
) -> None:
    """The list shows the newest run first, metadata included, and cuts pages."""
    made = [create(f"run {n}", metadata={"n": n})["id"] for n in range(5)]
    page = client.get("/agent/runs", params={"skip": 1, "limit": 2}).json()

    assert [item["id"] for item in page["items"]] == [made[3], made[2]]
    assert [item["metadata"] for item in page["items"]] == [{"n": 3}, {"n": 2}]
    assert {name: page[name] for name in ("total", "page", "size", "pages")} == {
        "total": 5,
        "page": 1,
        "size": 2,
        "pages": 3,
    }


@pytest.mark.parametrize(
    ("query", "total"),
    [({"user_id": 7}, 1), ({"user_id": 8}, 0), ({"source_type": "API"}, 1), ({"source_type": "SLACK"}, 0)],
)
def test_the_list_filters(
    create: Callable[..., dict[str, Any]], client: httpx.Client, query: dict[str, Any], total: int
) -> None:
    """Runs are the token's user's, and come from the API."""
    create()

    assert client.get("/agent/runs", params=query).json()["total"] == total


def test_tests_see_what_was_asked_for(
    create: Callable[..., dict[str, Any]], playground: CodegenPlayground
) -> None:
    """The record of a run holds everything a client sent."""
    create(
        "hello", images=[IMAGE], model="codegen-advanced", repo_id=5, agent_type="codegen", metadata={"a": 1}
    )
    (record,) = playground.state.runs

    assert [(message.prompt, message.images) for message in record.messages] == [("hello", (IMAGE,))]
    assert (record.model, record.repo_id, record.agent_type) == ("codegen-advanced", 5, "codegen")
    assert record.metadata == {"a": 1}


@pytest.mark.parametrize(
    "image", ["https://example.invalid/cat.png", "data:image/png;base64,", "iVBORw0KGgo="]
)
def test_an_image_must_be_a_data_uri(client: httpx.Client, playground: CodegenPlayground, image: str) -> None:
    """Anything else is a 422 that says so, and creates nothing."""
    answer = client.post("/agent/run", json={"prompt": "look", "images": [image]})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "images", 0]
    assert playground.state.runs_created == 0


@pytest.mark.parametrize("body", [b'{"prompt": "x", "metadata": {"a": NaN}}', b"{", b"\xff"])
def test_what_is_no_json_is_refused(client: httpx.Client, body: bytes) -> None:
    """NaN, which Python would accept, half a body and bytes that are no text get the documented 422."""
    answer = client.post("/agent/run", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert {"loc", "msg", "type"} == set(answer.json()["detail"][0])


def test_half_a_surrogate_pair_comes_back_as_it_came(client: httpx.Client) -> None:
    """JSON can say what UTF-8 cannot: it is stored, echoed, and shown on the page."""
    body = rb'{"prompt": "\ud800", "metadata": {"half": "\ud800"}}'
    made = client.post("/agent/run", content=body, headers={"content-type": "application/json"}).json()

    assert made["metadata"] == {"half": "\ud800"}
    assert "&#55296;" in client.get(made["web_url"]).text
