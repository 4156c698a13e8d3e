"""A text that is still arriving."""

from __future__ import annotations

import attrs

from ._values import describe


@attrs.define(eq=False)
class GrowingText:
    """A text that arrives in pieces and may be read in between, in linear time.

    Attributes:
        length: How many characters it has.
    """

    length: int = attrs.field(default=0, init=False)
    _whole: str = attrs.field(default="", init=False)
    _more: list[str] = attrs.field(factory=list, init=False)

    def add(self, piece: str) -> None:
        """Let it grow by *piece*.

        Raises:
            TypeError: It is no text.
        """
        if not isinstance(piece, str):
            raise TypeError(f"a stream gives text, not {describe(piece)}")
        self._more.append(piece)
        self.length += len(piece)

    def read(self) -> str:
        """Return all of it."""
        if self._more:
            # Whoever holds a text alone has it lengthened in place (CPython); to hold it here as well, or to
            # join anew, would copy all of it at each reading.
            whole, self._whole = self._whole, ""
            whole += "".join(self._more)
            self._whole, self._more = whole, []
        return self._whole

    def cut(self, length: int) -> None:
        """Take back what is behind the first *length* characters."""
        while self._more and self.length > length:
            piece = self._more.pop()
            self.length -= len(piece)
            if self.length < length:
                self.add(piece[: length - self.length])
        if self.length > length:
            self._whole, self.length = self._whole[:length], length
