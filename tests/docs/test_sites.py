"""The reference of a Site's fields is what its classes say."""

from __future__ import annotations

import attrs
import pytest

import site_fields


def test_the_tables_are_fresh() -> None:
    """docs/sites.md is what `python tools/site_fields.py` writes."""
    assert site_fields.PAGE.read_text("utf-8") == site_fields.written()


@pytest.mark.parametrize("kind", site_fields.TABLES.values(), ids=lambda kind: kind.__name__)
def test_every_field_is_told(kind: type) -> None:
    """Each field of each part of a Site has a row, and its class says what it is."""
    rows = site_fields.table(kind)

    assert [name for name in attrs.fields_dict(kind) if f"| `{name}` | " not in rows] == []
