"""What is said of a selector that finds nothing: its name, its age, where it was seen."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Certainty
from jackfield_web.errors._drift import last_seen, missing
from jackfield_web.site import Site, build_site

TODAY = dt.date(2026, 11, 23)


def site(source: str | None = None) -> Site:
    return build_site(
        {
            "name": "page",
            "version": "2026-10-01",
            "selectors": {"chat_input": "#composer", "response_area": ".bot", "stop_button": ".stop"},
            "sources": {} if source is None else {"chat_input": source},
        }
        | {"base_url": "http://127.0.0.1:9"}
    )


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("running, 2026-07-21", "last seen 2026-07-21, 4 months ago: running, 2026-07-21"),
        ("LIVE 2026-05/07, later 2026-11", "last seen 2026-11, 3 weeks ago: LIVE 2026-05/07, later 2026-11"),
        ("by hand, 2026-11-22", "last seen 2026-11-22, 1 day ago: by hand, 2026-11-22"),
        ("by hand, 2027-01-01", "last seen 2027-01-01, 0 days ago: by hand, 2027-01-01"),
        ("hearsay of 2026-13-40", "last seen 2026-10-01, 7 weeks ago: hearsay of 2026-13-40"),
        (None, "last seen 2026-10-01, 7 weeks ago"),
    ],
)
def test_the_age_of_a_selector(source: str | None, told: str) -> None:
    """The last day or month that the source names counts, else the day of the whole Site."""
    assert last_seen(site(source), "chat_input", TODAY) == told


def test_what_is_missing_is_named() -> None:
    """The error names the selector and the Site, knows that nothing was sent, and tells the age."""
    error = missing(site("running, 2026-07-21"), "chat_input")

    assert error.message == "the page shows nothing that fits selectors.chat_input of the Site 'page'"
    assert str(error.hint).startswith("selectors.chat_input was last seen 2026-07-21, ")
    assert (error.selector, error.certainty) == ("chat_input", Certainty.NOT_SENT)


def test_what_a_site_does_not_name_was_never_seen() -> None:
    """Of a selector that it lacks the error says so, and no day."""
    error = missing(site("running, 2026-07-21"), "new_chat_button")

    assert error.hint == "selectors.new_chat_button is not in the Site: give it."


@given(st.text(alphabet="0123456789- seen", max_size=60), st.dates(dt.date(2020, 1, 1), dt.date(2099, 1, 1)))
def test_any_source_has_an_age(source: str, today: dt.date) -> None:
    """Whatever somebody wrote of where they saw it, an age is told and never a negative one."""
    told = last_seen(site(source), "chat_input", today)

    assert " ago" in told
    assert ", -" not in told
