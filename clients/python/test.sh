#!/usr/bin/env bash
# Checks and tests the Python client in a virtual environment of its own: models against the OpenAPI document, style, types, a
# wheel, and the tests against a server with the example dataset (or the one at ROLLERBLADE_URL).
set -euo pipefail
cd "$(dirname "$0")"
environment=../../node_modules/.cache/python-client
python=${PYTHON:-python3}
[ -x "$environment/bin/python" ] || "$python" -m venv "$environment"
installed="$environment/installed.toml"
if ! cmp -s pyproject.toml "$installed"; then
  "$environment/bin/pip" install --quiet --disable-pip-version-check --editable '.[dev]'
  cp pyproject.toml "$installed"
fi
export PYTHON="$PWD/$environment/bin/python"
./generate-models.sh --check
"$PYTHON" -m ruff check . && "$PYTHON" -m ruff format --check .
"$PYTHON" -m mypy
wheels=$(mktemp -d) && trap 'rm -rf "$wheels"' EXIT
"$PYTHON" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$wheels" .
du -b "$wheels"/*.whl | sed "s#$wheels/##"
# What tests print are figures: cases of the API, seconds of the first day, the notebook beside PyBIDS.
"$PYTHON" -m pytest -q -s "$@"
