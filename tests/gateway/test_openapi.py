"""The door's own OpenAPI file, and what is sent by it: every answer is one that the file tells of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import jsonschema
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from jackfield import ProviderManager
from jackfield_gateway._fault import STATUSES, Fault
from jackfield_gateway._openapi import openapi_document
from jackfield_gateway._openapi_bodies import ERRORS
from jackfield_gateway._wires import OLLAMA, WIRES
from jackfield_playground import OpenAIPlayground

from .conftest import TOKEN, connect

DOCUMENT = openapi_document(ollama=True)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
ASKED = [one for one in OPERATIONS if not one.path.startswith("/v1/models/{model}:")]
"""Those under Gemini's other version are the same code under another path."""
CHECKS_OF_OTHERS = [
    # What a field holds is the wire's to refuse or to leave out by name: more than a schema can tell.
    negative_data_rejection,
    positive_data_acceptance,
    # A remote may fail, and the file says how that is told.
    not_a_server_error,
    # A GET of a path that takes bodies may be one of the lists of models, which share it.
    unsupported_method,
    # The token is in a header of the client's own; that it is needed is tested beside this.
    ignored_auth,
    missing_required_header,
]
HEADERS = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def served(open_door: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """Open one door for all examples, over a stand-in that is well; return its address."""
    aliases = {"gpt-4": "work:gpt-playground", "vectors": "work:embedding-playground"}
    with OpenAIPlayground().running() as remote:

        async def add(manager: ProviderManager) -> None:
            await connect(manager, remote, "work", on_open="fail")

        with open_door(add, TOKEN, aliases=aliases, ollama=True) as address:
            yield address


@pytest.mark.parametrize("wire", [*WIRES, OLLAMA], ids=lambda wire: wire.name)
def test_every_fault_has_the_shape_that_the_file_tells(wire: Any) -> None:
    """Whatever goes wrong, the wire's own words for it are of its schema, and its status is in the file."""
    routes = [path for path in DOCUMENT["paths"] if wire.serves(path.replace("{model}", "m"))]
    assert routes
    for kind in STATUSES:
        status, body = wire.refusal(Fault(kind=kind, message="a sentence"), "id")
        jsonschema.validate(body, ERRORS[wire.name])
        for route in routes:
            for operation in DOCUMENT["paths"][route].values():
                assert str(status) in operation["responses"]


def test_the_file_is_served_to_who_has_the_token(served: str) -> None:
    """The file is the one that is tested here, and nobody sees it without the token."""
    address = f"{served}/openapi.json"
    assert httpx2.get(address, headers=HEADERS).json() == DOCUMENT
    assert httpx2.get(address).status_code == 401


@pytest.mark.parametrize("operation", ASKED, ids=lambda operation: operation.label)
def test_every_answer_is_one_that_the_file_tells_of(operation: Any, served: str) -> None:
    """Whatever is asked, the answer has a documented status and shape; no fault is the door's own.

    The requests get through: every route saw a 200. What the file tells is understood.
    """
    statuses = set()

    @given(case=st.one_of(map(operation.as_strategy, GenerationMode)))
    @settings(max_examples=settings().max_examples // 10)
    def answers(case: schemathesis.Case[Any]) -> None:
        aim(case)
        answer = case.call_and_validate(base_url=served, headers=HEADERS, excluded_checks=CHECKS_OF_OTHERS)
        assert "the front door itself failed" not in answer.text
        ignored = set(", ".join(answer.headers.get("x-jackfield-ignored", [])).split(", "))
        assert not ignored & known(operation)
        statuses.add(answer.status_code)

    answers()
    assert 200 in statuses


def known(operation: Any) -> set[str]:
    """Return the fields that the file tells of an operation's body."""
    route = DOCUMENT["paths"][operation.path][operation.method]
    if "requestBody" not in route:
        return set()
    name = route["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return set(DOCUMENT["components"]["schemas"][name]["properties"])


def aim(case: schemathesis.Case[Any]) -> None:
    """Name a model that is there, three times of four."""
    model = "vectors" if "mbed" in case.operation.path else "gpt-4"
    for place in (case.path_parameters, case.body):
        fields: dict[str, Any] = place if isinstance(place, dict) else {}
        if isinstance(fields.get("model"), str) and len(fields["model"]) % 4 != 3:
            fields["model"] = model
