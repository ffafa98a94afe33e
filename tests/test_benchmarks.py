"""`make bench` runs from an empty database to its last line."""

import os
import subprocess
import sys

import pytest

from tests.environment import ENGINES, ROOT


def bench(*asked: str) -> str:
    """Run the benchmarks as the command does; return what they print."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *asked],
        cwd=ROOT,
        env={
            name: value
            for name, value in os.environ.items()
            if name not in ENGINES and not name.startswith("PYTEST_XDIST")
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_every_measure_is_taken() -> None:
    told = bench("20")
    assert "renew_coverage, a year for each worker" in told
    assert told.rstrip().splitlines()[-1].startswith("rebuild_dashboards")


@pytest.mark.slow
def test_webhooks_are_measured_against_a_bare_insert_through_the_same_stack() -> None:
    told = bench("webhooks", "40")
    assert "a webhook, verified, kept, answered" in told
    assert "against a bare insert through the same stack" in told


@pytest.mark.slow
def test_likely_twins_are_measured_against_the_bare_join_and_one_by_one() -> None:
    told = bench("duplicates", "400")
    assert "of 20 who are in the registry under another NIK it finds 20" in told
    assert "against the bare join" in told
    assert "against one by one" in told


@pytest.mark.slow
def test_certificates_are_measured_against_bare_compilations() -> None:
    told = bench("papers", "20")
    assert "20 certificates, drawn, sealed and packed" in told
    assert told.rstrip().splitlines()[-1].startswith("ratio ")


@pytest.mark.slow
def test_balances_are_measured_against_the_whole_history() -> None:
    told = bench("ledger", "300")
    assert "sum over the whole history" in told
    assert "ledger.post" in told


@pytest.mark.slow
def test_settlements_are_measured_against_a_bare_insert() -> None:
    told = bench("settlements", "20").splitlines()
    assert [line.split()[0] for line in told if "a bare insert" in line] == ["1", "1", "20"]
