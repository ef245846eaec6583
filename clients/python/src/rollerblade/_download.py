"""Files from links: whole, verified, and inside of the folder that was asked for."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from uuid import uuid4

from .errors import ChecksumError, InvalidError


def target_in(folder: Path, path: str) -> Path:
    """Return where a file of a dataset lies below a folder.

    Raises:
        InvalidError: when its name, or a link in the folder, leads out of it.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path or ":" in parts[0]:
        raise InvalidError(f"The path {path!r} leads out of the folder.", subject=path)
    target = folder.joinpath(*parts)
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise InvalidError(f"A link in {folder} leads {path!r} out of the folder.", subject=path)
    return target


def has_content(path: Path, sha256: str | None) -> bool:
    """Whether a file is there already, by its hash."""
    if sha256 is None or not path.is_file():
        return False
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == sha256


def content_of(text: str, encoding: str | None) -> bytes:
    """Return the bytes of a file that is answered in place: base64 where they are no UTF-8."""
    return base64.b64decode(text) if encoding == "base64" else text.encode()


class PartialFile:
    """A file beside its target that takes the target's name once it is whole and has the expected hash."""

    def __init__(self, target: Path, sha256: str | None) -> None:
        self._target = target
        self._sha256 = sha256
        self._hash = hashlib.sha256()

    def __enter__(self) -> PartialFile:
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._path = self._target.parent / f".{uuid4().hex}.part"
        self._file = self._path.open("xb")
        return self

    def write(self, part: bytes) -> None:
        """Append bytes."""
        self._hash.update(part)
        self._file.write(part)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        found = f"sha256:{self._hash.hexdigest()}"
        try:
            if error is None and self._sha256 is not None and found != self._sha256:
                raise ChecksumError(f"{self._target} came as {found} and is {self._sha256}.", subject=str(self._target))
            if error is None:
                self._path.replace(self._target)
        finally:
            self._path.unlink(missing_ok=True)


def write_parts(target: Path, sha256: str | None, parts: Iterator[bytes]) -> None:
    """Write a file from the parts of its content."""
    with PartialFile(target, sha256) as file:
        for part in parts:
            file.write(part)


def cache_path(sha256: str, path: str) -> Path:
    """Return where the content with a hash is kept between sessions, with the ending that tells its format.

    Scans lie there, so other accounts of the machine cannot look into the folder.

    Raises:
        InvalidError: when the hash is none, and could lead elsewhere.
    """
    digest = sha256.removeprefix("sha256:")
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise InvalidError(f"The hash {sha256!r} of {path} is not a SHA-256.", subject=path)
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rollerblade"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root / digest[:2] / f"{digest}{''.join(PurePosixPath(path).suffixes[-2:])}"
