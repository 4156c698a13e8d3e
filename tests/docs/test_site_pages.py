"""The docs site has every page, and llms.txt is its list."""

from __future__ import annotations

from pathlib import Path

import pytest

import site_pages

ROOT = Path(__file__).parents[2]


def test_list_is_fresh() -> None:
    """llms.txt is what `python tools/site_pages.py` writes."""
    assert site_pages.LIST.read_text("utf-8") == site_pages.list_of_pages()


def test_every_page_is_in_the_navigation() -> None:
    """A page of docs, and the README of every plugin, is in the site's navigation, once."""
    pages = [path for _part, _title, path in site_pages.named(site_pages.project()["nav"])]
    there = {
        path.relative_to(ROOT)
        for pattern in ("docs/*.md", "docs/decisions/*.md", "plugins/*/README.md")
        for path in ROOT.glob(pattern)
    }

    assert there <= set(pages)
    assert len(set(pages)) == len(pages)


def test_what_a_page_shows_goes_along(tmp_path: Path) -> None:
    """Pages, their pictures and the files that they link to keep their paths on the site."""
    site_pages.gather(tmp_path)

    for path in ("README.md", "llms.txt", "docs/pictures/demo.svg", "tests/core/values/test_sse.py"):
        assert (tmp_path / path).read_bytes() == (ROOT / path).read_bytes()


@pytest.mark.parametrize("target", ["gone.py", "../outside.md", "folder"])
def test_dead_link(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link to no file, to a folder or out of the repository ends the gathering, with page and link."""
    root = tmp_path / "repository"
    (root / "folder").mkdir(parents=True)
    (tmp_path / "outside.md").write_text("# Outside\n", "utf-8")
    (root / "other.md").write_text("# Other\n", "utf-8")
    (root / "page.md").write_text(
        f"[fine](other.md#other) [far](https://example.com/x.md) `[code](gone.py)` [dead]({target})\n",
        "utf-8",
    )
    monkeypatch.setattr(site_pages, "ROOT", root)

    with pytest.raises(
        SystemExit, match=rf"page\.md links to {target.replace('.', '[.]')}, which is no file"
    ):
        list(site_pages.linked(Path("page.md")))
