"""The whole HTTP API against its own description: schemathesis derives valid and invalid requests from OpenAPI.

It runs last (by its name), since it deletes what it finds. ``ROLLERBLADE_API_EXAMPLES`` makes it try longer.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

# A stream that does not end by itself: a case would wait for its end for ever. Its own tests read it.
excluded = ["liveEvents"]

# Valid requests need not be accepted: no schema tells an expression, a cursor or a manifest from other texts. The only
# header that is required is `Authorization`, which `--header` sends always; `ignored_auth` looks at it.
unchecked = "positive_data_acceptance,missing_required_header"

# They read passwords and codes, which nobody guesses, and not the token of the test.
signing_in = {"POST /v1/sign-in", "POST /v1/sign-in/device/finish"}

# 412 and 422 answer conditions and keys; 431 headers that are too long, before anybody looks at the rest. Three methods
# that a path does not take are tried: `methodsAt` has tests of its own.
settings = """
[checks]
negative_data_rejection.expected-statuses = [
  "400", "401", "403", "404", "405", "409", "412", "413", "422", "429", "431"
]

[phases.coverage]
unexpected-methods = ["OPTIONS", "TRACE", "DELETE"]
"""


def test_no_request_gets_a_5xx_or_an_answer_outside_of_the_contract(server: dict[str, str], tmp_path: Path) -> None:
    """Seeded, so that a failure comes again; each of them is printed as a curl command."""
    if os.environ.get("ROLLERBLADE_URL"):
        pytest.skip("A server that is not the tests' own must not be written to.")
    (tmp_path / "schemathesis.toml").write_text(settings)
    begun = time.monotonic()
    run = subprocess.run(
        [
            *[str(Path(sys.executable).with_name("schemathesis")), "run", f"{server['ROLLERBLADE_URL']}/openapi.json"],
            *["--header", f"Authorization: Bearer {server['ROLLERBLADE_TOKEN']}"],
            *["--phases", "examples,coverage,fuzzing", "--seed", "1", "--workers", "1", "--request-timeout", "60"],
            *["--max-examples", os.environ.get("ROLLERBLADE_API_EXAMPLES", "1")],
            *["--continue-on-failure", "--no-color", "--checks", "all", "--exclude-checks", unchecked],
            *[part for name in excluded for part in ("--exclude-operation-id", name)],
        ],
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "unique_keys", "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    counted = re.search(r"(\d+) generated", run.stdout)
    found = int(counted[1]) if counted else 0
    breaches = sum(int(number) for number in re.findall(r"^  ❌ ST\d+ .*: (\d+)$", run.stdout, re.MULTILINE))
    print(f"\n{found} cases in {time.monotonic() - begun:.0f} s, {breaches} breaches of the contract.")
    assert run.returncode == 0, f"{run.stdout[-20_000:]}\n{run.stderr}"
    assert found > 2_000
    # Requests that nobody is let in with would keep every promise.
    refused = "".join(re.findall(r"^401 Unauthorized .*:\n((?:  - .*\n)+)", run.stdout, re.MULTILINE))
    assert {line.removeprefix("  - ") for line in refused.splitlines()} <= signing_in
