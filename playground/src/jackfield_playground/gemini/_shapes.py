"""The shape of a request, field by field: what has another one is refused.

Source: the types of the vendor's client google-genai 3.6.1 and the vendor's reference (2026-11).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Sized = Annotated[str, Field(min_length=1)]
Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/_-]*={0,2}$")]
Level = Literal["MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"]
Threshold = Literal["BLOCK_NONE", "BLOCK_ONLY_HIGH", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_LOW_AND_ABOVE", "OFF"]


class Strict(BaseModel):
    """What has no other fields, and no field of another type.

    The vendor takes both ways of writing a name, and its own client uses both.
    """

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)


class Blob(Strict):
    mime_type: Sized
    data: Base64


class FileData(Strict):
    file_uri: Annotated[str, Field(pattern=r"^(https?|gs)://")]
    mime_type: str | None = None


class FunctionCall(Strict):
    id: str | None = None
    name: Sized
    args: dict[str, Any] = {}


class ResponsePart(Strict):
    inline_data: Blob | None = None
    file_data: FileData | None = None


class FunctionResponse(Strict):
    id: str | None = None
    name: Sized
    response: dict[str, Any]
    parts: list[ResponsePart] = []


class Part(Strict):
    text: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None
    executable_code: dict[str, Any] | None = None
    code_execution_result: dict[str, Any] | None = None
    weather_report: dict[str, Any] | None = None
    thought: bool | None = None
    thought_signature: Base64 | None = None


DATA = set(Part.model_fields) - {"thought", "thought_signature"}
"""The fields of a part of which each has one."""


class Content(Strict):
    role: str | None = None
    parts: list[Part] = []


class Declaration(Strict):
    name: Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$")]
    description: Sized
    parameters: dict[str, Any] | None = None
    parameters_json_schema: dict[str, Any] | None = None


class Tool(Strict):
    function_declarations: list[Declaration] = []
    google_search: dict[str, Any] | None = None
    url_context: dict[str, Any] | None = None
    code_execution: dict[str, Any] | None = None


class CallingConfig(Strict):
    mode: Literal["AUTO", "ANY", "NONE", "VALIDATED"] = "AUTO"
    allowed_function_names: list[str] = []


class ToolConfig(Strict):
    function_calling_config: CallingConfig = CallingConfig()


class Thinking(Strict):
    include_thoughts: bool = False
    thinking_budget: Annotated[int, Field(ge=-1)] | None = None
    thinking_level: Level | None = None


class Generation(Strict):
    candidate_count: Literal[1] = 1
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2, strict=False)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1, strict=False)] | None = None
    top_k: Annotated[float, Field(ge=0, strict=False)] | None = None
    seed: int | None = None
    stop_sequences: Annotated[list[Sized], Field(max_length=5)] = []
    response_mime_type: Literal["text/plain", "application/json", "text/x.enum"] = "text/plain"
    response_schema: dict[str, Any] | None = None
    response_json_schema: dict[str, Any] | None = None
    response_modalities: list[Literal["TEXT", "IMAGE", "AUDIO"]] = []
    media_resolution: Annotated[str, Field(pattern="^MEDIA_RESOLUTION_(LOW|MEDIUM|HIGH)$")] | None = None
    thinking_config: Thinking | None = None


class Safety(Strict):
    category: Annotated[str, Field(pattern="^HARM_CATEGORY_[A-Z_]+$")]
    threshold: Threshold


class Ask(Strict):
    """A request for an answer."""

    model: str | None = None
    contents: list[Content] = []
    system_instruction: Content | None = None
    tools: list[Tool] = []
    tool_config: ToolConfig = ToolConfig()
    generation_config: Generation = Generation()
    safety_settings: list[Safety] = []
    cached_content: str | None = None

    @property
    def declared(self) -> list[Declaration]:
        """The functions on offer."""
        return [one for tool in self.tools for one in tool.function_declarations]


class EmbedOne(Strict):
    model: Sized
    content: Content
    task_type: str | None = None
    title: str | None = None
    output_dimensionality: Annotated[int, Field(ge=1, le=3072)] | None = None


class Embed(Strict):
    """A request for vectors."""

    requests: Annotated[list[EmbedOne], Field(min_length=1)]
