"""The configuration file."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Config, ConfigError, ConnectionConfig, config_path, load_config


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of the configuration file of a user who has none yet."""
    monkeypatch.delenv("JACKFIELD_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "jackfield").mkdir()
    return tmp_path / "jackfield" / "jackfield.toml"


@pytest.mark.skipif(os.name != "posix", reason="Windows has other rights")
@pytest.mark.parametrize("mode", [0o666, 0o602])
def test_a_file_that_anybody_may_write(file: Path, mode: int) -> None:
    """Who can change an address gets the credentials that go there: such a file is refused, and mended so."""
    file.write_text("[connections.codegen_api]\n")
    file.chmod(mode)
    with pytest.raises(ConfigError, match=f"anybody may write it .mode 0{mode:o}.*chmod o-w"):
        load_config()
    file.chmod(0o664)

    assert len(load_config().connections) == 1


def test_file(file: Path) -> None:
    """Connections come in the file's order; `provider` is the connection's name when it is left out."""
    file.write_text(
        'middleware = ["audit"]\n'
        "[connections.codegen_api]\norg_id = 323\n"
        '[connections.work]\nprovider = "codegen_api"\n'
    )

    assert load_config() == Config(
        (
            ConnectionConfig("codegen_api", "codegen_api", {"org_id": 323}),
            ConnectionConfig("work", "codegen_api"),
        ),
        ("audit",),
    )


def test_no_file(file: Path) -> None:
    """A user without a file has no connections; a file that was named must be there."""
    assert load_config() == Config()
    with pytest.raises(ConfigError, match="there is no configuration file"):
        load_config(file)


@pytest.mark.parametrize("home", ["/dev/null", "/proc/none/such", "/" + "x" * 300, ""])
def test_a_home_that_is_none(file: Path, monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    """Where the usual place cannot be, as for a service's user, there is no file, and that is no fault."""
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", home)

    assert load_config() == Config()


def test_no_home_at_all(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home directory has no file, and whoever asks for its place is told what to set."""

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.delenv("HOME")

    assert load_config() == Config()
    with pytest.raises(ConfigError, match=r"no home directory\. Set HOME"):
        config_path()
    monkeypatch.setenv("JACKFIELD_CONFIG", "~/mine.toml")
    with pytest.raises(ConfigError, match="no home directory"):
        load_config()


def test_an_empty_variable(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is empty counts as not set: that is how an unset one arrives through a container."""
    monkeypatch.setenv("JACKFIELD_CONFIG", "")

    assert config_path() == file
    assert load_config() == Config()


def test_a_home_in_the_variable(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` in the variable is the user's home, though no shell has seen it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JACKFIELD_CONFIG", "~/mine.toml")

    assert config_path() == tmp_path / "mine.toml"


def test_place(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is in XDG_CONFIG_HOME or ~/.config; JACKFIELD_CONFIG names another one, which must exist."""
    assert config_path() == file

    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config_path() == tmp_path / ".config" / "jackfield" / "jackfield.toml"

    monkeypatch.setenv("JACKFIELD_CONFIG", str(tmp_path / "mine.toml"))
    assert config_path() == tmp_path / "mine.toml"
    with pytest.raises(ConfigError, match=r"mine\.toml"):
        load_config()


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_written_elsewhere(file: Path, ending: str) -> None:
    """A byte order mark and Windows line ends are taken."""
    text = f"[connections.work]{ending}provider = 'codegen_api'{ending}"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())

    assert load_config().connections[0].provider == "codegen_api"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[connection.work]", "unknown table 'connection'. Did you mean 'connections'"),
        ("connections = 5", "must be a table of connections"),
        ("[[connections]]", "must be a table of connections"),
        ("[connections]\nwork = 5", "connection 'work' must be a table"),
        ("[connections.Work]", "connection name 'Work' is not usable"),
        ("[connections.'../evil']", "is not usable"),
        ("[connections.'']", "is not usable"),
        ("[connections.work]\nprovider = 5", "'provider' must be a provider's name"),
        ("middleware = 'audit'", "'middleware' must be a list of names"),
        ("middleware = [1]", "'middleware' must be a list of names"),
    ],
)
def test_wrong_content(file: Path, text: str, told: str) -> None:
    """What the file must not say is told with the file's name, what was found and what was expected."""
    file.write_text(text)

    with pytest.raises(ConfigError, match=told) as caught:
        load_config()
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[connections.work\nx = 1", r"Expected ']'.* \(at line 1, column 18\)"),
        (b"[canary.canary]\n[canary.canary]", r"Cannot declare … twice \(at line 2"),
        (b'x = "\xff"', "the byte at 5 is not valid UTF-8"),
        (b"a = " + b"9" * 5_000, "a number in it is too long"),
    ],
)
def test_what_is_wrong_with_the_text(file: Path, content: bytes, told: str) -> None:
    """A file that is no TOML is told with the reason and its place, and nothing of the text."""
    file.write_bytes(content)

    with pytest.raises(ConfigError, match=f"is not valid TOML: {told}") as caught:
        load_config()
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("name", ["token", "username", "password", "cookies"])
def test_secrets_are_refused(file: Path, name: str) -> None:
    """A secret in the file is refused without being repeated, and the error says where it belongs."""
    file.write_text(f"[connections.work]\n{name} = 'canary-7f3a9'")

    with pytest.raises(ConfigError, match=f"'{name}' is a secret") as caught:
        load_config()
    assert "jackfield auth set work" in str(caught.value)
    assert "canary-7f3a9" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"a = ",
        b"[connections.work]\nx = 1\nx = 2",
        b"[connections.work]\n[connections.work]",
        b"\xff\xfe[\x00c\x00",
        b"a = \x00",
        b"token = canary-7f3a9",
        b"canary-7f3a9",
        b"a = 'canary-7f3a9",
        b"a = " + b"[" * 100_000,
        b"a = " + b"9" * 5_000,
        b"a = 1979-13-45",
        b"{" * 100_000,
        b"a." * 500 + b"b = 1",
    ],
    ids=range(13),
)
def test_hostile_toml(file: Path, content: bytes) -> None:
    """What is no TOML is a ConfigError that repeats nothing of it, however deep, long or broken it is."""
    file.write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        load_config()
    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    """Any bytes are a configuration or a ConfigError."""
    file = tmp_path / "any.toml"
    file.write_bytes(content)
    try:
        config = load_config(file)
    except ConfigError:
        return
    assert isinstance(config, Config)


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder, a loop of links and an impossible path are told as such."""
    loop = tmp_path / "loop"
    os.symlink(loop, loop)  # noqa: PTH211  pathlib resolves what must not exist
    for path in (tmp_path, loop, "nul\0.toml"):
        with pytest.raises(ConfigError, match="configuration file"):
            load_config(path)
