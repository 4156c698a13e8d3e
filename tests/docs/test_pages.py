"""The programs in the README and the docs: each is run on both event loops, and prints what the page says."""

from __future__ import annotations

import contextlib
import doctest
import io
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sybil import Document, Example
from sybil.parsers.markdown import CodeBlockParser

from jackfield_playground import (
    AnthropicPlayground,
    CodegenPlayground,
    GeminiPlayground,
    OpenAIPlayground,
)

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/*.md", "*/README.md", "plugins/*/README.md")
    for page in ROOT.glob(pattern)
    if "```python" in page.read_text("utf-8")
)
RUN = "anyio.run(main)"
TRIO = "trio.run(main)"
DOOR = "front-door.md"
OLD_WAYS = "coming-from-open-codegen.md"
INSTALLED_APART = ("langchain_openai", "pydantic_ai", "llm ", "aider ", "cn ")
"""Programs that begin with what only `nox -s clients` installs, which runs them all."""
APPLICATION = "http://127.0.0.1:7860"  # programs for a chat application run where there is one: in tests/apps


def printed_by(source: str, example: Example) -> str:
    """Run a program and return what it printed, its log lines among them."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), no_logging():
        exec(compile(source, example.path, "exec"), {"__name__": "example"})
    return output.getvalue()


@contextlib.contextmanager
def no_logging() -> Iterator[None]:
    """Have no logging set up, as a program has that begins; what it sets up ends with it."""
    root = logging.getLogger()
    handlers, root.handlers, level = root.handlers, [], root.level
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)


def run_program(example: Example, stand_ins: Mapping[str, str]) -> None:
    """Run a program as it stands; an asynchronous one, which then ran on asyncio, on trio too."""
    if APPLICATION in str(example.parsed) or needs_more(str(example.parsed)):
        return
    # Blank lines in front keep the line numbers of a traceback those of the page.
    source = "\n" * (example.line + example.parsed.line_offset) + str(example.parsed)
    is_run = "async " not in source or RUN in source or TRIO in source
    assert is_run, f"an asynchronous program on a page ends with {RUN}, or with {TRIO}"
    printed = []
    for said, stands_in in stand_ins.items():
        source = source.replace(said, stands_in)
    for program in dict.fromkeys([source, source.replace(RUN, 'anyio.run(main, backend="trio")')]):
        with led_to_the_playground() as codegen, led_to_apis(program), led_to_openai(program):
            printed.append(printed_by(codegen_of(program, codegen, stand_ins), example))
    example.namespace["printed"] = printed


def run_shell(example: Example, stand_ins: Mapping[str, str]) -> None:
    """Run lines of a shell as they stand, where there is curl, which not every machine has."""
    lines = str(example.parsed)
    if ("curl " in lines and shutil.which("curl") is None) or needs_more(lines):
        return
    for said, stands_in in stand_ins.items():
        lines = lines.replace(said, stands_in)
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "LLM_USER_PATH": folder,
            "HOME": folder,
        }
        shell = ["sh", "-c", lines]
        done = subprocess.run(
            shell, capture_output=True, text=True, check=True, timeout=60, env=env, cwd=folder
        )
    example.namespace["printed"] = [done.stdout + done.stderr]


def run_commands(example: Example, home: Path) -> None:
    """Run lines of a shell whose home is *home*: what one example leaves there, the next finds."""
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", str(example.parsed)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=home,
        env={**os.environ, "HOME": str(home), "PATH": search},
    )
    example.namespace["printed"] = [done.stdout + done.stderr]


def needs_more(program: str) -> bool:
    """Whether a program needs what is not installed here, and is run elsewhere."""
    apart = any(f"from {name}" in program or f"\n{name}" in program for name in INSTALLED_APART)
    return apart and "JACKFIELD_TEST_CLIENTS" not in os.environ


def compare_output(example: Example) -> str | None:
    """Compare the text after a program with what it printed; `...` stands for anything."""
    for printed in example.namespace.pop("printed", []):
        if not doctest.OutputChecker().check_output(str(example.parsed), printed, doctest.ELLIPSIS):
            return f"the page says:\n{example.parsed}\nthe program printed:\n{printed}"
    return None


def codegen_of(program: str, codegen: CodegenPlayground, stand_ins: Mapping[str, str]) -> str:
    """Return a program that names Codegen's own address, an organization and a token, led to the stand-in."""
    if not stand_ins:
        return program
    for address in ("https://codegen-sh--rest-api.modal.run", "https://api.example.com"):
        program = program.replace(address, codegen.base_url)
    program = program.replace('"org_id": "323"', f'"org_id": "{codegen.org_id}"')
    return program.replace("your-token-here", codegen.token)


@contextlib.contextmanager
def led_to_the_playground() -> Iterator[CodegenPlayground]:
    """Serve the stand-in and set the environment variables that lead a program to it."""
    before = dict(os.environ)
    with CodegenPlayground().running() as codegen:
        codegen.state.change(rate_limits=False)
        os.environ["CODEGEN_BASE_URL"] = codegen.base_url
        os.environ["CODEGEN_ORG_ID"] = str(codegen.org_id)
        os.environ["CODEGEN_TOKEN"] = codegen.token
        os.environ["CODEGEN_POLL_START"] = "0.02"
        try:
            yield codegen
        finally:
            os.environ.clear()
            os.environ.update(before)


APIS = {"anthropic": AnthropicPlayground, "gemini": GeminiPlayground}


@contextlib.contextmanager
def led_to_apis(program: str) -> Iterator[None]:
    """Serve the stand-ins of the APIs whose providers a program names; who calls restores the environment."""
    with contextlib.ExitStack() as stack:
        for name, stand_in in APIS.items():
            if f"{name}_api" in program:
                api = stack.enter_context(stand_in().running())
                os.environ[f"{name.upper()}_BASE_URL"] = api.base_url
                os.environ[f"{name.upper()}_DEFAULT_MODEL"] = api.model
                os.environ[f"{name.upper()}_API_KEY"] = api.key
        yield


@contextlib.contextmanager
def led_to_openai(program: str) -> Iterator[None]:
    """Serve OpenAI's stand-in to a program that speaks to it; who calls restores the environment."""
    if '"openai_api"' not in program:
        yield
        return
    with OpenAIPlayground().running() as openai:
        os.environ["OPENAI_BASE_URL"] = openai.base_url
        os.environ["OPENAI_API_KEY"] = openai.key
        os.environ["OPENAI_TOKEN"] = openai.key
        os.environ["OPENAI_DEFAULT_MODEL"] = "gpt-playground"
        yield


def parameter(page: Path) -> Any:
    """Return a page under its path; the programs of the web side's own pages drive a browser."""
    drives = page.parent.name.endswith("web") or page.name in {OLD_WAYS, "sites.md"}
    marks = [pytest.mark.browser] if drives else []
    return pytest.param(page, id=str(page.relative_to(ROOT)), marks=marks)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", [parameter(page) for page in PAGES])
def test_page(page: Path, request: pytest.FixtureRequest) -> None:
    """Every program on the page runs on asyncio and on trio and prints what the page says.

    On the page of the old programs, word by word, something of ours answers at the addresses that they name;
    on that of the front door, a front door.
    """
    answering = {OLD_WAYS: "stand_ins", DOOR: "front_door"}.get(page.name)
    stand_ins = request.getfixturevalue(answering) if answering else {}
    parsers = [
        CodeBlockParser(language="python", evaluator=partial(run_program, stand_ins=stand_ins)),
        CodeBlockParser(language="text", evaluator=compare_output),
    ]
    if page.name == DOOR:
        parsers.append(CodeBlockParser(language="bash", evaluator=partial(run_shell, stand_ins=stand_ins)))
    examples = list(Document.parse(str(page), *parsers).examples())

    assert examples
    for example in examples:
        example.evaluate()


@pytest.mark.timeout(300)
def test_terminal_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example of the terminal's guide does in an empty home what the page says, one after another."""
    for name in [name for name in os.environ if name.startswith(("JACKFIELD", "XDG_", "FORCE_COLOR"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("LANG", "C.UTF-8")
    parsers = [
        CodeBlockParser(language="bash", evaluator=partial(run_commands, home=tmp_path)),
        CodeBlockParser(language="text", evaluator=compare_output),
    ]
    with led_to_the_playground(), led_to_openai('"openai_api"'):
        for example in Document.parse(str(ROOT / "docs/terminal.md"), *parsers).examples():
            example.evaluate()
