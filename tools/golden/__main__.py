"""Write the table of docs/golden.md, and print it."""

from __future__ import annotations

import anyio

from .table import PAGE, columns, table, written

if __name__ == "__main__":
    told = table(anyio.run(columns))
    PAGE.write_text(written(told), "utf-8")
    print(told)
