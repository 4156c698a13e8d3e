"""The lock: one holder, whoever it is, and nothing left of the dead."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jackfield_web import SessionUnwritable
from jackfield_web.accounts import _locks
from jackfield_web.accounts._locks import FileLock

FORKED = """
import os, signal, sys
from pathlib import Path
from jackfield_web.accounts._locks import FileLock
way, path = sys.argv[1], Path(sys.argv[2])
lock = FileLock(path)
assert lock.acquire()
reading, writing = os.pipe()
child = os.fork()
if not child:
    print("its own:", lock.is_own, "free:", FileLock(path).acquire(), flush=True)
    lock.release(remove=True)
    os.write(writing, b".")
    signal.pause()
os.read(reading, 1)
print("kept:", not FileLock(path).acquire())
if way == "released":
    lock.release()
    print("free:", FileLock(path).acquire())
print(child, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


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


def test_a_lock_whose_file_cannot_be_removed_is_given_back(path: Path) -> None:
    """Nobody is kept waiting for what is only a file."""
    lock = FileLock(path)
    assert lock.acquire()
    path.rename(path.with_name("elsewhere"))
    path.mkdir()
    with pytest.raises(OSError, match=str(path)):
        lock.release(remove=True)

    assert FileLock(path.with_name("elsewhere")).acquire()


def test_a_lock_that_cannot_be_made_is_told(path: Path, tmp_path: Path) -> None:
    """A link in its place, or a missing directory, is an error of ours with the path."""
    path.symlink_to(tmp_path / "elsewhere")

    for place in (path, tmp_path / "missing" / "lock"):
        with pytest.raises(SessionUnwritable, match=str(place)):
            FileLock(place).acquire()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("way", ["released", "killed"])
def test_a_forked_process_has_no_part_in_it(path: Path, way: str) -> None:
    """It neither has nor frees the lock, and keeps none that was given back or that its owner died with."""
    with subprocess.Popen(
        [sys.executable, "-c", FORKED, way, str(path)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        said = [owner.stdout.readline() for _ in range(4 if way == "released" else 3)]
        owner.wait()
        child = int(said.pop())
        try:
            lock = FileLock(path)
            assert lock.acquire()
            lock.release()
        finally:
            os.kill(child, signal.SIGKILL)

    assert said == ["its own: False free: False\n", "kept: True\n", "free: True\n"][: len(said)]


def test_a_disk_that_is_full_keeps_nothing_locked(tmp_path: Path) -> None:
    """A lock whose note cannot be written is an error, and can be had as soon as there is room again."""
    lock, limits = FileLock(tmp_path / "a.lock"), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(SessionUnwritable, match=r"a\.lock cannot be made: File too large"):
            lock.acquire()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    other = FileLock(tmp_path / "a.lock")

    assert other.acquire()
    other.release()
