"""The page's own choice of models, as data."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class ModelPicker:
    """How a model is chosen on the page. Without a button or a `select` the page offers no choice.

    A model is known by the first line of what its item says, to the letter: pages offer "GLM-5.3" beside
    "GLM-5.3-Flash".

    Attributes:
        button: What opens the list of models.
        item: One model in it. Every model matches.
        select: The browser's own list, a `<select>`, where the page has its models in one: in place of a
            button and its items.
        more: What shows the rest of the list; each of several is tried until more models are there.
        locked: Found in, or as, an item that the account may not use.
        current: What shows the model in use; the button when empty.
        aliases: Names that programs know, to the page's. The connection's `model_mapping` goes over them.
    """

    button: tuple[str, ...] = ()
    item: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    aliases: Mapping[str, str] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if bool(self.button) != bool(self.item):
            raise ValueError("models.button and models.item need each other")
        if self.select and (self.button or self.more):
            raise ValueError("models.select stands in place of models.button and its list; give one of them")

    @property
    def is_there(self) -> bool:
        """Whether the page lets one choose."""
        return bool(self.button or self.select)

    @property
    def shown(self) -> tuple[str, ...]:
        """What shows the model in use."""
        return self.current or self.button
