"""The table of docs/zai-web.md is what the description of Z.ai's page says, selector by selector."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from jackfield_web import SiteOptions
from jackfield_zai_web import SITE

PAGE: Final = Path(__file__).parents[2] / "docs" / "zai-web.md"
STATES: Final = {"confirmed", "newer", "older", "inferred"}
PARTS: Final = ("session_item", "claims", "wires", "login", "models")


def rows() -> dict[str, list[str]]:
    """Return the table's rows by the name in their first cell."""
    split = (re.split(r"(?<!\\) \| ", line.strip("| ")) for line in PAGE.read_text("utf-8").splitlines())
    return {cells[0].strip("`"): cells for cells in split if len(cells) == 4}


def test_each_selector_has_its_row() -> None:
    """What the page is looked at by, and each part of its description, has its state and its source there."""
    site, told = SITE.read(SiteOptions()), rows()
    named = {name: css for name, css in site.named_selectors().items() if css}

    assert {*named, *PARTS} == set(site.sources)
    for name, source in site.sources.items():
        state, _, where = source.partition(": ")
        assert state in STATES
        assert told[name][2:] == [state, where]
    for name, selectors in named.items():
        assert told[name][1] == ", ".join(f"`{css}`" for css in selectors)


def test_each_fact_has_a_state() -> None:
    """Every row, of the wire too, says how well it is attested, and names a time."""
    for name, (_, _, state, where) in rows().items():
        if name not in {"what", "---"}:
            assert state in STATES, name
            assert re.search(r"\b20\d\d\b", where), name


def test_the_page_says_how_old_it_is() -> None:
    """Page and description say the same of the evidence, and neither claims a look at the live page."""
    site, text = SITE.read(SiteOptions()), " ".join(PAGE.read_text("utf-8").split())

    for said in (site.evidence, f"{site.version:%Y-%m}", "jackfield doctor --sites", "automated access"):
        assert said.lower() in text.lower()
    assert "not compared with the live page" in site.evidence
    assert "automated access" in site.terms
