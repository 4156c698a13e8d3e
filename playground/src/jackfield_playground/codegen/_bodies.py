"""What clients send, checked as the vendor's OpenAPI file has it."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

_DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,[A-Za-z0-9+/]+={0,2}")


def _data_uri(value: str) -> str:
    if not _DATA_URI.fullmatch(value):
        raise ValueError("an image must be a base64 data URI such as data:image/png;base64,iVBORw0K…")
    return value


def _storable(value: dict[str, Any]) -> dict[str, Any]:
    json.dumps(value, allow_nan=False)  # NaN and Infinity are no JSON, though Python reads them
    return value


Source = Literal[
    "LOCAL",
    "SLACK",
    "GITHUB",
    "GITHUB_CHECK_SUITE",
    "GITHUB_PR_REVIEW",
    "LINEAR",
    "API",
    "CHAT",
    "JIRA",
    "CLICKUP",
    "MONDAY",
    "SETUP_COMMANDS",
]
"""`ApiAgentRunSourceType`."""

Image = Annotated[str, AfterValidator(_data_uri)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class CreateRun(_Body):
    """`CreateAgentRunInput`."""

    prompt: str
    images: list[Image] | None = None
    metadata: Annotated[dict[str, Any], AfterValidator(_storable)] | None = None
    repo_id: int | None = None
    model: str | None = None
    agent_type: Literal["codegen", "claude_code"] | None = None


class ResumeRun(_Body):
    """`ResumeAgentRunInput`."""

    agent_run_id: int
    prompt: str
    images: list[Image] | None = None


class StopRun(_Body):
    """`StopAgentRunInput`, of ban, unban and remove-from-pr."""

    agent_run_id: int
    before_card_order_id: str | None = None
    after_card_order_id: str | None = None
