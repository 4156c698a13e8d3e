"""What the chat pages' forms hold.

Law: a file arrives byte for byte, whatever its type; nothing here reads it as mail would be read.
"""

from __future__ import annotations

import re
from typing import Final

_BOUNDARY: Final = re.compile(r'boundary="?([^";]+)')
_NAME: Final = re.compile(r'filename="([^"]*)"')
_FIELD: Final = re.compile(r'; name="([^"]*)"')


def file_in_form(kind: str, form: bytes) -> tuple[str, bytes]:
    """Return name and content of the one file in a form, as browsers write it (RFC 7578).

    Args:
        kind: The request's `Content-Type`, which tells the form's boundary.
        form: The request's body.

    Raises:
        ValueError: It is no such form.
    """
    boundary = _BOUNDARY.search(kind)
    head, _, rest = form.partition(b"\r\n\r\n")
    name = _NAME.search(head.decode(errors="replace"))
    if boundary is None or name is None:
        raise ValueError("a form with one file was expected")
    return name[1], rest.rpartition(b"\r\n--" + boundary[1].encode())[0]


def fields_in_form(kind: str, form: bytes) -> dict[str, bytes]:
    """Return the fields of a form by their names, files among them; arguments as for `file_in_form`.

    Raises:
        ValueError: It is no form.
    """
    boundary = _BOUNDARY.search(kind)
    if boundary is None:
        raise ValueError("a form was expected")
    found = {}
    for part in (b"\r\n" + form).split(b"\r\n--" + boundary[1].encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        if name := _FIELD.search(head.decode(errors="replace")):
            found[name[1]] = content
    return found
