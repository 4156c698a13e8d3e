"""The jackfield command: ask any installed AI provider from a terminal.

General layout: `_app` and `_commands` are what the command line says, and load click and nothing else;
`_session` is what every command works with; `_views` is what a person or a machine sees of an answer;
`credentials` keeps secrets, for other programs too. Law: what a remote, a plugin or a file says reaches a
terminal through `_safe` only, and providers are reached by their names only.
"""

from __future__ import annotations

from ._app import main

__all__ = ["main"]
