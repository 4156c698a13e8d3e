"""The vendor's own client, `codegen-api-client` from PyPI, takes the stand-in for the real thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from codegen_api_client.api.agents_api import AgentsApi
from codegen_api_client.api.organizations_api import OrganizationsApi
from codegen_api_client.api.users_api import UsersApi
from codegen_api_client.api_client import ApiClient
from codegen_api_client.configuration import Configuration
from codegen_api_client.exceptions import ApiException, ForbiddenException, UnauthorizedException
from codegen_api_client.models.create_agent_run_input import CreateAgentRunInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codegen_api_client.models.agent_run_response import AgentRunResponse

    from jackfield_playground import CodegenPlayground

READS = 200


@pytest.fixture
def vendor(playground: CodegenPlayground) -> Iterator[ApiClient]:
    """The vendor's client, closed after the test, which it does not do itself."""
    client = ApiClient(Configuration(host=playground.base_url))
    yield client
    client.rest_client.pool_manager.clear()


@pytest.fixture
def bearer(playground: CodegenPlayground) -> str:
    return f"Bearer {playground.token}"


def create(vendor: ApiClient, playground: CodegenPlayground, bearer: str) -> AgentRunResponse:
    run = CreateAgentRunInput(prompt="Fix the login")
    made: AgentRunResponse = AgentsApi(vendor).create_agent_run_v1_organizations_org_id_agent_run_post(
        playground.org_id, run, authorization=bearer
    )
    return made


def get(vendor: ApiClient, playground: CodegenPlayground, bearer: str, number: int) -> AgentRunResponse:
    seen: AgentRunResponse = AgentsApi(
        vendor
    ).get_agent_run_v1_organizations_org_id_agent_run_agent_run_id_get(
        number, playground.org_id, authorization=bearer
    )
    return seen


def test_create_and_poll_to_the_end(vendor: ApiClient, playground: CodegenPlayground, bearer: str) -> None:
    """It creates a run, reads it until COMPLETE, and has the answer and the page."""
    made = create(vendor, playground, bearer)
    for _ in range(READS):
        seen = get(vendor, playground, bearer, made.id)
        if seen.status == "COMPLETE":
            break

    assert made.status == "PENDING"
    assert (seen.status, seen.organization_id) == ("COMPLETE", playground.org_id)
    assert "Fix the login" in str(seen.result)
    assert seen.web_url == f"{playground.base_url}/agent/trace/{made.id}"


def test_lists_of_people_and_organizations(
    vendor: ApiClient, playground: CodegenPlayground, bearer: str
) -> None:
    """It reads the pages of users and organizations, and one user, into its own models."""
    organizations = OrganizationsApi(vendor).get_organizations_v1_organizations_get(authorization=bearer)
    users = UsersApi(vendor).get_users_v1_organizations_org_id_users_get(
        str(playground.org_id), authorization=bearer
    )
    one = UsersApi(vendor).get_user_v1_organizations_org_id_users_user_id_get(
        str(playground.org_id), "7", authorization=bearer
    )

    assert [organization.id for organization in organizations.items] == [playground.org_id]
    assert [user.id for user in users.items] == [one.id] == [7]


def test_a_wrong_token_is_its_unauthorized(vendor: ApiClient, playground: CodegenPlayground) -> None:
    """A 401 arrives as the vendor's own exception."""
    with pytest.raises(UnauthorizedException):
        create(vendor, playground, "Bearer wrong")


def test_a_strange_organization_is_its_forbidden(
    vendor: ApiClient, playground: CodegenPlayground, bearer: str
) -> None:
    """A 403 arrives as the vendor's own exception."""
    with pytest.raises(ForbiddenException):
        UsersApi(vendor).get_users_v1_organizations_org_id_users_get("1", authorization=bearer)


def test_the_eleventh_create_of_a_minute_is_its_429(
    vendor: ApiClient, playground: CodegenPlayground, bearer: str
) -> None:
    """The published limit arrives as the vendor's exception, with the header that says when to come again."""
    playground.state.change(rate_limits=True)
    for _ in range(10):
        create(vendor, playground, bearer)
    with pytest.raises(ApiException) as refused:
        create(vendor, playground, bearer)

    assert refused.value.status == 429
    assert int(dict(refused.value.headers or {})["retry-after"]) >= 1
