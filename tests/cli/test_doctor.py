"""`doctor`: what connections need, commands of others, pages signed in, and the report about them."""

from __future__ import annotations

import io
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from jackfield import Finding, Verdict
from jackfield_cli._doctor import findings_table

CONFIGURED = """
[connections.page]
provider = "paged"
folder = "{folder}"

[connections.second]
provider = "paged"
folder = "{folder}"
"""


@pytest.fixture
def pages(home: Path) -> Path:
    """Configure two connections with pages, whose findings are files in the folder that is returned."""
    file = home / ".config/jackfield/jackfield.toml"
    file.parent.mkdir(parents=True)
    file.write_text(CONFIGURED.format(folder=home))
    return home


def words(text: str) -> str:
    """Return *text* with single spaces."""
    return " ".join(text.split())


def test_what_connections_need(pages: Path, jackfield: Callable[..., Any]) -> None:
    """What providers find before anything is opened is shown, and told once for connections that share it."""
    (pages / "local").write_text("browser|ok|Chromium 1.2\nsite|note|is old\n")
    ran = jackfield("doctor")

    assert ran.code == 0
    assert "browser of page, second ok Chromium 1.2" in words(ran.out)
    assert "site of page, second note is old" in words(ran.out)


def test_a_need_that_is_not_met(pages: Path, jackfield: Callable[..., Any]) -> None:
    """A finding that is wrong makes `doctor` end with 1."""
    (pages / "local").write_text("browser|wrong|none. Install one: apt-get install chromium\n")
    ran = jackfield("doctor")

    assert ran.code == 1
    assert "apt-get install chromium" in ran.out


def test_a_provider_that_fails_to_look(pages: Path, jackfield: Callable[..., Any]) -> None:
    """A provider whose own examination raises is told, and everything else is still looked at."""
    (pages / "local").write_text("x|ok|raise\n")
    ran = jackfield("doctor")

    assert ran.code == 1
    assert "page is broken" in ran.out
    assert "second is broken" in ran.out
    assert "playground" in ran.out


def test_a_provider_that_looks_for_ever(
    pages: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider whose examination comes to no end is told so, and everything else is still looked at."""
    monkeypatch.setattr("jackfield_cli._doctor._EXAMINE_SECONDS", 0.05)
    (pages / "local").write_text("x|ok|hang\n")
    ran = jackfield("doctor")

    assert ran.code == 1
    assert "did not come to an end of it within 0.05 s" in words(ran.out)
    assert "internal error" not in ran.out
    assert "playground" in ran.out


def test_a_provider_that_finds_something_else(pages: Path, jackfield: Callable[..., Any]) -> None:
    """A provider whose examination gives no findings is told so, and everything else is still looked at."""
    (pages / "local").write_text("x|ok|nonsense\n")
    ran = jackfield("doctor")

    assert ran.code == 1
    assert "gave str, not a finding" in words(ran.out)
    assert "playground" in ran.out


def test_providers_without_a_connection_look_too(home: Path, jackfield: Callable[..., Any]) -> None:
    """An installed provider that no connection uses is examined under its own name."""
    (home / "local").write_text("browser|ok|Chromium 1.2\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        ran = jackfield("doctor")

    assert "browser of paged ok Chromium 1.2" in words(ran.out)


def test_a_broken_command_is_told(
    home: Path, jackfield: Callable[..., Any], install: Callable[..., None]
) -> None:
    """A command that a distribution adds and that cannot be imported is shown with its reason."""
    install("broken", "mirror = not_there_at_all:mirror")
    ran = jackfield("doctor")

    assert ran.code == 1
    assert "command mirror wrong" in words(ran.out)
    assert "not_there_at_all" in ran.out


EXAMINED = """
import click
from jackfield import Finding, Verdict

class Mirror(click.Command):
    def examine(self, config):
        return [Finding("mirror's glass", Verdict.WRONG, f"is not made for {len(config.connections)}")]

class Lamp(click.Command):
    def examine(self, config):
        raise RuntimeError("it cannot look")

mirror, lamp = Mirror("mirror"), Lamp("lamp")
"""


def test_a_command_looks_at_what_it_needs(
    pages: Path, jackfield: Callable[..., Any], install: Callable[..., None]
) -> None:
    """A command of another distribution that has `examine` is asked; one that fails there is told."""
    install("glass", "mirror = glass_code:mirror", "lamp = glass_code:lamp", module=EXAMINED)
    ran = jackfield("doctor")

    assert ran.code == 1
    assert "mirror's glass wrong is not made for 2" in words(ran.out)
    assert "examination of lamp wrong" in words(ran.out)
    assert "it cannot look" in ran.out


@pytest.mark.parametrize("mode", [0o700, 0o755])
@pytest.mark.parametrize("name", ["jackfield", "jackfield/sessions"])
def test_folders_of_saved_logins(home: Path, jackfield: Callable[..., Any], name: str, mode: int) -> None:
    """Our folder, and folders in it, are sound when only their owner can enter them, and told otherwise."""
    (home / ".local/state/jackfield/sessions").mkdir(parents=True)
    for folder in (home / ".local/state/jackfield", home / ".local/state/jackfield/sessions"):
        folder.chmod(0o700)
    (home / ".local/state" / name).chmod(mode)
    ran = jackfield("doctor")

    assert (ran.code, "chmod 700" in words(ran.out)) == ((0, False) if mode == 0o700 else (1, True))


def test_folders_that_nobody_can_look_into(
    home: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is not there is told as that, and one that nobody can look into is not called sound."""
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "none"))
    ran = jackfield("doctor")

    assert f"permissions ok {home}/none/jackfield/credentials: not there yet" in words(ran.out)
    assert "permissions note /dev/null/jackfield cannot be looked into" in words(ran.out)
    assert "only you can read" not in ran.out


def report_of(home: Path, said: str) -> tuple[Path, str]:
    """Return the report that `doctor --sites` says it has written."""
    (file,) = (home / ".local/state/jackfield/reports").iterdir()
    assert str(file) in said
    return file, file.read_text()


def test_pages_are_looked_at(
    pages: Path, jackfield: Callable[..., Any], trace: Callable[[], list[str]]
) -> None:
    """`--sites` opens each web connection, shows what its provider finds on the page, and asks nothing."""
    (pages / "local").write_text("browser|ok|Chromium 1.2\n")
    (pages / "findings").write_text("composer|ok|found\nsend button|wrong|not found: #send\n")
    ran = jackfield("doctor", "--sites")

    assert ran.code == 1
    shown = words(ran.out)
    for name in ("page", "second"):
        assert f"{name}: browser ok Chromium 1.2" in shown
        assert f"{name}: send button wrong not found: #send" in shown
    assert trace() == []


def test_a_page_that_is_looked_at_for_ever(
    pages: Path, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--sites` ends a look that comes to no end, and says so, connection by connection."""
    monkeypatch.setattr("jackfield_cli._sites._LOOK_SECONDS", 0.05)
    (pages / "local").write_text("x|ok|hang\n")
    shown = words(jackfield("doctor", "--sites").out)

    assert shown.count("page wrong looking at it did not come to an end within 0.05 s") == 2
    assert "internal error" not in shown


def test_the_report(pages: Path, jackfield: Callable[..., Any]) -> None:
    """The report is for its owner only, tells versions and findings, and not whose home it was written in."""
    (pages / "findings").write_text(f"screenshot|note|see {pages}/shot.png\x1b\n")
    ran = jackfield("doctor", "--sites", "page")
    file, text = report_of(pages, ran.err)

    assert ran.code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in (file.parent, file.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert re.search(r"^jackfield [0-9.]+, Python 3", text, re.MULTILINE)
    assert "## page: paged, scripted-provider 1.0" in text
    assert "- note: screenshot: see ~/shot.png\\x1b" in text
    assert "## second" not in text


def test_the_report_may_be_posted(pages: Path, jackfield: Callable[..., Any]) -> None:
    """No session, message, conversation or secret of an address is in it; a person is told where it goes."""
    talk = "0f8e7d6c-5b4a-4938-8271-605f4e3d2c1b"
    (pages / "local").write_text(
        "browser|ok|Chromium 1.2\nsession|ok|sam@mail.example is saved\n"
        f"message|note|sent 2 days ago, in https://chat.example/c/{talk}\nprofile|note|of another machine\n"
    )
    (pages / "findings").write_text(
        f"page|wrong|the page wants a login, at https://u:pw@chat.example/auth#token=ey.x.y and /c/{talk}\n"
        "site|ok|newest evidence of 2026-10\nselectors.send_button|wrong|#send finds nothing\n"
        "page|note|see https://u:pw@chat.example/c/1 and https://chat.example/?token=ey.x.y\n"
    )
    ran = jackfield("doctor", "--sites", "page")
    text = report_of(pages, ran.err)[1]

    for hidden in (talk, "sam@mail", "session", "sent 2 days ago", "profile", "token=", "ey.x.y", "u:pw"):
        assert hidden not in text
    assert "- wrong: page: the page wants a login, at https://…chat.example/auth and /c/…" in text
    assert "- wrong: selectors.send_button: #send finds nothing" in text
    assert "newest evidence of 2026-10" in text
    for said in (text, ran.err):
        assert "where the provider's plugin is kept" in words(said)


def test_a_page_that_cannot_be_opened(pages: Path, jackfield: Callable[..., Any]) -> None:
    """A connection that does not open is a finding with its way out; the others are looked at."""
    file = pages / ".config/jackfield/jackfield.toml"
    file.write_text(file.read_text() + '[connections.work]\nprovider = "scripted"\n')
    ran = jackfield("doctor", "--sites", "work", "page")

    assert ran.code == 1
    assert "work: page wrong" in words(ran.out)
    assert "jackfield auth set work" in words(ran.out)
    assert "page: page note the provider does not look at its page" in words(ran.out)
    assert "jackfield auth set work" in report_of(pages, ran.err)[1]


def test_no_page_to_look_at(config: Path, jackfield: Callable[..., Any]) -> None:
    """Without a web connection `--sites` says how to add one, and writes nothing."""
    ran = jackfield("doctor", "--sites")

    assert ran.code == 2
    assert "jackfield add NAME --provider custom_web" in ran.err


def test_pages_at_a_terminal(pages: Path, terminal: Callable[..., Any]) -> None:
    """At a terminal a person sees which connection is being looked at, the table, and where the report is."""
    (pages / "findings").write_text("composer|ok|found\n")
    shell = terminal("doctor", "--sites", columns=100)

    assert shell.end() == 0
    assert "Looking at page …" in shell.text
    assert any(line.split() == ["page:", "composer", "ok", "found"] for line in shell.screen)
    assert "reports/sites-" in "".join(shell.screen)


@pytest.mark.parametrize(
    ("given", "expected"),
    [(("work",), "names are for --sites"), (("--stes",), "No such option '--stes'")],
)
def test_misuse(jackfield: Callable[..., Any], given: tuple[str, ...], expected: str) -> None:
    """Names without --sites and options that do not exist are usage errors."""
    ran = jackfield("doctor", *given)

    assert ran.code == 2
    assert expected in ran.err


def test_stealth_is_a_command_of_its_own(
    jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`doctor --stealth` runs the plugged-in command with what follows; without it, says what brings it."""
    import click

    from jackfield_cli._commands import doctor
    from jackfield_cli._installed import install_command

    @click.command()
    @click.option("--fast", is_flag=True)
    @click.argument("what")
    def stealth(fast: bool, what: str) -> int:
        click.echo(f"{what}, {fast}")
        return 7

    monkeypatch.setattr(doctor, "plugged_commands", lambda: {"stealth": stealth})
    ran = jackfield("doctor", "--stealth", "--fast", "all")
    assert (ran.code, ran.out) == (7, "all, True\n")

    monkeypatch.setattr(doctor, "plugged_commands", dict)
    assert install_command("jackfield-stealth") in jackfield("doctor", "--stealth").err


FOUND = [
    Finding("browser of claude_web, custom_web, zai_web", Verdict.FINE, "Chromium 156.0, /usr/bin/chromium"),
    Finding("site of claude_web", Verdict.NOTE, "gathered from reports; " * 8),
    Finding("proxy", Verdict.WRONG, "x" * 90),
]


def shown(columns: int) -> list[str]:
    """The lines of a report in so many columns."""
    out = io.StringIO()
    Console(file=out, width=columns).print(findings_table(FOUND))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("columns", [20, 40, 80, 300])
def test_a_report_fits_the_terminal(columns: int) -> None:
    """However narrow, everything is there and no line is longer than the terminal, or ends in blanks."""
    lines = shown(columns)
    together = re.sub(r"\s", "", "".join(lines))
    for one in FOUND:
        assert re.sub(r"\s", "", one.told) in together
        assert one.verdict.value in together
    assert all(len(line) <= columns and line == line.rstrip() for line in lines)


def test_a_wide_report_is_a_table() -> None:
    """Where there is room each finding is one line, its words below the others'."""
    lines = shown(300)
    assert len(lines) == len(FOUND)
    assert lines[0].index("Chromium") == lines[1].index("gathered")


def test_a_piped_report_has_no_padding(pages: Path, jackfield: Callable[..., Any]) -> None:
    """Into a pipe no line is filled up with blanks to the width of the longest."""
    assert all(line == line.rstrip() for line in jackfield("doctor").out.splitlines())
