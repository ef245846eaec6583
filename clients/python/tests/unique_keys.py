"""A hook of schemathesis: each change gets a key of its own; the same one would only be answered as a repetition."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import schemathesis

_header = "idempotency-key"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Replace a key that the server takes; one that it must refuse is sent as it is."""
    for name, value in dict(case.headers or {}).items():
        if name.lower() == _header and re.fullmatch(r'"?[!#-~]{16,255}"?', str(value)):
            case.headers[name] = str(uuid4())
