"""What is installed, told without running any of its code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import importlib_metadata
import pytest

import jackfield
from jackfield import ImportFailed, PluginState, ProviderManager

FATAL = "raise SystemExit('imported by a mere listing')"


def listed(**wanted: str) -> list[jackfield.InstalledProvider]:
    """Return what is listed besides the providers that this environment has anyway."""
    ours = [one for one in jackfield.providers() if one.distribution not in ANYWAY]
    return [one for one in ours if all(getattr(one, key) == value for key, value in wanted.items())]


ANYWAY = {one.distribution for one in jackfield.providers()}


def test_listing_imports_nothing(site: Any) -> None:
    """Two hundred installed providers are listed with distribution and version, and none is imported."""
    for number in range(200):
        site.module(f"dummy_{number}", FATAL)
        site.distribution(
            f"dummy-dist-{number}", {f"dummy_{number}": f"dummy_{number}"}, version=f"1.{number}"
        )
    found = listed()

    assert len(found) == 200
    assert found == sorted(found, key=lambda one: one.name)
    assert {one.state for one in found} == {PluginState.AVAILABLE}
    assert found[0] == jackfield.InstalledProvider(name="dummy_0", distribution="dummy-dist-0", version="1.0")
    assert not [name for name in sys.modules if name.startswith("dummy_")]


def test_one_of_many(site: Any) -> None:
    """Asking for one of many providers imports that one only, and the list says so."""
    for name in ("one", "two", "three"):
        site.provider(name)
    manager = ProviderManager()
    manager._plugins.spec("two")

    assert [name for name in sys.modules if name.startswith("plugin_")] == ["plugin_two"]
    states = {one.name: one.state for one in manager.installed()}
    assert (states["one"], states["two"]) == (PluginState.AVAILABLE, PluginState.LOADED)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "Upper",
        "1digit",
        "with space",
        "ünïcode",
        "раураl",  # noqa: RUF001  Cyrillic look-alikes are the point
        "x" * 65,
        "x" * 10_000,
        "esc\x1b[2J",
        "nul\0",
    ],
    ids=range(10),
)
def test_hostile_names(site: Any, name: str) -> None:
    """A name that is not plain ASCII lower case cannot be asked for; it is listed with the reason."""
    site.distribution("hostile", {name: "os"})

    (one,) = listed()
    assert (one.state, one.distribution) == (PluginState.SET_ASIDE, "hostile")
    assert "which can be none" in one.reason
    for shown in (one.name, one.reason):
        assert shown.isascii()
        assert shown.isprintable()
        assert len(shown) < 250
    with pytest.raises(jackfield.ContractBroken, match="which can be none"):
        ProviderManager()._plugins.spec(name)
    with pytest.raises(jackfield.UnknownProvider) as caught:
        ProviderManager()._plugins.spec("upper")
    assert name not in str(caught.value)


BROKEN: dict[str, tuple[bytes | None, bytes]] = {
    "no metadata": (None, b"[jackfield.providers]\nbroken = os\n"),
    "empty metadata": (b"", b"[jackfield.providers]\nbroken = os\n"),
    "no name": (b"Metadata-Version: 2.1\nVersion: 1\n", b"[jackfield.providers]\nbroken = os\n"),
    "no version": (b"Metadata-Version: 2.1\nName: broken\n", b"[jackfield.providers]\nbroken = os\n"),
    "binary metadata": (b"\xff\xfe\x00" * 9, b"[jackfield.providers]\nbroken = os\n"),
    "binary entry points": (b"Metadata-Version: 2.1\nName: broken\nVersion: 1\n", b"\xff\xfe\x00" * 9),
    "no equals sign": (
        b"Metadata-Version: 2.1\nName: broken\nVersion: 1\n",
        b"[jackfield.providers]\nbroken\n",
    ),
    "no section": (b"Metadata-Version: 2.1\nName: broken\nVersion: 1\n", b"broken = jackfield.providers\n"),
    "open section": (
        b"Metadata-Version: 2.1\nName: broken\nVersion: 1\n",
        b"[jackfield.providers\nbroken = os\n",
    ),
}


@pytest.mark.parametrize(("metadata", "entry_points"), BROKEN.values(), ids=BROKEN)
def test_broken_metadata(site: Any, metadata: bytes | None, entry_points: bytes) -> None:
    """A distribution with broken metadata is passed over; it hides nobody else and stops nobody."""
    site.provider("good")
    info = site.folder / "broken-1.0.dist-info"
    info.mkdir()
    if metadata is not None:
        (info / "METADATA").write_bytes(metadata)
    (info / "entry_points.txt").write_bytes(entry_points)

    assert [one.name for one in listed()] == ["good"]
    assert ProviderManager()._plugins.spec("good").title == "good"


def test_two_distributions_one_name(site: Any) -> None:
    """A name that two distributions claim is used by neither; both are listed with the reason."""
    site.module("first", FATAL)
    site.distribution("first-dist", {"wanted": "first"})
    site.distribution("second-dist", {"wanted": "first"})
    found = listed(name="wanted")

    assert [one.distribution for one in found] == ["first-dist", "second-dist"]
    assert {one.state for one in found} == {PluginState.SET_ASIDE}
    assert "first-dist 1.0 and second-dist 1.0" in found[0].reason
    with pytest.raises(jackfield.NameTaken, match="Uninstall all but one"):
        ProviderManager()._plugins.spec("wanted")
    assert "first" not in sys.modules


def test_one_distribution_claims_a_name_twice(site: Any) -> None:
    """A name that one distribution claims twice is as unclear."""
    site.distribution("twice-dist", "[jackfield.providers]\nwanted = one\nwanted = two\n")

    with pytest.raises(jackfield.NameTaken):
        ProviderManager()._plugins.spec("wanted")


def test_installed_twice(site: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a distribution that is installed in two folders, the first on the path counts, as for an import."""
    site.distribution("twin-dist", {"twin": "os"}, version="2.0")
    other = type(site)(tmp_path / "other")
    other.folder.mkdir()
    other.distribution("Twin_Dist", {"twin": "os"}, version="1.0")
    monkeypatch.setattr(sys, "path", [*sys.path, str(other.folder)])

    assert [one.version for one in listed()] == ["2.0"]


@pytest.mark.parametrize(
    ("requires", "fits"),
    [
        (["jackfield>=0.1"], True),
        (["jackfield>=0.1,<0.2", "httpx>=99"], True),
        ([], True),
        (["jackfield>=99"], False),
        (["jackfield<0.1"], False),
        (["jackfield-api>=99", "jackfield>=0.1"], True),
        (["jackfield>=0.1", "jackfield<0.1"], False),
    ],
)
def test_other_core(site: Any, requires: list[str], fits: bool) -> None:
    """A plugin for another core is set aside before any of its code runs, and both versions are told."""
    site.module("picky", "ran = True")
    site.distribution("picky-dist", {"picky": "picky"}, requires=requires)
    (found,) = listed()

    assert found.state is (PluginState.AVAILABLE if fits else PluginState.SET_ASIDE)
    if not fits:
        assert f"and {jackfield.version()} is installed" in found.reason
        with pytest.raises(jackfield.Incompatible, match="pip install --upgrade"):
            ProviderManager()._plugins.spec("picky")
        assert "picky" not in sys.modules


@pytest.mark.parametrize(
    ("requirement", "is_newer"),
    [
        (">=99", True),
        (">=99,<100", True),
        (f">{jackfield.version()}", True),
        ("~=99.1", True),
        ("==99.*", True),
        ("<0.1", False),
        (">=0.0.1,<0.1", False),
        ("==0.0.*", False),
        (f"!={jackfield.version()}", False),
    ],
)
def test_who_has_to_move(site: Any, requirement: str, is_newer: bool) -> None:
    """Where the core is the older one, both are upgraded; where the plugin is, its author is to be told."""
    site.distribution("picky-dist", {"picky": "picky"}, requires=[f"jackfield{requirement}"], version="1.2")
    (found,) = listed()

    assert ("Upgrade both of them together" in found.reason) is is_newer
    assert ('tell its author: "picky-dist 1.2 was written for jackfield' in found.reason) is not is_newer
    assert ("please try it with jackfield 0.1" in found.reason) is not is_newer


def test_the_metadata_of_long_ago(site: Any) -> None:
    """What an old `.egg-info` requires stands in a file of its own, and counts as well."""
    site.module("picky", FATAL)
    info = site.folder / "picky_dist.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: picky-dist\nVersion: 3.0\n")
    (info / "requires.txt").write_text("jackfield>=99\n")
    (info / "entry_points.txt").write_text("[jackfield.providers]\npicky = picky\n")
    (found,) = listed()

    assert (found.name, found.version, found.state) == ("picky", "3.0", PluginState.SET_ASIDE)
    assert "needs jackfield >=99" in found.reason


def test_a_readme_is_no_metadata(site: Any) -> None:
    """Lines of a readme that look like metadata are none."""
    info = site.distribution("wordy-dist", {"wordy": "os"}, version="1.0")
    with (info / "METADATA").open("a") as metadata:
        metadata.write("\nA readme.\nName: another\nVersion: 9\nRequires-Dist: jackfield>=99\n")
    (found,) = listed()

    assert (found.distribution, found.version, found.state) == ("wordy-dist", "1.0", PluginState.AVAILABLE)


def test_uninstalled(site: Any) -> None:
    """A provider that was uninstalled is gone from the list of the same process."""
    site.provider("brief")
    assert [one.name for one in listed()] == ["brief"]

    for path in (site.folder / "brief_dist-1.0.dist-info").iterdir():
        path.unlink()
    (site.folder / "brief_dist-1.0.dist-info").rmdir()

    assert listed() == []


class Strict(importlib_metadata.PathDistribution):
    """A distribution as the library reads it from 8.7 to 9: it has nothing if one value names nothing."""

    @property
    def entry_points(self) -> Any:
        """Refuse them all."""
        raise ValueError("Invalid object reference")


class StrictFinder:
    """Finds such a distribution."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(self, *_: Any) -> None:
        """Find no module."""

    def find_distributions(self, _: Any = None) -> list[Strict]:
        """Return it."""
        return [Strict(self._folder)]


def test_one_bad_entry_point_hides_no_other(
    site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the library refuses all entry points for one, each is there and judged alone."""
    site.provider("good")
    [found] = site.folder.glob("good_dist-*.dist-info")
    folder = found.rename(tmp_path / found.name)  # where the usual finder does not look
    entries = "[jackfield.providers]\nbad = not a module!!\ngood = plugin_good\n\n[other]\nx = y\n"
    (folder / "entry_points.txt").write_text(entries, encoding="utf-8")
    monkeypatch.setattr(sys, "meta_path", [StrictFinder(folder), *sys.meta_path])

    assert {one.name for one in listed(distribution="good-dist")} == {"bad", "good"}
    assert ProviderManager()._plugins.spec("good").name == "good"
    with pytest.raises(ImportFailed, match="good-dist cannot be imported"):
        ProviderManager()._plugins.spec("bad")
