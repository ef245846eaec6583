#!/usr/bin/env bash
# Writes src/rollerblade/models.py from the OpenAPI document. With --check it fails where the file is not what would be written.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3}
exec "$python" -m datamodel_code_generator --input ../../docs/openapi.json --input-file-type openapi \
  --output src/rollerblade/models.py --output-model-type pydantic_v2.BaseModel --formatters builtin --disable-timestamp \
  --target-python-version 3.11 --use-union-operator --use-annotated --use-standard-collections --enum-field-as-literal all \
  --use-schema-description --collapse-root-models --snake-case-field --openapi-scopes schemas --disable-warnings "$@"
