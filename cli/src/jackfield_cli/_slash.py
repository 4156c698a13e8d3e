"""What begins with a slash in `jackfield chat`: one function a command, and the table that `/help` shows."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shlex
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import attrs
import click
from anyio import to_thread

from jackfield import (
    ConfigError,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    Model,
    PluginError,
    ProviderError,
    near_names,
    to_json,
)

from ._editor import NO_EDITOR
from ._journal import stats_table
from ._private import FILE_MODE
from ._report import sentence
from ._safe import escape, one_line
from ._templates import load, show_list
from ._views import code_blocks

if TYPE_CHECKING:
    from ._chat import Talk

_LEAVING: Final = frozenset({"/quit", "/exit"})
_LEFT_COLUMN: Final = 17
_LONGEST_LINE: Final = 200


@attrs.frozen
class Command:
    """One command.

    Attributes:
        does: Carries it out, with what stands behind its word.
        takes: What may stand there, for the help.
        help: What it is for, in a few words.
    """

    does: Callable[[Talk, str], Awaitable[None]]
    takes: str
    help: str


async def obey(talk: Talk, line: str) -> bool:
    """Carry out the command that *line* is; return whether it leaves the talk."""
    word, *rest = line.split(maxsplit=1)
    if word in _LEAVING:
        return True
    command = COMMANDS.get(word)
    if command is None:
        near = near_names(word, [*COMMANDS, *_LEAVING])
        talk.say(f"There is no command {word}. {near} /help lists them. //… sends a line with a slash.")
        return False
    carry_out = partial(command.does, talk, rest[0].strip() if rest else "")
    if not talk.at_terminal:
        await carry_out()
    elif await talk.interrupts.part(carry_out):
        talk.say("Stopped.")
    return False


async def _help(talk: Talk, _: str) -> None:
    told = {f"{word} {command.takes}": command.help for word, command in COMMANDS.items()}
    told["/quit"] = "leave, as Ctrl-D does"
    lines = [f"{left:<{_LEFT_COLUMN}}{right}" for left, right in told.items()]
    talk.say("\n".join((*lines, _KEYS)))


_KEYS: Final = """\
Alt-Enter, or \\ at the end of a line, begins another line of the message.
A line that begins with // is sent, with one of the two. Ctrl-C stops an answer."""


async def _new(talk: Talk, _: str) -> None:
    talk.begin()
    talk.say("A new conversation.")


async def _model(talk: Talk, name: str) -> None:
    known = await _known_models(talk)
    if not name:
        _list(talk, known)
    elif name == "default":
        talk.model = None
        talk.say("The default model answers.")
    elif known and name not in (names := _names(talk, known)):
        talk.say(f"There is no model {name!r} here. {near_names(name, names)}")
    else:
        talk.model = name
        talk.say(f"The next answers come from {name}.")


async def _models(talk: Talk, _: str) -> None:
    _list(talk, await _known_models(talk))


async def _known_models(talk: Talk) -> Sequence[Model]:
    """Return the models; none where the provider does not tell them, or cannot just now."""
    try:
        return await talk.connection.list_models()
    except (ProviderError, PluginError) as error:
        talk.say(sentence(error))
        return ()


def _names(talk: Talk, known: Iterable[Model]) -> list[str]:
    mapped = talk.connection.options.model_mapping
    return [*mapped, *(name for one in known for name in (one.id, *one.aliases))]


def _list(talk: Talk, known: Iterable[Model]) -> None:
    for one in known:
        mark = "*" if talk.model in {one.id, *one.aliases} or (talk.model is None and one.default) else " "
        also = f" ({', '.join(one.aliases)})" if one.aliases else ""
        talk.say(f"{mark} {one.id}{also}")


async def _system(talk: Talk, text: str) -> None:
    if not text:
        talk.say(
            talk.system or "The model is to keep to nothing. /system TEXT says what to, /system off nothing."
        )
        return
    text = "" if text == "off" else text
    if text and not _allows(talk, [Message("system", text), Message("user", "?")]):
        return
    if talk.keep_to(text):
        talk.say(
            "The model keeps to it from the next question on." if text else "The model is to keep to nothing."
        )
    elif text:
        talk.say(f"It goes along with the next question; {talk.connection.name} keeps what was said before.")
    else:
        talk.say(f"{talk.connection.name} keeps what was said before, this too; /new begins without it.")


def _allows(talk: Talk, said: Sequence[Message]) -> bool:
    """Whether the provider takes a message of such a kind; where it does not, that is told."""
    refusals = talk.connection.plan(said).refusals
    if refusals:
        talk.say(sentence(refusals[0]))
    return not refusals


async def _file(talk: Talk, path: str) -> None:
    await _attach_file(talk, path, FilePart)


async def _image(talk: Talk, path: str) -> None:
    await _attach_file(talk, path, ImagePart)


async def _attach_file(talk: Talk, given: str, kind: type[FilePart | ImagePart]) -> None:
    if given:
        file = _path(given)
        try:
            part: FilePart | ImagePart = await to_thread.run_sync(kind.from_file, file)
        except InvalidRequest as error:
            talk.say(sentence(error))
            return
        if not _allows(talk, [Message("user", ["?", part])]):
            return
        talk.attached.append((file.name, part))
    names = ", ".join(one_line(name) for name, _ in talk.attached)
    talk.say(f"Goes along with the next question: {names or 'nothing'}.")


def _path(given: str) -> Path:
    """Return the path that was meant: as it stands, or as a shell reads what was dropped on the terminal."""
    words = [given]
    if not os.path.exists(os.path.expanduser(given)):  # noqa: PTH110, PTH111  these raise for no name
        with contextlib.suppress(ValueError):
            words = shlex.split(given)
    return Path(os.path.expanduser(words[0] if len(words) == 1 else given))  # noqa: PTH111


async def _save(talk: Talk, given: str) -> None:
    said = talk.conversation.messages
    if not (given and said):
        talk.say("Save it where? /save FILE" if said else "Nothing was said here yet.")
        return
    file = _path(given)
    text = _as_json(said) if file.suffix == ".json" else _as_markdown(talk, said)
    try:
        await to_thread.run_sync(_write_new, file, text)
    except FileExistsError:
        talk.say(f"{str(file)!r} is there already, and stays as it is. Give another name.")
    except OSError as error:
        talk.say(f"{str(file)!r} cannot be written: {error.strerror}.")
    else:
        talk.say(f"Saved in {str(file)!r}: {len(said)} messages.")


def _as_json(said: Iterable[Message]) -> str:
    return "[\n" + ",\n".join(map(to_json, said)) + "\n]\n"


def _as_markdown(talk: Talk, said: Iterable[Message]) -> str:
    names = {"user": "You", "assistant": talk.connection.name, "system": "System", "tool": "Tool"}
    return "\n".join(f"## {names[one.role]}\n\n{_told(one)}\n" for one in said)


def _told(message: Message) -> str:
    sent = [f"*with an image, {image.media_type}*" for image in message.images]
    sent += [f"*with the file {file.name}*" for file in message.files]
    return "\n\n".join(filter(None, (message.text.strip(), *sent)))


def _write_new(file: Path, text: str) -> None:
    # Made, never opened: what is there stays, and a talk is for whoever had it.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    with open(descriptor, "w", encoding="utf-8") as opened:  # noqa: PTH123  a descriptor
        opened.write(text)


async def _copy(talk: Talk, what: str) -> None:
    if not talk.at_terminal:
        talk.say("There is no terminal whose clipboard could take it.")
        return
    if not talk.answer:
        talk.say("There is no answer to copy yet.")
        return
    if what not in {"", "code"}:
        talk.say("/copy takes the last answer, /copy code its last block of code.")
        return
    text = talk.answer
    if what == "code":
        if not (blocks := code_blocks(text)):
            talk.say("There is no block of code in the last answer.")
            return
        text = blocks[-1]
    # What is copied is pasted at a terminal again, as like as not: nothing in it may be obeyed there.
    sys.stdout.write(clipboard(escape(text)))
    sys.stdout.flush()
    talk.say(
        f"{len(text)} characters for the clipboard. If nothing can be pasted, your terminal does not take it "
        "(OSC 52; in tmux: set -g set-clipboard on)."
    )


def clipboard(text: str) -> str:
    """Return the sequence (OSC 52) by which a terminal puts *text* into the clipboard."""
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"


async def _retry(talk: Talk, _: str) -> None:
    if talk.question is None:
        talk.say("There is no question to ask again yet.")
    else:
        await talk.ask_instead(talk.question)


async def _edit(talk: Talk, text: str) -> None:
    if not talk.at_terminal:
        talk.say("There is no terminal to edit at.")
        return
    before = talk.question
    begun = text or (before.text if before else "")
    edited: list[str | None] = []

    async def edit() -> None:
        with anyio.CancelScope(shield=True):  # Ctrl-C in the editor is the editor's
            edited.append(await to_thread.run_sync(lambda: click.edit(begun, extension=".md")))

    try:
        await talk.interrupts.part(edit)
    except click.ClickException as error:
        talk.say(f"{error.format_message()}. {NO_EDITOR}")
        return
    words = (edited[0] or "").strip()
    if not words:
        talk.say("Nothing was saved, so nothing is asked.")
    elif text or before is None:
        talk.session.remark(words)
        await talk.ask(words)
    else:
        others = [part for part in before.parts if part in (*before.images, *before.files)]
        await talk.ask_instead(Message("user", [words, *others]))


async def _template(talk: Talk, text: str) -> None:
    name, _, rest = text.partition(" ")
    if not name:
        show_list(talk.session, as_json=False)
        return
    try:
        template = load(name)
        given, message = _values(rest, template.variables)
        question, system = template.with_values(given).filled(message or None)
    except ConfigError as error:
        talk.say(sentence(error))
        return
    if template.connection not in {None, talk.connection.name}:
        talk.say(f"The template is meant for {template.connection}; {talk.connection.name} is asked.")
    elif template.model:
        await _model(talk, template.model)
    if system and system != talk.system:
        await _system(talk, system)
    talk.session.remark(question)
    await talk.ask(question)


def _values(text: str, variables: Iterable[str]) -> tuple[list[str], str]:
    """Return the values that *text* begins with, each as `name=value`, and the message behind them."""
    given, rest = [], text.strip()
    while (found := _VALUE.match(rest)) and found["name"] in variables:
        value = found["value"]
        given.append(f"{found['name']}={value[1:-1] if value[:1] in _QUOTES else value}")
        rest = rest[found.end() :]
    return given, rest


_QUOTES: Final = ("'", '"')
_VALUE: Final = re.compile(r"""(?P<name>\w+)=(?P<value>"[^"]*"|'[^']*'|\S*)\s*""")


async def _tools(talk: Talk, _: str) -> None:
    if talk.calls is None:
        talk.say("The model may have none called. Begin the talk with --tool or --mcp for that.")
        return
    for tool in talk.calls.toolbox.tools:
        talk.say(one_line(f"{tool.name}  {tool.description.partition(chr(10))[0]}", most=_LONGEST_LINE))


_NO_WAY_BACK: Final = (
    "As it stands it cannot be gone on with later: /save FILE writes it down, and `jackfield conversations "
    "--keep` keeps the next ones."
)


async def _conversation(talk: Talk, _: str) -> None:
    asked = sum(message.role == "user" for message in talk.conversation.messages)
    talk.say(f"With {talk.connection.name}; answered here so far: {asked}.")
    talk.say(talk.way_back() or _NO_WAY_BACK)


async def _attach(talk: Talk, handle: str) -> None:
    if handle := handle or talk.stopped:
        await talk.read(talk.connection.attach(handle))
    else:
        talk.say("Which answer? None was stopped here; /attach HANDLE takes up one of another time.")


async def _stats(talk: Talk, _: str) -> None:
    talk.session.out.print(stats_table({talk.connection.name: talk.connection.stats}))


COMMANDS: Final[Mapping[str, Command]] = {
    "/help": Command(_help, "", "this"),
    "/new": Command(_new, "", "begin a new conversation"),
    "/model": Command(_model, "[NAME]", "answer with another model, `default` for the usual one"),
    "/models": Command(_models, "", "list the models, the one that answers marked"),
    "/system": Command(_system, "[TEXT]", "what the model is to keep to; `off` for nothing"),
    "/template": Command(_template, "NAME …", "ask by a template, with KEY=VALUE and a message; alone: list"),
    "/tools": Command(_tools, "", "list what the model may have called"),
    "/file": Command(_file, "PATH", "send a file along with the next question"),
    "/image": Command(_image, "PATH", "send an image along with the next question"),
    "/edit": Command(_edit, "[TEXT]", "write in your editor: a question, or the last one anew"),
    "/retry": Command(_retry, "", "ask the last question again"),
    "/copy": Command(_copy, "[code]", "the last answer into the clipboard, or its last block of code"),
    "/save": Command(_save, "FILE", "write the conversation into a new file, .md or .json"),
    "/conversation": Command(_conversation, "", "which one this is, and how to come back to it"),
    "/attach": Command(_attach, "[HANDLE]", "take up the answer again that was stopped, or another one"),
    "/stats": Command(_stats, "", "what this connection has done so far"),
}
