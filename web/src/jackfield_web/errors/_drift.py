"""What is said when a page is not as its Site says: which selector, how old it is, and what to do."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import attrs

from jackfield import Certainty

from ..site import Selectors, Site
from ._errors import PageChanged

_DAY: Final = re.compile(r"\b(20\d\d)-(\d\d)(?:-(\d\d))?\b")
_DAYS_A_MONTH: Final = 30.4
_WEEKS_FROM: Final = 14
_MONTHS_FROM: Final = 61


def missing(
    site: Site, name: str, told: str = "the page shows nothing that fits", *, advice: str = ""
) -> PageChanged:
    """Return the error for a selector that finds nothing; nothing was sent.

    Args:
        site: What the page ought to be like.
        name: The selector's name, as in `Site.named_selectors`, or CSS.
        told: What was found instead; the selector completes the sentence.
        advice: What to do, besides looking how old the selector is.
    """
    is_known = name in attrs.fields_dict(Selectors)
    shown = f"selectors.{name}" if is_known else name
    is_lacking = is_known and not getattr(site.selectors, name)
    age = "is not in the Site: give it" if is_lacking else f"was {last_seen(site, name)}"
    return PageChanged(
        f"{told} {shown} of the Site {site.name!r}",
        hint=f"{advice} {shown} {age}.".lstrip(),
        certainty=Certainty.NOT_SENT,
        selector=name,
    )


def last_seen(site: Site, name: str = "", today: dt.date | None = None) -> str:
    """Return when and where something of a Site was last seen: `last seen 2026-07-04, 4 months ago: …`."""
    source = site.sources.get(name, "")
    day, shown = _day(source) or (site.version, str(site.version))
    told = f"last seen {shown}, {_age((today or dt.datetime.now(dt.UTC).date()) - day)} ago"
    return f"{told}: {source}" if source else told


def _day(source: str) -> tuple[dt.date, str] | None:
    """Return the last day or month that *source* names, and how it names it."""
    for found in reversed(list(_DAY.finditer(source))):
        try:
            return dt.date(int(found[1]), int(found[2]), int(found[3] or 1)), found[0]
        except ValueError:
            continue
    return None


def _age(age: dt.timedelta) -> str:
    days = max(age.days, 0)
    if days < _WEEKS_FROM:
        return _count(days, "day")
    if days < _MONTHS_FROM:
        return _count(days // 7, "week")
    return _count(round(days / _DAYS_A_MONTH), "month")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
