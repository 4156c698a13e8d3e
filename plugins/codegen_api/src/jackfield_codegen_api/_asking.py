"""What a request asks of Codegen, and what becomes of it there, told before anything is sent."""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from jackfield import Adaptation, ChatRequest, InvalidRequest, Plan, resolve_model

from ._options import CodegenOptions, CodegenRequestOptions

CID: Final = "jackfield.cid"
"""The key in a run's metadata that holds our id of the request, so that a lost run can be found."""

_NUMBER: Final = re.compile(r"[0-9]{1,18}")


@attrs.frozen(kw_only=True)
class Asking:
    """A request in the API's terms.

    Attributes:
        prompt: The system messages, if any, and the user's text.
        images: Data URIs.
        options: The request's own options.
    """

    prompt: str
    images: tuple[str, ...]
    options: CodegenRequestOptions

    def to_create(self, request_id: str, model: str | None) -> dict[str, Any]:
        """Return `CreateAgentRunInput`."""
        options = self.options
        wishes = {
            "model": model,
            "images": list(self.images),
            "agent_type": options.agent_type,
            "repo_id": options.repo_id,
            "metadata": {**options.metadata, CID: request_id},
        }
        return {"prompt": self.prompt, **{name: wish for name, wish in wishes.items() if wish}}

    def to_resume(self, run_id: int) -> dict[str, Any]:
        """Return `ResumeAgentRunInput`."""
        body: dict[str, Any] = {"agent_run_id": run_id, "prompt": self.prompt}
        return {**body, "images": list(self.images)} if self.images else body


def asking(request: ChatRequest) -> Asking:
    """Return what *request* asks: system messages, and one of the user's, as the core lets through.

    Raises:
        InvalidRequest: It has a wrong option.
    """
    system = [message for message in request.messages if message.role == "system"]
    said = [message for message in request.messages if message.role != "system"]
    messages = (*system, *said)
    return Asking(
        prompt="\n\n".join(text for message in messages if (text := message.text)),
        images=tuple(image.data_uri for message in messages for image in message.images),
        options=request.options_as(CodegenRequestOptions),
    )


def plan_of(request: ChatRequest, options: CodegenOptions) -> Plan:
    """Return what becomes of *request*; a run that is resumed keeps what it was created with."""
    try:
        if request.conversation_id is None:
            model_of(request, options)
        else:
            run_number(request.conversation_id, "conversation_id")
    except InvalidRequest as refusal:
        return Plan(request, refusals=(refusal,))
    told = [
        Adaptation(f"messages[{number}]", "put in front of the prompt: Codegen knows no system messages")
        for number, message in enumerate(request.messages)
        if message.role == "system"
    ]
    if request.conversation_id is None:
        return Plan(request, tuple(told))
    wishes = ["model"] if request.model is not None else []
    wishes += [f"options.{name}" for name in request.options]
    kept = [Adaptation(wish, "left out: a run keeps what it was created with") for wish in wishes]
    return Plan(attrs.evolve(request, model=None, options={}), (*told, *kept))


def model_of(request: ChatRequest, options: CodegenOptions) -> str | None:
    """Return the model that a new run is to have, in Codegen's words.

    Raises:
        ModelNotFound: Nobody knows it.
    """
    return resolve_model(
        request.model,
        mapping=options.model_mapping,
        default=options.default_model,
        provider="codegen_api",
    )


def run_number(handle: str | int, what: str) -> int:
    """Return the number of the run that *handle* names.

    Args:
        handle: A handle or conversation id, as text or as the number that it is.
        what: Which of them it is, for the message.

    Raises:
        InvalidRequest: It is no number.
    """
    if type(handle) not in {int, str} or not _NUMBER.fullmatch(str(handle)):
        raise InvalidRequest(
            f"a {what} of Codegen is the number of an agent run, not {str(handle)[:40]!r}",
            hint="It is in every response, as handle and as conversation_id.",
        )
    return int(handle)
