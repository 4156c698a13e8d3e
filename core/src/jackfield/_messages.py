"""What is said in a conversation, by whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias, get_args

import attrs

from ._parts import FilePart, ImagePart, Part, TextPart, ToolCallPart, ToolResultPart
from ._values import describe

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
"""Who says a message: the program (`system`), the person, the model, or a tool that the model called."""

_OneSaid: TypeAlias = str | Part


def to_parts(content: str | Part | Iterable[str | Part]) -> tuple[Part, ...]:
    """Return *content* as parts; a text becomes a `TextPart`.

    Raises:
        TypeError: It is neither text nor parts.
    """
    if isinstance(content, _OneSaid):
        content = (content,)
    if not isinstance(content, Iterable):
        raise TypeError(f"a message's content is text or parts, not {describe(content)}")
    return tuple(TextPart(part) if isinstance(part, str) else part for part in content)


def parts_only(_: Any, __: Any, parts: tuple[Part, ...]) -> None:
    """Refuse what is no part; an attrs validator.

    Raises:
        TypeError: Something is none.
    """
    for part in parts:
        if not isinstance(part, Part):
            raise TypeError(f"a message is made of parts such as TextPart; found {describe(part)}")


@attrs.frozen
class Message:
    """One message of a conversation.

    Attributes:
        role: Who says it.
        parts: What is said. A plain string becomes one `TextPart`.
    """

    role: Role = attrs.field(validator=attrs.validators.in_(get_args(Role)))
    parts: tuple[Part, ...] = attrs.field(converter=to_parts, validator=parts_only)

    @property
    def text(self) -> str:
        """The text of all text parts, joined as it stands."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def images(self) -> tuple[ImagePart, ...]:
        """The image parts."""
        return self._those(ImagePart)

    @property
    def files(self) -> tuple[FilePart, ...]:
        """The file parts; images are apart."""
        return self._those(FilePart)

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The tools that the model wants called; those that its remote has called are not among them."""
        return tuple(call for call in self._those(ToolCallPart) if call.by == "caller")

    @property
    def tool_results(self) -> tuple[ToolResultPart, ...]:
        """What came of tool calls."""
        return self._those(ToolResultPart)

    def _those(self, kind: type[Any]) -> tuple[Any, ...]:
        return tuple(part for part in self.parts if isinstance(part, kind))
