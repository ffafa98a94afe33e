"""Reading the house's own source for `tests/test_architecture.py`."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.environment import ROOT

#: Lowest floor first (house section 3).
FLOORS = (
    "bricks",
    "regions",
    "accounts",
    "notices",
    "donors",
    "workers",
    "payments",
    "contributions",
    "dashboards",
    "sertakan",
)
#: Where a person, a program or the clock comes in.
DOORS = ("views", "api", "webhooks", "tasks", "management")
#: Doors and shapes, which must ask `access` and selectors for rows.
OUTSIDE = ("views", "api", "webhooks", "forms", "serializers", "exports")


@cache
def sources() -> tuple[Path, ...]:
    """Every Python file of the rooms, migrations left out."""
    return tuple(
        path
        for floor in FLOORS
        for path in sorted((ROOT / floor).rglob("*.py"))
        if "migrations" not in path.parts
    )


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def place(path: Path, node: ast.AST | None = None) -> str:
    """Name a place as an editor opens it."""
    line = f":{node.lineno}" if isinstance(node, ast.stmt | ast.expr | ast.excepthandler) else ""
    return f"{path.relative_to(ROOT)}{line}"


def kind_of(path: Path) -> str:
    """Name the file's part in its room: views, services, models, ... (a folder counts whole)."""
    return path.relative_to(ROOT).parts[1].removesuffix(".py")


def of_kind(*kinds: str) -> Iterator[Path]:
    """Yield the files of these parts, in every room."""
    return (path for path in sources() if kind_of(path) in kinds)


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Yield each call with its dotted name, as far as it is one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.expr) -> str:
    """Write `a.b.c` of an expression; other parts of it are `?`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    assert node.end_lineno is not None
    lines = node.end_lineno - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        assert first.end_lineno is not None
        lines -= first.end_lineno - first.lineno + 1
    return lines


def outside_functions(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what runs when a module is imported."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            yield child
            waiting.append(child)
