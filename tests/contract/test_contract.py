"""The conformance kit over every provider of this repository, each discovered as an installed one is."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import providers
from jackfield.testing import check_provider

pytestmark = pytest.mark.anyio
APIS = ("anthropic_api", "codegen_api", "gemini_api", "openai_api", "openai_api/responses")
"""The providers of APIs; one that has two wires is there twice."""
UNPLAYED = {"codegen_api": {"cut"}}
"""What no remote of that kind does: whoever looks at a run may look again."""
WEB = ("claude_web", "custom_web", "zai_web")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "provider", [*APIS, *(pytest.param(name, marks=pytest.mark.browser) for name in WEB)]
)
async def test_keeps_every_promise(provider: str, stand: Any) -> None:
    """The provider keeps every promise of the contract that its capabilities make."""
    async with stand.kept_open():
        report = await check_provider(
            provider.partition("/")[0],
            stand.options,
            stand.context,
            refused_context=stand.refused,
            remote=stand.remote,
            text=stand.text,
        )

    print(report)  # noqa: T201  `nox -s contract` shows it
    assert not report.broken, str(report)
    assert len(report) >= (30 if stand.remote else 10), str(report)
    unplayed = {one.name for one in report.left_out if "cannot play" in one.reason}
    assert unplayed == UNPLAYED.get(provider, set())


def test_no_provider_is_left_out(stands: dict[str, Any]) -> None:
    """Every provider that is installed from this repository has a remote to be checked against."""
    ours = {found.name for found in providers() if found.distribution.startswith("jackfield-")}

    assert ours == {name.partition("/")[0] for name in stands}
