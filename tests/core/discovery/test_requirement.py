"""Whether a plugin fits this core, told from its metadata."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from jackfield._discovery import allows, core_requirement

RELEASES = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(
    lambda numbers: ".".join(map(str, numbers))
)
PLAIN = st.tuples(st.sampled_from(["==", "!=", "<=", ">=", "<", ">"]), RELEASES).map("".join)
WILDCARD = st.tuples(st.sampled_from(["==", "!="]), RELEASES).map(lambda pair: "".join(pair) + ".*")
COMPATIBLE = RELEASES.filter(lambda release: "." in release).map("~=".__add__)
SPECIFIERS = st.lists(PLAIN | WILDCARD | COMPATIBLE, max_size=3)


@given(SPECIFIERS, RELEASES, st.sampled_from(["", " "]))
def test_allows(specifiers: list[str], version: str, space: str) -> None:
    """Every specifier of release numbers means what the `packaging` library says it means."""
    told = allows(f",{space}".join(specifiers), version)

    assert told == SpecifierSet(",".join(specifiers)).contains(Version(version), prereleases=True)


@given(st.text(), st.text())
def test_what_is_not_understood_does_not_exclude(specifier: str, version: str) -> None:
    """Any text is judged without an error, and what is no specifier excludes nothing."""
    assert allows(specifier, version) or any(sign in specifier for sign in "=<>")


@pytest.mark.parametrize(
    ("line", "specifier"),
    [
        ("jackfield", ""),
        ("jackfield>=0.1", ">=0.1"),
        ("jackfield (>=0.1,<0.2)", ">=0.1,<0.2"),
        ("jackfield[trio] >=0.1", ">=0.1"),
        ("Jackfield~=0.1", "~=0.1"),
        ("jackfield-api>=7", ""),
        ("jackfield_api>=7", ""),
        ("jackfield.more>=7", ""),
        ("jackfield2>=7", ""),
        ("my-jackfield>=7", ""),
        ("jackfield>=7; extra == 'later'", ""),
        ("jackfield>=7; sys_platform == 'win32'", ""),
        ("jackfield @ https://example.org/jackfield-7.tar.gz#sha256==7", ""),
        ("", ""),
    ],
)
def test_core_requirement(line: str, specifier: str) -> None:
    """Only a line on the core itself, and one that holds everywhere, says what core a plugin needs."""
    assert core_requirement([line]) == specifier


def test_several_lines() -> None:
    """Several lines on the core must all hold, and lines on others do not matter."""
    requirement = core_requirement(["httpx>=9", "jackfield>=0.1", "jackfield-api<0.1", "jackfield<0.3"])

    assert allows(requirement, "0.2")
    assert not allows(requirement, "0.3")
    assert not allows(requirement, "0.0.9")
