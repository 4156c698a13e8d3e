"""The stand-in keeps to the vendor's own OpenAPI file, whatever a client sends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import unsupported_method

from jackfield_playground import CodegenPlayground, CodegenSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = schemathesis.openapi.from_path(Path(__file__).with_name("codegen-openapi.json"))
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
IMAGE = "data:image/png;base64,iVBORw0KGgo="
RUNS = 3
TAKES_NOTHING = "GET /v1/users/me"

# In the vendor's own paths `GET …/agent/run/ban` is `GET …/agent/run/{agent_run_id}` with a bad id, so it is
# answered as such, where this check expects a 405.
EXCLUDED = [unsupported_method]


@pytest.fixture(scope="module")
def standin() -> Iterator[CodegenPlayground]:
    """One stand-in for all examples, with a few runs to find."""
    quiet = CodegenSettings(step_seconds=0.001, rate_limits=False)
    with CodegenPlayground(quiet).running() as running:
        url = f"{running.base_url}/v1/organizations/{running.org_id}/agent/run"
        for _ in range(RUNS):
            httpx.post(
                url, json={"prompt": "Hello"}, headers={"Authorization": f"Bearer {running.token}"}
            ).raise_for_status()
        yield running


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_it_answers_as_the_vendors_file_says(operation: Any, standin: CodegenPlayground) -> None:
    """Every answer to every generated request has a documented status, content type and shape.

    The requests get through, and some are refused: every route saw a 200, and a 4xx if it takes anything.
    """
    statuses = set()

    @given(case=st.one_of(map(operation.as_strategy, GenerationMode)))
    @settings(max_examples=40, derandomize=True, deadline=None)
    def answers(case: schemathesis.Case) -> None:
        aim(case, standin)
        answer = case.call_and_validate(
            base_url=standin.base_url,
            headers={"Authorization": f"Bearer {standin.token}"},
            excluded_checks=EXCLUDED,
        )
        statuses.add(answer.status_code)

    answers()

    assert 200 in statuses
    assert statuses & {403, 404, 422} or operation.label == TAKES_NOTHING


def aim(case: schemathesis.Case[Any], standin: CodegenPlayground) -> None:
    """Point valid ids at what exists, three times of four; let images be data URIs, as they must."""
    real = {"org_id": standin.org_id, "user_id": standin.state.settings.user_id}
    for place in (case.path_parameters, case.body):
        fields: dict[str, Any] = place if isinstance(place, dict) else {}
        for name in {"org_id", "user_id", "agent_run_id"} & fields.keys():
            number = fields[name]
            if type(number) is int and number % 4 != 3:
                fields[name] = real.get(name, 1 + number % RUNS)
        if isinstance(fields.get("images"), list):
            fields["images"] = [IMAGE if isinstance(image, str) else image for image in fields["images"]]
