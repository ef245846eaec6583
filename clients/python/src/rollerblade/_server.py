"""Finding the server and the token, as the command line does."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from .errors import InvalidError, UnavailableError


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is, and the token for it."""

    url: str
    token: str | None


def find_server(url: str | None = None, token: str | None = None, profile: str | None = None) -> Server:
    """Return a server, as the command line finds it: the one that was named, that of the environment, that of the
    profile, the one that runs in this folder or above it, or the one that `rollerblade login` was last used at.

    A token goes only to the server that it belongs to: ``ROLLERBLADE_TOKEN`` to that at ``ROLLERBLADE_URL``, and that
    of a profile to its own, also where the address is named and the token is not.

    Raises:
        UnavailableError: when none of them is there.
    """
    signed_in = _read_profiles()
    if url is not None:
        at = url.rstrip("/")
        known = next((one.token for one in signed_in.servers.values() if one.url == at), None)
        return Server(at, token or known)
    named = os.environ.get("ROLLERBLADE_URL")
    if named and profile is None:
        return Server(named.rstrip("/"), token or os.environ.get("ROLLERBLADE_TOKEN"))
    wanted = profile or os.environ.get("ROLLERBLADE_PROFILE")
    if wanted:
        if wanted not in signed_in.servers:
            raise InvalidError(
                f'There is no profile "{wanted}".',
                subject=wanted,
                next=f"The profiles are {', '.join(signed_in.servers) or 'none'}. Sign in with `rollerblade login`.",
            )
        return signed_in.servers[wanted]
    folder = _server_folder()
    local = None if folder is None else _read_server_file(folder / "server.json")
    last = signed_in.servers.get(signed_in.current or "")
    if local is None and last is not None:
        return Server(last.url, token or last.token)
    if local is None:
        raise UnavailableError(
            "No Rollerblade server runs here.",
            next="Start one with `rollerblade up`, sign in with `rollerblade login`, set ROLLERBLADE_URL and "
            "ROLLERBLADE_TOKEN, or call "
            'rollerblade.connect("https://…", token="…").',
        )
    return Server(local.url, token or local.token)


@dataclass(frozen=True, slots=True)
class _SignedIn:
    """Servers by the names of their profiles, and the one that was used last."""

    current: str | None
    servers: dict[str, Server]


def _read_profiles() -> _SignedIn:
    """Read where the command line is signed in; nowhere when its file is not there, or cannot be understood."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    path = os.environ.get("ROLLERBLADE_CREDENTIALS") or Path(home) / "rollerblade" / "credentials.json"
    try:
        written = json.loads(Path(path).read_text("utf8"))
        found = {
            name: Server(str(one["url"]).rstrip("/"), str(one["token"])) for name, one in written["profiles"].items()
        }
        return _SignedIn(written["current"], found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _SignedIn(None, {})


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
