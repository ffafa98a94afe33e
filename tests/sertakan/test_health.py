"""/healthz and /readyz: what a supervisor, a container and a load balancer ask."""

import os
import time
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import Client

from sertakan import health


def test_the_process_is_alive_without_asking_the_database(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.content == b"ok"


@pytest.mark.django_db
def test_ready_names_each_part(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "keys": "ok", "broker": "ok", "worker": "ok"}
    assert "no-cache" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_database_that_is_gone_answers_503(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", gone)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "does not answer"


@pytest.mark.django_db
def test_a_broker_that_is_gone_answers_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(health.current_app, "connection_for_write", gone)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["broker"] == "not in reach"


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "status"), [(299, 200), (301, 503)])
def test_a_message_that_nobody_takes_answers_503(
    client: Client, settings: LazySettings, tmp_path: Path, age: int, status: int
) -> None:
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path)}
    message = tmp_path / "1_a.celery.msg"
    message.touch()
    then = time.time() - age
    os.utime(message, (then, then))
    assert client.get("/readyz").status_code == status


def test_a_post_is_refused(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
