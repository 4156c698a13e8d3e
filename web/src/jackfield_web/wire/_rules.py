"""A decoder that follows a Site's rules: which messages carry text, which end the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import attrs

from jackfield import Certainty, MalformedResponse, ProviderError, StreamEvent

from ..site import Rule, WirePattern, covers
from ._ending import Ending
from ._framing import Record
from ._paths import pick
from ._transcript import Transcript
from ._trouble import error_in, failed
from ._usage import usage_of

_SEVERAL: Final = 2


class RulesDecoder:
    """Turns the records of one answer into events, by the rules of a wire.

    Records that no rule fits are passed over, so that a remote may say more than we know of. A
    list of objects is that many messages, unless a path of the wire leads into it. What is an error by its
    own word, though by no rule, is one where nothing of the answer comes after it.

    Args:
        wire: The wire, with its rules.
        conversation_id: Tells the id of our conversation, or None while it has none. Records of others are
            passed over; records are kept back while ours is not known.
    """

    def __init__(self, wire: WirePattern, conversation_id: Callable[[], str | None]) -> None:
        self._wire = wire
        self._conversation_id = conversation_id
        self._kept_back: list[Record] = []
        self._takes_lists = any(path.partition(".")[0].isdecimal() for path in _paths(wire))
        self._begun = not any(rule.begins for rule in wire.rules)
        self._transcript = Transcript(wire.joined_by)
        self._reasoning = Transcript()
        self._ending = Ending()
        self.snapshots = Snapshots()
        """What messages that say all of the text so far took back."""
        self.trouble: ProviderError | None = None
        """The error that came last, and that no rule names."""

    def feed(self, record: Record) -> Iterator[StreamEvent]:
        """Take a record in.

        Raises:
            ProviderError: The remote reports an error.
        """
        for ours in [one for message in self._messages(record) for one in self._ours(message)]:
            fitting = [rule for rule in self._wire.rules if _fits(rule, ours)]
            if any(rule.begins for rule in fitting):
                self._begin()
            said = error_in(ours, is_ours=any(rule.when for rule in fitting))
            # What a socket says before the answer begins is of another.
            self.trouble = (said if self._begun or not self._wire.stays_open else None) or self.trouble
            for rule in fitting:
                yield from self._apply(rule, ours, is_error=said is not None)

    def finish(self) -> Iterable[StreamEvent]:
        """Say that the wire ended without an error. Behind one of the remote's own no answer is complete."""
        complete = self._wire.end_is_done and self._transcript.text and self.trouble is None
        return [self._ending.finished()] if complete else []

    def begins_with(self, record: Record) -> bool:
        """Tell whether an answer of our conversation begins with *record*."""
        ours = self._conversation_id() or ""
        mine = [one for one in self._messages(record) if _is_of(ours, pick(one, self._wire.conversation))]
        return any(rule.begins and _fits(rule, one) for one in mine for rule in self._wire.rules)

    def _begin(self) -> None:
        """Begin the answer: what was told belongs to another, and is taken back."""
        self._begun = True
        self._transcript.put_all({})
        self._reasoning, self._ending = Transcript(), Ending()
        self.snapshots, self.trouble = Snapshots(), None

    def _messages(self, record: Record) -> list[Record]:
        data = [] if self._takes_lists or not isinstance(record.data, list) else record.data
        are_messages = bool(data) and all(isinstance(one, dict) for one in data)
        return [Record(one, record.event) for one in data] if are_messages else [record]

    def _ours(self, record: Record) -> list[Record]:
        if not self._wire.conversation:
            return [record]
        self._kept_back.append(record)
        if (ours := self._conversation_id()) is None:
            return []
        records, self._kept_back = self._kept_back, []
        return [one for one in records if _is_of(ours, pick(one, self._wire.conversation))]

    def _apply(self, rule: Rule, record: Record, *, is_error: bool) -> Iterator[StreamEvent]:
        if not self._begun:
            return
        self._note(rule, record)
        news = [*self._reasoned(rule, record), *self._said(rule, record)]
        yield from news
        if rule.error and (told := pick(record, rule.error)):
            raise failed(told, record.data)
        if news and not is_error:
            self.trouble = None
        if rule.done:
            if self.trouble is not None:
                raise self.trouble
            yield self._ending.finished()

    def _said(self, rule: Rule, record: Record) -> list[StreamEvent]:
        if rule.new_part:
            self._transcript.settle(_part(rule, record))
        if rule.retract:
            self._transcript.put("", str(pick(record, rule.retract)))
        if rule.text:
            _write(self._transcript, rule, record, pick(record, rule.text), self.snapshots)
        return self._transcript.news()

    def _reasoned(self, rule: Rule, record: Record) -> list[StreamEvent]:
        if not rule.reasoning:
            return []
        _write(self._reasoning, rule, record, pick(record, rule.reasoning), Snapshots())
        return self._reasoning.thoughts()

    def _note(self, rule: Rule, record: Record) -> None:
        if rule.usage and isinstance(counts := pick(record, rule.usage), dict):
            self._ending.usage = usage_of(counts)
        if rule.model and isinstance(model := pick(record, rule.model), str) and model:
            self._ending.model = model
        if rule.finish_reason and isinstance(reason := pick(record, rule.finish_reason), str):
            self._ending.reason = reason


def _paths(wire: WirePattern) -> Iterator[str]:
    """Yield every path that is followed in a message."""
    yield wire.conversation
    for rule in wire.rules:
        yield from (rule.text, rule.reasoning, rule.part, rule.retract, rule.error)
        yield from (rule.finish_reason, rule.usage, rule.model, *rule.when)


def _is_of(ours: str, told: Any) -> bool:
    """Whether a message that tells *told* is of our conversation, whose id an address says as text."""
    # A truth is a number to Python, and no id.
    is_number = isinstance(told, int) and not isinstance(told, bool)
    return told is None or (str(told) if is_number else told) == ours


def _fits(rule: Rule, record: Record) -> bool:
    for path, wanted in rule.when.items():
        found = pick(record, path)
        if found not in (wanted if isinstance(wanted, list | tuple) else [wanted]):
            return False
    return True


def _part(rule: Rule, record: Record) -> str:
    return str(pick(record, rule.part)) if rule.part else ""


def _write(transcript: Transcript, rule: Rule, record: Record, text: Any, snapshots: Snapshots) -> None:
    part = _part(rule, record)
    if isinstance(text, int | float) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or (rule.known_part and part not in transcript):
        return
    if rule.mode == "snapshot":
        snapshots.see(transcript.part(part), text, part)
        transcript.put(text, part)
    else:
        transcript.append(text, part)


@attrs.define(eq=False)
class Snapshots:
    """Keeps what the snapshots of one answer took back: whether they are increments, as then each does.

    Law: a snapshot may say everything anew, as a remote does that puts an answer in its status's place. So
    the page decides where it shows the text; where it does not, snapshots that more often replaced what
    stood before them than they grew from it are none.
    """

    _runs: dict[str, list[str]] = attrs.field(factory=dict, init=False)
    """Of each part, the last of those snapshots that grew from each other."""
    _grown: int = attrs.field(default=0, init=False)
    _replaced: int = attrs.field(default=0, init=False)

    def see(self, before: str, now: str, part: str = "") -> None:
        """Take in that *now* stands in the place of *before*."""
        if not now or now == before:
            return
        runs = self._runs.setdefault(part, [])
        # Remotes rewrite the end of what they said: an open mark of markdown, a citation.
        is_kin = now[: (len(before) + 1) // 2] == before[: (len(before) + 1) // 2]
        if before and is_kin and runs:
            self._grown += 1
            runs[-1] = now
        else:
            self._replaced += bool(before) and not is_kin
            runs.append(now)

    @property
    def as_increments(self) -> str:
        """The text, if they are increments."""
        return "".join(text for runs in self._runs.values() for text in runs)

    @property
    def took_back(self) -> bool:
        """Whether one of them had nothing of the one before it."""
        return self._replaced > 0

    def are_none(self, said: str, shown: str) -> bool:
        """Tell whether they are increments.

        Args:
            said: The text, if they are snapshots.
            shown: What the page shows of it; empty where it shows nothing.
        """
        if shown and covers(said, shown):
            return False
        if shown and covers(self.as_increments, shown):
            return True
        return self._replaced >= _SEVERAL and self._replaced > self._grown


def increments() -> MalformedResponse:
    """Return the error for increments that a rule takes for snapshots."""
    return MalformedResponse(
        "the page's wire sends increments where its rule expects snapshots: each took back the one before it",
        hint='Leave `mode = "snapshot"` out of the rule in the Site that takes the text, or mend its `when`.',
        certainty=Certainty.STARTED,
    )
