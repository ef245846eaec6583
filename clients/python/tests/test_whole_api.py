"""The whole HTTP API against its own description: schemathesis derives requests from the OpenAPI document, valid and not.

It runs last (by its name), since it deletes what it finds.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

# Streams that do not end by themselves, and what would revoke the token that the test itself uses.
excluded = ["liveEvents", "revokeToken"]

checks = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "ignored_auth",
]

# A value that is too long for the headers is refused with 431 before anybody looks at it.
settings = """
[checks]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "409", "413", "429", "431"]
"""


def test_no_request_gets_a_5xx_or_an_answer_outside_of_the_contract(server: dict[str, str], tmp_path: Path) -> None:
    """Seeded, so that a failure comes again; each of them is printed as a curl command."""
    if os.environ.get("ROLLERBLADE_URL"):
        pytest.skip("A server that is not the tests' own must not be written to.")
    (tmp_path / "schemathesis.toml").write_text(settings)
    run = subprocess.run(
        [
            *[str(Path(sys.executable).with_name("schemathesis")), "run", f"{server['ROLLERBLADE_URL']}/openapi.json"],
            *["--header", f"Authorization: Bearer {server['ROLLERBLADE_TOKEN']}"],
            *["--phases", "examples,coverage,fuzzing", "--max-examples", "2", "--seed", "1", "--workers", "2"],
            *["--request-timeout", "30", "--continue-on-failure", "--no-color", "--checks", ",".join(checks)],
            *[part for name in excluded for part in ("--exclude-operation-id", name)],
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    print(run.stdout[-20_000:])
    assert run.returncode == 0, run.stderr
    counted = re.search(r"(\d+) generated", run.stdout)
    assert counted is not None
    assert int(counted[1]) > 2_000
    # Requests that nobody is let in with would keep every promise.
    assert "401" not in run.stdout.split("WARNINGS")[-1]
