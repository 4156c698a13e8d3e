"""What Jackfield's API providers share: the HTTP client, errors, polling, options of the network.

For authors of providers. No type of the HTTP library appears in what is exported here.

A name is imported from its module when it is first used (PEP 562), so that a plugin that only wants
`ApiOptions` does not load the HTTP library. Type checkers read `__init__.pyi`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MODULES = {
    "_accounts": "KeyedProvider ModelList",
    "_answers": "AnswerDecoder StateMaker",
    "_batch_answers": "check_handle failed_answer json_lines whole_answer",
    "_body": "parse_json",
    "_client": "ApiClient Reply StreamedReply",
    "_credentials": "Credential",
    "_json_events": "JsonEventsDecoder",
    "_late": "examine_base_url opener_in",
    "_limits": "limits_of",
    "_listed": "sized_models vectors_in",
    "_network": "examine_network",
    "_options": "ApiOptions Network Trust",
    "_part_plan": "plan_parts without_citations",
    "_poller": "Poller",
    "_proxies": "Proxy",
    "_requests": "File Timeouts",
    "_retry_after": "parse_retry_after",
    "_signing": "Signer Unsigned",
    "_status": "NotFound error_for error_in",
    "_text": "shown",
    "_told": "request_id_of",
    "_turns": "filled joined_turns moved_ahead object_arguments system_ahead",
    "_usage": "UsageNames count_in found_in object_at objects_in text_at usage_of words_in",
    "_vendors._chat_decoder": "ChatCompletionsDecoder",
    "_vendors._chat_writer": "ChatDialect chat_body chat_plan data_uri input_audio",
    "_vendors._gemini_decoder": "GenerateContentDecoder",
    "_vendors._gemini_writer": "generate_content_body generate_content_plan",
    "_vendors._messages_decoder": "MessagesDecoder",
    "_vendors._messages_writer": "messages_body messages_plan",
    "_vendors._responses_decoder": "ResponsesDecoder",
    "_vendors._responses_writer": "responses_body responses_plan",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted(_HOMES)  # noqa: PLE0605  told by the table


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
