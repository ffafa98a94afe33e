"""The portal refuses to start in production with the settings of a demo."""

from types import SimpleNamespace

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from payments.gateways.registry import GATEWAYS
from sertakan import checks

STRONG = {
    "SECRET_KEY": "Zq3-v9Lw_p7Xk2Rb8Nf5Tj1Yc6Hm4Gd0Sa-one",
    "SEAL_KEYS": ["Zq3-v9Lw_p7Xk2Rb8Nf5Tj1Yc6Hm4Gd0Sa-two"],
    "INDEX_KEY": "Zq3-v9Lw_p7Xk2Rb8Nf5Tj1Yc6Hm4Gd0Sa-six",
    "SANDBOX_SERVER_KEY": "Zq3-v9Lw_p7Xk2Rb8Nf5Tj1Yc6Hm4Gd0Sa-ten",
}
PRODUCTION = {
    **STRONG,
    "TIME_ZONE": "Asia/Jakarta",
    "USE_TZ": True,
    "ARREARS_MONTHS": 3,
    "BRIDGE_DAYS_AHEAD": 7,
    "PUBLIC_URL": "https://sertakan.example.id",
    "ALLOWED_HOSTS": ["sertakan.example.id"],
    "HTTPS": True,
    "DEMO": False,
    "DEBUG": False,
    "CELERY_TASK_ALWAYS_EAGER": False,
    "CELERY_BROKER_URL": "redis://redis:6379/0",
    **dict.fromkeys(
        (
            "SMS_URL",
            "WHATSAPP_TOKEN",
            "WHATSAPP_PHONE_NUMBER_ID",
            "WHATSAPP_APP_SECRET",
            "WHATSAPP_VERIFY_TOKEN",
        ),
        "",
    ),
    "PAYMENT_GATEWAY": "midtrans",
    "PAYMENT_GATEWAYS_ALSO": [],
    "XENDIT_URL": "https://api.xendit.example",
    "XENDIT_SECRET_KEY": "",
    "XENDIT_CALLBACK_TOKEN": "of-the-account",
    "XENDIT_VA_BANKS": ["BNI"],
    "MIDTRANS_URL": "https://api.midtrans.example",
    "MIDTRANS_SERVER_KEY": "of-the-provider",
    "MIDTRANS_VA_BANK": "bni",
    "CORE_SYSTEM": "files",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
}


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    there = SimpleNamespace(**PRODUCTION)
    monkeypatch.setattr(checks, "settings", there)
    return there


def found() -> set[str | None]:
    return {fault.id for fault in checks.check_settings(None)}


def test_the_settings_of_the_tests_are_fit_for_this_machine() -> None:
    assert found() == set()
    call_command("check")


def test_good_production_settings_have_no_fault(production: SimpleNamespace) -> None:
    assert found() == set()
    checks.refuse_unsafe_settings()


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("TIME_ZONE", "UTC", "sertakan.E001"),
        ("USE_TZ", False, "sertakan.E002"),
        ("ARREARS_MONTHS", 4, "sertakan.E017"),
        ("BRIDGE_DAYS_AHEAD", 0, "sertakan.E018"),
        ("BRIDGE_DAYS_AHEAD", 29, "sertakan.E018"),
        ("SECRET_KEY", "short", "sertakan.E003"),
        ("SECRET_KEY", "a" * 60, "sertakan.E003"),
        ("SECRET_KEY", "django-insecure-" + STRONG["INDEX_KEY"], "sertakan.E003"),
        ("SEAL_KEYS", [], "sertakan.E003"),
        ("SEAL_KEYS", [*STRONG["SEAL_KEYS"], ""], "sertakan.E003"),
        ("INDEX_KEY", STRONG["SECRET_KEY"], "sertakan.E004"),
        ("DEMO", True, "sertakan.E010"),
        ("DEBUG", True, "sertakan.E011"),
        ("PUBLIC_URL", "http://sertakan.example.id", "sertakan.E012"),
        ("HTTPS", False, "sertakan.E012"),
        ("ALLOWED_HOSTS", ["other.example.id"], "sertakan.E013"),
        ("ALLOWED_HOSTS", ["sertakan.example.id", "*"], "sertakan.E014"),
        (
            "PASSWORD_HASHERS",
            ["django.contrib.auth.hashers.MD5PasswordHasher"],
            "sertakan.E015",
        ),
        ("CELERY_TASK_ALWAYS_EAGER", True, "sertakan.E016"),
        ("PAYMENT_GATEWAY", "provider", "sertakan.E006"),
        ("MIDTRANS_SERVER_KEY", "", "sertakan.E007"),
        ("MIDTRANS_VA_BANK", "gold", "sertakan.E008"),
        ("PAYMENT_GATEWAYS_ALSO", ["provider"], "sertakan.E006"),
        ("PAYMENT_GATEWAYS_ALSO", ["xendit"], "sertakan.E007"),
        ("PAYMENT_GATEWAYS_ALSO", ["sandbox"], "sertakan.E009"),
    ],
)
def test_one_bad_setting_stops_production(
    production: SimpleNamespace, name: str, value: object, fault: str
) -> None:
    setattr(production, name, value)
    assert found() == {fault}
    with pytest.raises(ImproperlyConfigured, match=fault):
        checks.refuse_unsafe_settings()


def test_every_provider_that_can_serve_is_known_to_the_checks() -> None:
    assert set(checks.GATEWAY_SETTINGS) == set(GATEWAYS)


def test_small_engines_are_a_warning_only(production: SimpleNamespace) -> None:
    production.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
    production.CELERY_BROKER_URL = "filesystem://"
    assert found() == {"sertakan.W020", "sertakan.W021"}
    checks.refuse_unsafe_settings()


def test_a_sandbox_in_production_warns_that_nobody_is_protected(
    production: SimpleNamespace,
) -> None:
    production.PAYMENT_GATEWAY = "sandbox"
    assert found() == {"sertakan.W022"}


def test_the_sandbox_needs_a_key_since_who_knows_it_can_say_paid(
    production: SimpleNamespace,
) -> None:
    production.PAYMENT_GATEWAY = "sandbox"
    production.SANDBOX_SERVER_KEY = ""
    assert "sertakan.E003" in found()


def test_a_key_of_the_tests_is_refused_in_production_only(settings: LazySettings) -> None:
    assert checks.is_local()
    settings.PUBLIC_URL = "https://sertakan.example.id"
    assert "sertakan.E003" in found()


def test_a_fault_never_shows_the_key(production: SimpleNamespace) -> None:
    production.SECRET_KEY = "weak-and-secret"
    with pytest.raises(ImproperlyConfigured) as refusal:
        checks.refuse_unsafe_settings()
    assert "weak-and-secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("WHATSAPP_TOKEN", "EAA", "sertakan.W023"),
        ("WHATSAPP_PHONE_NUMBER_ID", "1", "sertakan.W023"),
        ("WHATSAPP_APP_SECRET", "x", "sertakan.W023"),
        ("SMS_URL", "twilio://a:b@c", "sertakan.W024"),
    ],
)
def test_half_of_a_channel_s_settings_is_a_warning(
    settings: LazySettings, name: str, value: str, fault: str
) -> None:
    setattr(settings, name, value)
    assert found() == {fault}
