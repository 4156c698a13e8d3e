"""The conformance kit over both wires, each against a stand-in that is started by its name."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ProviderContext
from jackfield.testing import check_provider
from jackfield_playground import playground

pytestmark = pytest.mark.anyio


@pytest.mark.timeout(300)
async def test_keeps_every_promise_on_the_newer_wire() -> None:
    """On Responses, too, the provider keeps what its capabilities promise, attaching among them."""
    async with playground("openai", models=("m",)) as server:
        options: dict[str, Any] = {
            "preset": "openai",
            "base_url": server.base_url,
            "api": "responses",
            "background": True,
            "default_model": "m",
            "embedding_model": "embedding-playground",
        }
        context = ProviderContext("openai_api", credentials={"token": server.key})
        findings = await check_provider("openai_api", options, context)

    assert [finding for finding in findings if not finding.passed] == []
    assert any("by its handle" in finding.promise for finding in findings)


async def test_a_stand_in_that_there_is_not() -> None:
    """A name that no stand-in has, and a fault that there is not, are told."""
    with pytest.raises(LookupError, match="there is anthropic, gemini, openai"):
        async with playground("opanai"):
            pass
    with pytest.raises(ValueError, match="no-fault"):
        async with playground("openai", faults="no-fault"):
            pass
