"""A chat site as a provider's spec, with descriptions that are shipped, and those of the user's own."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from jackfield import Effect, ProviderType, Usage
from jackfield_web import ChatSite, SiteOptions
from jackfield_web.wire import usage_of

TOML = """
name = "shop"
version = 2026-0{month}-01
base_url = "https://shop.example"
[selectors]
chat_input = "#in"
response_area = ".out"
stop_button = "#stop"
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ChatSite:
    """A site with two shipped descriptions."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    for month in (3, 4):
        (shipped / f"shop-2026-0{month}.toml").write_text(TOML.format(month=month))
    return ChatSite(name="shop", shipped=shipped)


def test_the_newest_description_is_read(shop: ChatSite) -> None:
    """The newest description counts, at its own address unless the options name another."""
    own = shop.read(SiteOptions())
    elsewhere = shop.read(SiteOptions(base_url="http://127.0.0.1:9"))

    assert (own.version.month, own.base_url) == (4, "https://shop.example")
    assert elsewhere.addresses.start == "http://127.0.0.1:9/"


def test_overrides_go_over_it(shop: ChatSite) -> None:
    """One selector is overridden, and the others stay."""
    site = shop.read(SiteOptions(site_overrides={"selectors": {"chat_input": "#there"}}))

    assert site.selectors.chat_input == ("#there",)
    assert site.selectors.response_area == (".out",)


def test_its_spec(shop: ChatSite) -> None:
    """The spec says what it takes to open it; a message that is repeated has an effect."""
    spec = shop.spec("shop_web", title="Shop", auth_types={"none", "token"})

    assert (spec.name, spec.title, spec.env_prefix) == ("shop_web", "Shop", "SHOP_WEB")
    assert (spec.type, spec.effect) == (ProviderType.WEB_AUTOMATION, Effect.EFFECT)
    assert not spec.needs_context
    assert spec.examine is not None


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 5}, (3, 5, None)),
        ({"input_tokens": 3, "output_tokens": 0}, (3, 0, None)),
        ({"prompt_tokens": 3, "prompt_tokens_details": {"cached_tokens": 2}}, (3, None, 2)),
        ({"prompt_tokens": True, "completion_tokens": "5", "prompt_tokens_details": 1}, (None, None, None)),
        ({"prompt_tokens": -1}, (None, None, None)),
    ],
)
def test_token_counts_in_any_words(counts: dict[str, object], expected: tuple[int | None, ...]) -> None:
    """Counts are read in the words of both families; what is no count is none, and says so."""
    usage = usage_of(counts)

    read, written, cached = expected
    assert usage == attrs.evolve(
        Usage(),
        input_tokens=read,
        output_tokens=written,
        cache_read_input_tokens=cached,
        input_source=None if read is None else "reported",
        output_source=None if written is None else "reported",
    )
