"""The provider: one account of Codegen, opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs

from jackfield import (
    ChatRequest,
    ConfigError,
    EventStream,
    Model,
    PermissionDenied,
    Plan,
    Provider,
    ProviderContext,
    StreamEvent,
    models_of,
)
from jackfield_api import ApiClient, Credential, NotFound

from ._asking import plan_of, run_number
from ._client import CodegenClient
from ._options import CodegenOptions
from ._reader import RunReader
from ._run import RunEvents
from ._submission import Submission, Submitter
from ._wire import Organization


@asynccontextmanager
async def opened(options: CodegenOptions) -> AsyncIterator[Provider]:
    """Open the provider; nothing is sent before `authenticate`.

    Raises:
        ConfigError: The base URL, or a setting of the network, cannot be used.
    """
    accept = {"Accept": "application/json"}
    async with ApiClient(options.base_url, headers=accept, network=options) as http:
        yield CodegenProvider(CodegenClient(http), options)


@attrs.define(eq=False)
class CodegenProvider(Provider):
    """Agent runs of one Codegen account."""

    _client: CodegenClient
    _options: CodegenOptions

    def plan(self, request: ChatRequest) -> Plan:
        """Tell what becomes of system messages, and of wishes that a resumed run does not take."""
        return plan_of(request, self._options)

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Create or resume a run and follow it. Left early, it goes on; `attach` takes it up again."""
        submission = await Submitter(self._client, self._options).submit(request)
        yield RunEvents(submission, self._options)

    def attach(self, handle: str) -> EventStream:
        """Follow a run that was created earlier, from its first log entry.

        Raises:
            InvalidRequest: *handle* is no number of a run.
        """
        return self._attached(run_number(handle, "handle"))

    @asynccontextmanager
    async def _attached(self, run_id: int) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        reader = RunReader(self._client, run_id)
        page = await reader.look(0)
        events = RunEvents(Submission(run=page.run, reader=reader), self._options)
        events.take(page)
        yield events

    async def authenticate(self, context: ProviderContext) -> None:
        """Try the token, and find the organization.

        Raises:
            AuthenticationRequired: The token is refused, or can be none.
            PermissionDenied: The token may not use the organization of the options.
            ConfigError: The options name no organization and the token may use several.
        """
        credential = Credential(context.secret("token"))
        await self._client.check_user(credential, urgent=True)
        self._client.org_id = await self._organization(credential)
        self._client.sign_with(credential)

    async def _organization(self, credential: Credential) -> int:
        wanted = self._options.org_id
        try:
            organizations = await self._client.organizations(credential)
        except NotFound:
            if wanted is None:
                raise
            return int(wanted)
        return _chosen(wanted, organizations)

    async def check_health(self) -> None:
        """Return when the API answers and the token is good. It does not queue behind polls."""
        await self._client.check_user(urgent=True)

    async def list_models(self) -> Sequence[Model]:
        """Return the models of `model_mapping`; the API has no list of its own."""
        mapping, default = self._options.model_mapping, self._options.default_model
        named = [mapping.get(default, default)] if default else []
        return models_of([*mapping.values(), *named], mapping=mapping, default=default)


def _chosen(wanted: int | str | None, organizations: Sequence[Organization]) -> int:
    listed = ", ".join(f"{organization.id} ({organization.name})" for organization in organizations)
    if wanted is not None:
        if any(organization.id == wanted for organization in organizations):
            return int(wanted)
        raise PermissionDenied(
            f"this token may not use the organization {wanted}",
            hint=f"It may use: {listed or 'none'}. Set org_id to one of them.",
        )
    if len(organizations) == 1:
        return organizations[0].id
    if not organizations:
        raise PermissionDenied(
            "this token may use no organization", hint="Take a token of one that is in one."
        )
    raise ConfigError(
        "org_id is not set and the token may use several organizations",
        hint=f"Set it, or CODEGEN_ORG_ID, to one of: {listed}.",
    )
