"""Options and credentials from environment variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jackfield import (
    AuthenticationRequired,
    ContractBroken,
    ProviderContext,
    ProviderOptions,
    ProviderSpec,
)
from jackfield._environment import context_from_environment, options_from_environment, resolved

MakeSpec = Callable[..., ProviderSpec]


@pytest.fixture
def spec(make_spec: MakeSpec) -> ProviderSpec:
    """A provider that takes a token or a user's name and password."""
    return make_spec(auth_types={"token", "username_password"})


@pytest.mark.parametrize(
    ("connection", "name", "variable"),
    [
        ("scripted", "token", "SCRIPTED_TOKEN"),
        ("scripted", "max_retries", "SCRIPTED_MAX_RETRIES"),
        ("work", "token", "SCRIPTED_WORK_TOKEN"),
        ("my-work", "token", "SCRIPTED_MY_WORK_TOKEN"),
    ],
)
def test_variable(spec: ProviderSpec, connection: str, name: str, variable: str) -> None:
    """The provider's own name reads PREFIX_NAME, any other connection PREFIX_CONNECTION_NAME."""
    assert spec.environment_variable(connection, name) == variable


def test_no_prefix(make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider without a prefix reads no variables at all."""
    monkeypatch.setenv("SCRIPTED_TOKEN", "abc")
    spec = make_spec(env_prefix=None, auth_types={"token"})

    assert spec.environment_variable("scripted", "token") is None
    assert context_from_environment(spec, "scripted") is None
    assert options_from_environment(spec, "scripted") == {}


def test_options(spec: ProviderSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """The options' variables that are set are found, with their names and without their text in the repr."""
    monkeypatch.setenv("SCRIPTED_TIMEOUT", "secret-by-mistake")
    monkeypatch.setenv("SCRIPTED_MAX_RETRIES", "")
    monkeypatch.setenv("SCRIPTED_UNKNOWN", "x")
    found = options_from_environment(spec, "scripted")

    assert list(found) == ["timeout"]
    assert found["timeout"].text == "secret-by-mistake"
    assert "secret-by-mistake" not in repr(found)


def test_token(spec: ProviderSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token in the environment is a context, white space round it dropped."""
    monkeypatch.setenv("SCRIPTED_TOKEN", " abc\n")

    assert context_from_environment(spec, "scripted") == ProviderContext(
        "scripted", "token", {"token": "abc"}
    )


def test_no_account_is_used_for_another(spec: ProviderSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second account does not read the first one's token."""
    monkeypatch.setenv("SCRIPTED_TOKEN", "abc")

    assert context_from_environment(spec, "work") is None


@pytest.mark.parametrize("password", [None, "", "  "])
def test_half_a_login(spec: ProviderSpec, monkeypatch: pytest.MonkeyPatch, password: str | None) -> None:
    """A name without a password is no context; with one it is."""
    monkeypatch.setenv("SCRIPTED_USERNAME", "ada")
    if password is not None:
        monkeypatch.setenv("SCRIPTED_PASSWORD", password)
    assert context_from_environment(spec, "scripted") is None

    monkeypatch.setenv("SCRIPTED_PASSWORD", "xyz")

    found = context_from_environment(spec, "scripted")
    assert found is not None
    assert found.auth_type == "username_password"
    assert found.secret("password").reveal() == "xyz"


def test_kinds_that_the_provider_does_not_take(make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of a kind that the provider does not take are not picked up."""
    monkeypatch.setenv("SCRIPTED_TOKEN", "abc")

    assert context_from_environment(make_spec(auth_types={"cookies"}), "scripted") is None


@pytest.mark.parametrize(
    ("named", "variable"), [({}, "SCRIPTED_TOKEN"), ({"token": "MY_OWN_VARIABLE"}, "MY_OWN_VARIABLE")]
)
def test_env_context(spec: ProviderSpec, monkeypatch: pytest.MonkeyPatch, named: Any, variable: str) -> None:
    """A context of type `env` reads the usual variables or those it names, when it is used."""
    context = ProviderContext("scripted", "env", named)
    with pytest.raises(AuthenticationRequired, match=f"environment variable {variable} is not set"):
        resolved(context, spec, "scripted")

    monkeypatch.setenv(variable, "abc")

    assert resolved(context, spec, "scripted") == ProviderContext("scripted", "token", {"token": "abc"})


def test_other_contexts_are_left_alone(spec: ProviderSpec) -> None:
    """A context of another type is what it is."""
    context = ProviderContext("scripted", "token", {"token": "abc"})

    assert resolved(context, spec, "scripted") is context


def test_a_variable_that_people_have(make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """A known variable is read after the usual one, for the connection with the provider's own name alone."""
    monkeypatch.setenv("SCRIPTED_API_KEY", "known")
    spec = make_spec(auth_types={"token"}, env_names={"token": ["SCRIPTED_API_KEY", "OLD_API_KEY"]})

    found = context_from_environment(spec, "scripted")
    assert found is not None
    assert found.secret("token").reveal() == "known"
    assert context_from_environment(spec, "work") is None

    monkeypatch.setenv("SCRIPTED_TOKEN", "usual")

    found = context_from_environment(spec, "scripted")
    assert found is not None
    assert found.secret("token").reveal() == "usual"


def test_the_options_decide_whose_key(make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the options say which remote it is, they name the variable, for any connection."""
    monkeypatch.setenv("FAST_API_KEY", "fast")
    spec = make_spec(
        auth_types={"token"},
        env_names=lambda options, connection: {"token": [f"{options.default_model}_API_KEY"]},
    )

    assert context_from_environment(spec, "work") is None
    found = context_from_environment(spec, "work", options=ProviderOptions(default_model="FAST"))
    assert found is not None
    assert found.secret("token").reveal() == "fast"


def test_no_variable_is_set(make_spec: MakeSpec) -> None:
    """What is missing names each variable that could have held it."""
    spec = make_spec(auth_types={"token"}, env_names={"token": ["SCRIPTED_API_KEY"]})

    with pytest.raises(AuthenticationRequired, match="SCRIPTED_TOKEN or SCRIPTED_API_KEY is not set"):
        resolved(ProviderContext("scripted", "env"), spec, "scripted")


def test_names_that_cannot_be_told(make_spec: MakeSpec) -> None:
    """A provider that fails to tell its variables' names is told by its own name, wherever they are asked."""

    def names(_: ProviderOptions, connection: str) -> Any:
        raise KeyError(connection)

    spec = make_spec(auth_types={"token"}, env_names=names)
    with pytest.raises(ContractBroken, match="env_names of scripted raised KeyError") as caught:
        context_from_environment(spec, "scripted")

    assert caught.value.plugin == "scripted"
