"""The shape of a request, field by field: what has another one is refused, in the vendor's way of saying so.

Source: the types of the vendor's client `anthropic` 2.14 (2026-11); what the version 2026-10-21 refuses is on
the vendor's page about versions. The vendor words such refusals as pydantic does, path first.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Sized = Annotated[str, Field(min_length=1)]
CallId = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]+$")]


class Strict(BaseModel):
    """What has no other fields, and no field of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CacheControl(Strict):
    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] = "5m"


class Cached(Strict):
    cache_control: CacheControl | None = None


class Text(Cached):
    type: Literal["text"]
    text: str
    citations: list[dict[str, Any]] | None = None


class ImageBytes(Strict):
    type: Literal["base64"]
    media_type: Literal["image/jpeg", "image/png", "image/gif", "image/webp"]
    data: Sized


class PdfBytes(Strict):
    type: Literal["base64"]
    media_type: Literal["application/pdf"]
    data: Sized


class Words(Strict):
    type: Literal["text"]
    media_type: Literal["text/plain"]
    data: str


class Address(Strict):
    type: Literal["url"]
    url: Annotated[str, Field(pattern=r"^https?://")]


class Kept(Strict):
    type: Literal["file"]
    file_id: Sized


class Image(Cached):
    type: Literal["image"]
    source: Annotated[ImageBytes | Address | Kept, Field(discriminator="type")]


class Citing(Strict):
    enabled: bool = False


class Document(Cached):
    type: Literal["document"]
    source: Annotated[PdfBytes | Words | Address | Kept, Field(discriminator="type")]
    title: str | None = None
    context: str | None = None
    citations: Citing | None = None


class Thinking(Strict):
    type: Literal["thinking"]
    thinking: str
    signature: str


class Redacted(Strict):
    type: Literal["redacted_thinking"]
    data: Sized


class ToolUse(Cached):
    type: Literal["tool_use"]
    id: CallId
    name: Sized
    input: dict[str, Any]
    caller: dict[str, Any] | None = None


class ToolResult(Cached):
    type: Literal["tool_result"]
    tool_use_id: CallId
    content: str | list[Annotated[Text | Image | Document, Field(discriminator="type")]] | None = None
    is_error: bool = False


class ServerToolUse(Cached):
    type: Literal["server_tool_use"]
    id: CallId
    name: Sized
    input: dict[str, Any]


class SearchResult(Cached):
    type: Literal["web_search_tool_result"]
    tool_use_id: CallId
    content: list[dict[str, Any]]


class Weather(Strict):
    """What the stand-in says to see whether a client copes with what it does not know."""

    type: Literal["weather_report"]
    sky: str


Block = Annotated[
    Text
    | Image
    | Document
    | Thinking
    | Redacted
    | ToolUse
    | ToolResult
    | ServerToolUse
    | SearchResult
    | Weather,
    Field(discriminator="type"),
]


class Turn(Strict):
    role: Literal["user", "assistant"]
    content: str | list[Block]


class LaterTurn(Strict):
    role: Literal["user", "assistant", "system"]
    content: str | list[Block]


class ObjectSchema(BaseModel):
    model_config = ConfigDict(extra="allow")
    type: Literal["object"]


class Tool(Cached):
    type: Literal["custom"] = "custom"
    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,128}$")]
    description: str = ""
    input_schema: ObjectSchema
    strict: bool | None = None


class ServerTool(BaseModel):
    model_config = ConfigDict(extra="allow")
    type: Annotated[str, Field(pattern=r"_\d{8}$")]
    name: Sized


class Auto(Strict):
    type: Literal["auto", "any"]
    disable_parallel_tool_use: bool = False


class NoTool(Strict):
    type: Literal["none"]


class OneTool(Strict):
    type: Literal["tool"]
    name: Sized
    disable_parallel_tool_use: bool = False


class ThinkingOn(Strict):
    type: Literal["enabled"]
    budget_tokens: Annotated[int, Field(ge=1024)]
    display: Literal["summarized", "omitted"] | None = None


class ThinkingAdaptive(Strict):
    type: Literal["adaptive"]
    display: Literal["summarized", "omitted"] | None = None


class ThinkingOff(Strict):
    type: Literal["disabled"]


class Form(Strict):
    type: Literal["json_schema"]
    schema_: Annotated[dict[str, Any], Field(alias="schema")]


class OutputConfig(Strict):
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: Form | None = None


class Metadata(Strict):
    user_id: str | None = None


class Ask(Strict):
    """A request since the version 2026-10-21."""

    model: Sized
    max_tokens: Annotated[int, Field(ge=1)]
    messages: list[LaterTurn]
    system: str | list[Text] | None = None
    stream: bool = False
    tools: list[Tool | ServerTool] = []
    tool_choice: Annotated[Auto | NoTool | OneTool, Field(discriminator="type")] | None = None
    thinking: Annotated[ThinkingOn | ThinkingAdaptive | ThinkingOff, Field(discriminator="type")] | None = (
        None
    )
    output_config: OutputConfig | None = None
    stop_sequences: list[Annotated[str, Field(pattern=r"\S")]] = []
    metadata: Metadata | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    cache_control: CacheControl | None = None


class EarlierAsk(Ask):
    """A request of the version 2023-06-01, which had sampling settings and one role less."""

    messages: list[Turn]  # type: ignore[assignment]
    temperature: Annotated[float, Field(ge=0, le=1)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0)] | None = None


SHAPES: dict[str, type[Ask]] = {"2023-06-01": EarlierAsk, "2026-10-21": Ask}
"""The versions of the API, and what a request looks like in each."""
