"""Other names for connections, in the file and by code."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    ChoiceConfig,
    ConfigError,
    Target,
    UnknownConnection,
    load_config,
)

pytestmark = pytest.mark.anyio

CONNECTIONS = "[connections.work]\n[connections.claude]\n"
TEACHES = "is written [choices.NAME] and fallback = "


@pytest.fixture
def load(tmp_path: Path) -> Any:
    """Load a file with the connections `work` and `claude` and what a test writes besides."""

    def load(text: str) -> tuple[ChoiceConfig, ...]:
        file = tmp_path / "jackfield.toml"
        is_key = not text.startswith("[")
        file.write_text(f"{text}\n{CONNECTIONS}" if is_key else CONNECTIONS + text)
        return load_config(file).choices

    return load


def test_file(load: Any) -> None:
    """Names come in the file's order, aliases first; each comes down to connections, whatever leads there."""
    found = load(
        '[choices.any]\nfallback = ["smart", "claude:opus:4"]\n[choices.last]\nfallback = ["any", "claude"]\n'
        '[aliases]\nsmart = "office:codegen-premium"\noffice = "work"\n'
    )

    assert found == (
        ChoiceConfig("smart", (Target("work", "codegen-premium"),)),
        ChoiceConfig("office", (Target("work"),)),
        ChoiceConfig("any", (Target("work", "codegen-premium"), Target("claude", "opus:4"))),
        ChoiceConfig(
            "last", (Target("work", "codegen-premium"), Target("claude", "opus:4"), Target("claude"))
        ),
    )


WRONG = [
    ('aliases = "work"', "'aliases' must be a table", "[aliases] and NAME = "),
    ("[aliases]\nsmart = 5", "the alias 'smart' must be a text", "[aliases] and NAME = "),
    ('[aliases]\nsmart = ["work"]', "the alias 'smart' must be a text", TEACHES),
    ('[aliases]\n"Smart One" = "work"', "'Smart One' cannot be the name of an alias", "lower-case letters"),
    ('[aliases]\nwork = "claude"', "the name 'work' is taken: there is such a connection", "one thing"),
    ('[aliases]\na = "work"\n[choices.a]\nfallback = ["work"]', "'a' is taken: there is such an alias", ""),
    ('[aliases]\nsmart = "wrok:premium"', "'smart' asks 'wrok', and there is no connection", "mean 'work'"),
    ('[aliases]\nsmart = ""', "'smart' asks ''", "Expected CONNECTION or CONNECTION:MODEL."),
    ('[aliases]\nsmart = "work:"', "'smart' asks 'work:'", "Expected CONNECTION or CONNECTION:MODEL."),
    ('[aliases]\nsmart = "smart"', "'smart' leads to itself: smart → smart", "come down to connections"),
    ('[aliases]\na = "b"\nb = "c:m"\nc = "a"', "'a' leads to itself: a → b → c → a", "come down to"),
    ('[aliases]\na = "work:x"\nb = "a:y"', "'b' asks 'a:y', which names a model for work:x", "named once"),
    ('choices = ["work"]', "'choices' must be a table", TEACHES),
    ('[choices]\nany = ["work"]', "the choice 'any' must be a table: [choices.any]", TEACHES),
    ('[choices.any]\nfirst_of = ["work"]', "'any' has an unknown key 'first_of'", TEACHES),
    ("[choices.any]", "the choice 'any' needs a list 'fallback'", TEACHES),
    ('[choices.any]\nfallback = "work"', "the choice 'any' needs a list 'fallback'", TEACHES),
    ("[choices.any]\nfallback = []", "'any' asks nobody", "Name one connection at least."),
    ('[choices.any]\nfallback = ["work", 5]', "'any' asks a whole number", "each as a text"),
    ('[choices.any]\nfallback = ["work", "work"]', "'any' comes to 'work' more than once", "not asked again"),
    (
        '[choices.a]\nfallback = ["work", "claude"]\n[aliases]\nb = "a:x"',
        "'b' asks 'a:x', which names a model for work, then claude",
        "A model goes with one connection",
    ),
]


@pytest.mark.parametrize(("text", "said", "hint"), WRONG, ids=[text for text, _, _ in WRONG])
def test_wrong(load: Any, text: str, said: str, hint: str) -> None:
    """Whatever is wrong with a name is told when the file is read: what was found, and what to write."""
    with pytest.raises(ConfigError) as caught:
        load(text)

    assert said in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("name", ["fallback", "fallbacks", "first_of", "choice"])
def test_where_one_would_look(load: Any, name: str) -> None:
    """Whoever writes it elsewhere is told where it belongs."""
    with pytest.raises(ConfigError, match="unknown table") as caught:
        load(f'[{name}]\nx = ["work"]')

    assert TEACHES in str(caught.value.hint)


@given(
    st.dictionaries(
        st.sampled_from("abcd"),
        st.lists(st.sampled_from(["a", "b:m", "c", "d", "work", "claude:m"]), min_size=1, max_size=3),
    )
)
def test_every_choice_comes_down_to_connections(written: dict[str, list[str]]) -> None:
    """However names lead to names, they come to connections, each once, or to a `ConfigError`."""
    from jackfield._targets import resolve

    for name in written:
        with suppress(ConfigError):
            found = resolve(name, written, ["work", "claude"])

            assert {target.connection for target in found} <= {"work", "claude"}
            assert len(set(found)) == len(found) > 0


async def test_by_code(make_manager: Any) -> None:
    """By code it is the same, and a name that nobody has is the same error as where it is asked."""
    async with make_manager() as manager:
        await manager.add_provider("scripted", name="work")
        manager.add_choice("any", ["work", "work:big"])
        with pytest.raises(UnknownConnection, match=r"first_of asks 'wrok', and there is no .*'work'"):
            manager.first_of("wrok")
        with pytest.raises(ConfigError, match=r"first_of asks list\. .* each as a text"):
            manager.first_of(["work"])
        with pytest.raises(ConfigError, match="first_of asks nobody"):
            manager.first_of()
        with pytest.raises(ConfigError, match="'work' is taken: there is such a connection"):
            manager.add_alias("work", "any")
        with pytest.raises(ConfigError, match="'any' is taken: there is such a choice"):
            manager.add_choice("any", ["work"])
        with pytest.raises(ConfigError, match="there is a choice 'any' already"):
            await manager.add_provider("scripted", name="any")
        assert repr(manager.first_of("any")) == "<Choice '': work, then work:big>"
        assert (manager.list_providers(), manager.list_choices()) == (["work"], ["any"])


async def test_from_the_file(make_manager: Any, tmp_path: Path) -> None:
    """The file's choices are added too; one whose connection could not be opened goes on to the others."""
    file = tmp_path / "jackfield.toml"
    file.write_text(
        '[connections.work]\nprovider = "unheard_of"\n[connections.lab]\nprovider = "scripted"\n'
        '[choices.any]\nfallback = ["work", "lab"]\n[aliases]\nmine = "lab:small"\n'
    )
    async with make_manager() as manager:
        await manager.add_provider("scripted", name="other")
        manager.add_alias("mine", "other")
        failed = await manager.add_from_config(file)
        response = await manager.send_message("any", "Hi")

        assert (list(failed), manager.list_choices()) == (["work", "mine"], ["mine", "any"])
        assert "'mine' is taken" in str(failed["mine"])
        assert manager.get_choice("mine").targets == (Target("other"),)
        assert (response.connection, [miss.connection for miss in response.misses]) == ("lab", ["work"])
