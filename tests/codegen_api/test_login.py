"""Logging in: the token, and the organization."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from jackfield import (
    AuthenticationRequired,
    ConfigError,
    ConnectFailed,
    PermissionDenied,
    ProviderContext,
    SubmissionUncertain,
    connect,
)
from jackfield_codegen_api._provider import _chosen
from jackfield_codegen_api._wire import Organization

pytestmark = pytest.mark.anyio

ONE = (Organization(id=323, name="Acme"),)
TWO = (*ONE, Organization(id=7, name="Beta"))


async def test_logged_in(opened: Any, playground: Any) -> None:
    """A good token and organization open the connection, after two reads and nothing else."""
    async with opened() as connection:
        await connection.check_health()

    assert [request.path for request in playground.state.requests] == [
        "/v1/users/me",
        "/v1/organizations",
        "/v1/users/me",
    ]


async def test_refused_token(opened: Any, playground: Any) -> None:
    """A wrong token is AuthenticationRequired, and it is in no message, repr or log."""
    token = "wrong-" + playground.token[::-1]

    with pytest.raises(AuthenticationRequired) as caught:
        async with opened(token=token):
            raise AssertionError("the connection must not open")

    assert token not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize("spoilt", ["{}\n{}", "{} {}", "é{}{}"])
async def test_malformed_token(opened: Any, playground: Any, spoilt: str) -> None:
    """A token that no header can carry is refused before anything is sent."""
    with pytest.raises(AuthenticationRequired, match="malformed key"):
        async with opened(token=spoilt.format(playground.token, playground.token)):
            raise AssertionError("the connection must not open")

    assert playground.state.requests == ()


async def test_pasted_scheme(opened: Any, playground: Any) -> None:
    """A token that was pasted with its scheme works."""
    async with opened(token=f"Bearer {playground.token}\n") as connection:
        await connection.check_health()


async def test_only_organization(opened: Any, playground: Any) -> None:
    """Without `org_id` the only organization of the account is taken."""
    async with opened(org_id=None) as connection:
        assert (await connection.send("Hello")).success


async def test_wrong_organization(opened: Any) -> None:
    """Another organization than the token's is refused, and those of the token are named."""
    with pytest.raises(PermissionDenied, match=r"organization 324.*323 \(The Playground\)"):
        async with opened(org_id=324):
            raise AssertionError("the connection must not open")


def test_choice() -> None:
    """The wanted organization is taken, or the only one there is."""
    assert _chosen(7, TWO) == 7
    assert _chosen(None, ONE) == 323


def test_no_choice() -> None:
    """With several organizations one must be named, and the error lists them."""
    with pytest.raises(ConfigError, match=r"CODEGEN_ORG_ID.*323 \(Acme\), 7 \(Beta\)"):
        _chosen(None, TWO)
    with pytest.raises(PermissionDenied, match="no organization"):
        _chosen(None, ())


async def test_unreachable_host(playground: Any) -> None:
    """An address where nobody listens is told by its host."""
    context = ProviderContext("codegen_api", credentials={"token": playground.token})
    options = {"base_url": "http://127.0.0.1:1", "max_retries": 0}

    with pytest.raises(ConnectFailed, match=r"127\.0\.0\.1:1 cannot be reached"):
        async with connect("codegen_api", options, context=context):
            raise AssertionError("the connection must not open")


async def test_token_stays_secret(opened: Any, playground: Any, caplog: pytest.LogCaptureFixture) -> None:
    """S3: with every logger at its loudest, the token is in no line, and in no error of a failed request."""
    caplog.set_level(logging.DEBUG)
    async with opened() as connection:
        await connection.send("Hello")
        playground.state.fail_next(1, status=500, route="create")
        playground.state.fail_next(6, status=500, route="runs")
        with pytest.raises(SubmissionUncertain) as caught:
            await connection.send("Hello")
        playground.state.change(token="another-token-now")
        with pytest.raises(AuthenticationRequired):
            await connection.check_health()
        shown = repr(connection) + repr(caught.value) + str(caught.value)

    assert playground.token not in caplog.text + shown
    assert caplog.records
