"""docker-compose.yml and the Dockerfile start what `make run` starts, and hold no secret."""

import re
import shlex
from typing import Any

import pytest
import yaml

from sertakan.processes import HEALTH, LONG_LIVED, PREPARE, WEB
from tests.environment import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SECRET = re.compile(r"KEY|PASSWORD|SECRET|TOKEN|_URL$")
REQUIRED = re.compile(r"\$\{\w+:\?[^}]+\}")
# Of a channel or provider that may not be there at all.
OPTIONAL = re.compile(r"^\$\{\w+:-\}$")
# Addresses inside the composition, without a password.
HARMLESS = {"CELERY_BROKER_URL", "CACHE_URL"}
#: Without these the portal keeps messages to itself, and only plays bank and BPJS.
CONNECTS = {
    "NOTICE_CHANNEL",
    "EMAIL_URL",
    "SMS_URL",
    "WHATSAPP_TOKEN",
    "WHATSAPP_PHONE_NUMBER_ID",
    "PAYMENT_GATEWAY",
    "MIDTRANS_SERVER_KEY",
    "XENDIT_SECRET_KEY",
    "XENDIT_CALLBACK_TOKEN",
    "CORE_SYSTEM",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE)


@pytest.mark.parametrize("name", LONG_LIVED)
def test_each_process_runs_the_command_of_make_run_and_is_watched(
    compose: dict[str, Any], name: str
) -> None:
    service = compose["services"][name]
    assert service["command"] == LONG_LIVED[name]
    assert service["healthcheck"]["test"] == ["CMD-SHELL", HEALTH[name]]
    waits = service["depends_on"]
    assert waits["prepare"]["condition"] == "service_completed_successfully"
    assert waits["postgres"]["condition"] == waits["redis"]["condition"] == "service_healthy"


def test_the_database_is_prepared_once_and_first(compose: dict[str, Any]) -> None:
    prepare = compose["services"]["prepare"]
    assert prepare["command"] == PREPARE
    assert prepare["restart"] == "no"


def test_the_image_starts_the_web_server_as_nobody_special() -> None:
    command = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert command is not None
    assert yaml.safe_load(command[1]) == shlex.split(WEB)
    assert DOCKERFILE.rindex("USER sertakan") > DOCKERFILE.rindex("useradd")


def test_no_secret_stands_in_the_file_and_none_has_a_default(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            if SECRET.search(key) and key not in HARMLESS:
                assert REQUIRED.search(str(value)) or OPTIONAL.match(str(value)), f"{name}: {key}"
    assert "env_file" not in COMPOSE
    assert not re.search(r"^(ENV|ARG).*(KEY|PASSWORD|SECRET)", DOCKERFILE, re.MULTILINE)


def test_what_connects_the_portal_to_the_world_reaches_every_process(
    compose: dict[str, Any],
) -> None:
    for name in LONG_LIVED:
        assert set(compose["services"][name]["environment"]) >= CONNECTS, name


def test_every_engine_is_healthy_before_it_is_used_and_keeps_its_data(
    compose: dict[str, Any],
) -> None:
    for name in ("postgres", "redis"):
        service = compose["services"][name]
        assert service["healthcheck"]["test"]
        assert not service.get("ports"), "an engine is no one's business outside"
    used = {
        volume.partition(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
    }
    assert used == set(compose["volumes"])


def test_every_image_names_its_version(compose: dict[str, Any]) -> None:
    for name in ("postgres", "redis"):
        assert re.search(r":\d", compose["services"][name]["image"])
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {
        "python:3.11-slim-bookworm"
    }


def test_every_setting_that_it_passes_on_is_explained() -> None:
    passed = set(yaml.safe_load(COMPOSE)["x-portal"]["environment"])
    explained = set(
        re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    )
    assert passed <= explained


def test_keys_and_data_of_a_developer_stay_out_of_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", "var", ".git", ".venv"} <= set(ignored)
