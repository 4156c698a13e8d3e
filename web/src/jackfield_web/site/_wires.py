"""The traffic of a chat page as data: how to know it, and what to take from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import attrs

from jackfield import at_least

WireKind: TypeAlias = Literal[
    "fetch-sse",
    "ndjson",
    "prefixed",
    "json",
    "json-seq",
    "text",
    "ui-messages",
    "websocket",
    "socketio",
    "signalr",
    "connect",
    "none",
    "busy",
]
WhichOnes: TypeAlias = Literal["", "first", "last", "all"]
TextMode: TypeAlias = Literal["delta", "snapshot"]

_SOCKETS: Final = ("websocket", "socketio", "signalr")
_QUERY: Final = re.compile("[?#]")
_UNREAD: Final = ("none", "busy")
_IN_BRACKETS: Final = re.compile(r"\[(\d+)\]")


def a_pattern(_: Any, attribute: attrs.Attribute[Any], value: str) -> None:
    """Validate a field: its text is a regular expression."""
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{attribute.name} must be a regular expression: {error}") from None


def _an_address(_: Any, __: Any, value: str) -> None:
    if not value:
        raise ValueError("url must be a regular expression that tells the traffic from other; found none")


def _a_path(_: Any, attribute: attrs.Attribute[Any], value: str) -> None:
    if _IN_BRACKETS.search(value):
        dotted = _IN_BRACKETS.sub(r".\1", value).lstrip(".")
        raise ValueError(f"{attribute.name} must be a dotted path, such as {dotted!r}; found {value!r}")


def _paths(_: Any, attribute: attrs.Attribute[Any], value: Mapping[str, Any]) -> None:
    for path in value:
        _a_path(_, attribute, path)


@attrs.frozen(kw_only=True)
class Rule:
    """What to take from a message on the wire. Paths are dotted: `choices.0.delta.content`.

    `$` is the whole message when it is text, `$event` the name of its event or its line's prefix. Where a
    text on the way is JSON itself, the path goes on in it.

    Attributes:
        when: Paths and what must be there: a value, or a list of values. Every one must fit.
        text: The path of text of the answer.
        reasoning: The path of what the model thinks.
        mode: `delta` when the text is an increment, `snapshot` when it is all so far.
        part: The path of a name for the part of the answer that the text belongs to.
        new_part: Whether it begins its part anew: what was said under the name before stands before it.
        known_part: Take the text only if its part has begun with another rule.
        retract: The path of a part that is withdrawn.
        error: The path of an error's message; its presence ends the answer.
        begins: The answer begins here; what came before belongs to another.
        done: The answer is complete.
        finish_reason: The path of the remote's word for why it ended.
        usage: The path of an object with token counts.
        model: The path of the model's name.
    """

    when: Mapping[str, Any] = attrs.field(factory=dict, validator=_paths)
    text: str = attrs.field(default="", validator=_a_path)
    reasoning: str = attrs.field(default="", validator=_a_path)
    mode: TextMode = "delta"
    part: str = attrs.field(default="", validator=_a_path)
    new_part: bool = False
    known_part: bool = False
    retract: str = attrs.field(default="", validator=_a_path)
    error: str = attrs.field(default="", validator=_a_path)
    begins: bool = False
    done: bool = False
    finish_reason: str = attrs.field(default="", validator=_a_path)
    usage: str = attrs.field(default="", validator=_a_path)
    model: str = attrs.field(default="", validator=_a_path)

    def __attrs_post_init__(self) -> None:
        if not any(getattr(self, name) for name in attrs.fields_dict(Rule) if name != "mode"):
            raise ValueError("a rule must say what it takes, such as text or done; found nothing")


_OWN_RULES: Final[Mapping[WireKind, tuple[Rule, ...]]] = {
    "prefixed": (
        Rule(when={"$event": "0"}, text="$"),
        Rule(when={"$event": "g"}, reasoning="$"),
        Rule(when={"$event": "3"}, error="$"),
        Rule(when={"$event": "d"}, finish_reason="finishReason", usage="usage", done=True),
    ),
    "text": (Rule(text="$"),),
    "ui-messages": (
        Rule(when={"type": "text-start"}, part="id", new_part=True),
        Rule(when={"type": "text-delta"}, text="delta", part="id"),
        Rule(when={"type": "reasoning-delta"}, reasoning="delta"),
        Rule(when={"type": "error"}, error="errorText"),
        Rule(when={"type": "finish"}, finish_reason="finishReason", done=True),
    ),
}
"""What Vercel's AI SDK says: lines with prefixes up to its version 4, events since (`ai`, 2026-11)."""


@attrs.frozen(kw_only=True)
class WirePattern:
    """Traffic that carries the answer.

    Attributes:
        url: A regular expression found in the address; it must begin before the query, and with a whole
            address at its beginning. `{base_url}` may stand in it.
        method: The HTTP method; any when empty.
        kind: How messages are framed: `fetch-sse` server-sent events, `ndjson` JSON in lines, `prefixed`
            lines such as `0:"Hello"`, `json` one body, `json-seq` JSON between record separators, `text`
            plain text, `ui-messages` the events of Vercel's AI SDK, `connect` the streams of Connect; of
            sockets `websocket` one message a frame, `socketio`, `signalr`. `none` says that the traffic,
            which is the conversation's, is not read but must be over before an answer is. `busy` says the
            latter alone, of whatever traffic it may be.
        decoder: `rules`, or the name of a decoder that the provider has.
        rules: What to take from each message, for the decoder `rules`. Every rule that fits applies. The
            kinds `ui-messages`, `prefixed` and `text` have rules of their own where none are given.
        conversation: The path of the conversation's id in a message; messages of others are passed over.
        end_is_done: Whether the answer is complete when the traffic ends without an error.
        joined_by: What stands between the parts of an answer.
        body: A regular expression found in the body of a request that is ours; any when empty.
        ours: Which requests carry the answer: the `first`, the `last` or `all` of them. When empty, of those
            under way at once the one whose body holds our message, or else the first; of later ones those
            that hold it too.
        standing: Whether the page keeps such a request open from before a message is sent, and opens it anew
            when it is closed: what comes after the sending is the answer's, and no end of it is an end.
        goes_on: Whether an answer goes on in later requests, whatever their bodies hold: steps of a tool.
        again_within: Seconds within which the page asks again, where it asks how far the answer is, takes
            up a stream or tries again. 0 for a moment, and for longer while it shows that it works.
    """

    url: str = attrs.field(validator=[_an_address, a_pattern])
    kind: WireKind
    method: str = ""
    decoder: str = "rules"
    rules: tuple[Rule, ...] = ()
    conversation: str = attrs.field(default="", validator=_a_path)
    end_is_done: bool = False
    joined_by: str = "\n\n"
    body: str = attrs.field(default="", validator=a_pattern)
    ours: WhichOnes = ""
    standing: bool = False
    goes_on: bool = False
    again_within: float = attrs.field(default=0.0, validator=at_least(0))

    def __attrs_post_init__(self) -> None:
        if self.decoder == "rules" and not self.rules:
            object.__setattr__(self, "rules", _OWN_RULES.get(self.kind, ()))
        if self.is_read and self.decoder == "rules" and not self.rules:
            raise ValueError("a wire with the decoder 'rules' needs rules")

    @property
    def is_socket(self) -> bool:
        """Whether it is a WebSocket and not a request."""
        return self.kind in _SOCKETS

    @property
    def is_polled(self) -> bool:
        """Whether a page may do by requests, one after the other, what it does else by its socket."""
        return self.kind == "socketio"

    @property
    def is_read(self) -> bool:
        """Whether messages are taken from it."""
        return self.kind not in _UNREAD

    @property
    def stays_open(self) -> bool:
        """Whether its traffic is not one answer's: a socket, or a request that stands open."""
        return self.is_socket or self.standing

    @property
    def tells_all(self) -> bool:
        """Whether each message says all of the answer so far."""
        modes = {rule.mode for rule in self.rules if rule.text}
        return modes == {"snapshot"} if self.decoder == "rules" else True

    @property
    def is_known(self) -> bool:
        """Whether it is of the conversation, so that its being there, or refused, says something of it."""
        return self.kind != "busy"

    @property
    def tells_the_end(self) -> bool:
        """Whether its traffic says when an answer is complete."""
        return self.is_read and (
            self.end_is_done or self.decoder != "rules" or any(rule.done for rule in self.rules)
        )

    def matches(self, url: str, method: str = "GET") -> bool:
        """Tell whether a request or a socket is this traffic."""
        if self.method.upper() not in {"", method.upper()}:
            return False
        end = _QUERY.search(url)
        length = end.start() if end else len(url)
        # Addresses stand in addresses: a beacon that tells where it was sent from is not what it tells of.
        return any(
            found.start() < length and not (found.start() and "://" in found[0])
            for found in re.finditer(self.url, url)
        )
