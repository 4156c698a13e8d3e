from ._body import parse_json
from ._chat_decoder import ChatCompletionsDecoder, StateMaker
from ._chat_writer import ChatDialect, chat_body, chat_plan, data_uri, input_audio
from ._client import ApiClient, Reply, StreamedReply
from ._credentials import Credential
from ._json_events import JsonEventsDecoder, whole_answer
from ._limits import limits_of
from ._listed import sized_models, vectors_in
from ._network import examine_network
from ._options import ApiOptions, Network, Trust
from ._part_plan import plan_parts
from ._poller import Poller
from ._proxies import Proxy
from ._requests import File, Timeouts
from ._responses_decoder import ResponsesDecoder
from ._responses_writer import responses_body, responses_plan
from ._retry_after import parse_retry_after
from ._signing import Signer, Unsigned
from ._status import NotFound, error_for, error_in
from ._text import shown
from ._told import request_id_of
from ._usage import count_in, found_in, objects_in, usage_of, words_in

__all__ = [
    "ApiClient",
    "ApiOptions",
    "ChatCompletionsDecoder",
    "ChatDialect",
    "Credential",
    "File",
    "JsonEventsDecoder",
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
    "chat_body",
    "chat_plan",
    "count_in",
    "data_uri",
    "error_for",
    "error_in",
    "examine_network",
    "found_in",
    "input_audio",
    "limits_of",
    "objects_in",
    "parse_json",
    "parse_retry_after",
    "plan_parts",
    "request_id_of",
    "responses_body",
    "responses_plan",
    "shown",
    "sized_models",
    "usage_of",
    "vectors_in",
    "whole_answer",
    "words_in",
]
