"""Query brain scans, run analyses over them, and read the results of a Rollerblade server.

>>> import rollerblade
>>> rb = rollerblade.connect()  # doctest: +SKIP
>>> rb.query("subject.age > 60", suffix="T1w").to_df()  # doctest: +SKIP
"""

from . import models
from ._events import Event
from ._queries import SavedQuery
from .aio import AsyncRollerblade, connect_async
from .client import Listing, Query, Rollerblade, Run, connect
from .errors import (
    CancelledError,
    ChecksumError,
    ConflictError,
    ForbiddenError,
    InternalError,
    InvalidError,
    KeyReusedError,
    MethodNotAllowedError,
    NotFoundError,
    PreconditionFailedError,
    RollerbladeError,
    TooLargeError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from .layout import BIDSFile, Layout

__all__ = [
    "AsyncRollerblade",
    "BIDSFile",
    "CancelledError",
    "ChecksumError",
    "ConflictError",
    "Event",
    "ForbiddenError",
    "InternalError",
    "InvalidError",
    "KeyReusedError",
    "Layout",
    "Listing",
    "MethodNotAllowedError",
    "NotFoundError",
    "PreconditionFailedError",
    "Query",
    "Rollerblade",
    "RollerbladeError",
    "Run",
    "SavedQuery",
    "TooLargeError",
    "TooManyRequestsError",
    "UnauthenticatedError",
    "UnavailableError",
    "connect",
    "connect_async",
    "models",
]
