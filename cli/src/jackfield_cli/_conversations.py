"""The conversations of this command, so that they can be gone on with: `-c`, `--conversation ID`.

Where the provider keeps its thread, the thread's name is kept here. What was said is kept only where the
user asked for it, by `jackfield conversations --keep`: the first words as a title, and with providers that
keep nothing the messages, since they must be sent again. All in private files, the newest hundred.

Law: without that wish no word of a conversation is written. A file that makes no sense is set aside and told,
never overwritten; one that is removed, because there are too many, is told where words go with it.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from jackfield import (
    Capability,
    ConfigError,
    Connection,
    ContentRefused,
    InvalidRequest,
    JackfieldError,
    Message,
    ModelNotFound,
    from_json,
    near_names,
    prepare,
    to_json,
)

from ._listing import table
from ._private import files, read_private, state_folder, write_private
from ._safe import one_line
from ._session import json_line
from ._usage import UsageFault

if TYPE_CHECKING:
    from ._session import Session

_MOST_KEPT: Final = 100
_TITLE: Final = 60
_WISH: Final = "keep"
"""The name of the file that is there where words are to be kept."""
_UNKEPT: Final = "unkept"
"""The name of the file that tells with whom conversations were that are not kept, and when."""
_NO_WORDS: Final = (
    "No word of what is said is kept, so only what a provider keeps itself can be gone on with; "
    "to keep the others: jackfield conversations --keep"
)
_WHICH_THERE_ARE: Final = "Those known here are listed by: jackfield conversations"
_NAME: Final = re.compile(r"[0-9a-f]{8}")


@attrs.frozen(kw_only=True)
class Kept:
    """A conversation as it is kept.

    Attributes:
        id: Its name here: eight hexadecimal digits.
        connection: With whom.
        title: Its first words; empty where words are not kept.
        at: When something was said last, in seconds since 1970.
        thread: The provider's own name for it, where the provider keeps it.
        messages: What was said; empty where the provider keeps it.
    """

    id: str = attrs.field(factory=lambda: secrets.token_hex(4))
    connection: str
    title: str = ""
    at: float = attrs.field(factory=time.time)
    thread: str | None = None
    messages: tuple[Message, ...] = ()


def last_of(connection: str | None, say: Callable[[str], None]) -> Kept:
    """Return the conversation that was gone on with last, with anybody or with *connection*.

    Raises:
        UsageFault: There is none, or a later one was not kept: another is not gone on with for it.
    """
    kept = next((one for one in _all(say) if connection in {None, one.connection}), None)
    hint = "" if keeps_words() else f" {_NO_WORDS}"
    later = {at: name for name, at in _unkept().items() if connection in {None, name}}
    if later and (kept is None or kept.at < max(later)):
        before = f" The one before: --conversation {kept.id}, with {kept.connection}." if kept else ""
        raise UsageFault(f"the last conversation, with {later[max(later)]}, was not kept.{hint}{before}")
    if kept is None:
        with_whom = f" with {connection}" if connection else ""
        raise UsageFault(f"there is no conversation{with_whom} to go on with.{hint}")
    return kept


def found(name: str, say: Callable[[str], None]) -> Kept | None:
    """Return the conversation of that name here; None where a provider's own name for one was given."""
    return _read(_folder() / f"{name}.json", say) if _NAME.fullmatch(name) else None


def remember(
    before: Kept | None,
    connection: Connection,
    thread: str | None,
    said: Sequence[Message],
    say: Callable[[str], None],
) -> Kept | None:
    """Keep how a conversation stands, as the one that was gone on with last.

    Args:
        before: As it was kept before.
        connection: With whom it is.
        thread: The provider's name for it.
        said: All that was said.
        say: Is told what is forgotten to make room.

    Returns:
        It; None where neither the provider keeps it nor words are kept here.

    Raises:
        ConfigError: There is no private place for it.
    """
    has_words = keeps_words()
    is_kept_there = thread is not None and Capability.CONVERSATIONS in connection.capabilities
    if not (is_kept_there or has_words):
        write_private(_folder() / _UNKEPT, json_line({**_unkept(), connection.name: time.time()}))
        return None
    kept = Kept(
        id=before.id if before else secrets.token_hex(4),
        connection=connection.name,
        title=(before.title if before else _title(said)) if has_words else "",
        thread=thread if is_kept_there else None,
        messages=() if is_kept_there else tuple(said),
    )
    form = {
        **attrs.asdict(kept, recurse=False),
        "messages": [json.loads(to_json(one)) for one in kept.messages],
    }
    write_private(_folder() / f"{kept.id}.json", json_line(form))
    for file in _files()[_MOST_KEPT:]:
        _make_room(file, say)
    return kept


@contextmanager
def failure_told(say: Callable[[str], None]) -> Iterator[None]:
    """Tell where a conversation cannot be kept, for the length of a block that keeps it, and go on."""
    try:
        yield
    except (ConfigError, OSError) as error:
        say(f"The conversation is not kept: {error}")


def _make_room(file: Path, say: Callable[[str], None]) -> None:
    oldest = _read(file, say)
    file.unlink(missing_ok=True)
    if oldest is not None and oldest.messages:
        told = f"{oldest.id}, with {oldest.connection}: {oldest.title}"
        say(f"Forgotten, as the oldest of more than {_MOST_KEPT} conversations: {one_line(told)}")


def names() -> list[str]:
    """Return the names of the conversations, the one that was gone on with last first."""
    return [file.stem for file in _files()]


def keeps_words() -> bool:
    """Whether what is said is to be kept."""
    return read_private(_folder() / _WISH) is not None


def show(session: Session, *, as_json: bool) -> None:
    """List the conversations, the one that was gone on with last first."""
    listed = list(_all(session.say))
    if as_json:
        for kept in listed:
            told = attrs.asdict(kept, recurse=False, filter=attrs.filters.exclude("messages"))
            print(json_line({**told, "turns": _turns(kept)}))  # noqa: T201
    elif listed:
        rows = [(kept.id, _when(kept), kept.connection, one_line(kept.title)) for kept in listed]
        session.out.print(table(("id", "last said", "connection", "begins with"), rows))
        session.say("Go on with one: jackfield chat --conversation ID; with the last: jackfield chat -c")
    else:
        session.say("There is no conversation yet.")
    if not as_json and not keeps_words():
        session.say(_NO_WORDS)


def forget(session: Session) -> None:
    """Forget every conversation on this machine, also those that cannot be read."""
    for file in [*_files(), *files(_folder(), "*.damaged"), _folder() / _UNKEPT]:
        file.unlink(missing_ok=True)
    session.say("Forgotten here. What providers keep of them stays with them.")


def keep_words(session: Session, *, keep: bool) -> None:
    """Have the words of conversations kept from now on, or not; what is kept already stays."""
    if keep:
        write_private(_folder() / _WISH, "")
        session.say(f"What is said is kept from now on, in {str(_folder())!r}, which only you can read.")
    else:
        (_folder() / _WISH).unlink(missing_ok=True)
        session.say("No word is kept from now on. To remove what is there: jackfield conversations --forget")


def _turns(kept: Kept) -> int | None:
    return sum(message.role == "user" for message in kept.messages) if kept.messages else None


def _when(kept: Kept) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.at))


def _title(said: Sequence[Message]) -> str:
    first = next((message.text for message in said if message.role == "user"), "")
    words = " ".join(first.split())
    return words if len(words) <= _TITLE else f"{words[: _TITLE - 1]}…"


def _folder() -> Path:
    return state_folder() / "conversations"


def _files() -> list[Path]:
    """Return the files, the one that was written last first."""
    found = [file for file in files(_folder(), "*.json") if _NAME.fullmatch(file.stem)]
    return sorted(found, key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)


def _unkept() -> dict[str, float]:
    """Return when a conversation was last not kept, by the connection that it was with."""
    try:
        found = json.loads(read_private(_folder() / _UNKEPT) or "{}")
        return {str(name): float(at) for name, at in found.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}  # whatever it was: it holds nothing that anybody has said


def _all(say: Callable[[str], None]) -> Iterator[Kept]:
    return (kept for file in _files() if (kept := _read(file, say)) is not None)


def _read(file: Path, say: Callable[[str], None]) -> Kept | None:
    text = read_private(file)
    if text is None:
        return None
    try:
        return _kept(json.loads(text), file.stem)
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError, JackfieldError):
        aside = file.with_suffix(".damaged")
        file.replace(aside)
        say(f"The conversation {file.stem} cannot be read; it was set aside as {str(aside)!r}.")
        return None


def _kept(form: dict[str, Any], name: str) -> Kept:
    messages = [from_json(one) for one in form["messages"]]
    if not all(isinstance(one, Message) for one in messages):
        raise ValueError("messages")
    time.localtime(float(form["at"]))  # a time that no calendar has is damage, too
    return Kept(
        id=name,
        connection=str(form["connection"]),
        title=str(form["title"]),
        at=float(form["at"]),
        thread=None if form["thread"] is None else str(form["thread"]),
        messages=tuple(one for one in messages if isinstance(one, Message)),
    )


def chosen(
    session: Session, name: str | None, *, go_on: bool, conversation: str | None
) -> tuple[str | None, Kept | None, str | None]:
    """Return whom to ask, which conversation of this command to go on with, or which of the provider's own.

    Raises:
        UsageFault: Both were asked for, there is none, or it is one with somebody else.
    """
    if go_on and conversation is not None:
        raise UsageFault("-c goes on with the last conversation, --conversation with the one named: give one")
    kept = last_of(name, session.say) if go_on else found(conversation, session.say) if conversation else None
    if kept is None:
        if conversation is not None:
            _refuse_if_unknown(session, name, conversation)
        return name, None, conversation
    if name is not None and kept.connection not in {name, session.asked(name).name}:
        raise UsageFault(f"the conversation {kept.id} is one with {kept.connection}, not with {name}")
    if not session.is_connection(kept.connection):
        known = [entry.name for entry in session.config.connections]
        raise UsageFault(
            f"the conversation {kept.id} is one with {kept.connection}, which is no connection now. "
            f"{near_names(kept.connection, known)}"
        )
    return kept.connection, kept, kept.thread


def _refuse_if_unknown(session: Session, name: str | None, conversation: str) -> None:
    """Refuse a name that is none here, where it cannot be a provider's own for a conversation either."""
    try:
        if len(session.asked(name).targets) > 1:
            return  # no conversation is one with several, which is told where they are asked
        entry = session.connection(name)
        spec = prepare(entry.provider, entry.options, name=entry.name).spec
    except ConfigError:
        if name is not None:
            raise
        why = "and a provider's own name for one needs the connection's before it"
    else:
        if Capability.CONVERSATIONS in spec.capabilities:
            return
        why = f"and {spec.name} keeps none itself"
    raise UsageFault(f"there is no conversation {conversation!r} here, {why}. {_WHICH_THERE_ARE}")


def help_if_unknown(error: JackfieldError | None, say: Callable[[str], None]) -> None:
    """Say which conversations there are, where a provider may not have known the one that was named."""
    if isinstance(error, InvalidRequest) and not isinstance(error, ModelNotFound | ContentRefused):
        say(_WHICH_THERE_ARE)
