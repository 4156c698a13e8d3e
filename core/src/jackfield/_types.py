"""Values that are said: requests, responses, usage. All frozen."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast

import attrs

from ._capability import Capability, Need
from ._exceptions import ConfigError, InvalidRequest, JackfieldError
from ._messages import Message, parts_only, to_parts
from ._misses import Miss
from ._parts import (
    Part,
    ReasoningPart,
    RefusalPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from ._values import describe, fits_float, frozen_mapping, must_be, number_as_text, to_texts
from ._wishes import CHOICES, JsonSchema, Reasoning, Tool, to_output, to_reasoning, to_tools

FinishReason: TypeAlias = Literal["stop", "length", "content_filter", "tool_call", "error"]
"""Why an answer ended: by itself, at its longest, stopped by the remote's filter, to have a tool called, or
by the remote's own fault. A word that fits none of them is `stop`; `provider_finish_reason` has the word."""
_Wordy: TypeAlias = TextPart | ReasoningPart | RefusalPart
UsageSource: TypeAlias = Literal["reported", "estimated"]
RequestOptions = TypeVar("RequestOptions")


def new_request_id() -> str:
    """Return a new id for a request."""
    return os.urandom(16).hex()


def to_messages(messages: str | Message | Iterable[Message]) -> tuple[Message, ...]:
    """Return what is said, however it was given.

    Raises:
        TypeError: It is no text, no message and not several.
    """
    if isinstance(messages, str):
        return (Message("user", messages),)
    if isinstance(messages, Message):
        return (messages,)
    if not isinstance(messages, Iterable) or isinstance(messages, bytes | Mapping):
        raise TypeError(f"messages must be text, a Message or several; found {describe(messages)}")
    return tuple(messages)


def _to_stop_sequences(texts: str | Iterable[str]) -> tuple[str, ...]:
    found = to_texts(texts) if isinstance(texts, Iterable) else (texts,)
    for text in found:
        if not isinstance(text, str):
            raise TypeError(f"stop_sequences must be text or several texts; found {describe(text)}")
    return found


def _to_options(options: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if options is not None and not isinstance(options, Mapping):
        raise TypeError(f"options must be a mapping; found {describe(options)}")
    for name in options or ():
        if not isinstance(name, str):
            raise TypeError(f"the names of options must be text; found {describe(name)}")
    return frozen_mapping(options)


def _something_to_say(_: Any, __: Any, messages: tuple[Message, ...]) -> None:
    for message in messages:
        if not isinstance(message, Message):
            raise TypeError(f"each of the messages must be a Message; found {describe(message)}")
    parts = [part for message in messages for part in message.parts]
    if not any(_says_something(part) for part in parts):
        raise InvalidRequest(
            "the message is empty",
            hint="Say something: text that is not only white space, an image or a file.",
        )
    for part in parts:
        for text in _texts_of(part):
            _check_unicode(text)


def _says_something(part: Part) -> bool:
    return bool(part.text.strip()) if isinstance(part, _Wordy) else True


def _texts_of(part: Part) -> list[str]:
    if isinstance(part, ToolResultPart):
        return [part.text]
    if isinstance(part, ToolCallPart):
        return [part.arguments_json]
    return [part.text] if isinstance(part, _Wordy) else []


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest(
            f"the message is not valid Unicode at index {error.start}: a lone surrogate"
        ) from None


@attrs.frozen(kw_only=True)
class ChatRequest:
    """What is asked of a provider.

    Attributes:
        messages: The messages, oldest first. A plain string becomes one user message.
        model: The model's name as the caller knows it; the provider's `model_mapping` translates it.
        conversation_id: The provider's own thread to go on with, or None for a new one. A number is taken as
            its text.
        tools: The tools that the model may ask to have called.
        tool_choice: `auto`, `none`, `required`, or the name of the tool that must be called; None leaves it
            to the remote.
        output: The form that the answer's text is to have; a plain JSON schema is one.
        reasoning: How much the model is to think; a word is an effort, a number a budget in tokens.
        max_tokens: The longest answer, in tokens.
        temperature: Sampling temperature, 0 or more.
        top_p: The share of likeliest tokens that are drawn from, over 0 up to 1.
        seed: Makes drawing repeat itself, as far as the remote can.
        stop_sequences: Texts at which the answer ends; a plain string is one of them.
        options: Settings that only one provider knows: fields of its `ProviderSpec.request_options`.
        timeout: Seconds the whole operation may take, waits included; None leaves it to the options.
        retry_uncertain: Whether to send again when the remote may already have acted. It may then act twice.
        id: Our own name for the request, the same through all attempts; empty for one that is drawn when it
            is sent, so that an object that is sent twice is two requests.

    Raises:
        InvalidRequest: There is nothing to say, the text is not valid Unicode, or a number is out of range.
        TypeError: A field has the wrong type.
    """

    messages: tuple[Message, ...] = attrs.field(converter=to_messages, validator=_something_to_say)
    model: str | None = attrs.field(default=None, validator=must_be("text", str, NoneType))
    conversation_id: str | None = attrs.field(
        default=None,
        converter=number_as_text,
        validator=must_be("text or a whole number", str, NoneType),
        metadata=Need(Capability.CONVERSATIONS, "go on with a conversation_id").mark,
    )
    tools: tuple[Tool, ...] = attrs.field(
        default=(), converter=to_tools, metadata=Need(Capability.TOOLS, "offer tools").mark
    )
    tool_choice: str | None = attrs.field(
        default=None,
        validator=must_be("text", str, NoneType),
        metadata=Need(Capability.TOOLS, "keep to a tool_choice").mark,
    )
    output: JsonSchema | None = attrs.field(
        default=None,
        converter=to_output,
        metadata=Need(Capability.STRUCTURED_OUTPUT, "hold the answer to a schema").mark,
    )
    reasoning: Reasoning | None = attrs.field(
        default=None,
        converter=to_reasoning,
        metadata=Need(Capability.REASONING_EFFORT, "be told how much to think", is_hint=True).mark,
    )
    max_tokens: int | None = attrs.field(
        default=None,
        validator=must_be("a whole number", int, NoneType),
        metadata=Need(Capability.MAX_TOKENS, "keep to max_tokens").mark,
    )
    temperature: float | None = attrs.field(
        default=None,
        validator=must_be("a number", int, float, NoneType),
        metadata=Need(Capability.TEMPERATURE, "set a temperature", is_hint=True).mark,
    )
    top_p: float | None = attrs.field(
        default=None,
        validator=must_be("a number", int, float, NoneType),
        metadata=Need(Capability.TOP_P, "set top_p", is_hint=True).mark,
    )
    seed: int | None = attrs.field(
        default=None,
        validator=must_be("a whole number", int, NoneType),
        metadata=Need(Capability.SEED, "take a seed", is_hint=True).mark,
    )
    stop_sequences: tuple[str, ...] = attrs.field(
        default=(),
        converter=_to_stop_sequences,
        metadata=Need(Capability.STOP_SEQUENCES, "stop at stop_sequences").mark,
    )
    options: Mapping[str, Any] = attrs.field(factory=dict, converter=_to_options)
    timeout: float | None = attrs.field(default=None, validator=must_be("a number", int, float, NoneType))
    retry_uncertain: bool = attrs.field(default=False, validator=must_be("true or false", bool))
    id: str = attrs.field(default="", validator=must_be("text", str))

    @max_tokens.validator
    def _positive(self, _: Any, value: int | None) -> None:
        if value is not None and value < 1:
            raise InvalidRequest(f"max_tokens is {value}; it must be 1 or more")

    @temperature.validator
    def _not_negative(self, _: Any, value: float | None) -> None:
        if value is not None and not (value >= 0 and fits_float(value) and math.isfinite(value)):
            raise InvalidRequest(f"temperature is {value}; it must be 0 or more")

    @top_p.validator
    def _a_share(self, _: Any, value: float | None) -> None:
        if value is not None and not 0 < value <= 1:
            raise InvalidRequest(f"top_p is {value}; it must be over 0 and at most 1")

    @tool_choice.validator
    def _one_of_the_tools(self, _: Any, value: str | None) -> None:
        if value is None or value == "none":
            return
        names = [tool.name for tool in self.tools]
        if not names or (value not in CHOICES and value not in names):
            raise InvalidRequest(
                f"tool_choice is {value!r}, and the request offers {', '.join(names) or 'no tools'}",
                hint=f"It is one of {', '.join(CHOICES)}, or the name of a tool in tools.",
            )

    @timeout.validator
    def _some_time(self, _: Any, value: float | None) -> None:
        if value is not None and not (value > 0 and fits_float(value)):
            raise InvalidRequest(f"timeout is {value}; it must be more than 0 seconds")

    @property
    def size(self) -> int:
        """The size of all messages in bytes, images and files included."""
        return sum(part.size for message in self.messages for part in message.parts)

    def options_as(self, kind: type[RequestOptions]) -> RequestOptions:
        """Return *options* as an object of the attrs class *kind*.

        Raises:
            InvalidRequest: One is unknown, of the wrong type or out of range.
        """
        from ._options import build_options, has_defaults

        if not self.options and has_defaults(cast("Any", kind)):
            # Asked for each request, and mostly nothing was said: there is nothing to read.
            return kind()
        try:
            return build_options(kind, self.options, where="the request")
        except ConfigError as wrong:
            raise InvalidRequest(wrong.message, hint=wrong.hint) from None


def identified(request: ChatRequest) -> ChatRequest:
    """Return *request* with an id: its own, or a new one. Called once for each time that it is sent."""
    return request if request.id else attrs.evolve(request, id=new_request_id())


Said: TypeAlias = str | Message | Iterable[Message] | ChatRequest
"""What can be asked: text, a message, several, or a whole request."""


def to_request(messages: Said, **settings: Any) -> ChatRequest:
    """Return a request that has an id: *messages* with *settings*, or a whole one with *settings* changed.

    Raises:
        InvalidRequest: See `ChatRequest`.
        TypeError: A setting is unknown or has the wrong type.
    """
    if isinstance(messages, ChatRequest):
        return identified(attrs.evolve(messages, **settings) if settings else messages)
    return identified(ChatRequest(messages=messages, **{"id": new_request_id(), **settings}))


@attrs.frozen(kw_only=True)
class Usage:
    """Token counts, as they were told or estimated. None means that nobody told.

    Remotes count differently: some leave cached tokens out of what was read, some leave reasoning out of what
    was written. Here both are in it, and *raw* has the remote's own counts.

    Attributes:
        input_tokens: Tokens read, cached ones included.
        output_tokens: Tokens written, reasoning included.
        cache_read_input_tokens: The part of *input_tokens* that came from a cache.
        cache_write_input_tokens: The part of *input_tokens* that was put into a cache.
        reasoning_output_tokens: The part of *output_tokens* that was reasoning.
        input_source: Who counted *input_tokens*: the remote (`reported`) or we (`estimated`).
        output_source: Who counted *output_tokens*.
        raw: The remote's own object.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None
    reasoning_output_tokens: int | None = None
    input_source: UsageSource | None = None
    output_source: UsageSource | None = None
    raw: Mapping[str, Any] = attrs.field(factory=dict, converter=frozen_mapping, repr=False)

    @property
    def inconsistencies(self) -> tuple[str, ...]:
        """What does not add up in these counts, each as a sentence. Nothing is corrected."""
        fields = [field.name for field in attrs.fields(Usage) if field.name.endswith("_tokens")]
        counts = {name: count for name in fields if (count := getattr(self, name)) is not None}
        cached = (self.cache_read_input_tokens or 0) + (self.cache_write_input_tokens or 0)
        found = [f"{name} is {count}" for name, count in counts.items() if count < 0]
        if self.input_tokens is not None and cached > self.input_tokens:
            found.append(f"{cached} tokens are cached, and {self.input_tokens} were read")
        if self.output_tokens is not None and (self.reasoning_output_tokens or 0) > self.output_tokens:
            found.append(
                f"{self.reasoning_output_tokens} tokens are reasoning, and {self.output_tokens} were written"
            )
        return tuple(found)


@attrs.frozen
class Adaptation:
    """A wish that was not granted, or not as it was said, because the provider cannot.

    Attributes:
        field: The field of the request, such as `temperature` or `messages[1].parts[0]`.
        reason: What was done with it and why, as a sentence without a full stop.
    """

    field: str
    reason: str


@attrs.frozen(kw_only=True)
class ChatResponse:
    """A finished answer, or how far it came.

    Attributes:
        parts: What the answer is made of, in its order: text, reasoning, tool calls. A failed request has
            those that were whole by then.
        error: Why the request failed, or None.
        partial: The text that had arrived when the request failed.
        partial_reasoning: The reasoning that had arrived when the request failed.
        provider: The provider's name.
        connection: The connection's name.
        model: The model that the remote says it used; None when it does not say.
        requested_model: The model that was asked for, as the remote names it.
        conversation_id: The provider's thread, to go on with.
        handle: Names this answer at the provider; `Connection.attach` takes it up again.
        url: Where a person can look at the answer, if the provider tells.
        finish_reason: Why the answer ended, in common words.
        provider_finish_reason: The same in the remote's own word.
        usage: Token counts; None where the remote tells none.
        adaptations: The wishes that were not granted as they were said.
        remote_request_id: The remote's id of the request: what its support asks for.
        limits: What the remote told about its limits: `requests_remaining`, `tokens_remaining`,
            `requests_reset`, `tokens_reset` (seconds), as far as it did.
        elapsed: Seconds from the call to the end of the answer.
        attempts: How often the request was put on the wire, or tried to be.
        metadata: What else the provider tells.
        request_id: The id of the request this answers.
        misses: Who was asked before and did not answer, when a choice of several connections was asked.
    """

    parts: tuple[Part, ...] = attrs.field(default=(), converter=to_parts, validator=parts_only)
    error: JackfieldError | None = None
    partial: str = ""
    partial_reasoning: str = ""
    provider: str = ""
    connection: str = ""
    model: str | None = None
    requested_model: str | None = None
    conversation_id: str | None = None
    handle: str | None = None
    url: str | None = None
    finish_reason: FinishReason | None = None
    provider_finish_reason: str | None = None
    usage: Usage | None = None
    adaptations: tuple[Adaptation, ...] = ()
    remote_request_id: str | None = None
    limits: Mapping[str, float] = attrs.field(factory=dict, converter=frozen_mapping)
    elapsed: float = 0.0
    attempts: int = 1
    metadata: Mapping[str, Any] = attrs.field(factory=dict, converter=frozen_mapping)
    request_id: str = ""
    misses: tuple[Miss, ...] = ()

    if not TYPE_CHECKING:
        # Programs that were written when an answer was a text run on; a new one is checked to give parts.
        def __init__(self, *, content: str = "", reasoning: str = "", **fields: Any) -> None:
            if content or reasoning:
                if "parts" in fields:
                    raise TypeError("an answer has parts, or content and reasoning; found both")
                said = (ReasoningPart(reasoning),) if reasoning else ()
                fields["parts"] = (*said, TextPart(content)) if content else said
            self.__attrs_init__(**fields)

    @property
    def content(self) -> str:
        """The answer's text; empty when the request failed (see *partial*)."""
        return self._text_of(TextPart) if self.success else ""

    @property
    def reasoning(self) -> str:
        """What the model thought aloud, as far as it arrived."""
        return self.partial_reasoning or self._text_of(ReasoningPart)

    @property
    def refusal(self) -> str:
        """The model's words for why it will not answer; empty where it does."""
        return self._text_of(RefusalPart)

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The tools that the model wants called; those that its remote has called are not among them."""
        return Message("assistant", self.parts).tool_calls

    @property
    def message(self) -> Message:
        """The answer as a message, to be appended to what was said.

        Raises:
            JackfieldError: The request failed: half an answer is nothing to go on from.
        """
        return Message("assistant", self.raise_for_error().parts)

    def _text_of(self, kind: type[_Wordy]) -> str:
        return "".join(part.text for part in self.parts if isinstance(part, kind))

    @property
    def success(self) -> bool:
        """Whether the whole answer arrived."""
        return self.error is None

    def raise_for_error(self) -> ChatResponse:
        """Raise *error* if the request failed; otherwise return the response itself."""
        if self.error is not None:
            raise self.error
        return self
