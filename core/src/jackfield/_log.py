"""Logging: structured events that carry no secret, over the standard library's loggers.

The core is silent until a program sets up logging, and structlog is imported only when a line is written.
Event names are past tense, dotted by area; keys follow OpenTelemetry's GenAI conventions where there is one.
"""

from __future__ import annotations

import functools
import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TextIO

from ._secrets import MASK, Secret, redact, redacted

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger, Processor

    from ._types import ChatResponse

_LOGGER: Final = logging.getLogger("jackfield")
_SECRET_KEY: Final = re.compile(
    r"authorization|api[-_]?key|cookie|token$|secret|passw|session(_id)?$|credential", re.IGNORECASE
)

_UNPRINTABLE: Final = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004
    for code in (*range(32), *range(127, 160), *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
}
_UNPRINTABLE_IN_BLOCK: Final = {code: text for code, text in _UNPRINTABLE.items() if chr(code) not in "\n\t"}
"""The same for text of several lines."""
_BARE: Final = re.compile(r"[^\s\"'=\[\]{}\\]+")


class Masking(logging.NullHandler):
    """Writes nothing; masks the living secrets of what passes, for all handlers of the loggers above.

    A record goes to a logger's own handlers first and then to those of the loggers above it, so what passes
    here is masked wherever a program sends it. Like a `NullHandler`, it keeps the standard library from
    printing warnings where no logging is set up.

    Not masked: what goes to handlers below it, `extra` fields, and the exception object itself, which some
    handlers take apart; its text as the standard library prints it is.
    """

    def handle(self, record: logging.LogRecord) -> bool:
        """Mask the text of *record* and of its exception in place."""
        # Events of ours are dicts, and masked already.
        if not isinstance(record.msg, Mapping):
            try:
                text = record.getMessage()
            except Exception:  # noqa: BLE001  whoever prints it tells that its format is wrong
                record.msg, record.args = redacted(record.msg), redacted(record.args)
            else:
                if (masked := redact(text)) is not text:
                    record.msg, record.args = masked, ()
        if record.exc_info and not record.exc_text:
            text = _FORMATTER.formatException(record.exc_info)
            if (masked := redact(text)) is not text:
                record.exc_text = masked
        return True


_FORMATTER: Final = logging.Formatter()
_MASKING: Final = Masking()


def mask(name: str) -> None:
    """Have everything masked that goes through the logger called *name*, and those below it."""
    # The logging module takes a handler that is there already for the same.
    logging.getLogger(name).addHandler(_MASKING)


mask(_LOGGER.name)


def log_event(event: str, *, level: int = logging.DEBUG, layer: str = "", **fields: Any) -> None:
    """Log one thing that happened, as `event key=value`, secrets masked; for the layers and for plugins.

    Where nobody listens it does next to nothing.

    Args:
        event: What happened, in the past tense and dotted by area: `page.opened`.
        level: How much somebody should look at it, as in the standard library.
        layer: The logger below `jackfield`: `web`, or a provider's name. The core's own when empty.
        **fields: What else is to be told. No word of what was said to a model or by it belongs there.
    """
    logger = _logger_of(layer) if layer else _LOGGER
    if logger.isEnabledFor(level):
        _structured(logger.name).log(level, event, **fields)


@functools.cache
def _logger_of(layer: str) -> logging.Logger:
    # The standard library takes a lock for each look, and most lines are looked for only to be dropped.
    return logging.getLogger(f"{_LOGGER.name}.{layer}")


def debug(event: str, **fields: Any) -> None:
    """Log what only a developer wants to know."""
    log_event(event, level=logging.DEBUG, **fields)


def info(event: str, **fields: Any) -> None:
    """Log what happened in the ordinary course."""
    log_event(event, level=logging.INFO, **fields)


def warning(event: str, **fields: Any) -> None:
    """Log what somebody should look at."""
    log_event(event, level=logging.WARNING, **fields)


def response_finished(response: ChatResponse) -> None:
    """Log that a request is over, without a word of what was said."""
    if not _LOGGER.isEnabledFor(logging.INFO):
        return
    fields = {
        "gen_ai.provider.name": response.provider,
        "gen_ai.response.model": response.model,
        "connection": response.connection,
        "request_id": response.request_id,
        "attempts": response.attempts,
        "elapsed": round(response.elapsed, 3),
    }
    if response.error:
        fields["error.type"] = type(response.error).__name__
    info("request.finished", **fields)


@functools.cache
def _structured(name: str = _LOGGER.name) -> FilteringBoundLogger:
    import structlog

    return structlog.wrap_logger(  # type: ignore[no-any-return]
        logging.getLogger(name),
        processors=[redact_event, _for_any_handler],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


class _Line(dict[str, Any]):
    """An event for every handler: its fields for those that know structlog's, a line of text for all others.

    The standard library makes text of what is logged by `str`, so a program that sets up its own logging, be
    it by `basicConfig` alone, reads `event key=value` where it would read a dict.
    """

    __slots__ = ()

    def __str__(self) -> str:
        fields = (f"{_shown(key)}={_shown(value)}" for key, value in self.items() if key != "event")
        return " ".join([str(self["event"]).translate(_UNPRINTABLE), *fields])


def _shown(value: Any) -> str:
    """Return *value* as one word: bare where that is plain, quoted as in JSON otherwise."""
    is_bare = isinstance(value, str) and _BARE.fullmatch(value)
    return (value if is_bare else json.dumps(value, ensure_ascii=False, default=str)).translate(_UNPRINTABLE)


def _for_any_handler(logger: Any, name: str, event: MutableMapping[str, Any]) -> Any:
    from structlog.stdlib import ProcessorFormatter

    return ProcessorFormatter.wrap_for_formatter(logger, name, _Line(event))


def redact_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask secrets in a log event: by the name of a key, and by the value of every living secret."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: str, value: Any) -> Any:
    if isinstance(value, Secret) or (_SECRET_KEY.search(str(key)) and value is not None):
        return MASK
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(str(inner)): _redacted(inner, item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(key, item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return value if isinstance(value, logging.LogRecord) else redact(str(value))


def _printable(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape what would steer a terminal or fake a line; the renderer does so for the other fields."""
    event["event"] = str(event["event"]).translate(_UNPRINTABLE)
    if "exception" in event:
        event["exception"] = event["exception"].translate(_UNPRINTABLE_IN_BLOCK)
    return event


def configure_logging(
    level: int | str = logging.INFO, *, json: bool = False, stream: TextIO | None = None
) -> logging.Handler:
    """Write a program's logs to *stream*, one event a line, secrets masked. Not for libraries.

    The lines of other libraries pass through the same masking.

    Args:
        level: The lowest level written.
        json: One JSON object a line, for machines; otherwise text.
        stream: Where to; standard error by default.

    Returns:
        The handler that was added to the root logger.
    """
    import structlog

    handler = logging.StreamHandler(stream or sys.stderr)
    named = structlog.stdlib.add_logger_name
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=[named], processors=_chain(json=json))
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    return handler


def _chain(*, json: bool) -> list[Processor]:
    import structlog

    renderers: list[Processor] = [structlog.processors.JSONRenderer(default=str)]
    if not json:
        plain = structlog.dev.plain_traceback
        renderers = [_printable, structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    return [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        redact_event,
        *renderers,
    ]
