"""The option `type`: it says what the provider is, is compared with it, and decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from jackfield import ConfigError, ProviderOptions, ProviderType

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        (ProviderType.API_BASED, "api_based"),
        (ProviderType.WEB_AUTOMATION, "web_automation"),
        (ProviderType.CUSTOM_WEB, "custom_web"),
        (ProviderType.CUSTOM_WEB, "web_automation"),
        (ProviderType.CUSTOM_WEB, ProviderType.CUSTOM_WEB),
    ],
)
async def test_the_type_that_the_provider_is(make_manager: Any, provider: ProviderType, told: object) -> None:
    """A type that fits the provider is taken, as text or as a `ProviderType`, and is no option any more."""
    async with make_manager(type=provider) as manager:
        given = {"type": told, "max_retries": 3}
        connection = await manager.add_provider("scripted", given)

    assert connection.options.max_retries == 3
    assert not hasattr(connection.options, "type")
    assert given == {"type": told, "max_retries": 3}


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("web_automation", "'web_automation'"),
        ("custom_web", "'custom_web'"),
        (ProviderType.CUSTOM_WEB, "'custom_web'"),
        ("canary-7f3a9", "no type of a provider"),
        (None, "no type of a provider"),
        (["api_based"], "no type of a provider"),
    ],
)
async def test_another_type(make_manager: Any, script: Any, told: object, shown: str) -> None:
    """A type that is not the provider's is refused before anything is opened; the error says both."""
    async with make_manager() as manager:
        with pytest.raises(ConfigError) as caught:
            await manager.add_provider("scripted", {"type": told}, name="work")

        assert manager.list_providers() == []
    assert f"work: option 'type' is {shown}, and scripted is 'api_based'. Leave it out" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert script.opened == 0


async def test_in_a_configuration_file(make_manager: Any, tmp_path: Path) -> None:
    """The same holds for a `jackfield.toml`."""
    file = tmp_path / "jackfield.toml"
    file.write_text(
        '[connections.good]\nprovider = "scripted"\ntype = "api_based"\n'
        '[connections.bad]\nprovider = "scripted"\ntype = "custom_web"\n'
    )
    async with make_manager() as manager:
        failed = await manager.add_from_config(file)

        assert manager.list_providers() == ["good"]
    assert list(failed) == ["bad"]


async def test_a_provider_with_a_type_of_its_own(make_manager: Any) -> None:
    """An options class that has a field `type` means something else by it, and gets what was given."""

    @attrs.frozen(kw_only=True)
    class Options(ProviderOptions):
        type: str = "small"

    async with make_manager(options=Options) as manager:
        connection = await manager.add_provider("scripted", {"type": "large"})

    assert connection.options.type == "large"
