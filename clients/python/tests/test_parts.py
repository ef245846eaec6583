"""Parts that need no server."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import httpx2
import pytest

import rollerblade
from rollerblade import models
from rollerblade._calls import Call
from rollerblade._download import cache_path, target_in, write_parts
from rollerblade._http import AsyncHttp, Http
from rollerblade._queries import expression_of
from rollerblade._server import Server, find_server
from rollerblade.aio import _fetch as _fetch_async
from rollerblade.client import _fetch


@pytest.mark.parametrize(
    ("expression", "conditions", "joined"),
    [
        ("", {}, ""),
        ("subject.age > 60", {}, "subject.age > 60"),
        ("a || b", {"suffix": "bold"}, 'scan.suffix == "bold" && (a || b)'),
        ("", {"run": 1, "task": "rest"}, 'scan.entities.run == 1 && scan.entities.task == "rest"'),
        ("", {"subject": ["sub-01", "02"]}, 'subject.label in ["01", "02"]'),
        ("", {"dataset": None, "acq": 'a"b'}, 'scan.entities.acq == "a\\"b"'),
    ],
)
def test_conditions_become_an_expression(expression: str, conditions: dict[str, Any], joined: str) -> None:
    assert expression_of(expression, conditions) == joined


def test_a_condition_that_is_no_text_or_number_is_refused() -> None:
    with pytest.raises(TypeError, match="subject must be a text or a number"):
        expression_of("", {"subject": {"a": 1}})


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "a\\..\\x", "", "C:/x", "a\0b"])
def test_no_name_of_a_file_leads_out_of_the_folder(path: str, tmp_path: Path) -> None:
    with pytest.raises(rollerblade.InvalidError):
        target_in(tmp_path, path)


def test_a_link_in_the_folder_is_not_followed_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "sub-01").symlink_to(tmp_path)
    with pytest.raises(rollerblade.InvalidError):
        target_in(tmp_path / "in", "sub-01/x")


def test_content_of_another_hash_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"before")
    with pytest.raises(rollerblade.ChecksumError):
        write_parts(tmp_path / "x", "sha256:" + "0" * 64, iter([b"other"]))
    assert (tmp_path / "x").read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == ["x"]


class Answers(httpx2.BaseTransport):
    """Answers one after the other, and keeps what was asked."""

    def __init__(self, *answers: httpx2.Response) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self.answers.pop(0)


def test_a_busy_server_is_asked_again_when_that_is_safe() -> None:
    busy = httpx2.Response(429, headers={"retry-after": "0"}, json={"code": "too-many-requests", "detail": "Wait."})
    answers = Answers(busy, httpx2.Response(200, json={"ok": True}))
    assert Http(Server("http://x", None), answers).send(Call("GET", "/v1/me")) == {"ok": True}
    once = Answers(busy)
    with pytest.raises(rollerblade.TooManyRequestsError, match="Wait"):
        Http(Server("http://x", None), once).send(Call("POST", "/v1/runs", body={}, repeatable=False))
    assert len(once.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "not-found", "message": "There is no dataset.", "subject": "x", "next": "See `list`."}},
        {"code": "not-found", "detail": "There is no dataset.", "subject": "x", "next": "See `list`.", "status": 404},
    ],
)
def test_both_forms_of_problems_are_read(body: dict[str, Any]) -> None:
    http = Http(Server("http://x", None), Answers(httpx2.Response(404, json=body)))
    with pytest.raises(rollerblade.NotFoundError) as caught:
        http.send(Call("GET", "/v1/x"))
    assert (caught.value.message, caught.value.subject, caught.value.next) == (
        "There is no dataset.",
        "x",
        "See `list`.",
    )


def test_a_link_gets_no_token() -> None:
    answers = Answers(httpx2.Response(200, content=b"x"))
    with Http(Server("http://x", "secret"), answers).download("http://store/x?signature=y") as parts:
        assert b"".join(parts) == b"x"
    assert "authorization" not in answers.requests[0].headers


def test_a_token_of_the_environment_goes_only_to_the_server_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ROLLERBLADE_URL", raising=False)
    monkeypatch.setenv("ROLLERBLADE_TOKEN", "secret")
    monkeypatch.setenv("ROLLERBLADE_FOLDER", str(tmp_path))
    with pytest.raises(rollerblade.UnavailableError, match="rollerblade up"):
        find_server()
    written = {"url": "http://127.0.0.1:1/", "token": "local", "pid": os.getpid()}
    (tmp_path / "server.json").write_text(json.dumps(written))
    assert find_server() == Server("http://127.0.0.1:1", "local")
    assert find_server("http://elsewhere") == Server("http://elsewhere", None)


_promised = {"dataset": "d", "path": "a.txt", "size": 1, "sha256": f"sha256:{hashlib.sha256(b'x').hexdigest()}"}
_old = models.DownloadFile.model_validate({**_promised, "url": "http://store/old", "content": None})


def _renewing() -> list[httpx2.Response]:
    return [
        httpx2.Response(403, json={"error": {"code": "forbidden", "message": "Its time is over."}}),
        httpx2.Response(200, json={**_promised, "url": "http://store/new", "content": None}),
        httpx2.Response(200, content=b"x"),
    ]


_asked = ["http://store/old", "http://x/v1/files/link?dataset=d&path=a.txt", "http://store/new"]


def test_a_link_whose_time_is_over_is_asked_for_again(tmp_path: Path) -> None:
    answers = Answers(*_renewing())
    _fetch(Http(Server("http://x", None), answers), _old, tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_bytes() == b"x"
    assert [str(request.url) for request in answers.requests] == _asked


def test_a_link_whose_time_is_over_is_asked_for_again_with_asyncio(tmp_path: Path) -> None:
    requests: list[httpx2.Request] = []
    left = _renewing()

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return left.pop(0)

    http = AsyncHttp(Server("http://x", None), httpx2.MockTransport(answer))
    asyncio.run(_fetch_async(http, _old, tmp_path / "a.txt"))
    assert (tmp_path / "a.txt").read_bytes() == b"x"
    assert [str(request.url) for request in requests] == _asked


def test_who_may_not_read_a_file_any_more_gets_no_new_link(tmp_path: Path) -> None:
    revoked = httpx2.Response(404, json={"error": {"code": "not-found", "message": "There is no dataset."}})
    http = Http(Server("http://x", None), Answers(_renewing()[0], revoked))
    with pytest.raises(rollerblade.NotFoundError, match="There is no dataset"):
        _fetch(http, _old, tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []


def test_the_cache_is_its_owners_alone_and_a_hash_leads_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    digest = "ab" * 32
    path = cache_path(f"sha256:{digest}", "sub-01/anat/sub-01_T1w.nii.gz")
    assert path == tmp_path / "cache" / "rollerblade" / "ab" / f"{digest}.nii.gz"
    assert (tmp_path / "cache" / "rollerblade").stat().st_mode & 0o077 == 0
    for hostile in ("sha256:../../../escape", "sha256:", f"sha256:{digest}/../x", "md5:00"):
        with pytest.raises(rollerblade.InvalidError, match="no SHA-256"):
            cache_path(hostile, "x")
