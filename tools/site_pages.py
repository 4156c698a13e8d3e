"""Gather the pages of the docs site, which stay where they are, and list them in llms.txt.

    python tools/site_pages.py           # writes llms.txt; a test fails when it is not fresh
    python tools/site_pages.py FOLDER    # gathers into FOLDER what zensical.toml names and what that links to

`nox -s docs` runs it. A file keeps its path, and so a link leads where it leads in the repository.
"""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT: Final = Path(__file__).parents[1]
LIST: Final = ROOT / "llms.txt"
CHANGES: Final = Path("CHANGELOG.md")  # towncrier makes it of the fragments
ELSEWHERE: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
MARKDOWN: Final = MarkdownIt("commonmark").enable("table")


def project() -> dict[str, Any]:
    """Return what zensical.toml says."""
    said: dict[str, Any] = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]
    return said


def named(navigation: list[dict[str, Any] | str], part: str = "") -> Iterator[tuple[str, str, Path]]:
    """Yield the part, the title and the path of each page in the navigation."""
    for entry in navigation:
        if isinstance(entry, str):
            yield part, heading(Path(entry)), Path(entry)
            continue
        for title, leads in entry.items():
            if isinstance(leads, str):
                yield part, title, Path(leads)
            else:
                yield from named(leads, title)


def heading(page: Path) -> str:
    """Return what a page calls itself."""
    return (ROOT / page).read_text("utf-8").partition("\n")[0].lstrip("# ")


def leaves(tokens: list[Token]) -> Iterator[Token]:
    """Yield what a page is made of, down to its links and pictures."""
    for token in tokens:
        yield token
        yield from leaves(token.children or [])


def linked(page: Path) -> Iterator[Path]:
    """Yield the files of the repository that a page links to or shows.

    Raises:
        SystemExit: There is no such file. The strict build sees to pages and headings, not to other files.
    """
    for token in leaves(MARKDOWN.parse((ROOT / page).read_text("utf-8"))):
        target = str(token.attrGet("href") or token.attrGet("src") or "").partition("#")[0]
        if not target or ELSEWHERE.match(target):
            continue
        file = (ROOT / page.parent / target).resolve()
        if not file.is_file() or not file.is_relative_to(ROOT):
            raise SystemExit(f"{page} links to {target}, which is no file of the repository")
        yield file.relative_to(ROOT)


def gathered() -> list[Path]:
    """Return every page that the navigation names, every file that is reached from there, and the styles."""
    said = project()
    found: list[Path] = []
    waiting = [path for _part, _title, path in named(said["nav"]) if path != CHANGES]
    waiting += map(Path, said["extra_css"])
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.append(path)
        if path.suffix == ".md":
            waiting += linked(path)
    return sorted(found)


def gather(folder: Path) -> None:
    """Copy the pages, what they link to and their list into a folder, each under its own path."""
    for path in [*gathered(), LIST.relative_to(ROOT)]:
        into = folder / path
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, into)


def begins(page: Path) -> str:
    """Return the first sentence of a page."""
    tokens = MARKDOWN.parse((ROOT / page).read_text("utf-8"))
    first = next(index for index, token in enumerate(tokens) if token.type == "paragraph_open")
    inline = tokens[first + 1].children or []
    words = "".join(" " if leaf.type == "softbreak" else leaf.content for leaf in inline)
    return re.split(r"(?<=\.)\s", words, maxsplit=1)[0].rstrip(":.") + "."


def list_of_pages() -> str:
    """Return the pages as llmstxt.org has them: a title, what it is, and parts with a line for each page."""
    said = project()
    lines, last = [f"# {said['site_name']}", "", f"> {said['site_description']}"], None
    for part, title, page in named(said["nav"]):
        if page == CHANGES:
            continue
        if part != last:
            lines += ["", f"## {part or 'Start'}", ""]
            last = part
        lines.append(f"- [{title}]({page.as_posix()}): {begins(page)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        gather(Path(sys.argv[1]))
    else:
        LIST.write_text(list_of_pages(), "utf-8")
