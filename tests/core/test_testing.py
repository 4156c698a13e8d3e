"""The conformance kit: it passes who keeps the contract and names the promise that was broken."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from jackfield import (
    Capability,
    ConnectFailed,
    Finding,
    ProviderContext,
    ResponseFinished,
    ResponseStarted,
    TextDelta,
    Verdict,
)
from jackfield.testing import Outcome, check_provider

pytestmark = pytest.mark.anyio

GOOD = ProviderContext("scripted", "token", {"token": "the-good-token"})
BAD = ProviderContext("scripted", "token", {"token": "the-bad-token"})
THREAD = (
    ResponseStarted(handle="run-1", conversation_id="thread-1"),
    0.01,
    TextDelta("Hello"),
    ResponseFinished(),
)


def broken(findings: Any) -> list[Outcome]:
    return [finding for finding in findings if not finding.passed]


async def test_good_provider(make_spec: Any, script: Any) -> None:
    """A provider that keeps the contract passes every promise that its capabilities make."""
    script.attempts, script.refuses = [THREAD], {"the-bad-token"}
    findings = await check_provider(make_spec(auth_types={"token"}), {}, GOOD, refused_context=BAD)

    assert broken(findings) == []
    assert len(findings) == 19


async def test_fewer_capabilities_fewer_promises(make_spec: Any, script: Any) -> None:
    """Promises of a capability that the provider does not have are left out."""
    script.attempts = [THREAD]
    findings = await check_provider(make_spec(capabilities=frozenset()), {}, None)

    assert broken(findings) == []
    assert len(findings) == 15


async def test_capabilities_of_these_options(make_spec: Any, script: Any) -> None:
    """Of a provider that tells once it is open what it can do, that is what is tried."""
    script.attempts, script.capabilities = [THREAD], frozenset()
    findings = await check_provider(make_spec(), {}, None)

    assert broken(findings) == []
    assert len(findings) == 15


async def test_claims_without_methods(make_spec: Any, script: Any) -> None:
    """Who claims what it has no methods for fails the promise that names them, and no other."""
    script.attempts = [THREAD]
    claims = {Capability.EMBEDDINGS, Capability.BATCHES}
    (finding,) = broken(await check_provider(make_spec(capabilities=claims), {}, None))

    assert "has the methods of what it claims" in finding.promise
    assert "Write the methods of jackfield." in finding.detail


@pytest.mark.parametrize(
    ("changes", "promise"),
    [
        ({"attempts": [[TextDelta("Hello"), ResponseFinished()]]}, "begins with one ResponseStarted"),
        ({"attempts": [[*THREAD[:3]]]}, "begins with one ResponseStarted"),
        ({"attempts": [THREAD, THREAD, THREAD[:2]]}, "After a stream was left early"),
        ({"health": ConnectFailed("nobody listens")}, "A health check"),
        ({"refuses": set()}, "A refused login"),
        ({"findings": ["all is well"]}, "What it finds when it examines itself"),
        ({"findings": [Finding("login", Verdict.FINE, "with the-good-token")]}, "What it finds"),
    ],
)
async def test_broken_promises_are_named(
    make_spec: Any, script: Any, changes: dict[str, Any], promise: str
) -> None:
    """A provider that breaks a promise fails it, with what happened instead."""
    script.attempts, script.refuses = [THREAD], {"the-bad-token"}
    for name, value in changes.items():
        setattr(script, name, value)
    findings = await check_provider(make_spec(auth_types={"token"}), {}, GOOD, refused_context=BAD)

    assert any(promise in finding.promise and finding.detail for finding in broken(findings))


async def test_another_thread_each_time(make_spec: Any, script: Any) -> None:
    """A provider that claims conversations and opens a new one each time is found out."""
    answers = [[attrs.evolve(THREAD[0], conversation_id=f"thread-{n}"), *THREAD[1:]] for n in range(40)]
    script.attempts = answers
    spec = make_spec(capabilities={Capability.CONVERSATIONS})
    findings = await check_provider(spec, {}, None)

    assert [finding.promise for finding in broken(findings)] == [
        "A conversation's second turn goes on in the provider's own thread."
    ]
