"""Runs an analysis of the flagship as the process executor does: its folder, the folders of the interface, and nothing else."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"


@dataclass(frozen=True)
class Done:
    """What an attempt left behind."""

    code: int
    stderr: str
    out: Path
    seconds: float


def run_analysis(name: str, files: dict[str, Path], modules: Path | None = None) -> Done:
    """`modules` is a folder whose Python modules stand before those of the environment."""
    place = Path(tempfile.mkdtemp(prefix="flagship-"))
    given, out = place / "in", place / "out"
    given.mkdir()
    out.mkdir()
    inputs = {}
    for input_, path in files.items():
        file = f"{input_}{path.name[path.name.index('.') :]}"
        shutil.copy(path, given / file)
        inputs[input_] = {"file": file, "companions": [], "reads": {}}
    return run_slice(name, place, {"parameters": {}, "reads": {}, "inputs": inputs}, modules)


def run_slice(name: str, place: Path, slice_: dict, modules: Path | None = None) -> Done:
    (place / "in/slice.json").write_text(json.dumps(slice_))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "TMPDIR": str(place),
        "ROLLERBLADE_IN": str(place / "in"),
        "ROLLERBLADE_OUT": str(place / "out"),
        "ROLLERBLADE_CPUS": "2",
        "PYTHONDONTWRITEBYTECODE": "1",
        **({} if modules is None else {"PYTHONPATH": str(modules)}),
    }
    started = time.monotonic()
    folder = EXAMPLES / "flagship" / name
    done = subprocess.run(
        [sys.executable, "main.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return Done(done.returncode, done.stderr, place / "out", time.monotonic() - started)
