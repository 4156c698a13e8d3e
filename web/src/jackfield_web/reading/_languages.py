"""What languages of code are called, on a page and in a fence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_ALIASES: Final[Mapping[str, str]] = {
    "c++": "cpp",
    "c#": "csharp",
    "js": "javascript",
    "py": "python",
    "sh": "bash",
    "shell": "bash",
    "ts": "typescript",
    "yml": "yaml",
    "md": "markdown",
    "code": "plaintext",
    "text": "plaintext",
    "plain text": "plaintext",
}
_NAMES: Final = """
ada apache applescript asm assembly awk bash bat batch bibtex c clojure cmake cobol coffeescript console
cpp crystal csharp css csv cuda cypher d dart diff django docker dockerfile dot elixir elm erlang fish
fortran fsharp gherkin glsl go golang gradle graphql graphviz groovy haskell hcl hlsl html http ini java
javascript jinja jinja2 json json5 jsonc jsonl jsx julia kotlin latex less lisp lua makefile markdown
mathematica matlab mdx mermaid mysql nginx nim nix objectivec ocaml octave pascal perl php plaintext
postgresql powershell prisma prolog promql properties protobuf python pytb r racket regex rst ruby rust
sass scala scheme scss solidity sparql sql stata svelte svg swift systemverilog tcl terraform tex toml
tsx typescript typst vb verilog vhdl vim vue wasm wgsl xml yaml zig zsh
"""
_LANGUAGES: Final = frozenset(_NAMES.split())


def _plain(name: str) -> str:
    lower = name.strip(" \n<>").lower()
    return _ALIASES.get(lower, lower)


def is_name(text: str, language: str) -> bool:
    """Tell whether a text names a language; where that is not known, any."""
    return _plain(text) == _plain(language) if language else _plain(text) in _LANGUAGES


def in_fence(name: str) -> str:
    """Return how a fence names a language that is known by a name; text is none."""
    return "" if _plain(name) == "plaintext" else name.strip(" \n<>").lower()
