"""The lock: one holder, whoever it is, and nothing left of the dead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jackfield_web import SessionUnwritable
from jackfield_web.accounts import _locks
from jackfield_web.accounts._locks import FileLock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the lock's place."""
    return tmp_path / "work.lock"


def test_one_holder_at_a_time(path: Path) -> None:
    """A second lock waits for nobody: it is refused, and had when the first is given back."""
    first, second = FileLock(path), FileLock(path)

    assert first.acquire()
    assert not second.acquire()
    assert second.holder() == os.getpid()
    first.release()
    assert second.acquire()
    second.release()


def test_a_lock_that_was_removed_is_no_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A holder removes the file just after we opened it: we do not end up with a lock on nothing."""
    real, removals = _locks._try_lock, iter([path])

    def after_a_removal(descriptor: int) -> bool:
        for removed in removals:
            removed.unlink()
        return real(descriptor)

    monkeypatch.setattr(_locks, "_try_lock", after_a_removal)
    first, second = FileLock(path), FileLock(path)

    assert first.acquire()
    assert not second.acquire()
    first.release(remove=True)
    assert not path.exists()


def test_a_note_that_makes_no_sense_names_nobody(path: Path) -> None:
    """The holder is unknown when the note is missing or damaged."""
    assert FileLock(path).holder() is None
    path.write_text("someone")
    assert FileLock(path).holder() is None


def test_giving_back_twice_harms_nobody(path: Path) -> None:
    """What is not ours is not given back for somebody else."""
    first, second = FileLock(path), FileLock(path)
    assert first.acquire()
    first.release()
    assert second.acquire()
    first.release(remove=True)

    assert not FileLock(path).acquire()
    second.release()


def test_a_lock_that_cannot_be_made_is_told(path: Path, tmp_path: Path) -> None:
    """A link in its place, or a missing directory, is an error of ours with the path."""
    path.symlink_to(tmp_path / "elsewhere")

    for place in (path, tmp_path / "missing" / "lock"):
        with pytest.raises(SessionUnwritable, match=str(place)):
            FileLock(place).acquire()
    assert not (tmp_path / "elsewhere").exists()
