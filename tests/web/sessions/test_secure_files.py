"""Files that are as good as a password: private, whole, and refused when others could have written them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from jackfield_web import SessionStoreError, SessionUnwritable
from jackfield_web.accounts._secure_files import private_directory, read_private, write_private

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a private directory."""
    return private_directory(tmp_path / "private")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_private(folder: Path) -> None:
    """Directory 0700, file 0600, also under a umask that forbids nothing; what was written is read."""
    old = os.umask(0)
    try:
        write_private(folder / "new", b"content")
        made = private_directory(folder / "deeper")
    finally:
        os.umask(old)

    assert [mode(made), mode(folder / "new")] == [0o700, 0o600]
    assert read_private(folder / "new", most=100) == b"content"


def test_a_missing_file_is_nothing(folder: Path) -> None:
    """No file, no content, no error."""
    assert read_private(folder / "missing", most=100) is None


def test_a_file_that_is_replaced_leaves_no_trace(folder: Path) -> None:
    """After a second write there is one file, with the second content."""
    for content in (b"one", b"two"):
        write_private(folder / "file", content)

    assert [path.name for path in folder.iterdir()] == ["file"]
    assert (folder / "file").read_bytes() == b"two"


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_a_file_that_others_can_use_is_refused(folder: Path, bits: int) -> None:
    """Any right of group or others is one too many, and the error tells how to mend it."""
    write_private(folder / "file", b"content")
    (folder / "file").chmod(bits)

    with pytest.raises(SessionStoreError, match=f"mode 0{bits:o}.*chmod 600"):
        read_private(folder / "file", most=100)


@pytest.mark.parametrize("target", ["file", "missing"])
def test_a_link_is_refused_and_never_followed(folder: Path, tmp_path: Path, target: str) -> None:
    """A link is not read through, nor written through: writing puts a file in its place."""
    write_private(tmp_path / "file", b"elsewhere")
    (folder / "link").symlink_to(tmp_path / target)

    with pytest.raises(SessionStoreError, match="it is a link"):
        read_private(folder / "link", most=100)
    write_private(folder / "link", b"here")
    assert (tmp_path / "file").read_bytes() == b"elsewhere"
    assert not (folder / "link").is_symlink()


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_refused(folder: Path, make: Callable[[Path, int], None]) -> None:
    """A directory or a pipe in the file's place is refused at once; nobody waits for a pipe's writer."""
    make(folder / "thing", 0o600)

    with pytest.raises(SessionStoreError, match=r"is no file|cannot be opened"):
        read_private(folder / "thing", most=100)


@as_root
def test_another_account_s_file_is_refused(folder: Path) -> None:
    """What belongs to somebody else is not believed."""
    write_private(folder / "file", b"content")
    os.chown(folder / "file", NOBODY, NOBODY)

    with pytest.raises(SessionStoreError, match=f"belongs to user {NOBODY}"):
        read_private(folder / "file", most=100)


@as_root
def test_another_account_s_directory_is_refused(folder: Path) -> None:
    """Nor is a directory that somebody else owns."""
    os.chown(folder, NOBODY, NOBODY)

    with pytest.raises(SessionStoreError, match=f"belongs to user {NOBODY}"):
        private_directory(folder)


@as_root
def test_without_root_s_rights_the_rules_are_the_same() -> None:
    """An ordinary user writes and reads, and is refused a directory that cannot be written, in our words."""
    script = """
import os, sys
from pathlib import Path
from jackfield_web import SessionUnwritable
from jackfield_web.accounts._secure_files import private_directory, read_private, write_private
os.setgid(65534); os.setuid(65534)
folder = private_directory(Path(sys.argv[1]) / "mine")
write_private(folder / "file", b"content")
assert read_private(folder / "file", most=100) == b"content"
folder.chmod(0o500)
for act in (lambda: write_private(folder / "file", b"x"), lambda: private_directory(folder / "sub")):
    try:
        act()
    except SessionUnwritable as error:
        print(error)
"""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        command = [sys.executable, "-c", script, folder]
        program = subprocess.run(command, capture_output=True, text=True, check=False)

    assert program.stdout.count("Permission denied") == 2, program.stderr


@pytest.mark.parametrize("bits", [0o750, 0o701, 0o777])
def test_a_directory_that_others_can_use_is_refused(tmp_path: Path, bits: int) -> None:
    """A directory that was there before must be private already."""
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(bits)

    with pytest.raises(SessionStoreError, match="chmod 700"):
        private_directory(tmp_path / "open")


def test_a_file_in_the_directory_s_place_is_refused(tmp_path: Path) -> None:
    """A file, and a link to a directory, are no directory of ours."""
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)

    for name in ("file", "link"):
        with pytest.raises(SessionStoreError, match="is no directory"):
            private_directory(tmp_path / name)


def test_a_full_disk_keeps_the_old_file(folder: Path) -> None:
    """Writing stops in the middle: the old content stays, no other file does, the content is not told."""
    script = """
import resource, signal, sys
from pathlib import Path
from jackfield_web import SessionUnwritable
from jackfield_web.accounts._secure_files import write_private
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_private(Path(sys.argv[1]), b"s3cret" * 1000)
except SessionUnwritable as error:
    print(error)
"""
    write_private(folder / "file", b"old")
    command = [sys.executable, "-c", script, str(folder / "file")]
    program = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "What was stored before is intact" in program.stdout
    assert "s3cret" not in program.stdout + program.stderr
    assert [path.read_bytes() for path in folder.iterdir()] == [b"old"]


def test_a_file_that_is_too_large_is_refused(folder: Path) -> None:
    """A file beyond the limit is not read into memory."""
    write_private(folder / "file", b"x" * 101)

    with pytest.raises(SessionStoreError, match="larger than 100 bytes"):
        read_private(folder / "file", most=100)


def test_a_directory_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    """The reason is told with the path."""
    (tmp_path / "file").write_text("")

    with pytest.raises(SessionUnwritable, match="file/below cannot be made"):
        private_directory(tmp_path / "file" / "below")
