"""The reference of a Site's fields is what its classes say."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

import attrs
import pytest

import site_fields
from jackfield import ConfigError, TextDelta
from jackfield_web.site import Site, build_site
from jackfield_web.wire import RulesDecoder, framing_for

PIECES: Final = re.findall(
    r"^```toml\n(.*?)^```$", site_fields.PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
)
HEARD: Final = [piece for piece in PIECES if piece.startswith("# ")]
MINIMAL: Final[dict[str, Any]] = {
    "name": "small",
    "version": "2026-11-28",
    "base_url": "https://small.example",
    "selectors": {"chat_input": "textarea", "response_area": ".answer", "stop_button": "#stop"},
}


def site_of(piece: str) -> Site:
    """Return a Site that says what *piece* says, and what is needed besides."""
    return build_site(MINIMAL, tomllib.loads(piece))


def test_the_tables_are_fresh() -> None:
    """docs/sites.md is what `python tools/site_fields.py` writes."""
    assert site_fields.PAGE.read_text("utf-8") == site_fields.written()


@pytest.mark.parametrize("kind", site_fields.TABLES.values(), ids=lambda kind: kind.__name__)
def test_every_field_is_told(kind: type) -> None:
    """Each field of each part of a Site has a row, and its class says what it is."""
    rows = site_fields.table(kind)

    assert [name for name in attrs.fields_dict(kind) if f"| `{name}` | " not in rows] == []


@pytest.mark.parametrize("piece", PIECES)
def test_every_piece_goes_into_a_site(piece: str) -> None:
    """The TOML on the page is of a Site, as it stands."""
    assert site_of(piece).name == "small"


@pytest.mark.parametrize("piece", HEARD)
def test_what_is_heard_is_read_as_the_page_says(piece: str) -> None:
    """Where traffic stands above the rules for it, they find its text."""
    (wire,) = site_of(piece).wires
    heard = "".join(re.findall(r"^# (.*\n)", piece.partition("\n[[")[0] + "\n", re.MULTILINE))
    framing, decoder = framing_for(wire.kind), RulesDecoder(wire, lambda: None)
    records = [*framing.feed(heard.strip() if wire.is_socket else heard), *framing.finish()]

    assert TextDelta("Hello") in [event for record in records for event in decoder.feed(record)]


def test_what_a_table_calls_needed_is_asked_for() -> None:
    """A variant needs its name and what it shows; without a `site` it is what stands in its table."""
    rows = site_fields.table(site_fields.Variant).splitlines()
    needed = [row.split("`")[1] for row in rows if row.endswith("**needed** |")]

    assert needed == ["name", "shows"]
    with pytest.raises(ConfigError, match="needs name and shows"):
        build_site({**MINIMAL, "variants": [{}]})
    build_site({**MINIMAL, "variants": [{"name": "new", "shows": "#new"}]})
