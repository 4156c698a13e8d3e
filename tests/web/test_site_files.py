"""Which file describes a page: the newest by name, wherever it lies, and the user's own in a tie."""

from __future__ import annotations

from pathlib import Path

import pytest

from jackfield import ConfigError
from jackfield_custom_web import CustomWebOptions, read_site
from jackfield_web import LaunchFailed
from jackfield_web.accounts import state_directory
from jackfield_web.browser import BrowserSettings
from jackfield_web.browser._executables import find_browser
from jackfield_web.browser._vouching import _trust
from jackfield_web.site import known_sites, newest_site, own_sites

SITE = """
name = "page"
version = 2026-11-23
base_url = "http://127.0.0.1:9"
[selectors]
chat_input = "CSS"
response_area = ".bot"
stop_button = ".stop"
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's folder, which is there and empty."""
    monkeypatch.delenv("JACKFIELD_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    own_sites().mkdir(parents=True)
    return own_sites()


@pytest.fixture
def shipped(tmp_path: Path, own: Path) -> Path:
    """Return a folder of descriptions as a distribution ships it."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    for name in ("page-2026-08.toml", "page-2026-11.toml", "page-two-2027-01.toml", "notes.txt"):
        (folder / name).write_text(SITE.replace("CSS", f"#{name[:-5]}"))
    return folder


def test_the_user_s_folder_is_beside_the_configuration(own: Path, tmp_path: Path) -> None:
    """Own descriptions go where `jackfield.toml` is looked for."""
    assert own == tmp_path / "config" / "jackfield" / "sites"


@pytest.mark.parametrize(
    ("mine", "used"),
    [
        (None, "shipped, of 2026-11"),
        ("page-2026-10.toml", "shipped, of 2026-11"),
        ("page.toml", "shipped, of 2026-11"),
        ("page-2026-11.toml", "page-2026-11.toml"),
        ("page-2026-11-24.toml", "page-2026-11-24.toml"),
        ("page-2027-01.toml", "page-2027-01.toml"),
        ("page-two-2028-01.toml", "shipped, of 2026-11"),
    ],
)
def test_the_newest_wins(shipped: Path, own: Path, mine: str | None, used: str) -> None:
    """A newer file of the user's is used without a release, an older one is not, and a tie is the user's."""
    if mine:
        (own / mine).write_text(SITE.replace("CSS", "#mine"))

    found = newest_site("page", shipped)

    assert found.place.endswith(used)
    assert found.read().selectors.chat_input == (("#page-2026-11",) if not found.is_own else ("#mine",))


def test_overrides_go_over_the_file(shipped: Path) -> None:
    """One selector can be said otherwise; the rest stays as the file says."""
    site = newest_site("page", shipped).read({"selectors": {"chat_input": "#other"}})

    assert site.selectors.chat_input == ("#other",)
    assert site.selectors.response_area == (".bot",)


def test_an_unknown_name_is_told(shipped: Path, own: Path) -> None:
    """Whoever asks for a Site that is not there learns the near names and where an own one would go."""
    with pytest.raises(ConfigError, match=r"Did you mean 'page'\?.*sites"):
        newest_site("pag", shipped)
    assert known_sites(shipped) == ("page", "page-two")


def test_a_file_that_is_wrong_is_named(shipped: Path, own: Path) -> None:
    """A fault in the user's own file is told with the file's path."""
    (own / "page-2027-01.toml").write_text("name = ?")

    with pytest.raises(ConfigError, match=r"page-2027-01\.toml is not TOML"):
        newest_site("page", shipped).read()


def test_custom_web_uses_it_too(own: Path) -> None:
    """A shipped description of `custom_web` is followed by a newer one in the user's folder."""
    options = CustomWebOptions(site="gradio", base_url="http://127.0.0.1:9")
    before = read_site(options)
    (own / "gradio-2027-01.toml").write_text(SITE.replace("CSS", "#mine"))

    assert before.name == "gradio"
    assert read_site(options).selectors.chat_input == ("#mine",)


@pytest.mark.parametrize("place", ["~nobody-of-that-name/page.toml", "a\0b.toml", "/none/page.toml"])
def test_a_place_that_cannot_be(place: str) -> None:
    """A file of no user, of a name that no file has, or that is not there, is told as unreadable."""
    with pytest.raises(ConfigError, match="cannot be read"):
        read_site(CustomWebOptions(site=place))


def test_files_of_a_user_that_is_not_there() -> None:
    """So is a file of a browser's: nobody is blamed for a folder that no user has."""
    place = "~nobody-of-that-name/file"

    assert BrowserSettings(profile=place).profile == Path(place)
    with pytest.raises(ConfigError, match="'ca_file' cannot be used"):
        _trust(place)
    with pytest.raises(LaunchFailed, match="which is no program"):
        find_browser(place)


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no home, as in a container, is told which folder to name for what outlasts a program."""
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", lambda: Path("~nobody-of-that-name").expanduser())

    with pytest.raises(ConfigError, match="XDG_STATE_HOME"):
        state_directory()
