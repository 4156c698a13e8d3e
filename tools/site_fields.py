"""Write the reference of a Site's fields, the tables of docs/sites.md, from the docstrings of its classes.

`python tools/site_fields.py`. A test fails when they are not fresh.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import attrs

from jackfield_web.site import (
    Addresses,
    Composer,
    LoginStep,
    ModelPicker,
    Reading,
    Rule,
    Selectors,
    Site,
    Timing,
    TokenClaims,
    Variant,
    WirePattern,
)
from json_form import told

PAGE: Final = Path(__file__).parents[1] / "docs" / "sites.md"
MARKS: Final = re.compile(r"(<!-- written by tools/site_fields.py -->\n).*(\n<!-- /written -->)", re.DOTALL)
TABLES: Final[dict[str, type[Any]]] = {
    "The Site itself": Site,
    "[addresses]": Addresses,
    "[selectors]": Selectors,
    "[composer]": Composer,
    "[[login]]": LoginStep,
    "[claims]": TokenClaims,
    "[models]": ModelPicker,
    "[[wires]]": WirePattern,
    "[[wires.rules]]": Rule,
    "[reading]": Reading,
    "[timing]": Timing,
    "[[variants]]": Variant,
}
BUILT: Final = (attrs.fields(Variant).site,)
"""What the reading of a Site makes of what stands beside it, where it is not given."""


def usual(field: attrs.Attribute[Any]) -> str:
    """Return what a field is when it is not given, as TOML has it; empty for nothing."""
    if field in BUILT:
        return ""
    if field.default is attrs.NOTHING:
        return "**needed**"
    is_said = isinstance(field.default, str | bool | int | float | tuple) and field.default not in ("", ())
    return f"`{json.dumps(field.default)}`" if is_said else ""


def table(kind: type[Any]) -> str:
    """Return the fields of a part of a Site as a table."""
    words = told(kind)
    rows = ["| Field | What it is | When not given |", "|---|---|---|"]
    for field in attrs.fields(kind):
        what = words[field.name].replace("|", "\\|")
        rows.append(f"| `{field.name}` | {what} | {usual(field)} |")
    return "\n".join(rows)


def written() -> str:
    """Return the page with fresh tables."""
    tables = "\n".join(f"\n### {title}\n\n{table(kind)}" for title, kind in TABLES.items())
    return MARKS.sub(lambda found: found[1] + tables + "\n" + found[2], PAGE.read_text("utf-8"))


if __name__ == "__main__":
    PAGE.write_text(written(), "utf-8")
