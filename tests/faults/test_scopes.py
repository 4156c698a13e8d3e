"""Cancel scopes and task groups are never left by a yield."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from jackfield import ProviderContext, connect
from jackfield_playground import CodegenPlayground, CodegenSettings

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for pattern in ("*/src", "plugins/*/src") for path in ROOT.glob(f"{pattern}/**/*.py"))
SCOPES = {"CancelScope", "create_task_group", "fail_after", "move_on_after", "open_nursery", "timeout"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
CONTEXTS = {"asynccontextmanager", "contextmanager", "fixture"}


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is inside of a node and not inside a function of its own."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, FUNCTIONS):
            yield from own_nodes(child)


def scopes_left_by_a_yield(text: str) -> Iterator[int]:
    """Yield the lines of scopes and task groups round a yield, of functions that are no context managers."""
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not any(
            name in ast.dump(decorator) for decorator in function.decorator_list for name in CONTEXTS
        ):
            for block in own_nodes(function):
                if isinstance(block, ast.With | ast.AsyncWith):
                    opened = "".join(ast.dump(item.context_expr) for item in block.items)
                    yields = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(block))
                    if yields and any(f"'{name}'" in opened for name in SCOPES):
                        yield block.lineno


def test_no_yield_in_a_scope() -> None:
    """X3: no generator of ours yields inside a cancel scope or a task group; the check itself can see one."""
    bad = "async def f():\n    with anyio.move_on_after(5):\n        yield 1\n"

    assert list(scopes_left_by_a_yield(bad)) == [2]
    assert list(scopes_left_by_a_yield(f"@asynccontextmanager\n{bad}")) == []
    assert len(MODULES) > 200
    found = {str(path): list(scopes_left_by_a_yield(path.read_text("utf-8"))) for path in MODULES}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.anyio
async def test_a_reader_s_own_scopes() -> None:
    """X3: a reader may open and leave scopes of its own between events, and time out inside the block."""
    settings: dict[str, Any] = {"poll_start": 0.001, "poll_longest": 0.01}
    with CodegenPlayground(CodegenSettings(step_on_read=True)).running() as remote:
        context = ProviderContext("codegen_api", credentials={"token": remote.token})
        options = {"base_url": remote.base_url, "org_id": remote.org_id, **settings}
        async with connect("codegen_api", options, context) as connection:
            for seconds in (5.0, 0.0):
                async with connection.stream("Hello") as stream:
                    scope = anyio.move_on_after(5)
                    with scope:
                        await anext(stream)
                    with anyio.move_on_after(seconds) as inner:
                        async for _ in stream:
                            with anyio.CancelScope():
                                await anyio.lowlevel.checkpoint()
                assert inner.cancelled_caught == (seconds == 0)
            assert (await connection.send("Hello")).content
