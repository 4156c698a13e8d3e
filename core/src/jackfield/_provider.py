"""The contract between the exchange and a provider. A provider writes `stream`; the rest has defaults."""

from __future__ import annotations

import enum
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import NoneType
from typing import Any, ClassVar, Final, TypeAlias

import attrs

from ._blame import blame
from ._capability import Capability
from ._credentials import Credential, to_credentials
from ._events import StreamEvent
from ._exceptions import AuthenticationRequired, ConfigError, ContractBroken, Unsupported
from ._findings import Finding
from ._models import Model
from ._names import near_names
from ._options import ProviderOptions
from ._plan import Plan
from ._requests import Request
from ._secrets import Secret, VariableName
from ._types import ChatRequest
from ._values import describe, frozen_mapping, must_be

EventStream: TypeAlias = AbstractAsyncContextManager[AsyncIterator[StreamEvent]]
StreamHandler: TypeAlias = Callable[[Request], EventStream]
Middleware: TypeAlias = Callable[[StreamHandler], StreamHandler]

CREDENTIALS: Final[Mapping[str, tuple[str, ...]]] = {
    "token": ("token",),
    "username_password": ("username", "password"),
    "code": ("username",),
    "cookies": ("cookies",),
    "env": (),
    "custom": (),
    "interactive": (),
}
"""The auth types, and the credentials that each of them must hold."""

OptionsClass: TypeAlias = type[ProviderOptions]
RequestOptionsClass: TypeAlias = type[Any]
EnvNames: TypeAlias = Mapping[str, Sequence[str]]
"""Credentials, each with the environment variables in which people have it."""
Ask: TypeAlias = Callable[[str], Awaitable[Secret | None]]

NO_AUTH: Final = "none"
"""In `ProviderSpec.auth_types`: the provider also works without a login."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class ProviderType(enum.Enum):
    """How a provider reaches its remote."""

    API_BASED = "api_based"
    WEB_AUTOMATION = "web_automation"
    CUSTOM_WEB = "custom_web"


class Effect(enum.Enum):
    """What a repeated request does."""

    SAFE = "safe"
    """Nothing: repeating it is free."""
    COSTLY = "costly"
    """It costs again."""
    EFFECT = "effect"
    """It does a second thing: an agent's run, a message in a chat."""


def _known_auth_type(_: Any, __: Any, auth_type: str) -> None:
    if auth_type == NO_AUTH:
        raise ConfigError(
            "a context of auth_type 'none' holds nothing",
            hint="A provider that works without a login is opened without a context: leave it out.",
        )
    if auth_type not in CREDENTIALS:
        raise ConfigError(
            f"auth_type {auth_type!r} is not one that is known", hint=near_names(auth_type, CREDENTIALS)
        )


@attrs.frozen(init=False)
class ProviderContext:
    """What a connection authenticates with. Every value is a `Secret`, so it can be printed safely.

    Attributes:
        provider: The provider it is for; by keyword also `provider_name`.
        auth_type: `token`, `username_password`, `code`, `cookies`, `env`, `custom` or `interactive`.
        credentials: The secrets by name: `token`; `username` and `password`; `username` alone for a `code`
            that the remote sends; `cookies`, as text, as a list of mappings or as a browser's storage state;
            for `env` the names of the environment variables to read; for `custom` what the provider asks for.
        connection: The connection that logs in; the core fills it in. A provider that keeps something for
            each account, such as a browser's session, keeps it under this name.
        ask: Asks the account's owner and returns their answer, None for none; the core fills it in where
            somebody can be asked.

    Raises:
        ConfigError: The auth type is not known.
        TypeError: No provider is named, or two; or a credential is no text.
    """

    provider: str
    auth_type: str = attrs.field(default="token", validator=_known_auth_type)
    credentials: Mapping[str, Secret] = attrs.field(factory=dict, converter=to_credentials)
    connection: str = attrs.field(default="", eq=False)
    ask: Ask | None = attrs.field(default=None, eq=False, repr=False)

    def __init__(
        self,
        provider: str | None = None,
        auth_type: str = "token",
        credentials: Mapping[str, Credential] | None = None,
        connection: str = "",
        ask: Ask | None = None,
        *,
        provider_name: str | None = None,
    ) -> None:
        if (provider is None) == (provider_name is None):
            raise TypeError("a context names one provider: provider=…, or provider_name=…, which is the same")
        self.__attrs_init__(provider or provider_name or "", auth_type, credentials, connection, ask)

    def __attrs_post_init__(self) -> None:
        if self.auth_type == "env":
            names = {name: VariableName(value) for name, value in self.credentials.items()}
            object.__setattr__(self, "credentials", frozen_mapping(names))

    def __repr__(self) -> str:
        # Reporters that print locals ask for it while it is made, too, when a credential was refused.
        names = ("provider", "auth_type", "credentials", "connection")
        return f"ProviderContext({', '.join(f'{name}={getattr(self, name, None)!r}' for name in names)})"

    @property
    def provider_name(self) -> str:
        """The provider it is for, by its other name."""
        return self.provider

    def secret(self, name: str) -> Secret:
        """Return one credential.

        Raises:
            AuthenticationRequired: It is missing or empty.
        """
        if secret := self.credentials.get(name):
            return secret
        raise AuthenticationRequired(
            f"the {self.auth_type} context for {self.provider} has no {name!r}", provider=self.provider
        )

    @property
    def missing(self) -> tuple[str, ...]:
        """The credentials that its auth type needs and that are missing or empty."""
        return tuple(name for name in CREDENTIALS[self.auth_type] if not self.credentials.get(name))


class Provider(ABC):
    """One opened provider. Its life is its context manager's: see `ProviderSpec.open`."""

    read_timeout: ClassVar[float | None] = None
    """Seconds after which a step of a stream ends by the provider's own limit; None when it sets none.
    The core limits each step itself then, which costs some microseconds an event."""

    capabilities: frozenset[Capability] | None = None
    """What this one can do, where that depends on its options; None when it is what its spec says."""

    def plan(self, request: ChatRequest) -> Plan:
        """Say what becomes of *request* here, beyond what its capabilities say. Sends nothing.

        Returns:
            The request as it will be sent, what is not granted, and why it is refused.
        """
        return Plan(request)

    @abstractmethod
    def stream(self, request: ChatRequest) -> EventStream:
        """Put *request* on the wire and return its events. The one method that every provider writes.

        Entering the context submits; leaving it early stops the remote where it can be stopped.

        Raises:
            ProviderError: What went wrong, with its certainty.
        """

    def attach(self, handle: str) -> EventStream:
        """Return the events of an answer that was asked for earlier. Sends nothing.

        Raises:
            Unsupported: The provider does not have `Capability.ATTACH`.
        """
        raise Unsupported(f"an answer cannot be taken up again here (handle {handle!r})")

    async def authenticate(self, context: ProviderContext) -> ProviderContext | None:  # noqa: B027
        """Log in with *context*. Return a renewed context when there is one to be stored.

        Raises:
            AuthenticationRequired: The remote refuses it.
        """

    async def check_health(self) -> None:  # noqa: B027
        """Return when the remote answers; raise what is wrong otherwise. Never a paid call."""

    async def list_models(self) -> Sequence[Model]:
        """Return the models on offer.

        Raises:
            Unsupported: The provider does not have `Capability.MODELS`.
        """
        raise Unsupported("this provider does not list its models")

    async def examine(self) -> Sequence[Finding]:
        """Look whether the remote is still as the provider knows it; for `jackfield doctor --sites`.

        Called on an opened, logged-in provider. Asks nothing of a model and leaves nothing behind at the
        remote. What cannot be looked at is a finding, not an error.
        """
        return ()


def _valid_name(_: Any, __: Any, name: str) -> None:
    if not is_provider_name(name):
        raise ValueError(f"a provider's name is lower-case letters, digits, '_' and '-', not {name!r}")


def is_provider_name(name: str) -> bool:
    """Whether *name* can be a provider's or a connection's name: ASCII, at most 64 characters."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _to_auth_types(auth_types: Iterable[str]) -> frozenset[str]:
    found = frozenset(auth_types)
    if strange := found - {NO_AUTH, *CREDENTIALS}:
        known = ", ".join(sorted([NO_AUTH, *CREDENTIALS]))
        raise ValueError(f"auth_types has {', '.join(sorted(map(repr, strange)))}; known are {known}")
    return found


def to_capabilities(capabilities: Iterable[Capability]) -> frozenset[Capability]:
    """Return *capabilities* as a set.

    Raises:
        TypeError: It is no set of capabilities, such as the name of one.
    """
    found: frozenset[Any] = frozenset(capabilities)
    for one in found:
        if not isinstance(one, Capability):
            raise TypeError(f"capabilities are members of Capability; found {describe(one)}")
    return found


def _is_options_class(_: Any, __: Any, options: Any) -> None:
    if not (isinstance(options, type) and issubclass(options, ProviderOptions)):
        raise TypeError(f"options is a subclass of ProviderOptions; found {describe(options)}")


def _is_settings_class(_: Any, __: Any, settings: Any) -> None:
    if settings is not None and not (isinstance(settings, type) and attrs.has(settings)):
        raise TypeError(f"request_options is an attrs class; found {describe(settings)}")


def _is_callable(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if not (callable(value) or (value is None and field.default is None)):
        raise TypeError(f"{field.name} is a function; found {describe(value)}")


def _tells_names(_: Any, __: Any, names: Any) -> None:
    if not (callable(names) or isinstance(names, Mapping)):
        raise TypeError(f"env_names is a mapping, or a function that returns one; found {describe(names)}")


@attrs.frozen(kw_only=True)
class ProviderSpec:
    """What is known of a provider before anything is opened. Cheap to build.

    Attributes:
        name: Its name, the same as its entry point's.
        title: Its name for people.
        type: How it reaches its remote.
        options: Its options class, a subclass of `ProviderOptions`.
        auth_types: The auth types it takes; with `"none"` among them it also works without a login.
        capabilities: What it can do.
        effect: What a repeated request does.
        request_options: An attrs class: the settings of a request that only this provider knows, given in
            `ChatRequest.options`; None when it knows none. `ChatRequest.options_as` reads them.
        model_family: Tells the family that a model belongs to, given the remote's name for it (None where
            neither the request nor the options name one), so that no model is shown what another one signed;
            None where all models take each other's.
        env_prefix: `PREFIX_OPTION` and `PREFIX_CREDENTIAL` are the environment variables that are read.
        env_names: The variables in which people have a credential already, such as
            `{"token": ["OPENAI_API_KEY"]}`: read after the usual one, for the connection that bears the
            provider's own name alone. Where the options decide whose key is wanted, a function that is given
            them and the connection's name, and answers for every connection.
        open: Opens it. Lifecycle is entering and leaving, nothing else; import the heavy things in here.
        examine: Looks at what a connection needs on this machine, given its options and its name, before
            anything is opened: `jackfield doctor` always runs it. Sends nothing, changes nothing.

    Raises:
        TypeError, ValueError: A field is of another type; then the plugin is set aside, and doctor says why.
    """

    name: str = attrs.field(validator=_valid_name)
    title: str = attrs.field(validator=must_be("text", str))
    type: ProviderType = attrs.field(validator=must_be("a ProviderType", ProviderType))
    options: OptionsClass = attrs.field(validator=_is_options_class)
    open: Callable[[Any], AbstractAsyncContextManager[Provider]] = attrs.field(validator=_is_callable)
    auth_types: frozenset[str] = attrs.field(default=frozenset({NO_AUTH}), converter=_to_auth_types)
    capabilities: frozenset[Capability] = attrs.field(default=frozenset(), converter=to_capabilities)
    effect: Effect = attrs.field(default=Effect.COSTLY, validator=must_be("an Effect", Effect))
    request_options: RequestOptionsClass | None = attrs.field(default=None, validator=_is_settings_class)
    model_family: Callable[[str | None], str | None] | None = attrs.field(
        default=None, validator=_is_callable
    )
    env_prefix: str | None = attrs.field(default=None, validator=must_be("text or None", str, NoneType))
    env_names: EnvNames | Callable[[Any, str], EnvNames] = attrs.field(factory=dict, validator=_tells_names)
    examine: Callable[[Any, str], Awaitable[Sequence[Finding]]] | None = attrs.field(
        default=None, validator=_is_callable
    )

    @property
    def needs_context(self) -> bool:
        """Whether it does not work without a login."""
        return NO_AUTH not in self.auth_types

    def environment_variable(self, connection: str, name: str) -> str | None:
        """Return the environment variable that holds the option or credential *name* of *connection*.

        The connection that bears the provider's own name reads `PREFIX_NAME`; any other one
        `PREFIX_CONNECTION_NAME`, so that no account is used for another.
        """
        if self.env_prefix is None:
            return None
        infix = [] if connection == self.name else [connection]
        return "_".join([self.env_prefix, *infix, name]).replace("-", "_").upper()

    def credential_variables(
        self, connection: str, name: str, options: ProviderOptions | None = None
    ) -> tuple[str, ...]:
        """Return the environment variables that may hold the credential *name* of *connection*, in order.

        Args:
            connection: The connection's name.
            name: The credential's.
            options: The connection's options; None for the provider's defaults.

        Raises:
            ContractBroken: The provider's own `env_names` cannot tell.
        """
        usual = self.environment_variable(connection, name)
        if callable(self.env_names):
            with blame(self.name, f"env_names of {self.name}"):
                told = self.env_names(self.options() if options is None else options, connection)
                known = tuple(told.get(name, ()))
        else:
            known = tuple(self.env_names.get(name, ()) if connection == self.name else ())
        return (*([usual] if usual else []), *known)


def as_specs(answer: Any) -> list[ProviderSpec]:
    """Return what a plugin registers, checked.

    Raises:
        ContractBroken: It is something else.
    """
    specs = list(answer) if isinstance(answer, Iterable) else [answer]
    for spec in specs:
        if not isinstance(spec, ProviderSpec):
            told = type(spec).__name__
            raise ContractBroken(f"jackfield_register_providers gave {told}, not ProviderSpec objects")
    return specs
