"""The conformance kit over every provider of this repository, each discovered as an installed one is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import attrs
import pytest

from jackfield import ProviderContext, providers
from jackfield.testing import check_provider
from jackfield_playground import CodegenPlayground

pytestmark = pytest.mark.anyio


@attrs.frozen(kw_only=True)
class Stand:
    """A provider's remote, and how to reach it."""

    options: dict[str, Any]
    context: ProviderContext
    refused: ProviderContext


@contextmanager
def codegen() -> Iterator[Stand]:
    """The stand-in of the Codegen API."""
    with CodegenPlayground().running() as server:
        server.state.change(rate_limits=False, step_on_read=True)
        yield Stand(
            options={"base_url": server.base_url, "org_id": server.org_id, "poll_start": 0.01},
            context=ProviderContext("codegen_api", credentials={"token": server.token}),
            refused=ProviderContext("codegen_api", credentials={"token": "a-token-nobody-knows"}),
        )


STANDS: dict[str, Callable[[], AbstractContextManager[Stand]]] = {"codegen_api": codegen}


@pytest.fixture(params=sorted(STANDS))
def provider(request: pytest.FixtureRequest) -> str:
    """Each provider's name."""
    name: str = request.param
    return name


@pytest.fixture
def stand(provider: str) -> Iterator[Stand]:
    """The provider's remote."""
    with STANDS[provider]() as stand:
        yield stand


@pytest.mark.timeout(120)
async def test_keeps_every_promise(provider: str, stand: Stand) -> None:
    """The provider keeps every promise of the contract that its capabilities make."""
    findings = await check_provider(provider, stand.options, stand.context, refused_context=stand.refused)

    assert [finding for finding in findings if not finding.passed] == []
    assert len(findings) >= 10


def test_no_provider_is_left_out() -> None:
    """Every provider that is installed from this repository has a remote to be checked against."""
    ours = {found.name for found in providers() if found.distribution.startswith("jackfield-")}

    assert ours == set(STANDS)
