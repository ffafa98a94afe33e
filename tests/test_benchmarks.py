"""`make bench` runs from an empty database to its last line."""

import os
import subprocess
import sys

import pytest

from tests.environment import ENGINES, ROOT


@pytest.mark.slow
def test_every_measure_is_taken() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "20"],
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
    assert "renew_coverage, a year for each worker" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("rebuild_dashboards")
