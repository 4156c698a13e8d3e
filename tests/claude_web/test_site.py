"""What is shipped of Claude's page: two descriptions with their sources, and what the docs say of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from jackfield_claude_web import SITE
from jackfield_web.site import Site, newest_site

SITES: Final = Path(str(SITE.shipped))
DOCS: Final = Path(__file__).parents[2] / "docs" / "claude-web.md"
DAY: Final = re.compile(r"20\d\d-\d\d(?:-\d\d)?")


@pytest.fixture(params=["October", "August"])
def site(request: pytest.FixtureRequest) -> Site:
    """Return each description."""
    newest = newest_site("claude", SITE.shipped).read()
    return newest if request.param == "October" else newest.variants[0].site


def test_the_newest_is_used() -> None:
    """The description of October is used, and that of August is there beside it."""
    assert newest_site("claude", SITE.shipped).when == "2026-10"
    assert {path.stem for path in SITES.glob("*.toml")} == {"claude-2026-08", "claude-2026-10"}


def test_each_selector_has_its_source(site: Site) -> None:
    """Every selector that is given says where it was seen, and none that is not given does."""
    given = {name for name, selectors in site.named_selectors().items() if selectors}

    assert given == set(site.sources) & set(site.named_selectors())
    assert {"wires", "login", "session_cookie"} <= set(site.sources)


def test_the_newest_day_of_a_source_is_its_last(site: Site) -> None:
    """What an error tells as the day on which something was last seen is the last that its source names."""
    days = {name: DAY.findall(source) for name, source in site.sources.items()}

    assert [name for name, found in days.items() if found and max(found) != found[-1]] == []


def test_the_docs_tell_each_source_and_its_day() -> None:
    """Each of the newest description's sources has a row in the docs, with its newest day."""
    site = newest_site("claude", SITE.shipped).read()
    rows = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| ")]
    for name, source in site.sources.items():
        told = [row for row in rows if f"`{name}`" in row]
        days = sorted(DAY.findall(source))
        assert told, f"{name} has no row"
        assert any((days[-1] if days else "never seen") in row for row in told), f"{name}: {source}"


def test_the_page_of_august_is_a_variant() -> None:
    """Who has the page of August still gets its description, with what the user says otherwise."""
    site = newest_site("claude", SITE.shipped).read({"selectors": {"send_button": "#mine"}})
    (august,) = site.variants

    assert (str(august.site.version), august.site.selectors.send_button) == ("2026-08-26", ("#mine",))
    assert august.site.incognito().is_incognito
    assert site.incognito().variants[0].site.is_incognito


def test_how_well_it_is_attested_is_said() -> None:
    """The newest description says that nobody compared it with the page, and what the site's terms say."""
    site = newest_site("claude", SITE.shipped).read()

    assert "not compared with the live page" in site.dated
    assert "Consumer Terms" in site.terms


def test_test_ids_stand_before_labels() -> None:
    """Labels, which are in the language of the account, are the last resort."""
    selectors = newest_site("claude", SITE.shipped).read().selectors
    for name in ("send_button", "stop_button"):
        first, *rest = getattr(selectors, name)
        assert "data-testid" in first
        assert all("aria-label" in one for one in rest)


def test_nothing_of_another_site_is_looked_for() -> None:
    """What belongs to other chat sites, or is gone, is not in the newest description."""
    selectors = newest_site("claude", SITE.shipped).read().selectors
    assert not any("data-user-message-bubble" in css for css in selectors.user_turn)
    assert not any("font-claude-message" in css for css in selectors.response_area)
