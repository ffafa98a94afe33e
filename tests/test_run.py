"""The runner of `make test` counts what ran and never calls an empty run green."""

from pathlib import Path

import pytest

from tests import run
from tests.run import Engine

REPORT = """<?xml version="1.0"?>
<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10"/></testsuites>
"""


def test_errors_count_as_failures_and_skips_as_neither(tmp_path: Path) -> None:
    (tmp_path / "result.xml").write_text(REPORT)
    engine = Engine("SQLite")
    run.count(engine, tmp_path / "result.xml")
    assert (engine.passed, engine.failed, engine.skipped) == (4, 3, 3)


def test_a_run_without_a_report_has_failed(tmp_path: Path) -> None:
    engine = Engine("SQLite")
    run.count(engine, tmp_path / "result.xml")
    assert engine.failed == 1


@pytest.fixture
def all_green(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    def passes(engine: Engine, arguments: list[str]) -> None:
        engine.passed = 5

    monkeypatch.setattr(run, "lint", lambda: True)
    monkeypatch.setattr(run, "run", passes)
    monkeypatch.setattr(run, "missing_tools", list)
    monkeypatch.setattr(run, "engines", lambda: ([Engine("SQLite"), Engine("PostgreSQL")], []))
    monkeypatch.delenv("CI", raising=False)
    return monkeypatch


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_the_last_line_sums_the_engines(
    all_green: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main([]) == 0
    assert last_line(capsys) == "10 passed, 0 failed"


def test_a_fault_of_the_linters_fails_the_run(
    all_green: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    all_green.setattr(run, "lint", lambda: False)
    assert run.main([]) == 1
    assert last_line(capsys) == "10 passed, 1 failed"


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_what_is_missing_is_a_skip_and_in_ci_a_failure(
    all_green: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str, code: int
) -> None:
    all_green.setenv("CI", ci)
    all_green.setattr(run, "missing_tools", lambda: ["Chromium"])
    assert run.main([]) == code
    said = capsys.readouterr().out
    assert ("MISSING: Chromium" if ci else "skipped: Chromium") in said
