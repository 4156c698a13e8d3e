from ._accounts import KeyedProvider, ModelList
from ._answers import AnswerDecoder, StateMaker
from ._batch_answers import check_handle, failed_answer, json_lines, whole_answer
from ._body import parse_json
from ._client import ApiClient, Reply, StreamedReply
from ._credentials import Credential
from ._json_events import JsonEventsDecoder
from ._late import examine_base_url, opener_in
from ._limits import limits_of
from ._listed import sized_models, vectors_in
from ._network import examine_network
from ._options import ApiOptions, Network, Trust
from ._part_plan import plan_parts, without_citations
from ._poller import Poller
from ._proxies import Proxy
from ._requests import File, Timeouts
from ._retry_after import parse_retry_after
from ._signing import Signer, Unsigned
from ._status import NotFound, error_for, error_in
from ._text import shown
from ._told import request_id_of
from ._turns import filled, joined_turns, moved_ahead, object_arguments, system_ahead
from ._usage import UsageNames, count_in, found_in, object_at, objects_in, text_at, usage_of, words_in
from ._vendors._chat_decoder import ChatCompletionsDecoder
from ._vendors._chat_writer import ChatDialect, chat_body, chat_plan, data_uri, input_audio
from ._vendors._gemini_decoder import GenerateContentDecoder
from ._vendors._gemini_writer import generate_content_body, generate_content_plan
from ._vendors._messages_decoder import MessagesDecoder
from ._vendors._messages_writer import messages_body, messages_plan
from ._vendors._responses_decoder import ResponsesDecoder
from ._vendors._responses_writer import responses_body, responses_plan

__all__ = [
    "AnswerDecoder",
    "ApiClient",
    "ApiOptions",
    "ChatCompletionsDecoder",
    "ChatDialect",
    "Credential",
    "File",
    "GenerateContentDecoder",
    "JsonEventsDecoder",
    "KeyedProvider",
    "MessagesDecoder",
    "ModelList",
    "Network",
    "NotFound",
    "Poller",
    "Proxy",
    "Reply",
    "ResponsesDecoder",
    "Signer",
    "StateMaker",
    "StreamedReply",
    "Timeouts",
    "Trust",
    "Unsigned",
    "UsageNames",
    "chat_body",
    "chat_plan",
    "check_handle",
    "count_in",
    "data_uri",
    "error_for",
    "error_in",
    "examine_base_url",
    "examine_network",
    "failed_answer",
    "filled",
    "found_in",
    "generate_content_body",
    "generate_content_plan",
    "input_audio",
    "joined_turns",
    "json_lines",
    "limits_of",
    "messages_body",
    "messages_plan",
    "moved_ahead",
    "object_arguments",
    "object_at",
    "objects_in",
    "opener_in",
    "parse_json",
    "parse_retry_after",
    "plan_parts",
    "request_id_of",
    "responses_body",
    "responses_plan",
    "shown",
    "sized_models",
    "system_ahead",
    "text_at",
    "usage_of",
    "vectors_in",
    "whole_answer",
    "without_citations",
    "words_in",
]
