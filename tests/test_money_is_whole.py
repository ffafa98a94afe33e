"""Money is whole rupiah: nothing in the money rooms divides, rounds or floats.

What a double cannot hold, a column cannot either: PostgreSQL and SQLite keep amounts as
whole numbers of 64 bits (tests/test_architecture.py keeps the other rules of the house).
"""

import ast
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from tests.architecture import dotted, place, sources, tree_of
from tests.environment import ROOT

ROOMS = ("payments", "contributions", "donors")
#: What divides or floats and is no money: file, expression, and what it is instead.
EXCEPTIONS: dict[tuple[str, str], str] = {
    (
        "payments/gateways/midtrans.py",
        "min(payment.invoice.expires_at - now, LONGEST) / timedelta(minutes=1)",
    ): "minutes",
    (
        "payments/gateways/xendit.py",
        "(payment.invoice.expires_at - now) / timedelta(seconds=1)",
    ): "seconds",
    ("contributions/core/answers.py", "float"): "the type of a spreadsheet's cell, asked for",
    ("contributions/papers/printing.py", "Path(__file__).parent / 'typ'"): "a path",
    ("contributions/papers/printing.py", "FOLDER / f'{template}.typ'"): "a path",
    ("contributions/services/pricing.py", "Path(__file__).resolve().parent.parent / 'data'"): (
        "a path"
    ),
    ("contributions/services/pricing.py", "DATA / name"): "a path",
}
NAMES = {"float", "FloatField", "DecimalField", "fsum", "truediv"}


def breaks(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield each place that could lose a rupiah."""
    return (node for node in ast.walk(tree) if _loses(node))


def _loses(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return True
        case ast.Name() | ast.Attribute():
            return dotted(node).rpartition(".")[2] in NAMES
        case ast.Call():
            return dotted(node.func) == "round"
        case ast.Constant():
            return isinstance(node.value, float)
    return False


def of_money() -> Iterator[tuple[str, ast.Module]]:
    for path in sources():
        name = str(path.relative_to(ROOT))
        if name.startswith(tuple(f"{room}/" for room in ROOMS)):
            yield name, tree_of(path)


def found() -> dict[tuple[str, str], str]:
    return {
        (name, ast.unparse(node)): place(ROOT / name, node)
        for name, tree in of_money()
        for node in breaks(tree)
    }


def test_no_module_of_the_money_rooms_divides_rounds_or_floats() -> None:
    assert [where for what, where in found().items() if what not in EXCEPTIONS] == []


def test_each_exception_is_still_needed() -> None:
    assert set(EXCEPTIONS) - set(found()) == set()


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("amount / 2", True),
        ("amount /= 2", True),
        ("float(amount)", True),
        ("round(amount)", True),
        ("sums: float = 0", True),
        ("models.FloatField()", True),
        ("fee = amount * 0.007", True),
        ("amount // 2", False),
        ("amount * 7 // 1000", False),
    ],
)
def test_the_test_finds_what_it_looks_for(code: str, is_found: bool) -> None:
    assert bool(list(breaks(ast.parse(code)))) is is_found


#: Columns that are called like an amount.
COUNTS = {
    "contributions.Sponsorship": ("jht",),
    "contributions.CertificateBatch": ("total",),
}


def test_every_amount_is_a_whole_number_of_64_bits() -> None:
    """A smaller one would end at 2 billion rupiah."""
    amounts = {"amount", "total", "received", "fee", "net", "price", "jkk", "jkm", "jht", "gross"}
    fields = [
        field
        for model in apps.get_models()
        if model._meta.app_label in ROOMS
        for field in model._meta.local_fields
        if field.name in amounts or "rupiah" in str(field.help_text)
        if field.name not in COUNTS.get(model._meta.label, ())
    ]
    wrong = [str(f) for f in fields if not isinstance(_kept_as(f), models.BigIntegerField)]
    assert fields
    assert wrong == []


def _kept_as(field: models.Field) -> models.Field:
    return field.output_field if isinstance(field, models.GeneratedField) else field
