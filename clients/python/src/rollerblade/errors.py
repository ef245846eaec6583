"""Errors of the server and of this library, by their code."""

from __future__ import annotations

from typing import Any


class RollerbladeError(Exception):
    """A request that the server refused, or that nobody answered.

    Attributes:
        code: what it is, for programs, such as ``not-found``.
        message: what happened, for people.
        status: the HTTP status, or None where no answer came.
        subject: what it is about, such as the name of a dataset or a field.
        next: what to do about it, if the server says so.
        findings: each place in the request that is wrong, as ``{"where", "message"}``.
    """

    code = "internal"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        subject: str | None = None,
        next: str | None = None,
        findings: list[dict[str, str]] | None = None,
    ) -> None:
        # Faults of expressions end with what to write, which is also their next step.
        super().__init__(message if next is None or next in message else f"{message} {next}")
        self.code = code or type(self).code
        self.message = message
        self.status = status
        self.subject = subject
        self.next = next
        self.findings = findings or []


class InvalidError(RollerbladeError):
    """The request is wrong: a field that does not exist, a value of another type."""

    code = "invalid"


class UnauthenticatedError(RollerbladeError):
    """The token is missing, expired or revoked."""

    code = "unauthenticated"


class ForbiddenError(RollerbladeError):
    """The token is valid, and its owner may not do this."""

    code = "forbidden"


class NotFoundError(RollerbladeError):
    """It does not exist, or not for the owner of the token."""

    code = "not-found"


class ConflictError(RollerbladeError):
    """Something else was changed or is being done at the same time."""

    code = "conflict"


class PreconditionFailedError(RollerbladeError):
    """It has changed since it was read: read it again, and apply the change to that."""

    code = "precondition-failed"


class KeyReusedError(RollerbladeError):
    """An ``Idempotency-Key`` came with another request before."""

    code = "key-reused"


class CancelledError(RollerbladeError):
    """It was cancelled before it was done."""

    code = "cancelled"


class MethodNotAllowedError(RollerbladeError):
    """The path does not take this method: the client and the server are of different versions."""

    code = "method-not-allowed"


class TooLargeError(RollerbladeError):
    """The request has more bytes than the server takes."""

    code = "too-large"


class TooManyRequestsError(RollerbladeError):
    """A limit of requests, queries or bytes for one person is reached."""

    code = "too-many-requests"


class UnavailableError(RollerbladeError):
    """No server answers, or a part of it is away."""

    code = "unavailable"


class InternalError(RollerbladeError):
    """Something went wrong in the server that nobody foresaw; ``subject`` is the id in its log."""

    code = "internal"


class ChecksumError(RollerbladeError):
    """The bytes of a download are not those that the server has a hash of."""

    code = "checksum"


_by_code = {
    kind.code: kind
    for kind in (
        InvalidError,
        UnauthenticatedError,
        ForbiddenError,
        NotFoundError,
        MethodNotAllowedError,
        ConflictError,
        PreconditionFailedError,
        KeyReusedError,
        CancelledError,
        TooLargeError,
        TooManyRequestsError,
        InternalError,
        UnavailableError,
    )
}

_code_by_status = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    412: "precondition-failed",
    413: "too-large",
    422: "key-reused",
    429: "too-many-requests",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
}


def error_of(status: int, body: Any, text: str) -> RollerbladeError:
    """Make the error of an answer that is not 2xx, whether it is a problem document (RFC 9457) or ``{"error": …}``."""
    found = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(found, dict):
        found = {}
    code = found.get("code") or _code_by_status.get(status, "internal")
    message = found.get("detail") or found.get("message") or found.get("title") or text or f"HTTP status {status}."
    return _by_code.get(code, RollerbladeError)(
        str(message),
        code=str(code),
        status=status,
        subject=found.get("subject"),
        next=found.get("next"),
        findings=found.get("findings"),
    )
