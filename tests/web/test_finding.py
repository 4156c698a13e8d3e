"""Finding a browser: the order, and what a person is told who has none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jackfield_web import LaunchFailed, find_browser
from jackfield_web.browser import install_command
from jackfield_web.browser._engine import Driver
from jackfield_web.browser._executables import CHANNELS, VARIABLE, _program_folders

Programs = dict[str, str]


def program(folder: Path, name: str) -> str:
    """Put a program of that name into *folder*."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def system(tmp_path: Path) -> Programs:
    """Return an environment whose PATH has no program yet."""
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin")}


def test_the_option_comes_first(system: Programs, tmp_path: Path) -> None:
    """The option beats the variable, the engine's own and the PATH."""
    chosen, own = program(tmp_path, "mine"), program(tmp_path, "own")
    program(tmp_path / "bin", "chromium")
    system[VARIABLE] = program(tmp_path, "other")

    assert str(find_browser(chosen, own=own, environment=system).path) == chosen


def test_the_variable_comes_second(system: Programs, tmp_path: Path) -> None:
    """JACKFIELD_BROWSER beats the engine's own."""
    system[VARIABLE] = program(tmp_path, "other")

    assert str(find_browser(own=program(tmp_path, "own"), environment=system).path) == system[VARIABLE]


def test_the_engine_s_own_comes_third(system: Programs, tmp_path: Path) -> None:
    """A browser that the engine downloaded beats the PATH."""
    own = program(tmp_path, "own")
    program(tmp_path / "bin", "chromium")

    assert str(find_browser(own=own, environment=system).path) == own


def test_what_cannot_be_looked_at_is_passed_over(system: Programs, tmp_path: Path) -> None:
    """The engine's own in a home that may not be entered, or under a name that no system takes, is none."""
    chromium = program(tmp_path / "bin", "chromium")

    assert str(find_browser(own=f"/{'x' * 300}/chrome", environment=system).path) == chromium


@pytest.mark.anyio
async def test_a_user_without_a_home_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver needs a home: without one it is not started, and the error says what to set."""
    monkeypatch.setattr(Path, "home", lambda: Path("~nobody-of-that-name").expanduser())
    with pytest.raises(LaunchFailed, match=r"needs a home directory.* Set HOME to a folder\."):
        await Driver.start("playwright")


def test_the_path_comes_last_in_the_order_of_channels(system: Programs, tmp_path: Path) -> None:
    """Chrome beats Chromium beats Edge beats Brave; what is missing is passed over."""
    found = []
    for name in ("brave-browser", "msedge", "chromium-browser", "google-chrome"):
        program(tmp_path / "bin", name)
        found.append(find_browser(own=str(tmp_path / "missing"), environment=system).path.name)

    assert found == ["brave-browser", "msedge", "chromium-browser", "google-chrome"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_is_a_name_for_its_programs(channel: str, system: Programs, tmp_path: Path) -> None:
    """Each channel name finds each of its commands."""
    for command in CHANNELS[channel].commands:
        path = Path(program(tmp_path / "bin", command))
        assert find_browser(channel, environment=system).path == path
        path.unlink()


@pytest.mark.parametrize("wanted", ["chrome", "/no/such/browser", "nonsense"])
@pytest.mark.parametrize("by", ["option", "variable"])
def test_what_was_asked_for_is_never_replaced(wanted: str, by: str, system: Programs, tmp_path: Path) -> None:
    """An option or a variable that names nothing is an error, although another browser is there."""
    program(tmp_path / "bin", "chromium")
    if by == "variable":
        system[VARIABLE] = wanted

    with pytest.raises(LaunchFailed, match=wanted) as caught:
        find_browser(wanted if by == "option" else None, environment=system)

    assert ("the option 'browser'" if by == "option" else VARIABLE) in str(caught.value)


def test_the_error_lists_what_was_looked_for(system: Programs) -> None:
    """Who has no browser reads what was tried, in order, and how to get one."""
    with pytest.raises(LaunchFailed) as caught:
        find_browser(own="/cache/own/chrome", environment=system)

    told = str(caught.value)
    looked = [
        "option `browser`",
        VARIABLE,
        "/cache/own/chrome",
        "google-chrome",
        "chromium",
        "msedge",
        "brave",
    ]
    assert sorted(looked, key=told.index) == looked
    assert f"{sys.executable} -m playwright install chromium" in told


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "apt-get update && apt-get install -y chromium"),
        ("dnf", "dnf install -y chromium"),
        ("pacman", "pacman -S --noconfirm chromium"),
        ("brew", "brew install --cask google-chrome"),
    ],
)
def test_the_command_fits_the_system(manager: str, command: str, system: Programs, tmp_path: Path) -> None:
    """The one command that is named is the one of the package manager that is there."""
    program(tmp_path / "bin", manager)

    assert command in install_command(system["PATH"])


def test_a_command_that_needs_root_says_so(
    system: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without root's rights the command begins with sudo; Homebrew's never does."""
    monkeypatch.setattr("jackfield_web.browser._executables.is_root", lambda: False)
    program(tmp_path / "bin", "brew")
    assert install_command(system["PATH"]).startswith("brew")
    program(tmp_path / "bin", "apt-get")
    assert install_command(system["PATH"]).startswith("sudo sh -c 'apt-get")


def test_programs_are_also_looked_for_where_macs_keep_them() -> None:
    """On macOS a browser is no command but an application."""
    places = [str(place) for place in _program_folders(CHANNELS["chrome"], "darwin")]

    assert places[0] == "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
