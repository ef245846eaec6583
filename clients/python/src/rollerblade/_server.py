"""Finding the server and the token, as the command line does."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from .errors import UnavailableError


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is, and the token for it."""

    url: str
    token: str | None


def find_server(url: str | None = None, token: str | None = None) -> Server:
    """Return the server that was named, that the environment names, or that runs in this folder or one above it.

    ``ROLLERBLADE_TOKEN`` goes to the server at ``ROLLERBLADE_URL`` and to no other one.

    Raises:
        UnavailableError: when none of them is there.
    """
    if url is not None:
        return Server(url.rstrip("/"), token)
    named = os.environ.get("ROLLERBLADE_URL")
    if named:
        return Server(named.rstrip("/"), token or os.environ.get("ROLLERBLADE_TOKEN"))
    folder = _server_folder()
    local = None if folder is None else _read_server_file(folder / "server.json")
    if local is None:
        raise UnavailableError(
            "No Rollerblade server runs here.",
            next="Start one with `rollerblade up`, set ROLLERBLADE_URL and ROLLERBLADE_TOKEN, or call "
            'rollerblade.connect("https://…", token="…").',
        )
    return Server(local.url, token or local.token)


def _server_folder() -> Path | None:
    given = os.environ.get("ROLLERBLADE_FOLDER")
    if given:
        return Path(given)
    here = Path.cwd()
    return next((at / ".rollerblade" for at in (here, *here.parents) if (at / ".rollerblade").is_dir()), None)


def _read_server_file(path: Path) -> Server | None:
    """Read what `rollerblade up` wrote; None when it is somebody else's, or the server is gone."""
    try:
        if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
            return None
        written = json.loads(path.read_text("utf8"))
        os.kill(int(written["pid"]), 0)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Server(str(written["url"]).rstrip("/"), str(written["token"]))
