"""`jackfield site`: the command that this distribution adds to `jackfield`.

click and tomlkit are not required by this distribution: who loads this module is `jackfield`, and has them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import click

from jackfield import ConfigError

from ..errors import shown_url
from ..site import read_address

if TYPE_CHECKING:
    from ._check import Checked


_QUESTION = "Please answer with a heading, two short bullet points and one line of Python code."
_UNASKED = 'Nothing was sent. With --send "Hello" it also finds turns, buttons and traffic of an answer.'
_UNFOUND = "Nothing was sent, because no composer was found."


@click.group("site")
def site() -> None:
    """Describe chat pages, and check their descriptions."""


@site.command("check")
@click.argument("url")
@click.option("--send", "message", metavar="TEXT", default="", help="Send this and watch the answer.")
@click.option("--ask", is_flag=True, help="Send a question of ours, whose answer shows the most.")
@click.option("--quiet", type=click.FloatRange(min=1), help="Seconds without a new word that end an answer.")
@click.option("--save", metavar="FILE", type=click.Path(path_type=Path), help="Draft a Site into this file.")
@click.option("--show", is_flag=True, help="Show the browser's window, to log in there first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def check(ctx: click.Context, /, url: str, save: Path | None, as_json: bool, **how: Any) -> int:
    """Open a chat page, and tell how to use it as a provider.

    It looks which of the installed Sites fits the page at URL, or drafts a new one from what it finds, and
    tells selector by selector what matched. Nothing is sent to anybody unless --send says what, or --ask. A
    draft without it lacks what only an answer shows. What was drafted is tried: the same is sent twice more,
    and a draft that does not read both answers is told as not whole.

    \b
    jackfield site check http://localhost:7860
    jackfield site check http://localhost:3000 --send "Hello" --save page.toml
    jackfield add page --provider custom_web -o site=page.toml
    """  # noqa: D301  click's mark
    _refuse(url, save)
    from ..browser import BrowserSettings
    from ._check import check_site

    settings = BrowserSettings(headless=not how["show"])
    message = how["message"] or (_QUESTION if how["ask"] else "")
    work = partial(
        check_site, url, settings, message=message, always_draft=save is not None, still=how["quiet"]
    )
    checked = anyio.run(work, backend=_backend(ctx))
    saved = save if save is not None and _is_worth_it(checked) else None
    if saved is not None:
        _save(saved, checked)
    if as_json:
        click.echo(json.dumps(_described(checked), default=str))
    else:
        for line in (*_told(checked, how), *_next(checked, save, saved, how)):
            click.echo(_escaped(line))
    return 0 if checked.known or (checked.drafted and not checked.lacks) else 1


def _refuse(url: str, save: Path | None) -> None:
    if not ((address := read_address(url)) and address.is_web):
        raise ConfigError(
            f"{shown_url(url)} is no http or https address", hint='For example "http://localhost:7860".'
        )
    if save is not None and save.exists():
        raise ConfigError(f"the file {str(save)!r} is there already", hint="Give another name, or remove it.")
    if save is not None and not save.parent.is_dir():
        raise ConfigError(f"the folder {str(save.parent)!r} of --save is not there", hint="Make it first.")


def _backend(ctx: click.Context) -> str:
    return ctx.find_root().params.get("backend") or os.environ.get("JACKFIELD_BACKEND") or "asyncio"


def _is_worth_it(checked: Checked) -> bool:
    """Whether a draft describes anything of a chat or of a login."""
    drafted: Mapping[str, Any] = (checked.drafted or {}).get("selectors", {})
    return bool(drafted.keys() & {"chat_input", "login_password"})


def _save(file: Path, checked: Checked) -> None:
    import tomlkit

    lacks = f"# Not whole yet: {checked.lacks}\n" if checked.lacks else ""
    try:
        file.write_text(lacks + tomlkit.dumps(dict(checked.drafted or {})), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"the file {str(file)!r} cannot be written: {error.strerror}") from None


def _described(checked: Checked) -> dict[str, Any]:
    known = checked.known
    return {
        "url": checked.url,
        "title": checked.title,
        "fits": {"site": known.site.name, "provider": known.provider} if known else None,
        "selectors": [attrs.asdict(one) for one in checked.matched],
        "draft": checked.drafted,
        "lacks": checked.lacks,
        "no_sign_of_completion": checked.no_sign,
        "wants_login": checked.wants_login,
        "kept_out": checked.kept_out,
        "pressed": checked.pressed,
        "sent": checked.sent,
        "failed": checked.failed,
        "login_after": checked.login_after,
        "waited": round(checked.waited, 1),
        "answer_characters": checked.answer,
        "streams": list(checked.streams),
        "left_out": checked.left_out,
    }


def _told(checked: Checked, how: Mapping[str, Any]) -> Iterator[str]:
    yield f"{checked.title or 'A page without a title'}, at {checked.url}"
    if known := checked.known:
        yield f"It fits the Site {known.site.name!r} of {known.provider} ({known.place})."
    elif checked.wants_login:
        yield "It wants a login." + ("" if how["show"] else " To look behind it, log in in a window: --show.")
    elif checked.kept_out:
        yield f"{checked.kept_out}." + ("" if how["show"] else " Look at it in a window: --show.")
    else:
        yield "None of the installed Sites fits it."
    yield ""
    yield from _selectors(checked)
    yield ""
    yield from _answer(checked, how)


def _selectors(checked: Checked) -> Iterator[str]:
    if not checked.matched:
        yield (
            "No composer was found, in the page or in its frames."
            if checked.frames
            else "No composer was found."
        )
        return
    width = max(len(one.name) for one in checked.matched)
    for one in checked.matched:
        found = one.fault or (
            f"{one.seen} seen" if one.seen else f"{one.found} hidden" if one.found else "none"
        )
        yield f"  {one.name:{width}}  {found:9}  {one.css}"


def _answer(checked: Checked, how: Mapping[str, Any]) -> Iterator[str]:
    if not checked.pressed:
        yield _UNFOUND if how["message"] or how["ask"] else _UNASKED
        return
    if checked.login_after:
        yield "The message was written and sent off; then the page asked for a login."
        yield f"Log in first{'' if how['show'] else ', in a window, with --show'}, and send it again."
        return
    if not checked.sent:
        yield "The message was written and sent off, but nothing shows that it went: the page did not change."
        look = "Look at the page" + ("" if how["show"] else ", with --show")
        yield f"{look}: it may want something first, or have another button."
        return
    yield f"The message was sent; the page showed {_seen(checked)}."
    for stream in checked.streams:
        yield f"  traffic  {stream}"


def _seen(checked: Checked) -> str:
    if checked.answer:
        return f"an answer of {checked.answer} characters"
    if checked.failed:
        return (
            "a note of its own in the place of an answer, such as that it failed; look there, and try again"
        )
    seconds = f"in {checked.waited:.0f} seconds"
    if checked.came:
        return f"something new {seconds}, but nothing that was recognised as an answer to the message"
    return f"nothing new {seconds}, and so no answer"


def _next(checked: Checked, save: Path | None, saved: Path | None, how: Mapping[str, Any]) -> Iterator[str]:
    if save is not None and saved is None:
        yield f"Nothing was saved into {save}: there is no chat here to describe."
    elif save is not None:
        yield f"Drafted into {save}." + (f" Not whole yet: {checked.lacks}." if checked.lacks else "")
    elif checked.lacks:
        yield f"A Site cannot be drafted yet: {checked.lacks}."
    elif checked.drafted is not None:
        yield "A Site can be drafted: --save FILE."
    if checked.left_out and checked.drafted is not None:
        yield "The draft leaves out what followed ? or # in the address, where secrets travel."
        yield "Where the page needs it, write it into addresses.start."
    if checked.no_sign and checked.lacks and how["quiet"] is None:
        yield "Is a text that stands still for ten seconds complete? If you say so: --quiet 10."
        yield 'A pause that is longer would cut an answer; so each says ended_by = "stillness".'
    if (known := checked.known) and save is None:
        chosen = f"-o site={known.site.name} " if known.provider == "custom_web" else ""
        options = f"{chosen}-o base_url={known.base_of(checked.url)}"
        yield f"Use it: jackfield add NAME --provider {known.provider} {options}"
    elif save is not None and not checked.lacks:
        yield f"Use it: jackfield add NAME --provider custom_web -o site={save.resolve()}"


def _escaped(line: str) -> str:
    """Return a line without what a terminal could obey: a page's title may hold anything."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
