"""What a request asks of Codegen, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from jackfield import ChatRequest, InvalidRequest, Message, near_names

CID: Final = "jackfield.cid"
"""The key in a run's metadata that holds our id of the request, so that a lost run can be found."""

_OPTIONS: Final = {"agent_type": str, "repo_id": int, "metadata": Mapping}
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_AGENT_TYPES: Final = ("codegen", "claude_code")


@attrs.frozen(kw_only=True)
class Asking:
    """A request in the API's terms.

    Attributes:
        prompt: The system messages, if any, and the user's text.
        images: Data URIs.
        options: The request's own options, checked.
        notes: What is to be told about it: metadata of the response.
    """

    prompt: str
    images: tuple[str, ...]
    options: Mapping[str, Any]
    notes: Mapping[str, Any]

    def to_create(self, request_id: str, model: str | None) -> dict[str, Any]:
        """Return `CreateAgentRunInput`."""
        metadata = {**self.options.get("metadata", {}), CID: request_id}
        wishes = {**self.options, "metadata": metadata, "model": model, "images": list(self.images)}
        return {"prompt": self.prompt, **{name: wish for name, wish in wishes.items() if wish}}

    def to_resume(self, run_id: int) -> dict[str, Any]:
        """Return `ResumeAgentRunInput`."""
        body: dict[str, Any] = {"agent_run_id": run_id, "prompt": self.prompt}
        return {**body, "images": list(self.images)} if self.images else body


def asking(request: ChatRequest) -> Asking:
    """Return what *request* asks.

    Raises:
        InvalidRequest: It has other messages than one of the user's and system messages, or a wrong option.
    """
    system = [message for message in request.messages if message.role == "system"]
    said = [message for message in request.messages if message.role != "system"]
    if len(said) != 1 or said[0].role != "user":
        roles = ", ".join(message.role for message in request.messages)
        raise InvalidRequest(
            f"Codegen takes one user message, with system messages or without; found: {roles}",
            hint="Codegen keeps the thread itself: send the new message alone, with conversation_id.",
        )
    return Asking(
        prompt=_prompt(system, said[0]),
        images=tuple(image.data_uri for message in (*system, said[0]) for image in message.images),
        options=_checked(request.options),
        notes={"system_messages": "put in front of the prompt"} if system else {},
    )


def _prompt(system: list[Message], said: Message) -> str:
    return "\n\n".join(text for message in (*system, said) if (text := message.text))


def _checked(options: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, value in options.items():
        if name not in _OPTIONS:
            raise InvalidRequest(f"Codegen has no request option {name!r}", hint=near_names(name, _OPTIONS))
        kind = _OPTIONS[name]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InvalidRequest(f"the request option {name} must be a {kind.__name__}")
    agent_type = options.get("agent_type")
    if agent_type is not None and agent_type not in _AGENT_TYPES:
        raise InvalidRequest(f"agent_type {agent_type!r} is not known; it is {' or '.join(_AGENT_TYPES)}")
    return options


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
