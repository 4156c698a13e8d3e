"""Text: what a page adds to an answer, says twice or says with elements that have no text.

Law: what is taken away is nowhere drawn, or has what it says beside it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ._drawn import drawn

_FOR_READERS: Final = ".sr-only, .visually-hidden, .visuallyhidden, .screen-reader-text, .cdk-visually-hidden"
_NO_TEXT: Final = "svg, style, script, template"
_BLOCKS: Final = [
    "p",
    "li",
    "td",
    "th",
    "dd",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "div",
    "pre",
]
_IN_TEXT: Final = frozenset(_BLOCKS) - {"div", "pre"}
_COMMANDS: Final = frozenset(
    {
        "copy",
        "copied",
        "edit",
        "run",
        "download",
        "retry",
        "regenerate",
        "share",
        "expand",
        "collapse",
        "copied!",
        "copy code",
        "show more",
        "show less",
    }
)
_NUMBER: Final = re.compile(r"\[?\d+\]?")
_ICON: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
_OF_ICONS: Final = re.compile(r"material-(?:icons|symbols)|(?:^|\s)mat-icon", re.IGNORECASE)
_ICON_NAME: Final = re.compile(r"[a-z0-9_]+")
_CURSOR: Final = re.compile(r"[\s\u2580-\u259f|]*")
_HEADINGS: Final = ["h1", "h2", "h3", "h4", "h5", "h6"]
_OF_NOTE: Final = re.compile(r"^(?:user-content-)?(?:fn|footnote)[-:]?")
_NO_LETTER: Final = re.compile(r"[\W_]+")


def restore_text(soup: Any) -> None:
    """Leave what the remote wrote, once, with its marks."""
    _restore_notes(soup)
    _restore_tasks(soup)
    for button in soup.select("button"):
        if _is_said(button):
            button.unwrap()
        else:
            button.decompose()
    for element in soup.select(_NO_TEXT):
        element.decompose()
    for element in soup.select("[aria-hidden=true], .material-icons, mat-icon, [data-drawn]"):
        if not element.decomposed and _adds_nothing(element):
            element.decompose()
    _drop_for_readers(soup)


def _drop_for_readers(soup: Any) -> None:
    """Take away what is only for those who hear the page, unless nothing else says anything."""
    unseen = soup.select(_FOR_READERS)
    if len(_letters(soup)) > sum(len(_letters(each)) for each in unseen) or soup.find("img") is not None:
        for element in unseen:
            element.decompose()


def _letters(node: Any) -> str:
    return _NO_LETTER.sub("", node.get_text())


def _is_said(button: Any) -> bool:
    """Tell whether a button is a part of a sentence, as the marks of sources are."""
    label = button.get_text(" ", strip=True)
    block = button.find_parent(_BLOCKS)
    if not label or label.lower() in _COMMANDS or block is None or block.name not in _IN_TEXT:
        return False
    if _NUMBER.fullmatch(label):
        return True
    later = (each for each in button.next_siblings if each.get_text(strip=True))
    return any(isinstance(each, str) or each.name not in [*_BLOCKS, "ul", "ol", "button"] for each in later)


def _adds_nothing(element: Any) -> bool:
    noted = drawn(element)
    text = element.get_text(strip=True)
    names = f"{element.name} {' '.join(element.get('class', []))}"
    if ("icon" in noted or _OF_ICONS.search(names)) and _ICON_NAME.fullmatch(text):
        return True
    if element.get("aria-hidden") != "true":
        return False
    if "unseen" in noted or _CURSOR.fullmatch(text) or _ICON.fullmatch(text):
        return element.find("img") is None
    if element.name == "a" and len(text) == 1 and element.find_parent(_HEADINGS) is not None:
        return True  # the page's link to a heading
    return any(_says_the_same(element, each) for each in _beside(element))


def _beside(element: Any) -> list[Any]:
    return [
        each for each in (element.find_previous_sibling(), element.find_next_sibling()) if each is not None
    ]


def _says_the_same(element: Any, other: Any) -> bool:
    """Tell whether a neighbour that is drawn, and not hidden itself, has the same letters."""
    if other.get("aria-hidden") == "true":
        return False
    return bool(_letters(element)) and _letters(element) == _letters(other) and not _is_for_readers(other)


def _is_for_readers(element: Any) -> bool:
    return any(f".{name}" in _FOR_READERS.split(", ") for name in element.get("class", []))


def _restore_tasks(soup: Any) -> None:
    for box in soup.select("li input[type=checkbox], li [role=checkbox]"):
        is_done = box.has_attr("checked") or box.get("aria-checked") == "true"
        following = box.next_sibling
        if isinstance(following, str):
            box.next_sibling.replace_with(soup.new_string(following.lstrip()))
        box.replace_with(soup.new_string("[x] " if is_done else "[ ] "))


def _restore_notes(soup: Any) -> None:
    """Make notes of lists whose points are linked to from the text and link back to it."""
    for point in soup.select("li[id]"):
        references = soup.find_all("a", href=f"#{point['id']}")
        places = {f"#{each['id']}" for link in references for each in (link, link.parent) if each.get("id")}
        back = [link for link in point.find_all("a", href=True) if link["href"] in places]
        if not references or not back:
            continue
        label = _OF_NOTE.sub("", point["id"]) or references[0].get_text(strip=True)
        for link in references:
            holder = link.parent if link.parent.name == "sup" else link
            holder.replace_with(soup.new_string(f"[^{label}]"))
        for link in back:
            link.decompose()
        point.name, point["data-label"] = "note", label
    for note in soup.select("ol > note"):
        section = note.find_parent("section")
        for label in section.select(".sr-only, #footnote-label") if section is not None else ():
            label.decompose()
        note.parent.name = "div"
    for line in soup.select("hr.footnotes-sep"):
        line.decompose()
