"""Text: what a page adds to an answer, says twice or says with elements that have no text.

Law: what is taken away is nowhere drawn, has what it says beside it, or is a button that is the page's own:
a known command, or one of a row of nothing but buttons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, takewhile
from typing import Any, Final

from ._drawn import CELLS, COMMANDS, FOR_READERS, HEADINGS, drawn, is_button, is_for_readers

_NO_TEXT: Final = "style, script, template"
_WORDS_OF_SVG: Final = "foreignobject, text:not(switch > foreignobject ~ text)"
_PICTURES: Final = "svg, [role=img]:not(img)"
_PLACES: Final = HEADINGS | CELLS | {"li", "dt", "dd"}
_IN_TEXT: Final = _PLACES | {"p", "blockquote"}
_BLOCKS: Final = _IN_TEXT | {"div", "pre"}
_SECTIONS: Final = frozenset({"section", "article", "header", "footer", "nav", "aside", "main", "figure"})
_APART: Final = (
    _BLOCKS | _SECTIONS | {"ul", "ol", "dl", "table", "tbody", "tr", "hr", "form", "details", "summary"}
)
_SEPARATORS: Final = re.compile(r"[\s|/\u00b7\u2022\u200b]*")
_NUMBER: Final = re.compile(r"\[?\d+\]?")
_OF_ICONS: Final = re.compile(r"material-(?:icons|symbols)|(?:^|\s)mat-icon", re.IGNORECASE)
_ICON_NAME: Final = re.compile(r"[a-z0-9_]+")
_CURSOR: Final = re.compile(r"[\s\u2580-\u259f|]*")
_OF_NOTE: Final = re.compile(r"^(?:user-content-)?(?:fn|footnote)[-:]?")
_LETTER: Final = re.compile(r"[^\W\d_]")
_NO_LETTER: Final = re.compile(r"[\W_]+")


def restore_text(soup: Any) -> None:
    """Leave what the remote wrote, once, with its marks."""
    _restore_notes(soup)
    _restore_tasks(soup)
    for element in soup.select(_NO_TEXT):
        element.decompose()
    _restore_pictures(soup)
    _restore_readings(soup)
    _restore_headings(soup)
    for element in soup.select("[class], mat-icon, [data-drawn]"):
        if not element.decomposed and _is_icon(element):
            element.decompose()
    _restore_buttons(soup)
    _drop_signs(soup)
    for element in soup.select("[aria-hidden=true]"):
        if not element.decomposed and _adds_nothing(element):
            element.decompose()
    _drop_for_readers(soup)


def _restore_pictures(soup: Any) -> None:
    """Put words where a page drew them, or something that has a name, as a picture."""
    for picture in soup.select(_PICTURES):
        if picture.decomposed or (picture.name != "svg" and _says_itself(picture)):
            continue
        words = [each.get_text(" ", strip=True) for each in picture.select(_WORDS_OF_SVG)]
        text = "\n".join(filter(None, words)) or _name_of(picture)
        is_told = bool(words) and _is_drawn_from_code(picture, words)
        if picture.find_parent(is_button) is None and text and not is_told:
            picture.replace_with(soup.new_string(text))
        picture.decompose()


def _is_drawn_from_code(picture: Any, words: list[str]) -> bool:
    """Tell whether all the words of a picture are said by code that stands beside it, with nothing else."""
    frame = next((each for each in picture.parents if each.find("pre") is not None), None)
    if frame is None or any(map(_is_said_beside, frame.find_all(string=True))):
        return False
    code = "\n".join(map(_letters, frame.select("pre")))
    return all(_NO_LETTER.sub("", word) in code for word in words)


def _is_said_beside(text: Any) -> bool:
    return bool(text.strip()) and text.find_parent(_is_drawn_or_code) is None


def _is_drawn_or_code(element: Any) -> bool:
    return element.name in {"pre", "svg"} or is_button(element)


def _restore_readings(soup: Any) -> None:
    """Put a reading that is drawn above its letters in brackets behind them, as browsers without such do."""
    for reading in soup.select("rt:not(:empty):not(rp:not(:empty) + rt)"):
        reading.insert(0, "(")
        reading.append(")")


def _drop_signs(soup: Any) -> None:
    """Leave a link without a small picture that has no words, as of the place it leads to, beside its own."""
    for picture in soup.select("a img[data-drawn~=icon]"):
        if not picture.get("alt") and picture.find_parent("a").get_text(strip=True):
            picture.decompose()


def _restore_headings(soup: Any) -> None:
    """Leave a heading without the page's link to it, which has no words."""
    for link in soup.select("a[href*='#']"):
        if link.find_parent(HEADINGS) is not None and not _letters(link) and link.find("img") is None:
            link.decompose()


def _says_itself(picture: Any) -> bool:
    return picture.find("img") is not None or bool(picture.get_text(strip=True) and not _is_icon(picture))


def _is_hidden(element: Any) -> bool:
    return bool(element.get("aria-hidden") == "true")


def _name_of(picture: Any) -> str:
    """Return what a picture is called, unless it is hidden from those who need the name."""
    if picture.get("role") != "img" or any(map(_is_hidden, (picture, *picture.parents))):
        return ""
    title = picture.find("title", recursive=False)
    return str(picture.get("aria-label") or (title.get_text(strip=True) if title is not None else ""))


def _drop_for_readers(soup: Any) -> None:
    """Take away what is only for those who hear the page, unless nothing else says anything."""
    unseen = soup.select(FOR_READERS)
    if len(_letters(soup)) > sum(len(_letters(each)) for each in unseen) or soup.find("img") is not None:
        for element in unseen:
            element.decompose()


def _letters(node: Any) -> str:
    return _NO_LETTER.sub("", node.get_text())


def _restore_buttons(soup: Any) -> None:
    """Leave the words of an answer's own buttons, without the buttons."""
    # By their identity, because elements that look the same are equal.
    toolbars = {id(points) for points in soup.select("ul, ol") if _is_toolbar(points)}
    said = {id(button) for line in _lines(soup) for button in _said_in(line, toolbars)}
    for button in soup.select("button"):
        if id(button) in said:
            button.unwrap()
        else:
            button.decompose()
    for button in soup.select("[role=button]"):
        if not button.decomposed and _is_pages(button):
            button.decompose()


def _said_in(line: list[Any], toolbars: set[int]) -> Iterator[Any]:
    """Yield the buttons of a line that are a part of what was written: of a head, a point or a sentence."""
    has_words = any(isinstance(part, str) for part in line)
    for is_text, parts in groupby(line, lambda part: isinstance(part, str)):
        row = [] if is_text else list(parts)
        is_known = any(map(_is_command, row))
        are_pictures = not has_words and all(map(_is_picture, row))
        for button in row:
            if _is_command(button) or not (button.get_text(strip=True) or _is_picture(button)):
                continue
            is_beside = has_words and (_is_in_text(button) or not is_known)
            if is_beside or are_pictures or _is_all(button, toolbars) or _is_mark(button):
                yield button


def _is_in_text(button: Any) -> bool:
    block = button.find_parent(_BLOCKS)
    return block is not None and block.name in _IN_TEXT


def _is_all(button: Any, toolbars: set[int]) -> bool:
    """Tell whether a head, a cell or a point says nothing else, and is no part of a toolbar."""
    place = button.find_parent(_PLACES)
    return place is not None and not _has_words(place) and id(place.parent) not in toolbars


def _is_mark(button: Any) -> bool:
    """Tell whether a button is the mark of a source."""
    return _is_in_text(button) and _NUMBER.fullmatch(button.get_text(strip=True)) is not None


def _is_picture(button: Any) -> bool:
    """Tell whether a button is nothing but a picture, to be seen larger."""
    is_seen = button.select_one("img[alt]:not([alt=''], [data-drawn~=icon])") is not None
    return is_seen and not button.get_text(strip=True) and not _is_command(button)


def _is_pages(button: Any) -> bool:
    """Tell whether a button by its role alone is the page's: a command, and in no sentence."""
    return _is_command(button) and button.find("img") is None and not _is_in_text(button)


def _is_command(button: Any) -> bool:
    picture = button.find("img", alt=True)
    label = button.get_text(" ", strip=True) or button.get("aria-label") or (picture or {}).get("alt", "")
    return label.strip().lower() in COMMANDS


def _is_toolbar(points: Any) -> bool:
    """Tell whether a list is nothing but buttons, and some of them the page's own."""
    return not _has_words(points) and any(map(_is_command, points.find_all(is_button)))


def _has_words(node: Any) -> bool:
    """Tell whether an element says something that is in no button."""
    return any(isinstance(part, str) for part in _parts(node))


def _lines(soup: Any) -> Iterator[list[Any]]:
    return (list(line) for is_line, line in groupby(_parts(soup), lambda part: part is not None) if is_line)


def _parts(node: Any) -> Iterator[Any]:
    """Yield the buttons and the texts outside of them, and None where a line begins or ends."""
    for child in node.children:
        if isinstance(child, str):
            if not _SEPARATORS.fullmatch(child):
                yield child
        elif child.name in _APART:
            yield None
            yield from _parts(child)
            yield None
        elif is_button(child):
            yield child
        elif not is_for_readers(child):
            yield from _parts(child)


def _is_icon(element: Any) -> bool:
    names = f"{element.name} {' '.join(element.get('class', []))}"
    is_called_so = "icon" in drawn(element) or _OF_ICONS.search(names)
    return bool(is_called_so and _ICON_NAME.fullmatch(element.get_text(strip=True)))


def _adds_nothing(element: Any) -> bool:
    text = element.get_text(strip=True)
    if not text or "unseen" in drawn(element) or (_CURSOR.fullmatch(text) and _is_last(element)):
        pictures = [element] if element.name == "img" else element.find_all("img")
        return all(map(_is_told, pictures))
    return any(_says_the_same(element, each) for each in _beside(element))


def _is_told(picture: Any) -> bool:
    """Tell whether a picture has no words and is hidden itself, or is there again and not hidden."""
    if _is_hidden(picture) and not picture.get("alt"):
        return True
    again = picture.find_parents()[-1].find_all("img", src=picture.get("src", ""))
    return any(not any(map(_is_hidden, (each, *each.parents))) for each in again)


def _is_last(element: Any) -> bool:
    """Tell whether nothing is said after an element, as after a cursor."""
    last = [element, *element.descendants][-1]
    later = last.find_all_next(string=True)
    return not any(each.strip() and each.find_parent(is_for_readers) is None for each in later)


def _beside(element: Any) -> list[Any]:
    return [
        each for each in (element.find_previous_sibling(), element.find_next_sibling()) if each is not None
    ]


def _says_the_same(element: Any, other: Any) -> bool:
    """Tell whether a neighbour that is drawn, and not hidden itself, has the same letters."""
    if _is_hidden(other):
        return False
    return bool(_letters(element)) and _letters(element) == _letters(other) and not is_for_readers(other)


def _restore_tasks(soup: Any) -> None:
    for box in soup.select("input:is([type=checkbox], [type=radio]), li [role=checkbox]"):
        is_done = box.has_attr("checked") or box.get("aria-checked") == "true"
        for text in _up_to_words_after(box):
            text.replace_with(type(text)(text.lstrip())) if text.strip() else text.extract()
        box.replace_with(soup.new_string("[x] " if is_done else "[ ] "))


def _up_to_words_after(box: Any) -> list[Any]:
    """Return the texts that follow in the same place, up to the first that says something."""
    texts: list[Any] = []
    for each in takewhile(lambda it: box.parent in it.parents, box.next_elements):
        if each.name is None and box not in each.parents:
            texts.append(each)
            if each.strip():
                break
    return texts


def _is_mark_of_note(link: Any) -> bool:
    """Tell whether a link is the mark of a note and no word of a sentence."""
    text = link.get_text(strip=True)
    return link.find_parent("sup") is not None or link.find("sup") is not None or not _LETTER.search(text)


def _is_only(links: list[Any], point: Any) -> bool:
    """Tell whether a point says nothing but the words of some links in it."""
    return sum(len(_letters(link)) for link in links) >= len(_letters(point))


def _restore_notes(soup: Any) -> None:
    """Make notes of lists whose points are linked to from the text and link back to it."""
    for point in soup.select("li[id]"):
        references = soup.find_all("a", href=f"#{point['id']}")
        places = {f"#{each['id']}" for link in references for each in (link, link.parent) if each.get("id")}
        back = [link for link in point.find_all("a", href=True) if link["href"] in places]
        if not references or not back or not all(map(_is_mark_of_note, references)) or _is_only(back, point):
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
