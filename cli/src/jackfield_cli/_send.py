"""`jackfield send`: from the words of the command line to a question, from the question to an exit code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio
import attrs

from jackfield import (
    ChatRequest,
    ChatResponse,
    Choice,
    ChoiceConfig,
    ConfigError,
    Connection,
    ConnectionConfig,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    ProviderManager,
    ResponseStream,
)

from . import _conversations
from ._asking import Opener, Reader, Watcher, exchange, report_failures
from ._input import attachments, joined, reads_stdin, said_or_piped
from ._report import did_nothing
from ._usage import UsageFault
from ._views import CodeView, ColumnsView, JsonView, LiveView, PlainView, View

if TYPE_CHECKING:
    from ._running import Interrupts
    from ._session import Session
    from ._templates import Template
    from ._tool_loop import Wanted


Reach: TypeAlias = Callable[[str], Awaitable[Connection]]
"""Opens a connection, by its name."""


@attrs.frozen(kw_only=True)
class Question:
    """What is asked of whom.

    Attributes:
        asked: Whom each name stands for: a connection, or several in turn.
        entries: All those connections, by name.
        text: The message; None when an answer is only taken up again.
        attached: The images and files that go with it.
        settings: Fields of `ChatRequest`.
        handle: The answer to take up again.
        system: What the model is to keep to.
        before: The conversation of this command that it goes on with.
        is_kept: Whether what comes of it is kept as a conversation to go on with.
    """

    asked: tuple[ChoiceConfig, ...]
    entries: Mapping[str, ConnectionConfig]
    text: str | None
    attached: Sequence[ImagePart | FilePart] = ()
    settings: dict[str, Any] = attrs.field(factory=dict)
    handle: str | None = None
    system: str | None = None
    before: _conversations.Kept | None = None
    is_kept: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names that were given."""
        return tuple(one.name for one in self.asked)

    @property
    def asked_as(self) -> dict[str, list[str]]:
        """The names that each connection is asked by."""
        return {
            name: [one.name for one in self.asked if name in {target.connection for target in one.targets}]
            for name in self.entries
        }

    def request(self) -> ChatRequest:
        """Return the request; a new one for each connection, for each has an id of its own."""
        said = [Message("user", [self.text or "", *self.attached])]
        kept_to = [Message("system", self.system)] if self.system else []
        earlier = self.before.messages if self.before else ()
        return ChatRequest(messages=[*kept_to, *earlier, *said], **self.settings)

    def answers(self, reach: Reach) -> dict[str, AbstractAsyncContextManager[ResponseStream]]:
        """Return the answers, by the names that were given; nothing is opened before one is entered.

        Raises:
            InvalidRequest: It cannot be asked, or not of them.
        """
        if self.handle is not None:
            (name,) = self.entries
            taken_up = _taken_up(reach, name, self.handle, self.settings)
            return {self.asked[0].name: taken_up}
        return {one.name: Choice(one.name, one.targets, reach).stream(self.request()) for one in self.asked}


@asynccontextmanager
async def _taken_up(
    reach: Reach, name: str, handle: str, settings: Mapping[str, Any]
) -> AsyncIterator[ResponseStream]:
    connection = await reach(name)
    async with connection.attach(handle, timeout=settings.get("timeout")) as stream:
        yield stream


def send(
    session: Session,
    *,
    words: Sequence[str],
    names: Sequence[str],
    images: Sequence[Path | str],
    files: Sequence[Path | str],
    attach: str | None,
    stream: bool | None,
    as_json: bool,
    raw: bool | None,
    system: str | None = None,
    extract: str | None = None,
    go_on: bool = False,
    conversation: str | None = None,
    no_history: bool = False,
    tools: Wanted | None = None,
    template: Template | None = None,
    **settings: Any,
) -> int:
    """Ask, show the answers, and return the exit code."""
    session.is_logged = not no_history
    if tools:
        tools.refuse_if_nobody_can_allow()
    name, said = split_words(session, words, named=bool(names), attaching=attach is not None)
    if template is not None:
        is_named = bool(name or names or go_on or conversation)
        name, settings = _as_templated(template, name, settings, is_named=is_named)
        extract = extract or template.extract
    before = None
    if go_on or conversation is not None:
        whom = _one_of(names) or name
        name, before, thread = _conversations.chosen(session, whom, go_on=go_on, conversation=conversation)
        names, settings["conversation_id"] = [], thread
    chosen = _asked(session, dict.fromkeys(names) or [name], settings.get("model"))
    entries = {entry.name: entry for entry in session.connections(one.name for one in chosen)}
    if attach is not None:
        _refuse_beside_attach(entries, template)
    given = {key: value for key, value in settings.items() if value is not None}
    question = Question(
        asked=chosen,
        entries=entries,
        text=None,
        settings=given,
        handle=attach,
        before=before,
        is_kept=attach is None and len(chosen) == 1 and not no_history,
    )
    if attach is None:
        text, kept_to = _worded(template, said, reads_pipe=not reads_stdin([*images, *files]))
        attached = _attached(images, files)
        question = attrs.evolve(question, text=text, attached=attached, system=system or kept_to)
        _refuse_early(question)
    show = partial(
        choose_view, session, question.names, stream=stream, as_json=as_json, raw=raw, extract=extract
    )
    if tools:
        return _send_with_tools(session, question, tools, show, extract=extract)
    return session.run(partial(_ask, session, question, show()))


def _asked(session: Session, names: Iterable[str | None], model: str | None) -> tuple[ChoiceConfig, ...]:
    """Return who is asked by the *names*: of the default, which is None, any model where one is named."""
    chosen = [(name, session.asked(name)) for name in names]
    return tuple(_of_any_model(one) if name is None and model else one for name, one in chosen)


def _of_any_model(default: ChoiceConfig) -> ChoiceConfig:
    """Return the one connection that is asked by default without its model: another one is named."""
    if len(default.targets) > 1:
        return default
    return attrs.evolve(default, targets=(attrs.evolve(default.targets[0], model=None),))


def _refuse_beside_attach(entries: Mapping[str, ConnectionConfig], template: Template | None) -> None:
    if template is not None:
        raise UsageFault("--attach asks nothing, so it takes no template")
    if len(entries) > 1:
        raise UsageFault("--attach takes up the answer of one connection; name one")


def _send_with_tools(
    session: Session, question: Question, tools: Wanted, show: Callable[[], View], *, extract: str | None
) -> int:
    from ._tool_loop import ask_with_tools

    if question.handle is not None or extract or sum(len(one.targets) for one in question.asked) > 1:
        raise UsageFault("tools are for one question to one connection, and not for --extract")
    return session.run(partial(ask_with_tools, session, question, tools, show))


def _one_of(names: Sequence[str]) -> str | None:
    if len(set(names)) > 1:
        raise UsageFault("a conversation is one with one connection; name one")
    return next(iter(names), None)


def _as_templated(
    template: Template, name: str | None, settings: dict[str, Any], *, is_named: bool
) -> tuple[str | None, dict[str, Any]]:
    """Return whom to ask and how, where a template says it and the command line does not."""
    if settings.get("model") is None and not (is_named and template.connection):
        settings = {**settings, "model": template.model}  # a model is its connection's, and not another one's
    return name if is_named else template.connection, settings


def _worded(template: Template | None, said: str | None, *, reads_pipe: bool) -> tuple[str, str]:
    """Return the question, and what a template wants the model to keep to."""
    if template is None:
        return joined(said, reads_pipe=reads_pipe), ""
    message = said_or_piped(said, reads_pipe=reads_pipe)
    return template.filled(message if message and message.strip() else None)


def split_words(
    session: Session, words: Sequence[str], *, named: bool, attaching: bool
) -> tuple[str | None, str | None]:
    """Tell the connection's name from the message, which is None where none was given.

    Raises:
        UsageFault: There are too many words.
    """
    most = (0 if named else 1) if attaching else (1 if named else 2)
    if len(words) > most:
        raise UsageFault(
            "--attach asks nothing, so it takes no message"
            if attaching
            else f"{len(words)} arguments are too many: put the message in quotes"
        )
    if attaching:
        return (words[0] if words else None), None
    if len(words) == 2:  # noqa: PLR2004  name and message
        return words[0], words[1]
    if not words:
        return None, None
    if not named and words[0] != "-" and session.is_connection(words[0]):
        return words[0], None
    return None, words[0]


def _attached(images: Sequence[Path | str], files: Sequence[Path | str]) -> Sequence[ImagePart | FilePart]:
    try:
        return attachments(images, files)
    except InvalidRequest as error:
        raise UsageFault(str(error)) from None


def _refuse_early(question: Question) -> None:
    """Find what is wrong with a question before anything is opened."""
    try:
        question.answers(_nobody)
    except InvalidRequest as error:
        raise UsageFault(str(error)) from None


async def _nobody(name: str) -> Connection:
    raise AssertionError(f"{name} is not asked yet")


def choose_view(
    session: Session,
    names: tuple[str, ...],
    *,
    stream: bool | None,
    as_json: bool,
    raw: bool | None,
    extract: str | None = None,
) -> View:
    """Return how the answers are shown: as asked for, or as fits where they go to.

    Raises:
        UsageFault: Two ways were asked for.
    """
    terminal = session.is_seen
    if as_json and extract:
        raise UsageFault("--extract prints code and --json the whole answer: give one")
    if as_json:
        return JsonView(stream=bool(stream), say=session.say)
    safe = terminal if raw is None else not raw
    if extract:
        return CodeView(names, safe=safe, say=session.say, last=extract == "last")
    if not (terminal or session.color == "always") or raw:
        return PlainView(names, stream=terminal if stream is None else stream, safe=safe, say=session.say)
    if len(names) > 1:
        return ColumnsView(session.out, names)
    return LiveView(session.out, stream=stream is not False)


async def _ask(session: Session, question: Question, view: View, interrupts: Interrupts) -> int:
    async def ask(manager: ProviderManager) -> int:
        reader, opener = Reader(session, manager, view), Opener(manager, question.entries)
        try:
            await reader.show(partial(reader.read_all, question.answers(opener.reach)))
        except anyio.get_cancelled_exc_class():
            reader.tell_stopped()
            raise
        finally:
            _keep(session, manager, question, reader)
        responses = [reader.responses[name] for name in question.names]
        code = report_failures(session, view, responses)
        if question.before is None and question.settings.get("conversation_id"):
            _conversations.help_if_unknown(responses[0].error, session.say)
        return code

    return await exchange(session, interrupts, ask, Watcher(session, view, question.asked_as))


def _keep(session: Session, manager: ProviderManager, question: Question, reader: Reader) -> None:
    """Keep the conversation, also one whose answer was stopped, where the provider has begun a thread."""
    finished = next(iter(reader.responses.values()), None)
    response = finished or next(iter(reader.unfinished), None)
    if not question.is_kept or response is None or response.connection not in manager.list_providers():
        return
    is_whole = finished is not None and finished.error is None
    connection = manager.get_provider(response.connection)
    if not (is_whole or response.conversation_id or _begins_one(question, response)):
        return
    said, thread = [*question.request().messages, *_answered(response)], response.conversation_id
    with _conversations.failure_told(session.say):
        kept = _conversations.remember(question.before, connection, thread, said, session.say)
        if kept and not is_whole:
            session.say("  Go on all the same: jackfield send -c")


def _answered(response: ChatResponse) -> Sequence[Message]:
    """Return the answer as a message; of one that broke off what arrived, if anything did."""
    if response.error is None and response.parts:
        return [response.message]
    arrived = response.content or response.partial
    return [Message("assistant", arrived)] if arrived else []


def _begins_one(question: Question, response: ChatResponse) -> bool:
    """Whether a question that got no whole answer begins a conversation all the same, where words are kept.

    Where nothing was done there is nothing to go on with. One that goes on with a conversation leaves that as
    it was.
    """
    if did_nothing(response.error) or question.before is not None:
        return False
    try:
        return _conversations.keeps_words()
    except ConfigError:
        return True  # keeping it tells why it cannot be
