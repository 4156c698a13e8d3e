"""Try every known-bad provider, write the table of docs/seeded-faults.md, and print it."""

from __future__ import annotations

import sys

import anyio

from jackfield.testing import promises

from .faulty import FAULTY
from .table import PAGE, found, table, written


async def missed() -> list[str]:
    """Return what the known-bad providers do that are not found."""
    return [faulty.sin for faulty in FAULTY if await found(faulty) is None]


if __name__ == "__main__":
    if not_found := anyio.run(missed):
        sys.exit(f"not found: {'; '.join(not_found)}")
    told = table(promises())
    PAGE.write_text(written(told), "utf-8")
    sys.stdout.write(f"{told}\n")
