"""The walk over models: how each is kept from those who may not see it (house section 8).

`tests/test_permissions.py` walks every address with every person, `tests/test_exports.py`
opens every file.
"""

import ast
from collections.abc import Iterator
from functools import cache

import pytest
from django.apps import apps
from django.db import models

from bricks.scoped import ScopedManager
from tests.architecture import FLOORS, OUTSIDE, dotted, of_kind, place, tree_of

#: Models that neither are scoped nor belong to a row of a scoped model, and why that is safe.
OPEN: dict[str, str] = {
    # Facts that everybody may know, or figures without people.
    "regions.Area": "the country's areas are public",
    "regions.VillageName": "the country's areas are public",
    "regions.Office": "the offices are public",
    "regions.KanwilProvince": "the offices are public",
    "regions.OfficeArea": "the offices are public",
    "regions.OfficeException": "the offices are public",
    "regions.Holiday": "holidays are public",
    "workers.Occupation": "a list of jobs, without people",
    "contributions.IncomeBracket": "the law's tables are public",
    "contributions.Tariff": "the law's tables are public",
    "contributions.Relief": "the law's tables are public",
    "contributions.TariffMonth": "the law's tables are public",
    "contributions.CalendarDay": "a calendar",
    "dashboards.AreaMonth": "sums by area; dashboards.access says whose",
    "dashboards.OfficialFigure": "figures published by BPJS",
    "dashboards.Target": "figures by area",
    "notices.JobRun": "counts of the clock's jobs, read by head office",
    "payments.Series": "counters of numbers",
    # People who sign in; each reads himself, staff are named to their colleagues.
    "accounts.User": "no door lists users; selectors choose colleagues of an office",
    "accounts.Role": "accounts.selectors chooses those of the supervisor's own offices",
    # Logs, chosen by office in workers.log_selectors; tests/workers/test_logs.py.
    "accounts.AuditEvent": "log_selectors.acts_for",
    "accounts.ViewLog": "log_selectors.looks_for",
    # No page shows them, but the demo's mailbox, which exists in a demo only.
    "notices.Message": "the outbox is read by its job, and by workers.unreached for a desk",
    "notices.Refusal": "read by the job that sends, and on its owner's own page",
    "notices.Letter": "the mailbox of the demo; elsewhere it answers 404",
    "notices.Reply": "read by the job that answers it",
    "payments.ProviderEvent": "payments.event_access chooses events by their order's office",
    "payments.SandboxCharge": "the sandbox provider's own book, opened by its secret id",
    "payments.SandboxDelivery": "the sandbox provider's own book",
    "payments.SandboxRefund": "the sandbox provider's own book",
    "contributions.SandboxCoreFile": "the sandbox core's own files, sealed",
    # The ledger: amounts by account, never by worker.
    "payments.Account": "payments.ledger_selectors chooses accounts by office and donor",
    "payments.Balance": "payments.ledger_selectors chooses accounts by office and donor",
    "payments.Posting": "payments.ledger_selectors chooses accounts by office and donor",
    "payments.Transfer": "payments.ledger_selectors chooses accounts by office and donor",
    "payments.ClosedMonth": "sums by kind of account",
    "payments.Snapshot": "payments.ledger_selectors chooses accounts by office and donor",
    "contributions.BridgeFund": "its openings and their legal basis, without people",
    "contributions.BooksCheck": "sums by kind of account, and numbers of rows",
    "contributions.ReminderStep": "head office's plan, without people",
    "contributions.ReminderDigest": "the sender's own queue; head office reads counts of it",
    "contributions.Reminder": "contributions.reminder_access.told chooses those of own donors",
    "contributions.RenewalRun": "counts of a job's runs, read by head office",
    "contributions.RenewalChunk": "counts of a job's steps, read by head office",
    "contributions.ReversalRuling": "contributions.parked_access chooses by the office",
    "contributions.TariffChange": "changes of the law's tables are public",
    # Opened by its secret, which only its hash knows.
    "workers.PersonCode": "found by the hash of a code that the worker types",
}


@cache
def house_models() -> tuple[type[models.Model], ...]:
    return tuple(m for m in apps.get_models() if m._meta.app_label in FLOORS)


def is_scoped(model: type[models.Model]) -> bool:
    return any(isinstance(manager, ScopedManager) for manager in model._meta.managers)


def belongs_to_scoped(model: type[models.Model]) -> bool:
    """Tell whether each row belongs to one of a scoped model, over keys that are never empty."""
    parents = [
        field.related_model
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and not field.null
    ]
    return any(
        parent is not model and (is_scoped(parent) or belongs_to_scoped(parent))  # type: ignore[arg-type]
        for parent in parents
    )


def test_every_model_is_scoped_or_belongs_to_a_scoped_row_or_says_why_not() -> None:
    loose = {m._meta.label for m in house_models() if not is_scoped(m) and not belongs_to_scoped(m)}
    assert not loose - set(OPEN), "scope these models, or say why nobody reads them"
    assert not set(OPEN) - loose, "these are scoped now; take their reasons away"


def test_whoever_bears_data_of_a_worker_is_scoped() -> None:
    personal = {
        model
        for model in house_models()
        for field in model._meta.local_fields
        if field.name in {"nik", "nik_index", "birth_date", "address"}
    }
    outside = {m._meta.label for m in personal if not is_scoped(m) and not belongs_to_scoped(m)}
    # A code names a worker by the index of his NIK; the addresses are those of letters, and
    # of offices, which are public.
    letters = {"notices.Message", "notices.Letter", "notices.Reply"}
    assert outside - letters == {"workers.PersonCode", "regions.Office"}


# --- doors ---------------------------------------------------------------------------------
#: What a door or a form may ask of the plain manager of such a model.
PUBLIC_MODELS = {label.rpartition(".")[2] for label in OPEN if "public" in OPEN[label]} | {
    "Occupation"
}


def asked_past_the_scope(tree: ast.AST) -> Iterator[ast.expr]:
    names = {model.__name__ for model in house_models()} - PUBLIC_MODELS
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr in {"visible_to", "none"}:
            continue
        model, _, manager = dotted(node.value).rpartition(".")
        if manager == "objects" and model.rpartition(".")[2] in names:
            yield node


def test_no_door_asks_a_model_for_rows_of_its_own_choice() -> None:
    """Rows of people come from access modules and selectors, whatever the model's manager."""
    found = [
        f"{place(path, node)} {dotted(node)}"
        for path in of_kind(*OUTSIDE, "tasks", "management")
        for node in asked_past_the_scope(tree_of(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("Evidence.objects.filter(pk=1)", True),
        ("models.Evidence.objects.get(pk=1)", True),
        ("Enrollment.objects.visible_to(user).filter(pk=1)", False),
        ("User.objects.none()", False),
        ("Office.objects.filter(is_open=True)", False),
    ],
)
def test_the_test_of_doors_finds_what_it_looks_for(code: str, is_found: bool) -> None:
    assert bool(list(asked_past_the_scope(ast.parse(code)))) is is_found
