"""Runs niimath, a program that its wheel brings along."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import niimath as wheel


def niimath(arguments: Sequence[str | Path]) -> None:
    """Runs niimath with these arguments, the last of which is the file that it writes. Raises RuntimeError when it does not."""
    # OpenMP would take every core of the machine.
    environment = {**os.environ, "OMP_NUM_THREADS": str(max(1, int(float(os.environ.get("ROLLERBLADE_CPUS", "1")))))}
    done = subprocess.run([wheel.bin, *arguments], capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0 or not Path(arguments[-1]).exists():
        raise RuntimeError(f"niimath ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
