"""Every way a run can end or refuse to end, by setting and by magic word."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from jackfield_playground import CodegenSettings, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from jackfield_playground import CodegenPlayground


@pytest.mark.parametrize(
    ("outcome", "status"), [("fails", "FAILED"), ("errors", "ERROR"), ("cancelled", "CANCELLED")]
)
@pytest.mark.parametrize("by", ["setting", "magic word"])
def test_a_run_can_end_badly(  # noqa: PLR0917  # fixtures and parameters come by name
    create: Callable[..., dict[str, Any]],
    read_until: Callable[..., list[dict[str, Any]]],
    logs: Callable[..., dict[str, Any]],
    playground: CodegenPlayground,
    outcome: str,
    status: str,
    by: str,
) -> None:
    """It has the status, no result, and an ERROR entry that says why."""
    if by == "setting":
        playground.state.change(outcome=outcome)
    number = create("hello" if by == "setting" else f"hello, playground:{outcome}, please")["id"]
    seen = read_until(number, status, "COMPLETE")[-1]
    last = logs(number)["logs"][-1]

    assert (seen["status"], seen["result"]) == (status, None)
    assert last["message_type"] == "ERROR"
    assert "asked to" in last["observation"]


@pytest.mark.parametrize(("outcome", "shown"), [("null-status", None), ("unknown-status", "EVALUATION")])
def test_a_status_no_client_knows_is_not_the_end(
    create: Callable[..., dict[str, Any]],
    read_until: Callable[..., list[dict[str, Any]]],
    outcome: str,
    shown: str | None,
) -> None:
    """The run shows it while it works, then COMPLETE and a result."""
    seen = read_until(create(f"hi playground:{outcome}")["id"], "COMPLETE")

    assert list(dict.fromkeys(read["status"] for read in seen)) == ["PENDING", shown, "COMPLETE"]
    assert seen[-1]["result"]


def test_a_run_can_have_nothing_to_say(
    create: Callable[..., dict[str, Any]],
    read_until: Callable[..., list[dict[str, Any]]],
    logs: Callable[..., dict[str, Any]],
) -> None:
    """COMPLETE with a null result, no summary and no FINAL_ANSWER."""
    number = create("playground:empty")["id"]

    seen = read_until(number, "COMPLETE")[-1]
    assert (seen["result"], seen["summary"]) == (None, None)
    assert "FINAL_ANSWER" not in {entry["message_type"] for entry in logs(number)["logs"]}


def test_a_run_can_go_on_for_ever(
    create: Callable[..., dict[str, Any]], read: Callable[[int], dict[str, Any]]
) -> None:
    """However often it is read, it is RUNNING."""
    number = create("playground:never-ends")["id"]
    statuses = [read(number)["status"] for _ in range(30)]

    assert set(statuses[1:]) == {"RUNNING"}


def test_a_run_can_vanish(
    create: Callable[..., dict[str, Any]], client: httpx.Client, playground: CodegenPlayground
) -> None:
    """The first read finds it; every later one, the list included, does not. Tests still see it."""
    number = create("playground:vanishes")["id"]
    statuses = [client.get(f"/agent/run/{number}").status_code for _ in range(4)]

    assert statuses == [200, 404, 404, 404]
    assert client.get("/agent/runs").json()["items"] == []
    assert [record.id for record in playground.state.runs] == [number]


def test_a_run_can_go_back(
    create: Callable[..., dict[str, Any]],
    read: Callable[[int], dict[str, Any]],
    playground: CodegenPlayground,
) -> None:
    """COMPLETE, then RUNNING twice without a result, then COMPLETE with other words."""
    number = create("playground:goes-back")["id"]
    seen = [read(number)]
    while seen[-1]["status"] != "COMPLETE":
        seen.append(read(number))
    first, *back, second = [seen[-1], read(number), read(number), read(number)]

    assert [(shown["status"], shown["result"]) for shown in back] == [("RUNNING", None)] * 2
    assert second["status"] == "COMPLETE"
    assert second["result"] not in {None, first["result"]}


def test_a_new_run_can_be_late(
    create: Callable[..., dict[str, Any]], client: httpx.Client, playground: CodegenPlayground
) -> None:
    """With a lag of two reads, the run is a 404, then missing from the list, then there."""
    playground.state.change(create_lag_reads=2)
    number = create()["id"]
    first, second = client.get(f"/agent/run/{number}").status_code, client.get("/agent/runs").json()["total"]

    assert (first, second) == (404, 0)
    assert client.get(f"/agent/run/{number}").status_code == 200


def test_an_outcome_is_one_of_the_list() -> None:
    """A misspelt outcome is refused where the settings are made, not at the end of a run."""
    assert CodegenSettings(outcome="fails").outcome is Outcome.FAILS
    with pytest.raises(ValueError, match="explodes"):
        CodegenSettings(outcome="explodes")


@pytest.mark.parametrize("ahead", [0.0, -3600.0])
def test_a_run_can_come_in_a_crowd(
    create: Callable[..., dict[str, Any]],
    client: httpx.Client,
    playground: CodegenPlayground,
    ahead: float,
) -> None:
    """Runs of others come after it, so it is on the second page; all are dated by the API's own clock."""
    playground.state.change(crowd=120, clock_offset_seconds=ahead)
    began = datetime.now(UTC)
    number = create()["id"]
    pages = [client.get("/agent/runs", params={"skip": skip}).json()["items"] for skip in (0, 100)]
    dates = [datetime.fromisoformat(run["created_at"]) - began for page in pages for run in page]

    assert [len(page) for page in pages] == [100, 21]
    assert pages[1][-1]["id"] == number
    assert all(0 <= date.total_seconds() - ahead < 600 for date in dates)
