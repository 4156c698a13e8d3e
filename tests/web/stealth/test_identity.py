"""An identity: true, without contradictions, made once for a profile and kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ConfigError
from jackfield_web import BrowserSettings, Identity, SessionCorrupt, SessionStoreError
from jackfield_web.browser._flags import NOT_FOR_TESTS, no_window, own_flags
from jackfield_web.identity._kept import moved, profile_identity, write_preferences
from jackfield_web.identity._machine import Machine, browser_version, system_languages, system_timezone

MACHINE = Machine(operating_system="Linux", cores=8, memory=16)
VERSION = "156.0.8078.79"


@given(st.integers(0, 2**32))
def test_every_drawn_identity_is_consistent_and_drawn_again_the_same(seed: int) -> None:
    """A window fits its screen, what the machine decides is true, and the seed decides the rest."""
    made = Identity.create(MACHINE, seed=seed)

    made.require(MACHINE)
    assert made == Identity.create(MACHINE, seed=seed)
    assert (made.operating_system, made.cores, made.memory) == ("Linux", 8, 16)
    assert made.window[0] + made.position[0] <= made.screen[0]
    assert made.window[1] + made.position[1] <= made.screen[1]


def test_seeds_make_different_people() -> None:
    """Among a hundred seeds hardly two give the same window and place."""
    seen = {attrs.evolve(Identity.create(MACHINE, seed=seed), seed=0) for seed in range(100)}

    assert len(seen) > 90


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"window": (2000, 800)}, "window 2000x800 is larger than its screen 1920x1080"),
        ({"languages": ("de_DE",)}, "'de_DE' in languages is no language tag"),
        ({"locale": "de", "languages": ("fr-FR", "fr")}, "locale is 'de' and its languages are fr-FR, fr"),
        ({"timezone": "Europe/Atlantis"}, "'Europe/Atlantis' is not in the time zone database"),
        ({"operating_system": "Windows"}, "operating_system is 'Windows' and this machine's is 'Linux'"),
        ({"cores": 4}, "cores is 4 and this machine's is 8"),
        ({"memory": 64}, "memory is 64 and this machine's is 16"),
    ],
)
def test_a_contradiction_is_named(said: dict[str, Any], named: str) -> None:
    """What contradicts itself or the machine is refused with both sides of the contradiction."""
    with pytest.raises(ConfigError) as caught:
        Identity(**said).require(MACHINE)

    assert named in str(caught.value)


def test_all_contradictions_are_named_at_once() -> None:
    """Whoever wrote two wrong things learns of both."""
    with pytest.raises(ConfigError, match=r"cores is 4 .*; its memory is 64"):
        Identity(cores=4, memory=64).require(MACHINE)


def test_a_profile_is_somebody_once_and_for_all(tmp_path: Path) -> None:
    """The second start finds who the first one made, in a file that only its owner can read."""
    profile = tmp_path / "profile"
    first = profile_identity(profile, None, VERSION, MACHINE)
    again = profile_identity(profile, None, VERSION, MACHINE)

    assert first == again
    assert first.browser_version == VERSION
    assert (profile / "identity.json").stat().st_mode & 0o777 == 0o600


def test_an_identity_that_was_asked_for_is_kept(tmp_path: Path) -> None:
    """A new profile becomes who was asked for, every field of it, and asking for the same again is fine."""
    wanted = Identity(window=(1100, 700), languages=("de-DE", "de"), timezone="Asia/Tokyo", seed=7)
    for _ in range(2):
        found = profile_identity(tmp_path / "profile", wanted, None, MACHINE)
        assert found == profile_identity(tmp_path / "profile", None, None, MACHINE) == wanted


def test_a_profile_does_not_become_somebody_else(tmp_path: Path) -> None:
    """Asking for another identity names what would change, and changes nothing."""
    profile_identity(tmp_path / "profile", Identity(timezone="Asia/Tokyo"), None, MACHINE)

    with pytest.raises(ConfigError, match="timezone 'Europe/Berlin', not 'Asia/Tokyo'"):
        profile_identity(tmp_path / "profile", Identity(timezone="Europe/Berlin"), None, MACHINE)
    assert profile_identity(tmp_path / "profile", None, None, MACHINE).timezone == "Asia/Tokyo"


def test_only_the_browser_s_version_follows_the_world(tmp_path: Path) -> None:
    """An updated browser is the same person's; the version that is kept is the binary's."""
    before = profile_identity(tmp_path / "profile", None, VERSION, MACHINE)
    after = profile_identity(tmp_path / "profile", None, "157.0.0.1", MACHINE)

    assert after == attrs.evolve(before, browser_version="157.0.0.1")
    assert profile_identity(tmp_path / "profile", before, None, MACHINE) == after


def test_a_profile_opens_on_a_machine_that_changed(tmp_path: Path) -> None:
    """Other cores and another memory keep no profile from opening, which stays who it is; they are told."""
    profile = tmp_path / "profile"
    made = profile_identity(profile, None, VERSION, MACHINE)
    other = attrs.evolve(MACHINE, cores=2, memory=15)

    assert profile_identity(profile, None, VERSION, other) == made
    assert profile_identity(profile, made, VERSION, other) == made
    assert moved(profile, MACHINE) == []
    cores, memory = moved(profile, other)
    assert "cores is 8 and this machine's is 2" in cores
    assert "memory is 16 and this machine's is 15" in memory


def test_a_profile_of_another_system_is_refused(tmp_path: Path) -> None:
    """Another operating system would be told by the browser itself: it is said first."""
    profile_identity(tmp_path / "profile", None, VERSION, MACHINE)

    with pytest.raises(ConfigError, match="operating_system is 'Linux' and this machine's is 'Darwin'"):
        profile_identity(
            tmp_path / "profile", None, VERSION, attrs.evolve(MACHINE, operating_system="Darwin")
        )


@pytest.mark.parametrize("content", ["", "[]", '{"window": "wide"}', '{"colour": 1}', "\0"])
def test_a_file_that_makes_no_sense_is_no_identity(content: str, tmp_path: Path) -> None:
    """A damaged file is told, not overwritten: nobody becomes somebody new by accident."""
    profile = tmp_path / "profile"
    profile_identity(profile, None, VERSION, MACHINE)
    (profile / "identity.json").write_text(content)

    with pytest.raises(SessionCorrupt, match=r"identity\.json is no identity of ours"):
        profile_identity(profile, None, VERSION, MACHINE)
    assert (profile / "identity.json").read_text() == content


def test_a_file_that_others_can_write_is_refused(tmp_path: Path) -> None:
    """An identity that another account could have written is not used."""
    profile_identity(tmp_path / "profile", None, VERSION, MACHINE)
    (tmp_path / "profile/identity.json").chmod(0o666)

    with pytest.raises(SessionStoreError, match="mode 0666"):
        profile_identity(tmp_path / "profile", None, VERSION, MACHINE)


def test_preferences_are_added_to_the_browser_s_own(tmp_path: Path) -> None:
    """What the browser keeps in its preferences stays; ours go beside it."""
    file = tmp_path / "profile/Default/Preferences"
    wanted = Identity(languages=("de-DE", "de")).preferences()
    write_preferences(tmp_path / "profile", wanted)
    file.write_text(json.dumps({**json.loads(file.read_text()), "kept": 1, "intl": {"other": 2}}))
    write_preferences(tmp_path / "profile", wanted)

    found = json.loads(file.read_text())
    assert found["kept"] == 1
    assert found["intl"] == {"other": 2, "accept_languages": "de-DE,de", "selected_languages": "de-DE,de"}


@pytest.mark.parametrize(
    ("variables", "languages"),
    [
        ({"LANG": "de_DE.UTF-8"}, ("de-DE", "de")),
        ({"LANGUAGE": "de_AT:fr", "LANG": "en_US.UTF-8"}, ("de-AT", "de", "fr", "en-US", "en")),
        ({"LANG": "C.UTF-8", "LC_ALL": "POSIX"}, ()),
        ({}, ()),
    ],
)
def test_languages_are_the_system_s(variables: dict[str, str], languages: tuple[str, ...]) -> None:
    """A person's languages are those of the system's settings, in their order."""
    assert system_languages(variables) == languages


def test_the_time_zone_is_the_system_s(tmp_path: Path) -> None:
    """The time zone comes from `TZ` or from the system's link; one that nobody knows is none."""
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Asia/Tokyo")

    assert system_timezone({"TZ": "Europe/Berlin"}, link) == "Europe/Berlin"
    assert system_timezone({}, link) == "Asia/Tokyo"
    assert system_timezone({"TZ": "nowhere"}, link) is None


def test_the_version_is_the_binary_s(browser: str) -> None:
    """The browser's version is what its own binary says; a program that says none has none."""
    told = browser_version(Path(browser))

    assert told is not None
    assert told.count(".") == 3
    assert browser_version(Path("/bin/true")) is None


def test_flags_are_a_person_s(tmp_path: Path) -> None:
    """One list of features, no automation, no flag of a test; a graphics card is used where there is one."""
    options = BrowserSettings(headless=True).launch_options(Identity())
    said = options["args"]

    assert sum(one.startswith("--disable-features=") for one in said) == 1
    assert "--disable-blink-features=AutomationControlled" in said
    assert {"--enable-automation", "--hide-scrollbars"} <= {*options["ignore_default_args"]}
    assert not {*said} & {*NOT_FOR_TESTS}
    assert options["headless"] is False
    assert "--headless" not in said or sys.platform != "linux"
    assert not {*BrowserSettings(headless=False).launch_options(Identity())["args"]} & {*no_window(tmp_path)}
    (tmp_path / "renderD128").touch()
    assert "--use-angle=gl" in no_window(tmp_path)
    assert "--use-angle=gl" not in own_flags(headless=False)
    assert "--use-angle=gl" not in no_window(tmp_path / "none")
