"""`jackfield new provider`: what it writes keeps every promise at once, and what it refuses it explains."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield import ConfigError, ProviderContext
from jackfield.testing import check_provider
from jackfield_cli import _scaffold
from jackfield_cli._scaffold import WIRES, check_name, write_provider

EXAMPLES = Path(__file__).parents[2] / "examples"
APIS = [wire for wire in WIRES if wire != "web"]


@pytest.fixture
def written(wire: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Write a provider for a wire; its module and its stand-in's, as if both were installed."""
    found = write_provider(f"fresh_{wire}", wire, str(tmp_path / "new"))
    for folder in ("src", "tests"):
        monkeypatch.syspath_prepend(found.folder / folder)
    yield [importlib.import_module(name) for name in (f"jackfield_fresh_{wire}", "standin")]
    # Another wire's stand-in has the same name, and must not be found here.
    for name in [name for name in sys.modules if name in ("standin", "server") or "fresh_" in name]:
        del sys.modules[name]


@pytest.mark.anyio
@pytest.mark.parametrize("wire", APIS)
async def test_keeps_every_promise(wire: str, written: Any) -> None:
    """What is written for the wire of an API keeps every promise of the contract before a line is changed."""
    module, standin = written
    login, refused = (
        ProviderContext(module.SPEC.name, credentials={"token": key})
        for key in (standin.StandIn.key, "a-key-that-nobody-knows")
    )
    with standin.StandIn().running() as server:
        options = {"base_url": server.url, **standin.OPTIONS}
        report = await check_provider(
            module.SPEC, options, login, refused_context=refused, remote=server, text=standin.TEXT
        )
    unplayed = {one.name for one in report.left_out if "cannot play" in one.reason}

    assert not report.broken, str(report)
    assert len(report) >= 30
    assert unplayed == ({"cut"} if wire == "poll" else set())


@pytest.mark.parametrize("wire", ["web"])
def test_a_page_is_described(wire: str, written: Any) -> None:
    """What is written for a page has a description that can be read, and claims no more than that has."""
    from jackfield_web import SiteOptions, capabilities_of

    module, _ = written

    assert module.SPEC.capabilities == capabilities_of(module.SITE.read(SiteOptions()))


@pytest.mark.parametrize("wire", WIRES)
def test_is_a_distribution(wire: str, tmp_path: Path) -> None:
    """Every wire has what a distribution needs, nothing is left to be filled in, and all of it compiles."""
    found = write_provider("deep-thought", wire, str(tmp_path / "new"))
    texts = {name: (found.folder / name).read_text("utf-8") for name in found.files}
    project = tomllib.loads(texts["pyproject.toml"])
    (entry,) = project["project"]["entry-points"]["jackfield.providers"].items()

    assert {"README.md", ".gitignore", ".github/workflows/tests.yml"} <= texts.keys()
    assert {"src/jackfield_deep_thought/py.typed", "tests/standin.py", "tests/conftest.py"} <= texts.keys()
    assert entry[0] == "deep-thought"
    assert entry[1].partition(":")[0] == "jackfield_deep_thought.plugin"
    assert not [name for name in texts if "MODULE" in name or name.endswith(".in") or "$" in name]
    assert "DeepThought" in texts["src/jackfield_deep_thought/_spec.py"] or wire == "web"
    for name, text in texts.items():
        assert "$" not in text.replace("${{ matrix.python }}", "")
        if name.endswith(".py"):
            compile(text, name, "exec")


@pytest.mark.parametrize(
    ("name", "found", "what_to_do"),
    [
        ("Deep Thought", "'Deep Thought'", "deep_thought, for example"),
        ("7up", "'7up'", "begins with a letter"),
        ("a__b", "'a__b'", "single '_' or '-'"),
        ("x" * 51, "'xxx", "50 characters at most"),
        ("", "''", "lower-case letters"),
        ("api", "jackfield-api is a distribution of Jackfield's own", "Try api_ai"),
        ("openai_api", "'openai_api' already, of jackfield-openai-api", "pip uninstall"),
        ("openai-api", "'openai_api' already, of jackfield-openai-api", "take another name"),
    ],
)
def test_names_that_cannot_be(name: str, found: str, what_to_do: str, tmp_path: Path) -> None:
    """A name that can be none, or is another's, is refused with what was found and what to do."""
    with pytest.raises(ConfigError) as caught:
        write_provider(name, "events", str(tmp_path / "new"))

    assert found in caught.value.message
    assert what_to_do in str(caught.value.hint)
    assert not (tmp_path / "new").exists()


@settings(max_examples=25)
@given(st.text() | st.text("ab1_-", min_size=1, max_size=8))
def test_any_name(name: str) -> None:
    """Whatever is typed is a name, and then a module's too, or is refused in words."""
    try:
        check_name(name)
    except ConfigError as refused:
        told = refused
    else:
        assert f"jackfield_{name.replace('-', '_')}".isidentifier()
        return

    assert told.hint
    assert len(str(told)) < 600


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.1.0", ">=0.1,<0.2"), ("0.12.3", ">=0.12,<0.13"), ("1.4.2", ">=1.4,<2"), ("2.0.0rc1", ">=2.0,<3")],
)
def test_range(version: str, expected: str) -> None:
    """A distribution asks for the versions that keep the contract of the one it was written with."""
    assert _scaffold._range(version) == expected


def test_the_example(tmp_path: Path) -> None:
    """The example in the repository is what is written, to the letter; its page says by which command."""
    example = EXAMPLES / "jackfield-tern"
    found = write_provider("tern", "events", str(tmp_path / "new"))
    kept = subprocess.check_output(["git", "ls-files"], cwd=example, text=True).split()

    assert {name: (example / name).read_text("utf-8") for name in kept} == {
        name: (found.folder / name).read_text("utf-8") for name in found.files
    }


def test_command(jackfield: Callable[..., Any], home: Path) -> None:
    """The command says what it wrote and what comes next; a second time it refuses and changes nothing."""
    folder = home / "jackfield-fresh"
    args = ("new", "provider", "fresh", "--wire", "poll", "--folder", str(folder))
    first = jackfield(*args)
    (folder / "README.md").write_text("mine")
    second = jackfield(*args)

    assert first.code == 0
    assert "tests/standin.py" in first.err
    assert "pip install -e . --group test" in first.err
    assert second.code == 2
    assert "is there already" in second.err
    assert "--folder" in second.err
    assert (folder / "README.md").read_text() == "mine"


def install_beside(found: Any, name: str) -> None:
    """Make what was written one that is installed, for whoever has its `src` on the path."""
    project = tomllib.loads((found.folder / "pyproject.toml").read_text("utf-8"))["project"]
    ((group, entries),) = project["entry-points"].items()
    told = "".join(f"{entry} = {place}\n" for entry, place in entries.items())
    installed = found.folder / f"src/{name}-0.1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1.0\n")
    (installed / "entry_points.txt").write_text(f"[{group}]\n{told}")


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_page_keeps_its_promises(tmp_path: Path) -> None:
    """The tests that are written for a page pass in a real browser before a line is changed."""
    found = write_provider("fresh_page", "web", str(tmp_path / "new"))
    install_beside(found, "jackfield_fresh_page")
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not trio"],
        cwd=found.folder,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert tested.returncode == 0, tested.stdout
    assert "5 passed" in tested.stdout
