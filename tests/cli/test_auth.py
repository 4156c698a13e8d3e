"""Credentials: taken by prompt and pipe only, kept privately, shown never."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ConfigError, ProviderContext
from jackfield_cli._auth import _piped
from jackfield_cli._private import read_private, write_private
from jackfield_cli._stores import FileStore, KeyringStore, StoreUnavailable, within
from jackfield_cli._usage import UsageFault
from jackfield_cli.credentials import Credentials, plugin

SECRET = "tok-canary-5f3a9"
NETSCAPE = "# Netscape HTTP Cookie File\n.claude.ai\tTRUE\t/\tTRUE\t1893456000\tsessionKey\tabc\n"
KEYRING = """
import json, os, pathlib
from keyring.backend import KeyringBackend

class Kept(KeyringBackend):
    priority = 5
    file = pathlib.Path(os.environ["HOME"]) / "keyring.json"

    def _all(self):
        return json.loads(self.file.read_text()) if self.file.exists() else {}

    def get_password(self, service, name):
        return self._all().get(name)

    def set_password(self, service, name, text):
        self.file.write_text(json.dumps({**self._all(), name: text}))

    def delete_password(self, service, name):
        self.file.write_text(json.dumps({key: value for key, value in self._all().items() if key != name}))

class Forgetful(Kept):
    def set_password(self, service, name, text):
        pass
"""

DOCTOR = """
from jackfield_cli._doctor import _stores
from jackfield_cli._session import Session

print(next(iter(_stores(Session()))))
"""


@pytest.fixture
def credentials_folder(home: Path) -> Path:
    return home / ".local/share/jackfield/credentials"


@pytest.fixture
def keyring(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Plug in a keyring backend of the given class name."""
    (home / "a_keyring.py").write_text(KEYRING)

    def plug(name: str) -> None:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"a_keyring.{name}")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(home), os.environ["PYTHONPATH"]]))

    return plug


def test_a_piped_token_is_kept_in_a_private_file(
    config: Path, credentials_folder: Path, jackfield: Callable[..., Any]
) -> None:
    """Without a keyring the token goes to a 0600 file in a 0700 folder, and the command says so."""
    ran = jackfield("auth", "set", "work", stdin=f"{SECRET}\n")
    file = credentials_folder / "work.json"
    assert ran.code == 0
    assert "no keyring" in ran.err
    assert SECRET not in ran.out + ran.err
    assert json.loads(file.read_text())["credentials"] == {"token": SECRET}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(credentials_folder.stat().st_mode) == 0o700
    assert [one.name for one in credentials_folder.iterdir()] == ["work.json"]


def test_what_was_stored_is_used(
    config: Path, jackfield: Callable[..., Any], trace: Callable[[], list[str]]
) -> None:
    """A request logs in with the stored token, and the environment's goes before it."""
    jackfield("auth", "set", "work", stdin=SECRET)
    assert jackfield("send", "work", "hello").out == "You said: hello\n"
    assert f"token of {len(SECRET)} characters" in trace()


def test_the_environment_goes_first(
    config: Path,
    jackfield: Callable[..., Any],
    trace: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A token in the environment is used before a stored one, and `auth list` says so."""
    jackfield("auth", "set", "work", stdin=SECRET)
    monkeypatch.setenv("SCRIPTED_WORK_TOKEN", "x" * 99)
    jackfield("send", "work", "hello")
    assert "token of 99 characters" in trace()
    listed = jackfield("auth", "list").out
    assert "SCRIPTED_WORK_TOKEN" in listed
    assert "xxx" not in listed


@pytest.mark.parametrize(
    "args",
    [("--token", SECRET), (f"--token={SECRET}",), ("--api-key", SECRET), ("--password", SECRET), (SECRET,)],
)
def test_a_secret_on_the_command_line_is_refused(
    config: Path, credentials_folder: Path, jackfield: Callable[..., Any], args: tuple[str, ...]
) -> None:
    """A secret given as an argument is not stored, not repeated, and the reason is told."""
    ran = jackfield("auth", "set", "work", *args)
    assert ran.code == 2
    assert "every process" in ran.err
    assert SECRET not in ran.out + ran.err
    assert not credentials_folder.exists()


def test_a_prompt_shows_nothing(config: Path, terminal: Callable[..., Any], credentials_folder: Path) -> None:
    """At a terminal the token is asked for without an echo, and is no part of the process's arguments."""
    shell = terminal("auth", "set", "work")
    shell.until("not shown): ")
    arguments = Path(f"/proc/{shell.process.pid}/cmdline").read_bytes()
    shell.type(f"{SECRET}\n")
    assert shell.end() == 0
    assert SECRET not in shell.raw
    assert SECRET.encode() not in arguments
    assert SECRET in (credentials_folder / "work.json").read_text()


def test_which_kind_is_asked_without_repeating_a_secret(home: Path, terminal: Callable[..., Any]) -> None:
    """Of several kinds one is chosen by number; a secret that is typed too early is repeated by nobody."""
    shell = terminal("auth", "set", "claude_web", "--file")
    shell.until("1  cookies")
    shell.until("Which one [1]: ")
    shell.type("very-secret\r")
    shell.until("asked for next, unseen")
    shell.type("1\r")
    shell.until("cookies of claude_web (not shown): ")
    shell.type("sk-ant-sid01-other-secret\r")
    assert shell.end() == 0
    assert "Stored the cookies of claude_web" in shell.text
    assert shell.text.count("very-secret") == 1  # as the terminal showed what was typed
    assert "other-secret" not in shell.text


@pytest.mark.parametrize("stdin", ["", "\n \n", "one\ntwo\n"])
def test_what_is_no_token_is_refused(
    config: Path, credentials_folder: Path, jackfield: Callable[..., Any], stdin: str
) -> None:
    """An empty pipe, or more lines than credentials, stores nothing."""
    assert jackfield("auth", "set", "work", stdin=stdin).code == 2
    assert not credentials_folder.exists()


@pytest.mark.parametrize("stdin", [NETSCAPE, '[\n  {"name": "sid",\n   "value": "abc"}\n]\n', "sid=abc\n"])
def test_a_file_of_cookies_is_piped_whole(
    home: Path, credentials_folder: Path, jackfield: Callable[..., Any], stdin: str
) -> None:
    """However many lines browsers' extensions and tools write, they are one credential."""
    ran = jackfield("auth", "set", "claude_web", "--type", "cookies", "--file", stdin=stdin)

    assert ran.code == 0, ran.err
    kept = json.loads((credentials_folder / "claude_web.json").read_text())["credentials"]
    assert kept == {"cookies": stdin.strip()}


@pytest.mark.parametrize(
    "data", [b"SQLite format 3\0s3cret", b"\x80\x04s3cret", "sid=s3cret".encode("utf-16-le")]
)
def test_what_is_no_text_is_no_credential(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """A browser's database, a pickle or text without its mark is refused with what to give instead."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    with pytest.raises(UsageFault, match="export its cookies as JSON") as caught:
        _piped(["cookies"], "work")

    assert "s3cret" not in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_a_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Windows' programs put before a text tells how to read it."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{SECRET}\r\n".encode("utf-16"))))

    assert _piped(["token"], "work") == {"token": SECRET}


def test_a_keyring_is_preferred(
    config: Path,
    home: Path,
    credentials_folder: Path,
    process: Callable[..., Any],
    keyring: Callable[[str], None],
) -> None:
    """With a keyring the secret goes there and no file is left; `--file` turns it round."""
    process("auth", "set", "work", stdin=SECRET)
    assert (credentials_folder / "work.json").exists()
    keyring("Kept")
    assert "the keyring" in process("auth", "set", "work", stdin=SECRET).err
    assert not (credentials_folder / "work.json").exists()
    assert "the keyring" in process("auth", "list").out
    assert process("send", "work", "hello").code == 0
    process("auth", "set", "work", "--file", stdin=SECRET)
    assert (credentials_folder / "work.json").exists()
    assert SECRET not in (home / "keyring.json").read_text()


def test_a_keyring_that_forgets_is_not_trusted(
    config: Path, credentials_folder: Path, process: Callable[..., Any], keyring: Callable[[str], None]
) -> None:
    """A keyring that takes a secret and does not keep it is passed over, and the command says so."""
    keyring("Forgetful")
    assert "does not keep" in process("auth", "set", "work", stdin=SECRET).err
    assert SECRET in (credentials_folder / "work.json").read_text()


def test_a_hanging_keyring_is_left_behind() -> None:
    """A keyring that does not answer is given up after its seconds; the caller goes on."""
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="did not answer"):
        within(0.05, lambda: time.sleep(3))
    assert time.monotonic() - started < 3


def test_a_failing_keyring_tells_only_its_class() -> None:
    """What a keyring says when it fails may repeat the secret, so it is not repeated."""

    def fail() -> None:
        raise OSError(SECRET)

    with pytest.raises(StoreUnavailable) as caught:
        within(5, fail)
    assert SECRET not in str(caught.value)


def test_a_keyring_that_panics_is_passed_over() -> None:
    """A backend's native part may raise what is no `Exception`; it is told at once, by its class alone."""

    class PanicException(BaseException):
        pass

    def fail() -> None:
        raise PanicException(SECRET)

    with pytest.raises(StoreUnavailable, match=r"the keyring failed: PanicException$"):
        within(60, fail)


def test_an_older_secret_that_may_be_left_is_told(tmp_path: Path) -> None:
    """Where the keyring cannot be asked the file is used, and that the keyring may hold another is said."""

    class Locked(KeyringStore):
        def save(self, connection: str, text: str) -> None:
            raise StoreUnavailable("it is locked")

    told: list[str] = []
    credentials = Credentials(told.append, FileStore(tmp_path / "private"), Locked())
    credentials.keep("work", ProviderContext("scripted", "token", {"token": SECRET}))
    assert told[0] == "Kept in a file that only you can read, because it is locked."
    assert "may hold an older one" in told[1]


def test_removing_removes_everywhere(
    config: Path, credentials_folder: Path, jackfield: Callable[..., Any]
) -> None:
    """`auth remove` (and `auth logout`) leaves nothing; a second time says so."""
    jackfield("auth", "set", "work", stdin=SECRET)
    assert "Deleted the stored credentials of work." in jackfield("auth", "remove", "work").err
    assert list(credentials_folder.iterdir()) == []
    assert "Nothing was stored" in jackfield("auth", "logout", "work").err


def _link(file: Path) -> None:
    real = file.rename(file.with_suffix(".real"))
    file.symlink_to(real)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda file: file.chmod(0o640), "others may read"),
        (lambda file: file.parent.chmod(0o755), "others may read"),
        (_link, "symbolic link"),
    ],
    ids=["readable", "folder", "link"],
)
def test_a_file_that_others_can_reach_is_refused(
    config: Path,
    credentials_folder: Path,
    jackfield: Callable[..., Any],
    spoil: Callable[[Path], None],
    expected: str,
) -> None:
    """A secret that others could have read or written is not used; `doctor` finds it too."""
    jackfield("auth", "set", "work", stdin=SECRET)
    spoil(credentials_folder / "work.json")
    ran = jackfield("send", "work", "hello")
    assert ran.code == 2
    assert expected in ran.err
    assert SECRET not in ran.err
    assert jackfield("doctor").code == 1


def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    """A secret that somebody else owns is not used."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    file = tmp_path / "private/secret"
    write_private(file, SECRET)
    os.chown(file, 12345, 12345)
    with pytest.raises(ConfigError, match="another user"):
        read_private(file)


def test_folders_on_the_way_are_private_too(tmp_path: Path) -> None:
    """What is kept first in a folder's folder leaves that one private, so that others can be kept in it."""
    write_private(tmp_path / "state/jackfield/conversations/keep", "")
    write_private(tmp_path / "state/jackfield/requests", "")
    assert read_private(tmp_path / "state/jackfield/requests") == ""


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """Nobody can lead a secret elsewhere by putting a link in the folder's place."""
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "private").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="symbolic link"):
        write_private(tmp_path / "private/secret", SECRET)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """Writing makes a new file and renames it: whoever holds the old one open keeps the old one."""
    file = tmp_path / "private/secret"
    write_private(file, "old")
    with file.open() as before:
        write_private(file, "new")
        assert before.read() == "old"
    assert read_private(file) == "new"


@pytest.mark.parametrize("name", ["../../up", "/etc/passwd", "a\x00b", "..", "x" * 300])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Whatever a connection is called, its file is in the folder, or there is none."""
    store = FileStore(tmp_path / "private")
    assert store.path(name).parent == tmp_path / "private"
    try:
        store.save(name, SECRET)
    except ConfigError:
        assert len(name) > 200
    else:
        assert store.load(name) == SECRET
        assert store.remove(name)


@given(st.binary(max_size=60))
def test_a_corrupt_file_is_an_error_without_its_content(data: bytes) -> None:
    """Whatever the file holds, reading it gives credentials or one clear error that repeats nothing."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = FileStore(Path(folder) / "private")
        store.save("work", "")
        store.path("work").write_bytes(b'{"provider": "p", "credentials": "' + SECRET.encode() + data)
        with pytest.raises(ConfigError) as caught:
            Credentials(file=store, keyring=KeyringStore(0.01)).find("work")
        assert SECRET not in str(caught.value)


def test_a_providers_credentials_are_for_that_provider_only(
    config: Path, jackfield: Callable[..., Any], credentials_folder: Path
) -> None:
    """What was stored for one provider is not handed to another that has the connection's name now."""
    jackfield("auth", "set", "work", stdin=SECRET)
    file = credentials_folder / "work.json"
    file.write_text(file.read_text().replace("scripted", "another"))
    ran = jackfield("send", "work", "hello")
    assert ran.code == 3
    assert "jackfield auth set work" in ran.err
    assert "another" in jackfield("auth", "list").out


def test_programs_can_use_the_store(config: Path, jackfield: Callable[..., Any]) -> None:
    """The store is installed middleware called `keyring`, and keeps what a login renews."""
    import importlib_metadata

    (entry,) = importlib_metadata.entry_points(group="jackfield.middleware", name="keyring")
    assert entry.load() is plugin
    store = Credentials()
    store.keep("work", ProviderContext("scripted", "token", {"token": SECRET}))
    config.write_text('middleware = ["keyring"]\n' + config.read_text())
    assert jackfield("send", "work", "hello").code == 0


def test_tokens_are_nowhere_in_debug_output(config: Path, process: Callable[..., Any]) -> None:
    """`--debug` shows logs and tracebacks, and no secret in them."""
    process("auth", "set", "work", stdin=SECRET)
    ran = process("--debug", "send", "work", "fail:ValueError")
    assert "Traceback" in ran.err
    assert SECRET not in ran.out + ran.err


def test_a_refused_token_is_an_authentication_error(config: Path, jackfield: Callable[..., Any]) -> None:
    """A token that the remote refuses ends with 3 and the command that stores another."""
    jackfield("auth", "set", "work", stdin="refused-token")
    ran = jackfield("send", "work", "hello")
    assert ran.code == 3
    assert "jackfield auth set work" in ran.err


def test_a_keyring_that_cannot_be_asked_is_not_an_empty_one(
    config: Path, process: Callable[..., Any], keyring: Callable[[str], None], home: Path
) -> None:
    """Where the keyring is locked nobody says that nothing is stored: send, logout and doctor tell why."""
    (home / "a_keyring.py").write_text(
        KEYRING + "\nclass Locked(Kept):\n    def get_password(self, service, name):\n"
        "        from keyring.errors import KeyringLocked\n        raise KeyringLocked('it is')\n"
    )
    keyring("Locked")
    asked = process("send", "work", "hi")
    assert asked.code == 3
    assert "could not be looked for: the keyring failed: KeyringLocked" in asked.err
    assert "has no credentials" not in asked.err
    left = process("logout", "work")
    assert left.code != 0
    assert "Nothing was stored" not in left.err
    assert "could not be looked at" in left.err
    looked = subprocess.run(
        [sys.executable, "-c", DOCTOR], capture_output=True, text=True, timeout=120, check=True
    )
    assert "Verdict.WRONG" in looked.stdout
    assert "KeyringLocked" in looked.stdout
    kept = process("auth", "set", "work", "--file", stdin=SECRET)
    assert "may still be in the keyring" in kept.err
    assert process("send", "work", "hi").out == "You said: hi\n"
