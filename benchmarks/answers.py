"""What the remote says, on both of its wires: a whole answer of 0.8 KB, and events of about 320 bytes.

Sources: OpenAI's reference of chat completions, Anthropic's of messages, both as of 2026-11.
"""

from __future__ import annotations

import functools
import json
from typing import Any, Final

import attrs

MODEL: Final = "bench-1"
_TEXT: Final = "All the lines of the exchange end in a socket, and any of them can be patched to any other. "
_FILLER: Final = "".join(f"X-Filler-{number}: {number:032}\r\n" for number in range(8))
STREAM_HEAD: Final = (
    f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n{_FILLER}\r\n"
).encode()


@attrs.frozen(kw_only=True)
class Wire:
    """A way to say it.

    Attributes:
        whole: The answer in one JSON body.
        begin: What comes before the first event that has text.
        event: An event with text, as one HTTP chunk.
        end: What comes after the last.
    """

    whole: bytes
    begin: bytes
    event: bytes
    end: bytes

    @functools.cache  # noqa: B019  there are two wires, and a handful of numbers
    def burst(self, events: int) -> bytes:
        """Return an answer of *events* events, to be written at once."""
        return STREAM_HEAD + self.begin + self.event * events + self.end


def plain(told: Any) -> bytes:
    """Return an answer of 12 headers and *told* as its JSON body."""
    body = json.dumps(told)
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: bench\r\nVary: Accept\r\n"
    return f"{head}{_FILLER}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def _chunk(event: str) -> bytes:
    data = f"{event}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


def _completion(kind: str, **choice: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-0123456789abcdef0123456789abcdef",
        "object": kind,
        "created": 1760000000,
        "model": MODEL,
        "choices": [{"index": 0, **choice}],
    }


def _piece(text: str, finish_reason: str | None = None) -> bytes:
    delta = {"role": "assistant", "content": text}
    told = _completion("chat.completion.chunk", delta=delta, logprobs=None, finish_reason=finish_reason)
    told |= {"service_tier": "default", "system_fingerprint": "fp_0123456789"}
    return _chunk(f"data: {json.dumps(told)}")


def _openai() -> Wire:
    message = {"role": "assistant", "content": _TEXT * 5}
    told = _completion("chat.completion", message=message, finish_reason="stop")
    told["usage"] = {"prompt_tokens": 9, "completion_tokens": 100, "total_tokens": 109}
    return Wire(
        whole=plain(told),
        begin=b"",
        event=_piece("any line "),
        end=_piece("", "stop") + _chunk("data: [DONE]") + b"0\r\n\r\n",
    )


def _told(kind: str, **fields: Any) -> bytes:
    return _chunk(f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}")


def _anthropic() -> Wire:
    message: dict[str, Any] = {
        "id": "msg_0123456789abcdef01234567",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 9, "output_tokens": 1},
    }
    over = {"stop_reason": "end_turn", "stop_sequence": None}
    usage = {"input_tokens": 9, "output_tokens": 100}
    # As long as a chunk of the other wire: what is compared is the reading of an event, not its length.
    text = "any line ".ljust(200)
    return Wire(
        whole=plain({**message, **over, "content": [{"type": "text", "text": _TEXT * 5}], "usage": usage}),
        begin=_told("message_start", message=message)
        + _told("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event=_told("content_block_delta", index=0, delta={"type": "text_delta", "text": text}),
        end=_told("content_block_stop", index=0)
        + _told("message_delta", delta=over, usage={"output_tokens": 100})
        + _told("message_stop")
        + b"0\r\n\r\n",
    )


OPENAI: Final = _openai()
ANTHROPIC: Final = _anthropic()
