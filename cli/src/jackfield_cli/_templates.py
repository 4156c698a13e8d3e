"""Questions that are asked often, as TOML files with variables: `jackfield send -t NAME`.

Law: what is put in for a variable is text, and is not looked through for variables itself. Nothing that was
given is dropped: a parameter that the template has no place for is refused, as is a variable without a value.
"""

from __future__ import annotations

import os
import re
import stat
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from jackfield import ConfigError, config_path, near_names

from ._editor import edit_file
from ._listing import table
from ._private import files
from ._safe import escape
from ._session import json_line

if TYPE_CHECKING:
    from ._session import Session

INPUT: Final = "input"
"""The variable that stands for the message."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_KEYS: Final = ("description", "prompt", "system", "connection", "model", "extract", "defaults")
_BEGUN: Final = '''\
description = ""
# $name stands for a parameter (-P name=value), $input for the message; $$ is a dollar sign.
prompt = """
$input
"""
# system = "Answer in $language."
# connection = "work"
# model = ""
# extract = "first"           # print only the first block of code; "last"

[defaults]
# language = "English"
'''


@attrs.frozen(kw_only=True)
class Template:
    """A question with places for variables.

    Attributes:
        name: Its name.
        description: What it is for.
        prompt: The question; without one it is the message alone.
        system: What the model is to keep to.
        connection: Who is asked where nobody is named.
        model: Which model answers where none is named.
        extract: `first` or `last` where only that block of code is printed.
        defaults: Values of variables that are not given.
        given: Values of variables.
    """

    name: str
    description: str = ""
    prompt: str = ""
    system: str = ""
    connection: str | None = None
    model: str | None = None
    extract: str | None = None
    defaults: Mapping[str, str] = attrs.field(factory=dict)
    given: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def variables(self) -> list[str]:
        """The names of the variables, the message among them."""
        return list(dict.fromkeys([*_variables(self.prompt), *_variables(self.system)]))

    def with_values(self, given: Iterable[str]) -> Template:
        """Return the template with values, each as `name=value`.

        Raises:
            ConfigError: One is not of that form, given twice, or of no variable.
        """
        found = _parameters(given)
        known = [name for name in self.variables if name != INPUT]
        if superfluous := [name for name in found if name not in known]:
            raise ConfigError(
                f"the template {self.name} has no parameter {superfluous[0]!r}",
                hint=near_names(superfluous[0], known),
            )
        return attrs.evolve(self, given=found)

    def filled(self, message: str | None) -> tuple[str, str]:
        """Return the question, and what the model is to keep to.

        Args:
            message: What was said besides; where the template has no place for it, it goes behind.

        Raises:
            ConfigError: A variable has no value.
        """
        variables = self.variables
        values = {**self.defaults, **self.given} | ({INPUT: message} if message is not None else {})
        if missing := [name for name in variables if name not in values]:
            raise ConfigError(
                f"the template {self.name} wants a value for {missing[0]}", hint=_wanted(missing[0])
            )
        prompt = string.Template(self.prompt.strip("\n")).substitute(values)
        if message is not None and INPUT not in variables:
            prompt = f"{prompt}\n\n{message}" if prompt else message
        return prompt, string.Template(self.system).substitute(values)


def _variables(text: str) -> list[str]:
    """Return the names behind dollar signs, in their order; a `ConfigError` where one stands for nothing."""
    template = string.Template(text)
    if not template.is_valid():
        raise ConfigError("a `$` in it stands for no variable", hint="A dollar sign itself is written `$$`.")
    return template.get_identifiers()


def _wanted(name: str) -> str:
    if name == INPUT:
        return "It stands for the message: give one, or pipe one in."
    return f"Give it: -P {name}=VALUE, or write it under [defaults] in the template."


def _parameters(given: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not (equals and key):
            raise ConfigError("a parameter is given as -P KEY=VALUE", hint="For example: -P language=French.")
        if key in found:
            raise ConfigError(f"the parameter {key!r} is given twice")
        found[key] = value
    return found


def folder() -> Path:
    """Return where templates are: beside `jackfield.toml`."""
    return config_path().parent / "templates"


def file_of(name: str) -> Path:
    """Return the file of a template, there or not.

    Raises:
        ConfigError: It cannot be called so.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"a template cannot be called {name!r}",
            hint="Use letters, digits, - and _, for example `code-review`.",
        )
    return folder() / f"{name}.toml"


def load(name: str) -> Template:
    """Return the template of that name.

    Raises:
        ConfigError: There is none, anybody may write it, or it says something wrong.
    """
    file = file_of(name)
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        hint = f"{near_names(name, names())} Write it: jackfield template edit {name}."
        raise ConfigError(f"there is no template {name!r}", hint=hint) from None
    except OSError as error:
        raise ConfigError(f"the template {str(file)!r} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"the template {str(file)!r} is not valid UTF-8 at byte {error.start}") from None
    if os.name == "posix" and mode & stat.S_IWOTH:
        raise ConfigError(
            f"the template {str(file)!r} is refused: anybody may write it (mode {mode:04o})",
            hint=f"If what it says is yours: chmod o-w {str(file)!r}.",
        )
    try:
        return read(name, text)
    except ConfigError as error:
        raise ConfigError(f"the template {str(file)!r}: {error.message}", hint=error.hint) from None


def read(name: str, text: str) -> Template:
    """Return what the *text* of a template says.

    Raises:
        ConfigError: It is no TOML, or says something wrong.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"it is not valid TOML: {error}") from None
    for key, value in data.items():
        _check(key, value)
    defaults = {key: str(value) for key, value in data.pop("defaults", {}).items()}
    template = Template(name=name, defaults=defaults, **data)
    variables = template.variables
    if unused := [key for key in defaults if key not in variables]:
        raise ConfigError(f"[defaults] names {unused[0]!r}", hint=near_names(unused[0], variables))
    return template


def _check(key: str, value: Any) -> None:
    if key not in _KEYS:
        raise ConfigError(f"it says {key!r}", hint=near_names(key, _KEYS, most=len(_KEYS)))
    if key == "defaults":
        if not isinstance(value, dict) or any(isinstance(one, dict | list) for one in value.values()):
            raise ConfigError("[defaults] is a table of texts and numbers")
    elif not isinstance(value, str):
        raise ConfigError(f"{key} is a text; found {value!r}")
    if key == "extract" and value not in {"first", "last"}:
        raise ConfigError(f"extract is `first` or `last`; found {value!r}")


def names() -> list[str]:
    """Return the names of the templates there are."""
    return sorted(file.stem for file in files(folder(), "*.toml") if _NAME.fullmatch(file.stem))


def show_list(session: Session, *, as_json: bool) -> None:
    """List the templates, also those that cannot be used, with the reason."""
    listed = [(name, *_summary(name)) for name in names()]
    if as_json:
        for name, variables, told in listed:
            print(json_line({"name": name, "variables": variables, "description": told}))  # noqa: T201
    elif listed:
        rows = [(name, " ".join(variables), told) for name, variables, told in listed]
        session.out.print(table(("template", "variables", "for"), rows))
    else:
        session.say("There is no template yet. Write one: jackfield template edit NAME")


def _summary(name: str) -> tuple[Sequence[str], str]:
    try:
        template = load(name)
    except ConfigError as error:
        return (), str(error)
    return template.variables, template.description


def show_one(session: Session, name: str) -> None:
    """Print a template as it was written.

    Raises:
        ConfigError: As for `load`.
    """
    load(name)
    text = file_of(name).read_text(encoding="utf-8-sig")
    print(escape(text) if session.is_seen else text, end="" if text.endswith("\n") else "\n")  # noqa: T201


def edit(session: Session, name: str) -> None:
    """Open a template in the person's editor, begun for them if there is none; check it afterwards.

    Raises:
        ConfigError: There is no editor, or it says something wrong now; it stays as it was saved.
    """
    edit_file(file_of(name), begun=_BEGUN)
    try:
        load(name)
    except ConfigError as error:
        hint = f"{error.hint} " if error.hint else ""
        raise ConfigError(error.message, hint=f"{hint}Mend it: jackfield template edit {name}.") from None
    session.say(f"Ask with it: jackfield send -t {name}")
