"""Stored credentials, as a plugin: what `jackfield auth set` keeps, any program may use.

    from jackfield_cli.credentials import plugin
    async with ProviderManager(plugins=[plugin]) as manager: ...

It is also installed middleware called `keyring`: `ProviderManager(middleware=["keyring"])`, or
`middleware = ["keyring"]` in `jackfield.toml`. The environment goes first; what is stored comes after it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Final

import attrs

from jackfield import AuthenticationRequired, ConfigError, ProviderContext, ProviderSpec, hookimpl

from ._stores import FileStore, KeyringStore, NoStore, StoreUnavailable

__all__ = ["Credentials", "plugin"]


def _log(text: str) -> None:
    logging.getLogger("jackfield").warning(text)


@attrs.define(eq=False)
class Credentials:
    """Keeps the credentials of connections in the system's keyring, or else in files.

    Attributes:
        tell: Takes a sentence for a person: why a store was passed over.
    """

    tell: Callable[[str], None] = _log
    file: FileStore = attrs.field(factory=FileStore)
    keyring: KeyringStore = attrs.field(factory=KeyringStore)

    @hookimpl(trylast=True)
    def jackfield_load_context(self, spec: ProviderSpec, connection_name: str) -> ProviderContext | None:
        """Give what is stored for a connection, if it was stored for that provider."""
        context, _ = self.find(connection_name)
        return context if context is not None and context.provider == spec.name else None

    @hookimpl(trylast=True)
    def jackfield_store_context(
        self,
        spec: ProviderSpec,  # noqa: ARG002  the context names its provider
        connection_name: str,
        context: ProviderContext,
    ) -> bool:
        """Keep what a login renewed."""
        self.keep(connection_name, context)
        return True

    @hookimpl
    def jackfield_forget_context(self, connection_name: str) -> list[str]:
        """Remove what is stored for a connection."""
        return ["the stored credentials"] if self.forget(connection_name) else []

    def find(self, connection: str) -> tuple[ProviderContext | None, str]:
        """Return what is stored for *connection*, and the title of the store it is in.

        Raises:
            ConfigError: The file is not private, or what is stored makes no sense.
            AuthenticationRequired: The keyring could not be asked, so nobody knows.
        """
        if (text := self.file.load(connection)) is not None:
            return _decoded(text, connection), self.file.title
        try:
            text = self.keyring.load(connection)
        except NoStore:
            return None, ""
        except StoreUnavailable as error:
            raise AuthenticationRequired(
                f"the credentials of {connection} could not be looked for: {error}; unlock it",
                hint=f"Or keep them in a file: jackfield auth set {connection} --file.",
            ) from None
        return (None, "") if text is None else (_decoded(text, connection), self.keyring.title)

    def keep(self, connection: str, context: ProviderContext, *, to_file: bool = False) -> str:
        """Store *context* for *connection*, in place of what was stored; return the store's title.

        Args:
            connection: The connection's name.
            context: What to store.
            to_file: In a file, even if there is a keyring.

        Raises:
            ConfigError: The file cannot be written, or its folder is not private.
        """
        text = _encoded(context)
        if not to_file:
            try:
                self.keyring.save(connection, text)
            except StoreUnavailable as error:
                self.tell(f"Kept in a file that only you can read, because {error}.")
                if not isinstance(error, NoStore):
                    self.tell("The keyring may hold an older one still; the file's is used.")
            else:
                self.file.remove(connection)
                return self.keyring.title
        self.file.save(connection, text)
        if to_file:
            try:
                self._remove_from_keyring(connection)
            except StoreUnavailable as error:
                self.tell(f"An older one may still be in the keyring: {error}.")
        return self.file.title

    def forget(self, connection: str) -> bool:
        """Remove what is stored for *connection*, wherever it is; return whether there was something.

        Raises:
            ConfigError: The keyring could not be asked, and may hold some.
        """
        from_file = self.file.remove(connection)
        try:
            return self._remove_from_keyring(connection) or from_file
        except StoreUnavailable as error:
            gone = "What was in a file is deleted, but whether" if from_file else "Whether"
            raise ConfigError(
                f"{gone} the keyring holds credentials of {connection} could not be looked at: {error}",
                hint=f"Unlock it and run jackfield logout {connection} again.",
            ) from None

    def _remove_from_keyring(self, connection: str) -> bool:
        try:
            return self.keyring.remove(connection)
        except NoStore:
            return False


def _encoded(context: ProviderContext) -> str:
    secrets = {name: secret.reveal() for name, secret in context.credentials.items()}
    return json.dumps({"provider": context.provider, "auth_type": context.auth_type, "credentials": secrets})


def _decoded(text: str, connection: str) -> ProviderContext:
    try:
        stored = json.loads(text)
        return ProviderContext(stored["provider"], stored["auth_type"], stored["credentials"])
    except (ValueError, KeyError, TypeError, AttributeError, ConfigError, RecursionError):
        raise ConfigError(
            f"the stored credentials of {connection!r} make no sense",
            hint=f"Store them anew: jackfield auth set {connection}.",
        ) from None


plugin: Final = Credentials()
"""The plugin, with the usual stores."""
