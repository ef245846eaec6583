"""A server for the tests: the one at ROLLERBLADE_URL, or one of their own with the example dataset and its pipeline."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import rollerblade

root = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables that name the server."""
    if os.environ.get("ROLLERBLADE_URL"):
        yield dict(os.environ)
        return
    folder = tmp_path_factory.mktemp("server") / ".rollerblade"
    # The whole API is asked with bad tokens, too, many times a minute from this one address.
    limits = {"ROLLERBLADE_GATEWAY_BAD_TOKENS_PER_MINUTE": "100000"}
    variables = {**os.environ, **limits, "ROLLERBLADE_FOLDER": str(folder)}
    command = [str(root / "node_modules/.bin/node"), str(root / "bin/rollerblade.ts")]
    with (folder.parent / "up.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "up", "--port", "0"], env=variables, cwd=folder.parent, stdout=log, stderr=log
        )
        try:
            written = wait_for(folder / "server.json", process)
            subprocess.run([*command, "demo"], env=variables, cwd=folder.parent, check=True, stdout=subprocess.DEVNULL)
            yield {**variables, "ROLLERBLADE_URL": written["url"], "ROLLERBLADE_TOKEN": written["token"]}
        finally:
            process.terminate()
            process.wait(60)


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> dict[str, str]:
    """Wait until the server has written where it is."""
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        if path.exists():
            found: dict[str, str] = json.loads(path.read_text())
            return found
        time.sleep(0.1)
    raise RuntimeError(f"The server did not start: {(path.parents[1] / 'up.log').read_text()}")


@pytest.fixture
def rb(server: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[rollerblade.Rollerblade]:
    """A client, with a cache of its own."""
    monkeypatch.setenv("ROLLERBLADE_URL", server["ROLLERBLADE_URL"])
    monkeypatch.setenv("ROLLERBLADE_TOKEN", server["ROLLERBLADE_TOKEN"])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with rollerblade.connect() as client:
        yield client
