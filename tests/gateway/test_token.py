"""The token and its file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from jackfield import ConfigError
from jackfield_gateway import Token, read_token
from jackfield_gateway._token import default_token_file


def test_it_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """The first start makes a token of 256 bits that only its owner can read; the next one finds it."""
    file = tmp_path / "state" / "token"
    first = read_token(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text().strip()
    assert len(text) >= 43
    assert first.matches(text.encode())
    assert read_token(file).matches(text.encode())
    assert not first.matches(text[:-1].encode())
    assert text not in repr(first)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Nothing is repaired: whoever could read it has it."""
    file = tmp_path / "token"
    read_token(file)
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="others may read it"):
        read_token(file)


def test_a_link_and_a_file_without_a_token_are_refused(tmp_path: Path) -> None:
    """A link is not followed; an empty file holds no token."""
    real, link = tmp_path / "real", tmp_path / "link"
    read_token(real)
    link.symlink_to(real)
    with pytest.raises(ConfigError, match="cannot be used"):
        read_token(link)
    real.write_text("")
    with pytest.raises(ConfigError, match="holds no token"):
        read_token(real)


def test_a_token_must_be_long_and_fit_a_header() -> None:
    """Too short a one could be guessed."""
    for text in ("short", "a" * 15, "with space in the middle", "ünsichtbar-ünsichtbar"):
        with pytest.raises(ConfigError, match="16 to 512"):
            Token(text)


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no home, as in a container, is told to name a file for the token."""
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", lambda: Path("~nobody-of-that-name").expanduser())

    with pytest.raises(ConfigError, match="--token-file"):
        default_token_file()
