"""The table of seeded faults: what each known-bad provider does, and which promise of the kit finds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from jackfield.testing import Outcome

from .faulty import FAULTY, Faulty, left_open
from .honest import checked, remote

PAGE: Final = Path(__file__).parents[2] / "docs/seeded-faults.md"
MARK: Final = "<!-- written by tools/kit -->\n"
UNBREAKABLE: Final[Mapping[str, str]] = {
    "refuses before sending": "the core refuses and tells by the capabilities, whoever is asked"
}
"""The promises that the core keeps for every provider, and why no provider can break one."""
IMPORTED: Final[Mapping[str, tuple[str, ...]]] = {
    "costs nothing to import": (
        "raises at its import",
        "asks the network at its import",
        "prints at its import",
        "loads an HTTP client at its import",
        "counts to a hundred million at its import",
    ),
    "uses public names": ("imports a private name of Jackfield",),
}
"""What is seeded in the plugin's module; `tests/kit/test_importing.py` tries each."""
UNSEEN: Final[Mapping[str, str]] = {
    "accepts options that nobody knows": "the core checks them before the provider is opened",
    "accepts request options that nobody knows": "the core checks them by `ProviderSpec.request_options`",
    "tells a token in an error, its hint or in metadata": "the core masks the credentials of a connection",
    "says a `read_timeout` that its transport does not keep": "`ApiClient` refuses it as `ContractBroken`",
    "registers a name that is not its entry point's": "the core refuses the plugin as `ContractBroken`",
    "finds out at the first question that a login is refused": "a remote may have no call that costs nothing",
}
"""What the kit does not find, and why it does not have to."""


async def found(faulty: Faulty) -> Outcome | None:
    """Return how the promise that is to find a provider does find it; None if it does not."""
    async with remote() as standing:
        try:
            report = await checked(faulty.spec, standing, only=[faulty.finds], seconds=faulty.seconds)
        finally:
            await left_open.aclose()
    return next(iter(report.broken), None)


def table(sentences: Mapping[str, str]) -> str:
    """Return the tables.

    Args:
        sentences: The promises by their short names.
    """
    return "\n".join(_lines(sentences))


def _lines(sentences: Mapping[str, str]) -> Iterator[str]:
    yield "| a provider that … | is found by | which promises |"
    yield "|---|---|---|"
    seeded = [(faulty.sin, faulty.finds) for faulty in FAULTY]
    seeded += [(sin, name) for name, sins in IMPORTED.items() for sin in sins]
    for sin, name in seeded:
        yield f"| {sin} | `{name}` | {sentences[name]} |"
    yield ""
    yield "| is not found: a provider that … | for |"
    yield "|---|---|"
    for sin, reason in (UNBREAKABLE | UNSEEN).items():
        yield f"| {'breaks `refuses before sending`' if sin in UNBREAKABLE else sin} | {reason} |"


def written(told: str) -> str:
    """Return the page with the tables in it."""
    head, mark, _ = PAGE.read_text("utf-8").partition(MARK)
    return f"{head}{mark}{told}\n"
