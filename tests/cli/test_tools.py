"""Tools of a person's own: Python functions and MCP servers, called for a model when that is allowed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jackfield import ConfigError, ToolCallPart
from jackfield_cli._mcp import servers
from jackfield_cli._tools import Toolbox, functions

pytest.importorskip("mcp")
pytest.importorskip("jackfield_openai_api")

TOOLS = '''
"""Tools to try."""
import pathlib

def warmth(place: str, fine: bool = False) -> float:
    """Tell how warm it is at a place."""
    pathlib.Path("called").write_text(place)
    return 21.5

async def clock() -> str:
    """Tell the time."""
    return "noon"

def broken() -> None:
    raise ValueError("no bulb")

def _hidden() -> None:
    pass
'''
SERVER = """
from mcp.server.mcpserver import MCPServer

server = MCPServer("tried")

@server.tool(name="add.up")
def add(one: int, other: int) -> int:
    "Add two numbers."
    return one + other

@server.tool()
def fail() -> str:
    raise ValueError("out of order")

server.run()
"""


@pytest.fixture
def tools(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with tools, in the folder where the command runs."""
    monkeypatch.chdir(home)
    file = home / "tools_to_try.py"
    file.write_text(TOOLS)
    return file


@pytest.fixture
def remote(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Serve the stand-in of an API whose model calls every tool on offer, when it is asked to."""
    from jackfield_playground import OpenAIPlayground

    with OpenAIPlayground().running() as openai:
        monkeypatch.setenv("OPENAI_BASE_URL", openai.base_url)
        monkeypatch.setenv("OPENAI_TOKEN", openai.key)
        monkeypatch.setenv("OPENAI_DEFAULT_MODEL", "gpt-playground")
        yield openai


@pytest.fixture
def server(tmp_path: Path) -> str:
    """The command of an MCP server."""
    file = tmp_path / "server_to_try.py"
    file.write_text(SERVER)
    return f"{sys.executable} {file}"


def test_functions_are_told_as_they_are_written(tools: Path) -> None:
    """Names, docstrings and annotations are what the model is told; what begins with `_` is no tool."""
    box = Toolbox.of(functions(str(tools)))
    assert [tool.name for tool in box.tools] == ["warmth", "clock", "broken"]
    warmth = box.tools[0]
    assert warmth.description == "Tell how warm it is at a place."
    assert warmth.schema["properties"]["place"] == {"title": "Place", "type": "string"}
    assert list(warmth.schema["required"]) == ["place"]
    assert [tool.name for tool in Toolbox.of(functions(f"{tools}:clock")).tools] == ["clock"]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("none.py", "no file"),
        ("tools_to_try.py:nobody", "no function 'nobody'"),
        ("no_such_module:f", "ModuleNotFoundError"),
        ("nothing", "FILE.py:FUNCTION"),
        ("os.path:join", "arguments"),
    ],
)
def test_what_is_no_tool_is_told(tools: Path, reference: str, expected: str) -> None:
    """A file, a name or arguments that will not do are refused before anything is sent."""
    with pytest.raises(ConfigError, match=expected):
        list(functions(reference))


def test_two_tools_of_one_name_are_refused(tools: Path) -> None:
    """The model could not say which of them it means."""
    with pytest.raises(ConfigError, match="'clock'"):
        Toolbox.of([*functions(str(tools)), *functions(f"{tools}:clock")])


@pytest.mark.anyio
async def test_calls_are_checked_and_never_raise(tools: Path) -> None:
    """Wrong arguments, unknown tools and exceptions become results that the model can do something with."""
    box = Toolbox.of(functions(str(tools)))

    async def told(name: str, arguments: str) -> tuple[str, bool]:
        result = await box.call(ToolCallPart("1", name, arguments))
        return result.text, result.is_error

    assert await told("clock", "") == ("noon", False)
    assert await told("warmth", '{"place": "Rome"}') == ("21.5", False)
    assert await told("broken", "{}") == ("ValueError: no bulb", True)
    assert await told("nobody", "{}") == ("there is no tool 'nobody'", True)
    for wrong in ("{", "[]", '{"place": 1}', '{"size": 1}'):
        assert (await told("warmth", wrong))[1]


LEAVES = """
import sys

def leave() -> str:
    sys.exit(3)
"""


@pytest.mark.anyio
async def test_a_tool_that_leaves_the_program(tools: Path) -> None:
    """A tool that would end the program gives a result too, and a file that would is told as no tools."""
    file = tools.with_name("leaves.py")
    file.write_text(LEAVES)
    result = await Toolbox.of(functions(str(file))).call(ToolCallPart("1", "leave", "{}"))
    assert (result.text, result.is_error) == ("SystemExit: 3", True)

    file.write_text("import sys; sys.exit(3)")
    with pytest.raises(ConfigError, match="cannot be imported: SystemExit: 3"):
        list(functions(str(file)))


@pytest.mark.anyio
async def test_a_server_s_tools_are_called(server: str) -> None:
    """An MCP server is started for the length of a block; its tools are told and called, errors and all."""
    async with servers([server]) as found:
        box = Toolbox.of(found)
        assert [tool.name for tool in box.tools] == ["add_up", "fail"]
        sum_ = await box.call(ToolCallPart("1", "add_up", '{"one": 1, "other": 2}'))
        failed = await box.call(ToolCallPart("2", "fail", "{}"))

    assert (sum_.text, sum_.is_error) == ("3", False)
    assert failed.is_error


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("/no/such/program", "cannot be used"),
        ("true", "cannot be used"),
        ("http://mcp.example.com/mcp", "not encrypted"),
        ("'", "is no command"),
        (" ", "takes a command"),
    ],
)
async def test_what_is_no_server_is_told(named: str, expected: str) -> None:
    """A program that is not there, that ends, or an address that others can read is refused in a sentence."""
    with pytest.raises(ConfigError, match=expected):
        async with servers([named]):
            pass


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_model_has_tools_called(
    tools: Path, remote: Any, jackfield: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    """The model's calls are shown and made, and it answers a request that tells what came of them."""
    monkeypatch.setenv("JACKFIELD_BACKEND", backend)
    ran = jackfield("send", "openai_api", "--tool", f"{tools}:warmth", "--yes", "playground:call")
    assert ran.code == 0
    assert "scripted responder" in ran.out
    assert 'Call: warmth {"place": "playground", "fine": true}' in ran.err
    assert (tools.parent / "called").read_text() == "playground"
    assert remote.posts() == 2


def test_nothing_is_called_where_nobody_allows_it(
    tools: Path, remote: Any, jackfield: Callable[..., Any]
) -> None:
    """Without a terminal and without --yes the question is refused before it is sent."""
    ran = jackfield("send", "openai_api", "--tool", str(tools), "playground:call")
    assert ran.code == 2
    assert "--yes" in ran.err
    assert remote.posts() == 0


def test_there_are_only_so_many_calls(tools: Path, remote: Any, jackfield: Callable[..., Any]) -> None:
    """A model that wants more calls than there may be gets none of them, and the command says so."""
    ran = jackfield("send", "openai_api", "--tool", str(tools), "-y", "--max-calls", "2", "playground:call")
    assert ran.code == 1
    assert "--max-calls" in ran.err
    assert not (tools.parent / "called").exists()


def test_a_provider_without_tools_refuses_them(
    tools: Path, tokens: None, jackfield: Callable[..., Any]
) -> None:
    """What a provider cannot do is refused before anything is sent; several at once cannot have tools."""
    ran = jackfield("send", "codegen_api", "--tool", str(tools), "-y", "hello")
    assert ran.code == 2
    assert "codegen_api cannot have tools called" in ran.err
    both = jackfield("send", "-p", "scripted", "-p", "paged", "--tool", str(tools), "-y", "hello")
    assert "one connection" in both.err


def test_a_person_allows_each_call(tools: Path, remote: Any, terminal: Callable[..., Any]) -> None:
    """At a terminal each call waits for a yes; a refused one is a result, and the rest go on."""
    shell = terminal("send", "openai_api", "--tool", str(tools), "playground:call", columns=120)
    shell.until("Make this call? [y]es, [n]o, [a]ll of them: ")
    assert not (tools.parent / "called").exists()
    shell.type("n\r")
    shell.until("Call: clock")
    shell.until("[a]ll of them: ", times=2)
    shell.type("a\r")
    shell.until("no bulb")
    shell.until("scripted responder")
    assert shell.end() == 0
    assert not (tools.parent / "called").exists()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_tools_are_called_in_a_talk(
    tools: Path, remote: Any, process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    """In a chat as in `send`; a question whose calls were too many is no part of what goes on."""
    monkeypatch.setenv("JACKFIELD_BACKEND", backend)
    lines = "/tools\nplayground:call\nand then?\n"
    ran = process("chat", "openai_api", "--tool", f"{tools}:warmth", "--yes", stdin=lines)
    assert ran.code == 0, ran.err
    assert "warmth Tell how warm it is at a place." in ran.err
    assert ran.err.count('Call: warmth {"place": "playground", "fine": true}') == 1
    assert "Earlier questions in this thread: 1" in ran.out

    many = process(
        "chat", "openai_api", "--tool", str(tools), "-y", "--max-calls", "2", stdin="playground:call\nthen?\n"
    )
    assert "--max-calls" in many.err
    assert "Earlier questions in this thread: 0" in many.out


def test_a_talk_goes_on_when_a_call_is_refused(
    tools: Path, remote: Any, terminal: Callable[..., Any]
) -> None:
    """At a terminal Ctrl-C at the question refuses the call, and the next line is typed as ever."""
    shell = terminal("chat", "openai_api", "--no-history", "--tool", f"{tools}:warmth", columns=120)
    shell.prompted("openai_api>")
    shell.type("playground:call\r")
    shell.prompted("[a]ll of them:")
    shell.type("\x03")
    shell.until("scripted responder")
    shell.prompted("openai_api>")
    shell.type("next\r")
    shell.until("Earlier questions in this thread: 1")
    shell.prompted("openai_api>")
    shell.type("\x04")
    assert shell.end() == 0
    assert not (tools.parent / "called").exists()


def test_what_was_said_with_tools_is_gone_on_with(
    tools: Path, remote: Any, jackfield: Callable[..., Any]
) -> None:
    """A conversation in which tools were called is kept with their results, where words are."""
    jackfield("conversations", "--keep")
    jackfield("send", "openai_api", "--tool", f"{tools}:warmth", "-y", "playground:call")
    assert "Earlier questions in this thread: 1" in jackfield("send", "-c", "and then?").out
