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
def test_likely_twins_are_measured_against_the_bare_join_and_one_by_one() -> None:
    told = bench("duplicates", "400")
    assert "of 20 who are in the registry under another NIK it finds 20" in told
    assert "against the bare join" in told
    assert "against one by one" in told
