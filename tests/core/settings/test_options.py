"""Options: strict, told before any network use, and no message repeats a value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Optional

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ConfigError, ContractBroken, ProviderOptions, Secret, at_least, near_names
from jackfield._options import FromEnvironment, build_options


@attrs.frozen(kw_only=True)
class Options(ProviderOptions):
    """A provider's options, one of each kind."""

    kind: ClassVar[str] = "test"

    base_url: str = "https://remote"
    org_id: int | None = None
    ratio: float = attrs.field(default=0.5, validator=at_least(0))
    verbose: bool = False
    mode: Literal["fast", "slow"] = "fast"
    tags: tuple[str, ...] = ()
    anything: Any = None
    _hidden: int = 1


def build(given: Mapping[Any, Any] | None = None, /, **environment: str) -> Options:
    found = {name: FromEnvironment(f"TEST_{name.upper()}", text) for name, text in environment.items()}
    return build_options(Options, given, where="work", environment=found)


def refusal(given: Mapping[Any, Any] | None = None, /, **environment: str) -> ConfigError | None:
    try:
        build(given, **environment)
    except ConfigError as error:
        return error
    return None


NAMES = [field.name for field in attrs.fields(Options) if not field.name.startswith("_")]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(), JSON, max_size=4))
def test_any_mapping(options: dict[str, Any]) -> None:
    """Any JSON-like mapping is an options object or a ConfigError, never another error."""
    try:
        built = build(options)
    except ConfigError:
        return
    for name, value in options.items():
        kept = getattr(built, name)
        assert kept == value or list(kept) == value or kept is value


@given(st.sampled_from([name for name in NAMES if name != "anything"]), JSON)
def test_no_value_is_repeated(name: str, value: Any) -> None:
    """A message names the option, never its value: a secret may have been put in the wrong place."""
    canary = "canary-7f3a9"
    for wrong in ({"x": [canary, value]}, [value, canary], [canary], {"x": {"y": canary}}, canary):
        if error := refusal({name: wrong}):
            assert canary not in str(error)
            assert error.__cause__ is None
            assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("max_retries", "5"),
        ("max_retries", 5.9),
        ("max_retries", 5.0),
        ("max_retries", True),
        ("max_retries", None),
        ("org_id", "323"),
        ("org_id", False),
        ("ratio", "0.5"),
        ("ratio", True),
        ("ratio", math.nan),
        ("ratio", math.inf),
        ("timeout", -math.inf),
        ("timeout", 10**400),
        ("verbose", "false"),
        ("verbose", 0),
        ("base_url", 5),
        ("base_url", ["a"]),
        ("base_url", None),
        ("mode", "medium"),
        ("mode", []),
        ("tags", 5),
        ("tags", [5]),
        ("tags", "abc"),
        ("tags", {"a": "b"}),
        ("model_mapping", []),
        ("model_mapping", "a"),
        ("model_mapping", {"a": 5}),
        ("model_mapping", {"a": {"b": "c"}}),
    ],
)
def test_wrong_type(name: str, wrong: Any) -> None:
    """A wrong type is refused, where a lenient reader would make 5 of 5.9 and true of "false"."""
    with pytest.raises(ConfigError, match=f"^work: option '{name}"):
        build({name: wrong})


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("timeout", 0, "timeout must be 0.001 or more"),
        ("timeout", -1, "timeout must be 0.001 or more"),
        ("max_retries", -1, "max_retries must be 0 or more"),
        ("base_delay", -0.1, "base_delay must be 0 or more"),
        ("max_concurrency", 0, "max_concurrency must be 1 or more"),
        ("max_queue", -1, "max_queue must be 0 or more"),
        ("ratio", -1, "ratio must be 0 or more"),
    ],
)
def test_out_of_range(name: str, wrong: float, told: str) -> None:
    """A number out of its range is refused, and the least is told."""
    with pytest.raises(ConfigError, match=told):
        build({name: wrong})


@attrs.frozen
class Server:
    """Something inside an option."""

    hosts: list[str] = attrs.field(factory=list)


@attrs.frozen(kw_only=True)
class Nested(ProviderOptions):
    """A provider's options, with lists at every depth."""

    maybe: list[str] | None = None
    optional: Optional[tuple[str, ...]] = None  # noqa: UP045  the older way of writing it
    groups: dict[str, list[str]] = attrs.field(factory=dict)
    lists: list[list[str]] = attrs.field(factory=list)
    pair: tuple[int, list[str]] | None = None
    sets: frozenset[str] = frozenset()
    many: Sequence[str] | None = None
    table: Mapping[str, Mapping[str, Sequence[str]] | None] = attrs.field(factory=dict)
    server: Server | None = None
    servers: dict[str, Server] = attrs.field(factory=dict)
    bare: list = attrs.field(factory=list)  # type: ignore[type-arg]
    raw: bytes = b""


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"maybe": "abc"}, "maybe"),
        ({"maybe": {"a": "b"}}, "maybe"),
        ({"optional": "abc"}, "optional"),
        ({"groups": {"a": "xyz"}}, "groups.a"),
        ({"groups": ["a"]}, "groups"),
        ({"lists": ["abc"]}, "lists.0"),
        ({"lists": [["a"], "abc"]}, "lists.1"),
        ({"lists": "abc"}, "lists"),
        ({"pair": [1, "abc"]}, "pair.1"),
        ({"sets": "abc"}, "sets"),
        ({"many": "abc"}, "many"),
        ({"table": {"a": {"b": "xyz"}}}, "table.a.b"),
        ({"table": {"a": "xyz"}}, "table.a"),
        ({"server": {"hosts": "abc"}}, "server.hosts"),
        ({"server": "abc"}, "server"),
        ({"servers": {"one": {"hosts": "abc"}}}, "servers.one.hosts"),
        ({"bare": "abc"}, "bare"),
        ({"bare": {"a": 1}}, "bare"),
        ({"raw": 5}, "raw"),
        ({"raw": [1, 2]}, "raw"),
    ],
    ids=str,
)
def test_no_list_of_letters(given: dict[str, Any], place: str) -> None:
    """I7: a text is never taken for a list of its letters, at any depth; the error names the place."""
    with pytest.raises(ConfigError, match=rf"^work: option '{place}' must be "):
        build_options(Nested, given, where="work")


def test_lists_at_every_depth() -> None:
    """Lists are taken where they are due, from every kind of list, and None where that may be."""
    given: dict[str, Any] = {
        "maybe": None,
        "optional": ["a"],
        "groups": {"a": ("x", "yz")},
        "lists": [["a"], []],
        "pair": [1, ["abc"]],
        "sets": ["a", "a"],
        "table": {"a": {"b": ["xyz"]}, "c": None},
        "server": {"hosts": ["abc"]},
        "bare": [1, "a"],
        "raw": b"abc",
    }
    options = build_options(Nested, given, where="work")

    assert (options.maybe, options.optional, options.groups) == (None, ("a",), {"a": ["x", "yz"]})
    assert (options.lists, options.pair, options.sets) == ([["a"], []], (1, ["abc"]), frozenset({"a"}))
    assert (options.server, options.bare, options.raw) == (Server(["abc"]), [1, "a"], b"abc")
    assert options.table == {"a": {"b": ("xyz",)}, "c": None} or options.table["a"]["b"] == ["xyz"]  # type: ignore[index]


@given(st.dictionaries(st.sampled_from([field.name for field in attrs.fields(Nested)]), JSON, max_size=4))
def test_any_nested(options: dict[str, Any]) -> None:
    """Any JSON-like values are options in which no text became a list, or a ConfigError."""
    try:
        built = build_options(Nested, options, where="work")
    except ConfigError:
        return
    for name, value in options.items():
        assert not isinstance(value, str) or getattr(built, name) == value


def test_a_secret_as_a_name() -> None:
    """A secret that was put where a name belongs, as an option's or a mapping's key, is not repeated."""
    secret = Secret("canary-" + "k" * 20)
    for wrong in (
        {secret.reveal(): 1},
        {"model_mapping": {secret.reveal(): 5}},
        {"tags": {secret.reveal(): 1}},
    ):
        error = refusal(wrong)

        assert secret.reveal() not in str(error)
        assert error is not None


def test_right_values() -> None:
    """Right values are taken as they are; a whole number is also a number, and None means no limit."""
    options = build({"timeout": None, "max_retries": 0, "ratio": 1, "org_id": 323, "tags": ["a", "b"]})

    assert (options.timeout, options.max_retries, options.org_id) == (None, 0, 323)
    assert options.ratio == 1.0
    assert options.tags == ("a", "b")
    assert build() == Options()


def test_mapping_is_frozen() -> None:
    """An options object cannot be changed by what its maker does to the mapping later, nor by a plugin."""
    mapping = {"gpt-4": "advanced"}
    options = build({"model_mapping": mapping})
    mapping["gpt-4"] = "other"

    assert options.model_mapping == {"gpt-4": "advanced"}
    with pytest.raises(TypeError):
        options.model_mapping["gpt-4"] = "other"  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "near"), [("max_retires", "max_retries"), ("baseurl", "base_url"), ("Timeout", "timeout")]
)
def test_unknown_option(name: str, near: str) -> None:
    """An unknown option is an error with the nearest known name."""
    with pytest.raises(ConfigError, match=f"work has no option '{name}'. Did you mean.*'{near}'"):
        build({name: 1})


@pytest.mark.parametrize("name", ["_hidden", "hidden", "kind", "", 5, None])
def test_what_is_no_option(name: Any) -> None:
    """Private fields, class variables and keys that are no text are no options."""
    with pytest.raises(ConfigError, match="has no option"):
        build({name: 1})


@attrs.frozen(kw_only=True)
class Place:
    """An option inside an option."""

    port: int = attrs.field()

    @port.validator
    def _check(self, _: Any, value: int) -> None:
        if value < 1:
            raise ConfigError("port must be 1 or more", hint="Leave it out for the usual one.")


@attrs.frozen(kw_only=True)
class Placed(ProviderOptions):
    """Options with places, and a rule across two of them."""

    place: Place | None = None
    others: tuple[Place, ...] = ()
    is_local: bool = False

    def __attrs_post_init__(self) -> None:
        if self.is_local and self.place:
            raise ConfigError("is_local and place exclude each other", hint="Give one of the two.")


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"place": {"port": 0}}, "Leave it out for the usual one."),
        ({"others": [{"port": 5}, {"port": 0}, {"port": -1}]}, "Leave it out for the usual one."),
        ({"is_local": True, "place": {"port": 5}}, "Give one of the two."),
        ({"is_local": 5}, None),
    ],
)
def test_hints(given: dict[str, Any], hint: str | None) -> None:
    """What a provider's own refusal says to do is kept, however deep the value is, and said once."""
    with pytest.raises(ConfigError) as raised:
        build_options(Placed, given, where="work")

    assert raised.value.hint == hint


def test_nested_far_too_deeply() -> None:
    """A value that is nested a hundred thousand levels deep is an error like any other."""
    deep: Any = "leaf"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ConfigError):
        build({"tags": deep})


def test_a_type_that_no_configuration_can_hold() -> None:
    """An options class with a field that cannot be read is the plugin's fault, and told as such."""

    @attrs.frozen(kw_only=True)
    class Odd(ProviderOptions):
        either: int | str = 1

    with pytest.raises(ContractBroken, match=r"work has a type that cannot be read: int \| str"):
        build_options(Odd, {}, where="work")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("max_retries", "5", 5),
        ("max_retries", " 5 ", 5),
        ("max_retries", "+5", 5),
        ("org_id", "323", 323),
        ("timeout", "12.5", 12.5),
        ("ratio", "3", 3.0),
        ("base_url", " https://other ", "https://other"),
        ("default_model", "advanced", "advanced"),
        ("mode", "slow", "slow"),
        *[("verbose", text, True) for text in ("1", "true", "Yes", "ON")],
        *[("verbose", text, False) for text in ("0", "false", "No", "OFF")],
    ],
)
def test_environment(name: str, text: str, value: Any) -> None:
    """An environment variable's text is read as the option's type."""
    assert getattr(build(**{name: text}), name) == value


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_blank_environment(text: str) -> None:
    """A variable that is set and blank counts as not set."""
    assert build(max_retries=text) == Options()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[("max_retries", text) for text in ("5.0", "1e3", "0x10", "1_0", "٣", "5" * 5000, "five", "--5")],
        *[("timeout", text) for text in ("nan", "inf", "1e9", "1_0.5", ".5", "5.", "1,5")],
        *[("verbose", text) for text in ("2", "tr", "wahr", "enabled")],
        ("mode", "medium"),
        ("model_mapping", "a=b"),
        ("tags", "a,b"),
    ],
)
def test_wrong_environment(name: str, text: str) -> None:
    """What Python's own `int`, `float` and `bool` would let pass is refused, and the value not repeated."""
    with pytest.raises(ConfigError, match=f"TEST_{name.upper()}|option '{name}'") as caught:
        build(**{name: text})

    assert len(text) < 4 or text not in str(caught.value)


@given(st.sampled_from(NAMES), st.text())
def test_any_environment(name: str, text: str) -> None:
    """Any text in any variable is an options object or a ConfigError that does not repeat it."""
    refusal(**{name: text})
    error = refusal(**{name: f"canary-7f3a9{text}"})

    assert error is None or "canary" not in str(error)


def test_given_goes_before_environment() -> None:
    """What the program gives goes before the environment, which is not even looked at."""
    assert build({"max_retries": 3}, max_retries="not a number").max_retries == 3


@given(st.text(), st.lists(st.text(), max_size=12))
def test_near_names(name: str, known: list[str]) -> None:
    """Help with a name is a sentence that names something known, whatever the names are."""
    sentence = near_names(name, known)

    assert sentence.endswith((".", "?"))
    assert not known or any(repr(one) in sentence for one in known)


def test_near_names_of_many() -> None:
    """Of many names that are not near, a few are shown and the rest counted."""
    assert near_names("zzz", [f"name{n:02}" for n in range(20)]).endswith("'name07' and 12 more.")
    assert near_names("zzz", []) == "There are none."
    assert near_names("zzz", ["one", "one"]) == "Known: 'one'."


@attrs.frozen
class Way:
    """An option that reads itself."""

    name: str

    @classmethod
    def from_option(cls, text: str) -> Way:
        if text != "known":
            raise ConfigError("names no way")
        return cls(text)


@attrs.frozen(kw_only=True)
class WayOptions(ProviderOptions):
    """Options with one that reads itself."""

    way: Way = attrs.field(default=Way("default"))


@pytest.mark.parametrize("given", [{"way": "known"}, {"way": Way("known")}, None])
def test_an_option_that_reads_itself(given: Any) -> None:
    """A type with `from_option` reads its text, wherever that stands; its value passes as it is."""
    environment = {} if given else {"way": FromEnvironment("TEST_WAY", " known ")}

    assert build_options(WayOptions, given, where="work", environment=environment).way == Way("known")


@pytest.mark.parametrize(("value", "fault"), [("other", "names no way"), (5, "must be text")])
def test_an_option_that_cannot_read_itself(value: Any, fault: str) -> None:
    """What it cannot read is told with the option's name."""
    with pytest.raises(ConfigError, match=f"option 'way' {fault}"):
        build_options(WayOptions, {"way": value}, where="work")


def test_choices_are_told() -> None:
    """A word that is none of an option's is refused with those that are."""
    error = refusal({"mode": "hidden"})

    assert "must be one of 'fast', 'slow'" in str(error)
    assert "hidden" not in str(error)
