"""The stand-in keeps to the vendor's own OpenAPI file, whatever a client sends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.specs.openapi.checks import unsupported_method

from jackfield_playground import CodegenPlayground, CodegenSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = schemathesis.openapi.from_path(Path(__file__).with_name("codegen-openapi.json"))
IMAGE = "data:image/png;base64,iVBORw0KGgo="
RUNS = 3

# In the vendor's own paths `GET …/agent/run/ban` is `GET …/agent/run/{agent_run_id}` with a bad id, so it is
# answered as such, where this check expects a 405.
EXCLUDED = [unsupported_method]


@pytest.fixture(scope="module")
def standin() -> Iterator[CodegenPlayground]:
    """One stand-in for all examples, with a few runs to find."""
    quiet = CodegenSettings(step_seconds=0.001, rate_limits=False)
    with CodegenPlayground(quiet).running() as running:
        yield running


@SCHEMA.parametrize()
@settings(max_examples=25, derandomize=True, deadline=None)
def test_it_answers_as_the_vendors_file_says(
    case: schemathesis.Case[Any], standin: CodegenPlayground
) -> None:
    """Every answer to every generated request has a documented status, content type and shape."""
    aim(case, standin)
    case.call_and_validate(
        base_url=standin.base_url,
        headers={"Authorization": f"Bearer {standin.token}"},
        excluded_checks=EXCLUDED,
    )


@pytest.mark.parametrize("route", ["create", "run", "runs", "logs", "resume", "ban", "users", "user", "me"])
def test_the_examples_reach_what_they_are_for(standin: CodegenPlayground, route: str) -> None:
    """The generated requests get through, and some are refused: each route saw a 200 and a 4xx."""
    statuses = {received.status for received in standin.state.requests if received.route == route}

    assert 200 in statuses
    assert route == "me" or statuses & {403, 404, 422}


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
