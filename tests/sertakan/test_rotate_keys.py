"""`manage.py rotate_keys`: nothing is lost, a killed run goes on, the portal works beside it."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.audit import record
from accounts.models import AuditEvent, User
from bricks import rotation, sealed_files, secrets
from bricks.engine import is_postgres
from notices.models import Letter
from tests.factories import NOW, EnrollmentFactory, UserFactory, WorkerFactory
from workers.models import Enrollment, Worker

OLD = "an-old-key-of-the-tests-alone-0123456789"
NEW = "a-new-key-of-the-tests-alone-9876543210"

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]


@pytest.fixture(autouse=True)
def _under_the_old_key(settings: Any, tmp_path: Path) -> None:
    settings.SEAL_KEYS = [OLD]
    settings.MEDIA_ROOT = tmp_path


def rotate(*args: str) -> str:
    out = io.StringIO()
    call_command("rotate_keys", *args, stdout=out)
    return out.getvalue()


def letters(count: int) -> list[Letter]:
    return [
        Letter.objects.create(
            received_at=NOW, address=f"a{k}@demo.example", address_index=f"{k}", body=f"Isi {k}"
        )
        for k in range(count)
    ]


def stored(model: Any, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {model._meta.db_table} ORDER BY id")  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def test_every_sealed_column_and_file_comes_under_the_first_key(settings: Any) -> None:
    worker = WorkerFactory(phone="+6281200000001", address="Jalan Contoh 1")
    case = EnrollmentFactory()
    path = sealed_files.keep(b"foto", purpose="evidence")
    told = Worker.everything.values_list("nik", "phone", "address", "nik_index").get(pk=worker.pk)
    settings.SEAL_KEYS = [NEW, OLD]
    said = rotate()
    assert "workers.Worker" in said
    assert "Everything is sealed under the first key" in said
    settings.SEAL_KEYS = [NEW]
    again = Worker.everything.values_list("nik", "phone", "address", "nik_index").get(pk=worker.pk)
    assert again == told
    assert Enrollment.everything.get(pk=case.pk).nik == case.nik
    assert sealed_files.read(path) == b"foto"


def test_an_empty_text_stays_empty(settings: Any) -> None:
    UserFactory(phone="")
    settings.SEAL_KEYS = [NEW, OLD]
    rotate()
    assert set(stored(User, "phone")) == {""}


def test_the_check_counts_what_is_left_and_says_so_by_its_exit(settings: Any) -> None:
    letters(3)
    path = sealed_files.keep(b"foto", purpose="evidence")
    settings.SEAL_KEYS = [NEW, OLD]
    before = stored(Letter, "body")
    out = io.StringIO()
    with pytest.raises(CommandError, match="4 left under another key"):
        call_command("rotate_keys", "--check", stdout=out)
    assert "3 left" in out.getvalue()
    assert stored(Letter, "body") == before
    rotate()
    assert "Everything" in rotate("--check")
    assert sealed_files.read(path) == b"foto"


def test_a_second_run_finds_nothing_and_writes_nothing(settings: Any) -> None:
    letters(2)
    settings.SEAL_KEYS = [NEW, OLD]
    rotate()
    before = stored(Letter, "body")
    assert "sealed anew" not in rotate()
    assert stored(Letter, "body") == before


def test_the_append_only_log_is_rotated_too_and_its_rows_stay_as_they_were(settings: Any) -> None:
    event = record(
        action="test.done", obj=UserFactory(), now=NOW, personal={"name": ["Wati", "Watik"]}
    )
    settings.SEAL_KEYS = [NEW, OLD]
    rotate()
    settings.SEAL_KEYS = [NEW]
    again = AuditEvent.objects.get(pk=event.pk)
    assert json.loads(again.personal) == {"name": ["Wati", "Watik"]}
    assert (again.at, again.action, again.object_id) == (event.at, event.action, event.object_id)


def test_a_missing_key_is_said_with_the_row_and_nothing_is_overwritten(settings: Any) -> None:
    letter = letters(1)[0]
    settings.SEAL_KEYS = [NEW]
    before = stored(Letter, "body")
    with pytest.raises(CommandError, match=f"notices.Letter {letter.pk}, address") as fault:
        rotate()
    assert isinstance(fault.value.__cause__, secrets.CannotOpen)
    assert stored(Letter, "body") == before


def test_a_file_that_no_key_opens_is_named(settings: Any, tmp_path: Path) -> None:
    path = sealed_files.keep(b"foto", purpose="evidence")
    settings.SEAL_KEYS = [NEW]
    with pytest.raises(CommandError, match=path):
        rotate()
    settings.SEAL_KEYS = [OLD]
    assert sealed_files.read(path) == b"foto"
    assert not list(tmp_path.rglob(f"{sealed_files.UNFINISHED}*"))


def after_reading(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Let something happen between the reading of a batch and its writing."""
    real, calls = rotation._open, iter([True])

    def opened(*args: Any) -> Any:
        if next(calls, False):
            act()
        return real(*args)

    monkeypatch.setattr(rotation, "_open", opened)


def test_a_value_that_changes_meanwhile_is_never_overwritten(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = letters(1)[0]
    settings.SEAL_KEYS = [NEW, OLD]
    after_reading(
        monkeypatch, lambda: Letter.objects.filter(pk=letter.pk).update(body="Isi yang baru")
    )
    rotate()
    settings.SEAL_KEYS = [NEW]
    kept = Letter.objects.get(pk=letter.pk)
    assert (kept.body, kept.address) == ("Isi yang baru", letter.address)


def test_without_the_condition_the_change_would_be_lost(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard of the test above, taken away."""
    letter = letters(1)[0]
    settings.SEAL_KEYS = [NEW, OLD]
    after_reading(
        monkeypatch, lambda: Letter.objects.filter(pk=letter.pk).update(body="Isi yang baru")
    )
    rows = rotation._rows

    class Unconditional:
        def __init__(self, model: Any) -> None:
            self.model = model

        def filter(self, pk: int, **same: Any) -> Any:
            return rows(self.model).filter(pk=pk)

    stale = rotation._stale(Letter)
    monkeypatch.setattr(rotation, "_stale", lambda model: stale)
    monkeypatch.setattr(rotation, "_rows", Unconditional)
    rotation.reseal_batch(Letter, after=None, size=10)
    assert Letter.objects.get(pk=letter.pk).body == letter.body


def test_what_an_older_process_wrote_meanwhile_is_told_as_left(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that still has the old settings seals under the old key: run it again."""
    settings.SEAL_KEYS = [NEW, OLD]
    real = sealed_files.stale_paths

    def late() -> Any:
        if not Letter.objects.exists():
            settings.SEAL_KEYS = [OLD]
            letters(1)
            settings.SEAL_KEYS = [NEW, OLD]
        return real()

    monkeypatch.setattr(sealed_files, "stale_paths", late)
    with pytest.raises(CommandError, match="1 left"):
        rotate()
    assert "Everything" in rotate()


# --- files ---------------------------------------------------------------------------
def test_a_file_that_goes_meanwhile_does_not_come_back(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = sealed_files.keep(b"foto", purpose="evidence")
    settings.SEAL_KEYS = [NEW, OLD]
    real = sealed_files.seal_bytes

    def removed_first(content: bytes, *, purpose: str) -> bytes:
        sealed_files.remove(path)
        return real(content, purpose=purpose)

    monkeypatch.setattr(sealed_files, "seal_bytes", removed_first)
    assert "files" not in rotate()
    assert not (tmp_path / path).exists()


def test_two_rotations_do_not_meet(settings: Any) -> None:
    settings.SEAL_KEYS = [NEW, OLD]
    with (
        sealed_files.rotating(),
        pytest.raises(CommandError, match="Another rotate_keys is at work"),
    ):
        rotate()


#: Rotates in a process of its own that dies at a stage.
SCRIPT = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from bricks import rotation, sealed_files
settings.MEDIA_ROOT, stage, after = sys.argv[1], sys.argv[2], int(sys.argv[3])
settings.SEAL_KEYS = sys.argv[4:]
module = {"reseal_batch": rotation, "reseal": sealed_files, "_is_same": sealed_files}[stage]
real, done = getattr(module, stage), []
def die(*args, **kwargs):
    if len(done) == after:
        os.kill(os.getpid(), signal.SIGKILL)
    answer = real(*args, **kwargs)
    done.extend([1] if stage != "reseal_batch" or answer.resealed else [])
    return answer
setattr(module, stage, die)
call_command("rotate_keys", "--batch-size", "2")
"""


def killed(stage: str, after: int, folder: Path) -> None:
    at = connection.settings_dict
    url = f"sqlite:///{at['NAME']}"
    if is_postgres(connection):
        url = f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    connection.close()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), stage, str(after), NEW, OLD],
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_killed_after_a_batch_goes_on_where_it_stopped(
    settings: Any, tmp_path: Path
) -> None:
    bodies = [letter.body for letter in letters(5)]
    killed("reseal_batch", 1, tmp_path)
    settings.SEAL_KEYS = [NEW, OLD]
    assert rotation.left(Letter) == 3
    assert list(Letter.objects.order_by("pk").values_list("body", flat=True)) == bodies
    first = stored(Letter, "body")[:2]
    rotate()
    assert stored(Letter, "body")[:2] == first, "what was done is not done again"
    settings.SEAL_KEYS = [NEW]
    assert list(Letter.objects.order_by("pk").values_list("body", flat=True)) == bodies


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stage", ["reseal", "_is_same"])
def test_a_killed_run_leaves_no_broken_file(settings: Any, tmp_path: Path, stage: str) -> None:
    paths = [sealed_files.keep(f"foto {k}".encode(), purpose="evidence") for k in range(3)]
    killed(stage, 1, tmp_path)
    settings.SEAL_KEYS = [NEW, OLD]
    assert [sealed_files.read(path) for path in paths] == [b"foto 0", b"foto 1", b"foto 2"]
    assert len(list(sealed_files.stale_paths())) == 2
    rotate()
    settings.SEAL_KEYS = [NEW]
    assert [sealed_files.read(path) for path in paths] == [b"foto 0", b"foto 1", b"foto 2"]
    assert {file.name for file in tmp_path.rglob("*") if file.is_file()} == {
        *(Path(path).name for path in paths),
        sealed_files.RUN,
    }


def test_every_model_with_a_sealed_column_is_rotated() -> None:
    """A new one is found by itself; here it is named so that somebody notices."""
    labels = {model._meta.label for model in rotation.sealed_models()}
    assert {"accounts.AuditEvent", "accounts.User", "donors.Donor", "notices.Letter"} <= labels
    assert {"notices.Message", "payments.ProviderEvent", "contributions.SandboxCoreFile"} <= labels
    assert {"workers.Worker", "workers.Enrollment", "workers.Order", "workers.CheckBatch"} <= labels
