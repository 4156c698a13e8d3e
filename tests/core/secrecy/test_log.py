"""Logs: silent until they are set up, one event a line, no secret in any of them."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jackfield import Secret, SSEDecoder, _log, configure_logging, log_event

LEVELS = [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL]


@pytest.fixture(params=["text", "json"])
def lines(request: pytest.FixtureRequest) -> Iterator[Callable[[], list[str]]]:
    """Set up logging in both forms; return what was written so far."""
    stream, root = io.StringIO(), logging.getLogger()
    level = root.level
    handler = configure_logging("DEBUG", json=request.param == "json", stream=stream)
    yield lambda: stream.getvalue().splitlines()
    root.removeHandler(handler)
    root.setLevel(level)


def written(lines: Callable[[], list[str]], key: Secret) -> str:
    """Return all that was written, which must be something and must not hold the key."""
    text = "\n".join(lines())
    assert text
    assert key.reveal() not in text
    return text


FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "value": lambda key: {"note": f"sent {key} off"},
    "bytes": lambda key: {"note": key.encode()},
    "list": lambda key: {"notes": ["one", (key,)]},
    "set": lambda key: {"notes": {key}},
    "mapping": lambda key: {"notes": {"inner": {"inner": key}, key: 1}},
    "object": lambda key: {"note": ValueError(key)},
    "secret": lambda key: {"note": Secret(key), "notes": [Secret(key)]},
    "under a name": lambda key: {
        "authorization": key,
        "api_key": 5,
        "cookies": [key],
        "credentials": {"a": key},
    },
}


@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS)
def test_fields(lines: Any, key: Secret, fields: Callable[[str], dict[str, Any]]) -> None:
    """No field of an event shows a secret, whatever it is wrapped in, at any level."""
    for log in (_log.debug, _log.info, _log.warning):
        log("thing.happened", **fields(key.reveal()))

    assert written(lines, key).count("thing.happened") == 3


def test_names_that_hold_secrets(lines: Any) -> None:
    """A field that is named like a secret is masked whatever it holds; other fields stand as they are."""
    _log.info(
        "thing.happened",
        **{"x-api-key": "abc", "set-cookie": "def", "session_id": "ghi", "password": 5, "pin": 7},
        **{"gen_ai.usage.input_tokens": 12, "headers": {"Authorization": "Bearer jkl"}},
    )
    text = "\n".join(lines())

    assert not [value for value in ("abc", "def", "ghi", "jkl") if value in text]
    assert "12" in text
    assert "7" in text


@pytest.mark.parametrize("level", LEVELS)
def test_other_libraries(lines: Any, key: Secret, level: int) -> None:
    """Lines of other libraries pass through the same masking: text, arguments, a URL's query."""
    logger = logging.getLogger("some.library")
    logger.log(level, "GET https://api/?key=%s %r", key.reveal(), {"headers": [key.reveal()]})
    logger.log(level, f"already in the text: {key.reveal()}")  # noqa: G004

    assert "some.library" in written(lines, key)


def test_exceptions(lines: Any, key: Secret) -> None:
    """A logged exception shows neither the key in its text nor in a local variable, nor in its cause."""

    def fail() -> None:
        local = key.reveal()
        try:
            raise KeyError(local)
        except KeyError as cause:
            raise ValueError(f"refused: {local}") from cause

    try:
        fail()
    except ValueError:
        logging.getLogger("some.library").exception("it failed", stack_info=True)
        _log._structured().error("it failed", exc_info=True)
    text = written(lines, key)

    assert text.count("ValueError") >= 2
    assert "KeyError" in text


@pytest.mark.parametrize("lines", ["json"], indirect=True)
def test_json_is_one_object_a_line(lines: Any) -> None:
    """In JSON every event is one line that parses, with its name, level and time, whatever is in it."""
    _log.warning("thing.happened", note="two\nlines \x1b[2J", odd=object, deep={"a": [1, None]})
    logging.getLogger("some.library").error("two\nlines\u2028")
    events = [json.loads(line) for line in lines()]

    assert [event["event"] for event in events] == ["thing.happened", "two\nlines\u2028"]
    assert [event["level"] for event in events] == ["warning", "error"]
    assert all(event["timestamp"].endswith("Z") for event in events)
    assert "\x1b" not in "".join(lines())


@pytest.mark.parametrize("lines", ["text"], indirect=True)
def test_text_cannot_steer_a_terminal(lines: Any) -> None:
    """In text, what would steer a terminal or fake another line is shown escaped."""
    hostile = "one\ntwo\r \x1b]0;title\x07 \x9b2J \u202e \u2028"
    _log.info(hostile, note=hostile)
    logging.getLogger("some.library").info(hostile)
    try:
        raise ValueError(hostile)
    except ValueError:
        logging.getLogger("some.library").exception("it failed")
    text = "\n".join(lines())

    assert not [character for character in "\r\x1b\x07\x9b\u202e\u2028" if character in text]
    assert "one\\x0atwo" in text


def test_level(key: Secret) -> None:
    """What is below the level is not written."""
    stream = io.StringIO()
    root = logging.getLogger()
    level, handler = root.level, configure_logging(logging.WARNING, stream=stream)
    try:
        _log.info("too.quiet")
        _log.warning("loud.enough")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)

    assert "too.quiet" not in stream.getvalue()
    assert "loud.enough" in stream.getvalue()


def test_silent_by_default() -> None:
    """A program that sets up no logging sees none of our lines, not even warnings."""
    say = "import logging; from jackfield import _log; {} _log.warning('hook.failed', note='it failed')"

    silent = subprocess.run(
        [sys.executable, "-c", say.format("")], capture_output=True, text=True, check=True
    )
    told = subprocess.run(
        [sys.executable, "-c", say.format("logging.basicConfig();")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert (silent.stdout, silent.stderr) == ("", "")
    assert "hook.failed" in told.stderr


class Foreign(logging.Handler):
    """A handler that is no business of ours, as a program or a service for crash reports has."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(self.format(record))


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    """A foreign handler on the root logger."""
    handler, root = Foreign(), logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)


def test_foreign_handlers(foreign: Foreign, key: Secret) -> None:
    """G13: what a provider logs below `jackfield` is masked before other people's handlers see it."""
    logger = logging.getLogger("jackfield.some.provider")
    logger.warning("the key is %s, %r", key.reveal(), [key.reveal()])
    logger.warning(f"in the text: {key.reveal()}")  # noqa: G004
    logger.warning(KeyError(key.reveal()))
    logger.warning("nothing to hide, %d%%", 5)
    logger.warning({"event": key.reveal()})
    try:
        raise ValueError(key.reveal())
    except ValueError:
        logger.exception("it failed")
    told = "\n".join(foreign.seen)

    assert "nothing to hide, 5%" in foreign.seen
    assert told.count("**********") == 5
    assert key.reveal() not in told.replace(str({"event": key.reveal()}), "")


def test_a_wrong_format(key: Secret) -> None:
    """A line whose format does not fit stays one, and its arguments are masked: they are printed with it."""
    record = logging.makeLogRecord({"msg": "%d", "args": (key.reveal(),)})
    _log.Masking().handle(record)

    assert (record.msg, record.args) == ("%d", ("**********",))


def test_other_loggers_are_left_alone(foreign: Foreign, key: Secret) -> None:
    """The lines of other libraries are theirs, unless a program has us write them."""
    logging.getLogger("some.library").warning(key.reveal())

    assert foreign.seen == [key.reveal()]


def test_a_line_for_any_handler(foreign: Foreign, key: Secret) -> None:
    """Where a program sets up its own logging, an event is a line: its name, then `key=value`, no dict."""
    facts = {"connection": "work", "attempts": 2, "elapsed": 0.25, "ok": True, "model": None}
    log_event("request.finished", level=logging.WARNING, **facts)
    log_event("page.opened", level=logging.WARNING, layer="web", url="http://a/b", what='two "words"')
    log_event("thing.happened", level=logging.WARNING, note=key.reveal(), token="abc", notes=["a", key])

    assert foreign.seen == [
        "request.finished connection=work attempts=2 elapsed=0.25 ok=true model=null",
        'page.opened url=http://a/b what="two \\"words\\""',
        'thing.happened note=********** token=********** notes=["a", "**********"]',
    ]


def test_a_line_cannot_be_faked(foreign: Foreign) -> None:
    """What is told in a line can neither begin another one nor pass for a field nor steer a terminal."""
    hostile = "one\ntwo\r \x1b]0;title\x07 \x9b2J \u202e \u2028 a=b"
    log_event(hostile, level=logging.WARNING, note=hostile, **{"a key": 1, "k=v": 2})
    (line,) = foreign.seen

    assert not [character for character in "\n\r\x1b\x07\x9b\u202e\u2028" if character in line]
    assert ' note="one\\ntwo' in line
    assert line.endswith('a=b" "a key"=1 "k=v"=2')


def test_layers_are_loggers(foreign: Foreign) -> None:
    """A layer's lines go to a logger of its own below `jackfield`, so that one alone can be turned up."""
    web = logging.getLogger("jackfield.web")
    web.setLevel(logging.DEBUG)
    try:
        log_event("page.opened", layer="web")
        log_event("http.requested", layer="api")
    finally:
        web.setLevel(logging.NOTSET)

    assert foreign.seen == ["page.opened"]


def test_nobody_listens() -> None:
    """Where nobody listens, not even structlog is loaded."""
    say = "import sys; from jackfield import log_event; log_event('a.b'); print('structlog' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_a_stream_that_is_not_utf8(foreign: Foreign) -> None:
    """That a remote's stream is not UTF-8 is told once, in the same form."""
    decoder = SSEDecoder()
    decoder.feed(b"data: \xff\n\ndata: \xff\n\n")

    assert foreign.seen == ['stream.not_utf8 note="U+FFFD stands for what cannot be read"']
