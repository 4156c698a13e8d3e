"""The steps of an answer that uses tools: calls that arrive in fragments, and the links they find."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from jackfield import ActivityReported
from jackfield_web.wire import json_or_text, malformed

_LINK: Final = re.compile(r"\[ref_id=([^†\]]+)†([^†]*)†([^\]\s]*)\]")


@attrs.define(eq=False)
class ToolSteps:
    """Tells each call once, when it is whole, and each page that a tool found."""

    _id: str | None = attrs.field(default=None, init=False)
    _name: str = attrs.field(default="", init=False)
    _arguments: str = attrs.field(default="", init=False)
    _status: tuple[str, str] = attrs.field(default=("", ""), init=False)
    _found: str = attrs.field(default="", init=False)

    def call(self, frame: Mapping[str, Any]) -> list[ActivityReported]:
        """Take a fragment of a call in; only a call's first fragment says whose it is.

        Raises:
            MalformedResponse: It continues a call that never began.
        """
        metadata = frame.get("metadata")
        name = metadata.get("tool_call_id") if isinstance(metadata, Mapping) else None
        told: list[ActivityReported] = []
        if isinstance(name, str) and name != self._id:
            told = self.end()
            self._id = name
        if self._id is None:
            raise malformed("z.ai", "a fragment of a tool call that never began")
        self._name += _text(frame.get("delta_name"))
        self._arguments += _text(frame.get("delta_arguments"))
        return told

    def end(self) -> list[ActivityReported]:
        """Say that something else follows; return the call that is whole now, if there is one."""
        if self._id is None:
            return []
        data = {"tool_call_id": self._id, "arguments": json_or_text(self._arguments)}
        told = ActivityReported(kind="tool", title=self._name or "a tool", data=data)
        self._id, self._name, self._arguments = None, "", ""
        return [told]

    def response(self, frame: Mapping[str, Any]) -> list[ActivityReported]:
        """Take in what a tool answers: `[ref_id=turn0search0†Title†https://…]` for each page."""
        told = []
        status = (_text(frame.get("tool_name")) or "a tool", _text(frame.get("status")))
        if status != self._status:
            self._status = status
            told.append(ActivityReported(kind="tool", title=status[0], detail=status[1]))
        self._found += _text(frame.get("delta_content"))
        end = 0
        for link in _LINK.finditer(self._found):
            end = link.end()
            data = {"ref_id": link[1]}
            told.append(ActivityReported(kind="link", title=link[2], url=link[3], data=data))
        self._found = self._found[end:]
        return told


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
