"""The small parts: the poller, credentials, text to be shown, JSON, and the facade itself."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jackfield_api
from jackfield import AuthenticationRequired, MalformedResponse, Secret
from jackfield_api import Credential, Poller, parse_json, shown


def test_waits_grow() -> None:
    """Waits grow from the start to the longest and stay there."""
    poller = Poller(jitter=0)

    assert [poller.wait() for _ in range(9)] == [2, 3, 4.5, 6.75, 10.125, 15.1875, 22.78125, 30, 30]


def test_reset() -> None:
    """After a reset the next wait is the shortest again."""
    poller = Poller(start=1, factor=2, jitter=0)
    assert [poller.wait(), poller.wait()] == [1, 2]

    poller.reset()

    assert poller.wait() == 1


@given(st.floats(0, 1), st.floats(0, 60), st.floats(0, 60))
def test_jitter(chance: float, start: float, longest: float) -> None:
    """A wait is off by a fifth at most, in either direction, and never negative."""
    wait = Poller(start=start, longest=longest, random=lambda: chance).wait()

    assert 0.8 * min(start, longest) <= wait * 1.000001 + 1e-9
    assert wait <= 1.2 * min(start, longest) * 1.000001 + 1e-9


def test_at_least() -> None:
    """A longer wait that a server asked for goes before the poller's own; a shorter one does not."""
    poller = Poller(start=2, factor=1, jitter=0)

    assert [poller.wait(at_least=seconds) for seconds in (7, 1)] == [7, 2]


def invented() -> str:
    return f"sk-{os.urandom(8).hex()}"


def test_credential() -> None:
    """A key travels as a bearer token, or bare in the header that the remote wants."""
    key = invented()

    assert Credential(Secret(key)).revealed() == (b"Authorization", f"Bearer {key}".encode())
    assert Credential(Secret(key), "x-api-key", "").revealed() == (b"x-api-key", key.encode())


@pytest.mark.parametrize("pasted", ["Bearer {}", "bearer  {}", "  {}\n", "BEARER {}\r\n"])
def test_pasted_key(pasted: str) -> None:
    """I12: a scheme in front of a key and white space round it are dropped."""
    key = invented()

    assert Credential(Secret(pasted.format(key))).revealed()[1] == f"Bearer {key}".encode()


@pytest.mark.parametrize(
    "pasted", ["{0}\n{0}", "{0} {0}", "{0}é", "{0}\x00", '"{0}"', "'{0}'", "{0}\u200b", "Bearer ", ""]
)
def test_malformed_key(pasted: str) -> None:
    """I12: a key that no header can carry is refused at once, and the message does not hold it."""
    key = invented()

    with pytest.raises(AuthenticationRequired, match=r"malformed key|is empty") as caught:
        Credential(Secret(pasted.format(key)))

    assert key not in str(caught.value)
    assert key not in repr(caught.value)


def test_credential_hides_its_key() -> None:
    """A credential prints and serialises without its key."""
    key = invented()
    credential = Credential(Secret(key))

    assert key not in repr(credential)
    assert key not in repr(attrs.asdict(credential, recurse=False))


def test_a_refused_key_in_locals() -> None:
    """A reporter that prints locals can print those of a key that was refused, and the key is not in them."""
    key = f"sk-{os.urandom(8).hex()}"
    with pytest.raises(AuthenticationRequired) as caught:
        Credential(Secret(f"{key}\nx"))

    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    told = "".join(frame for frame in trace.stack.format() if "test_small_parts" not in frame)
    assert "self = Credential(header=None)" in told
    assert key not in told


@given(st.text())
def test_shown(text: str) -> None:
    """Text to be shown is printable, on one line and short, whatever it was."""
    line = shown(text, 20)

    assert line.isprintable()
    assert len(line) <= 21 * len(r"\U0001f600")


def test_shown_escapes() -> None:
    """Controls are shown as escapes, not dropped, so that a reader sees that they were there."""
    assert shown("a\x1b[2Jb\u202ec") == r"a\x1b[2Jb\u202ec"


@pytest.mark.parametrize("text", ["", "{", "NaN", "-Infinity", "[" * 100_000, "1" * 5000, b"\xff", "'a'"])
def test_not_json(text: str | bytes) -> None:
    """What is not JSON is MalformedResponse, never another exception."""
    with pytest.raises(MalformedResponse):
        parse_json(text)


@given(st.recursive(st.text(st.characters()) | st.integers() | st.none(), st.lists))
def test_json_text_can_be_written(value: object) -> None:
    """Whatever JSON says, lone surrogates included, its text can be encoded."""
    import json

    repr(parse_json(json.dumps(value))).encode()


def test_lone_surrogates() -> None:
    """A lone surrogate becomes U+FFFD; a pair stays the character that it is."""
    assert parse_json(r'{"\ud800": ["x\uDFFFy", "\ud83d\ude00"]}') == {"\ufffd": ["x\ufffdy", "😀"]}


def test_facade() -> None:
    """Everything that is exported exists, sorted, and is not of the HTTP library."""
    assert jackfield_api.__all__ == sorted(jackfield_api.__all__, key=str.lower) or sorted(
        jackfield_api.__all__
    )
    for name in jackfield_api.__all__:
        assert not getattr(jackfield_api, name).__module__.startswith("httpx")


def test_no_tls_for_plain_http() -> None:
    """A client of an http:// address loads no certificates."""
    code = (
        "import ssl\n"
        "def refuse(*a, **k): raise SystemExit('a TLS context was made')\n"
        "ssl.create_default_context = ssl.SSLContext.load_verify_locations = refuse\n"
        "from jackfield_api import ApiClient\n"
        "ApiClient('http://127.0.0.1:1')\n"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
