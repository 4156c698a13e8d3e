"""A failure as an exit code, and as a sentence that says what to do."""

from __future__ import annotations

import logging
import shlex
import sys
import traceback
from enum import IntEnum
from typing import Final, TypeGuard

import jackfield

from ._safe import escape, one_line
from ._streams import OutputFailed


class ExitCode(IntEnum):
    """What the command leaves with; documented in `jackfield --help`."""

    OK = 0
    FAILED = 1
    USAGE = 2
    AUTHENTICATION = 3
    LIMIT = 4
    UNREACHABLE = 5
    UNCERTAIN = 6
    INTERRUPTED = 130
    TERMINATED = 143


_CODES: Final[tuple[tuple[type[Exception], ExitCode], ...]] = (
    (jackfield.ConfigError, ExitCode.USAGE),
    (jackfield.ContractBroken, ExitCode.FAILED),
    (jackfield.PluginError, ExitCode.USAGE),
    (jackfield.UnknownConnection, ExitCode.USAGE),
    (jackfield.AuthenticationRequired, ExitCode.AUTHENTICATION),
    (jackfield.PermissionDenied, ExitCode.AUTHENTICATION),
    (jackfield.RateLimited, ExitCode.LIMIT),
    (jackfield.QuotaExhausted, ExitCode.LIMIT),
    (jackfield.QueueFull, ExitCode.LIMIT),
    (jackfield.DeadlineExceeded, ExitCode.UNCERTAIN),
    (jackfield.SubmissionUncertain, ExitCode.UNCERTAIN),
    (jackfield.StreamInterrupted, ExitCode.UNCERTAIN),
    (jackfield.ConnectionLost, ExitCode.UNCERTAIN),
    (jackfield.TransportError, ExitCode.UNREACHABLE),
    (jackfield.AccountBusy, ExitCode.UNREACHABLE),
    (jackfield.ProviderUnavailable, ExitCode.UNREACHABLE),
)
"""The first class that fits decides."""


_ADVICE: Final = {
    ExitCode.LIMIT: "Ask again later.",
    ExitCode.UNREACHABLE: "Check its address and the network; `jackfield health` looks again.",
    ExitCode.UNCERTAIN: "It may have acted: look before you ask again.",
}
"""What to do about an error that does not say it itself."""

_FOR_PROGRAMS: Final = "In a program:"
"""What the library's hints say after it is no command, and nothing that a person at a terminal can do."""

_NOTHING_WAS_DONE: Final = frozenset({jackfield.Certainty.NOT_SENT, jackfield.Certainty.REJECTED})
_LONGEST_REMARK: Final = 1000


def exit_code(error: BaseException) -> ExitCode:
    """Return the exit code for *error*."""
    if isinstance(error, jackfield.InvalidRequest) and error.certainty is jackfield.Certainty.NOT_SENT:
        return ExitCode.USAGE
    if _is_of_a_file(error):
        return ExitCode.USAGE
    code = next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.FAILED)
    if code is ExitCode.FAILED and _lies_here(error):
        return ExitCode.USAGE
    if code is ExitCode.UNCERTAIN and did_nothing(error):
        return ExitCode.LIMIT if getattr(error, "phase", "") == "rate" else ExitCode.UNREACHABLE
    return code


def _is_of_a_file(error: BaseException) -> TypeGuard[OSError]:
    """Whether this machine did not let the command at a file: a remote's failures have classes of ours."""
    return isinstance(error, OSError) and error.filename is not None and error.strerror is not None


def _lies_here(error: BaseException) -> bool:
    """Whether such an error always comes before anything is sent: no browser, no place for a login."""
    before_all = getattr(type(error), "default_certainty", None) is jackfield.Certainty.NOT_SENT
    return before_all and not isinstance(error, jackfield.ProviderClosed)


def did_nothing(error: BaseException | None) -> bool:
    """Whether a request certainly came to nothing at the remote."""
    return isinstance(error, jackfield.ProviderError) and error.certainty in _NOTHING_WAS_DONE


def _advice(error: BaseException) -> str | None:
    if isinstance(error, jackfield.DeadlineExceeded) and did_nothing(error):
        return "Nothing was done: ask again later, or allow more time."
    if isinstance(error, jackfield.AccountBusy):
        return "Nothing was done: close the program that has the account, or ask again later."
    return _ADVICE.get(exit_code(error))


def sentence(error: BaseException, *, about: str = "") -> str:
    """Return what went wrong and what to do about it, safe for a terminal and without a secret.

    Args:
        error: What went wrong.
        about: The connection that was named before; otherwise the sentence begins with it.
    """
    if isinstance(error, jackfield.RunTimeout):
        told = f"{error.message}."  # its hint speaks to a program; `report` gives the command instead
    elif isinstance(error, jackfield.JackfieldError):
        advice = (error.hint or "").partition(_FOR_PROGRAMS)[0].strip() or _advice(error)
        told = f"{error.message.rstrip('.')}. {advice}" if advice else error.message
    elif isinstance(error, OutputFailed):
        told = str(error)
    elif _is_of_a_file(error):
        told = f"{str(error.filename)!r} cannot be used: {error.strerror}"
    else:
        told = f"internal error: {type(error).__name__}: {error}. --debug shows where."
    whose = getattr(error, "connection", "")
    named = f"{whose}: {told}" if whose not in {"", about} and not told.startswith(f"{whose} ") else told
    return escape(jackfield.redact(named)).strip()


def report(
    error: BaseException, *, partial_shown: bool = True, config: str | None = None, inside: bool = False
) -> int:
    """Tell *error* on standard error, with what is left of the answer; return the exit code.

    Args:
        error: What went wrong.
        partial_shown: The text that had arrived is on the screen already.
        config: The configuration file that was named, for the command that takes the answer up again.
        inside: It is told in a chat, which has a command of its own for that.
    """
    lines = [f"Error: {sentence(error)}"]
    if isinstance(error, jackfield.ProviderError):
        if error.partial and not partial_shown:
            lines += ["What had arrived:", escape(error.partial), ""]
        # A run that failed has ended: there is nothing to read on.
        handle = None if isinstance(error, jackfield.RunFailed) else error.handle
        lines += left_behind(error.connection, handle, error.url, config=config, inside=inside)
    print(*lines, sep="\n", file=sys.stderr, flush=True)  # noqa: T201
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        trace = "".join(traceback.format_exception(error))
        print(escape(jackfield.redact(trace)), file=sys.stderr)  # noqa: T201
    return exit_code(error)


def remarks(response: jackfield.ChatResponse) -> list[str]:
    """Return what there is to remark on an answer, each on one line: wishes not granted, strange counts."""
    told = []
    if response.adaptations:
        bent = (f"{one.field} {one.reason}" for one in response.adaptations)
        told.append(f"{response.connection} did not do all as it was said: {'; '.join(bent)}")
    if response.usage and (wrong := response.usage.inconsistencies):
        told.append(f"The counts of {response.connection} do not add up: {'; '.join(wrong)}")
    return [one_line(text, most=_LONGEST_REMARK) for text in told]


def left_behind(
    name: str, handle: str | None, url: str | None, *, config: str | None = None, inside: bool = False
) -> list[str]:
    """Return lines that tell where an unfinished answer is to be found."""
    lines = []
    if url:
        lines.append(f"  Look at it:         {escape(url)}")
    if handle and name:
        named = f" --config {shlex.quote(config)}" if config else ""
        command = f"jackfield send {shlex.quote(name)} --attach {shlex.quote(handle)}{named}"
        lines.append(f"  Take it up again:   {escape(f'/attach {handle}' if inside else command)}")
    return lines
