"""The rules of the house that import-linter and ruff cannot see (house section 3 and 9).

Each test names every place that breaks its rule. An exception stands in a table here,
with its reason.
"""

import ast

import pytest
from django.apps import apps
from django.db import models

from tests.architecture import (
    DOORS,
    FLOORS,
    OUTSIDE,
    calls,
    dotted,
    functions,
    kind_of,
    length,
    of_kind,
    outside_functions,
    place,
    sources,
    tree_of,
)
from tests.environment import ROOT

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LONGEST_VIEW = 30
LONGEST_TASK = 12

#: place: reason
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
BROAD_EXCEPTS: dict[str, str] = {}

CLOCK_CALLS = {
    "now",
    "today",
    "clock.now",
    "timezone.now",
    "timezone.localdate",
    "timezone.localtime",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "date.today",
    "time.time",
}
CLOCK_NAMES = ("Now", "TruncNow")
# A form shows and checks, a serializer shows: neither decides what is written.
WRITES = {"save", "create", "update", "bulk_create", "bulk_update", "get_or_create"}
# `update` is left out: dictionaries have it too.
SAVES = WRITES - {"update"}
SHAPE_BASES = ("Form", "Serializer", "FormSet")


# --- floors ----------------------------------------------------------------------


def relations() -> list[tuple[type[models.Model], models.Field, type[models.Model]]]:
    found = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in FLOORS:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if getattr(field, "remote_field", None) and not field.auto_created and target:
                found.append((model, field, target))
    return found


def floor(model: type[models.Model]) -> int:
    label = model._meta.app_label
    return FLOORS.index(label) if label in FLOORS else -1


def test_foreign_keys_point_down_the_floors() -> None:
    upward = [
        f"{model.__name__}.{field.name} -> {target._meta.label}"
        for model, field, target in relations()
        if floor(target) > floor(model)
    ]
    assert upward == []


def test_a_key_to_another_room_leaves_no_way_back() -> None:
    """A reverse accessor would let a lower floor look up without importing anything."""
    ways_back = [
        f"{model.__name__}.{field.name}"
        for model, field, target in relations()
        if model._meta.app_label != target._meta.app_label
        and field.remote_field.related_name != "+"
        # Django's own many-to-many tables of a user point at Django's groups.
        and target._meta.app_label in FLOORS
    ]
    assert ways_back == []


def test_every_room_is_known_and_in_place() -> None:
    """The floors of this test are those of the settings, import-linter and the disk."""
    on_disk = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert on_disk == set(FLOORS)
    text = (ROOT / "pyproject.toml").read_text()
    layers = text.split('type = "layers"', 1)[1].split("layers = [", 1)[1].split("]", 1)[0]
    assert layers.replace('"', " ").replace(",", " ").split() == [*reversed(FLOORS)]


# --- size ------------------------------------------------------------------------


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        place(path): count
        for path in [*sources(), *(ROOT / "tests").rglob("*.py")]
        if (count := len(path.read_text().splitlines())) > LONGEST_FILE
        and place(path) not in LONG_FILES
    }
    assert long == {}


def test_no_function_is_too_long_for_its_kind() -> None:
    limits = {"views": LONGEST_VIEW, "tasks": LONGEST_TASK}
    long = {}
    for path in sources():
        limit = limits.get(kind_of(path), LONGEST_FUNCTION)
        for node in functions(tree_of(path)):
            name = f"{place(path)} {node.name}"
            key = f"{path.relative_to(ROOT)}::{node.name}"
            if length(node) > limit and key not in LONG_FUNCTIONS:
                long[name] = length(node)
    assert long == {}


def test_each_exception_of_this_page_is_still_needed() -> None:
    for name in LONG_FILES:
        assert len((ROOT / name).read_text().splitlines()) > LONGEST_FILE, name
    for key in LONG_FUNCTIONS:
        path, _, name = key.partition("::")
        found = [node for node in functions(tree_of(ROOT / path)) if node.name == name]
        assert found, key
        assert length(found[0]) > LONGEST_VIEW, key


# --- time ------------------------------------------------------------------------


def test_services_selectors_and_models_never_call_the_clock() -> None:
    readers = [
        place(path, node)
        for path in of_kind("services", "selectors", "models", "access")
        for node, name in calls(tree_of(path))
        if name in CLOCK_CALLS or name.rpartition(".")[2] in CLOCK_NAMES
    ]
    assert readers == []


def test_the_clock_is_not_read_while_a_module_is_imported() -> None:
    readers = [
        place(path, node)
        for path in sources()
        for node in outside_functions(tree_of(path))
        if isinstance(node, ast.Call) and dotted(node.func) in CLOCK_CALLS
    ]
    assert readers == []


# --- errors ----------------------------------------------------------------------


def swallows(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler takes every error and does not pass it on."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    broad = any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})
        for kind in kinds
    )
    last = handler.body[-1]
    return broad and not (isinstance(last, ast.Raise) and last.exc is None)


def test_a_broad_except_stands_at_a_door_only() -> None:
    broad = [
        place(path, node)
        for path in sources()
        if kind_of(path) not in DOORS
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler) and swallows(node)
    ]
    assert [where for where in broad if where.partition(":")[0] not in BROAD_EXCEPTS] == []


# --- who may see which row -------------------------------------------------------


def forbidden_outside(path_kind: str, node: ast.AST) -> str | None:
    """Name what a door or shape must not use to reach rows past the scope, if it does."""
    if isinstance(node, ast.Attribute):
        if node.attr in {"everything", "_default_manager", "_base_manager", "raw", "cursor"}:
            return node.attr
        if node.attr.endswith("_set") and node.attr != "_set":
            return node.attr
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in {
        "get_object_or_404",
        "get_list_or_404",
    }:
        return "get_object_or_404"
    if isinstance(node, ast.ImportFrom) and node.module == "django.db":
        names = {alias.name for alias in node.names} & {"connection", "connections"}
        return ", ".join(names) or None
    return None


def test_doors_and_shapes_reach_rows_only_through_access_and_selectors() -> None:
    found = [
        f"{place(path, node)} {what}"
        for path in of_kind(*OUTSIDE)
        for node in ast.walk(tree_of(path))
        if (what := forbidden_outside(kind_of(path), node))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "Worker.everything.get(pk=1)",
        "Worker._default_manager.all()",
        "Worker.objects.raw('SELECT 1')",
        "connection.cursor()",
        "donor.enrollment_set.all()",
        "get_object_or_404(Worker, pk=1)",
        "shortcuts.get_object_or_404(Worker, pk=1)",
        "from django.db import connection",
    ],
)
def test_the_search_finds_what_it_looks_for(code: str) -> None:
    assert any(forbidden_outside("views", node) for node in ast.walk(ast.parse(code)))


def test_forms_and_serializers_write_nothing() -> None:
    writers = []
    for path in of_kind("forms", "serializers"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in SAVES:
                writers.append(place(path, node))
            if isinstance(node, ast.ClassDef) and is_shape(node):
                writers += [
                    f"{place(path, method)} defines {method.name}"
                    for method in node.body
                    if isinstance(method, ast.FunctionDef) and method.name in WRITES
                ]
    assert writers == []


def is_shape(node: ast.ClassDef) -> bool:
    return any(dotted(base).endswith(SHAPE_BASES) for base in node.bases)


# --- signals ---------------------------------------------------------------------

MODEL_SIGNALS = {
    "pre_save",
    "post_save",
    "pre_delete",
    "post_delete",
    "m2m_changed",
    "pre_init",
    "post_init",
}


def test_no_business_hangs_on_a_signal() -> None:
    """Only those around a migration (triggers) and Celery's own in the wiring are used."""
    used = [
        place(path, node)
        for path in sources()
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.ImportFrom) and {a.name for a in node.names} & MODEL_SIGNALS)
        # A field's own hook is called pre_save too, and is reached by way of super().
        or (
            isinstance(node, ast.Attribute)
            and node.attr in MODEL_SIGNALS
            and dotted(node.value) != "?"
        )
        or (isinstance(node, ast.Name) and node.id == "receiver")
    ]
    assert used == []


# --- imports ---------------------------------------------------------------------


def test_no_import_hides_inside_a_function() -> None:
    """Ruff's PLC0415 says the same, but a line can switch it off."""
    hidden = [
        place(path, node)
        for path in sources()
        for function in functions(tree_of(path))
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []
