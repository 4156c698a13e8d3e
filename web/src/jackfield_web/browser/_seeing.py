"""What of a page is seen, by one meaning of it: for who looks at a page, and for who acts on it."""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator, Page, Playwright

SEEING: Final = importlib.resources.files(__package__).joinpath("seeing.js").read_text("utf-8").strip()
"""JavaScript: functions that say what of a page is seen."""

_SEEN: Final = "jackfield-seen"
_ENGINE: Final = f"""(() => {{
  const {{ visible }} = {SEEING};
  const queryAll = (root) => (root.nodeType === Node.ELEMENT_NODE && visible(root) ? [root] : []);
  return {{ queryAll, query: (root) => queryAll(root)[0] || null }};
}})()"""


async def teach_seeing(playwright: Playwright) -> None:
    """Teach an engine what is seen; by itself it would take what is faded out for that too."""
    # Without `content_script` it would be asked in the page's own world, which could answer otherwise.
    await playwright.selectors.register(_SEEN, _ENGINE, content_script=True)


def seen_in(place: Page | Frame, css: str) -> Locator:
    """Return what *css* finds in *place* that is seen."""
    return place.locator(f"css={css}").locator(f"{_SEEN}=any")
