"""Parts that need no server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import typing
from pathlib import Path
from typing import Any

import httpx2
import pytest

import rollerblade
from rollerblade import _operations, models
from rollerblade._calls import Call, change
from rollerblade._download import cache_path, target_in, write_parts
from rollerblade._http import AsyncHttp, Http
from rollerblade._queries import expression_of
from rollerblade._server import Server, find_server
from rollerblade.aio import _fetch as _fetch_async
from rollerblade.client import _fetch
from rollerblade.errors import error_of


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

    def __init__(self, *answers: httpx2.Response | httpx2.HTTPError) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, httpx2.HTTPError):
            raise answer
        return answer


busy = httpx2.Response(429, headers={"retry-after": "0"}, json={"code": "too-many-requests", "detail": "Wait."})
running = httpx2.Response(409, headers={"retry-after": "0"}, json={"code": "conflict", "detail": "Still being made."})
broken = httpx2.RemoteProtocolError("The server closed the connection.")


@pytest.mark.parametrize("first", [busy, running, broken])
def test_a_change_is_sent_again_under_the_same_key(first: httpx2.Response | httpx2.HTTPError) -> None:
    answers = Answers(first, httpx2.Response(200, json={"ok": True}))
    assert Http(Server("http://x", None), answers).send(change("POST", "/v1/runs", {})) == {"ok": True}
    keys = [request.headers["idempotency-key"] for request in answers.requests]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert change("POST", "/v1/runs").key != change("POST", "/v1/runs").key


def test_a_correction_and_its_undo_have_a_key_each() -> None:
    calls = [
        next(_operations.correct("localizer", {"participant_id": "sub-01"}, {"age": 31, "sex": None}, {"age": 26})),
        next(_operations.undo_correction("localizer", "0198")),
    ]
    assert [(call.method, call.path) for call in calls] == [
        ("POST", "/v1/datasets/localizer/corrections"),
        ("POST", "/v1/datasets/localizer/corrections/0198/undo"),
    ]
    assert calls[0].body == {
        "participant_id": "sub-01",
        "values": {"age": "31", "sex": "n/a"},
        "was": {"age": "26"},
    }
    assert len({call.key for call in calls} - {None}) == 2


def test_a_busy_server_is_asked_again_a_few_times() -> None:
    answers = Answers(busy, httpx2.Response(200, json={"ok": True}))
    assert Http(Server("http://x", None), answers).send(Call("GET", "/v1/me")) == {"ok": True}
    assert "idempotency-key" not in answers.requests[0].headers
    always = Answers(*[busy] * 9)
    with pytest.raises(rollerblade.TooManyRequestsError, match="Wait"):
        Http(Server("http://x", None), always).send(Call("GET", "/v1/me"))
    assert len(always.requests) == 4


saved = {
    **{"name": "elders", "expression": "subject.age > 60", "level": "scan", "description": "", "owner": "ada"},
    "updatedAt": "2026-11-30T12:00:00Z",
}


def test_a_query_is_saved_where_nobody_has_changed_it_since() -> None:
    failed = {"code": "precondition-failed", "detail": "It has changed since."}
    answers = Answers(
        httpx2.Response(200, headers={"etag": '"1"'}, json=saved),
        httpx2.Response(200, headers={"etag": '"2"'}, json=saved),
        httpx2.Response(412, json=failed),
    )
    http = Http(Server("http://x", None), answers)
    known = http.run(_operations.saved_query("elders"))
    assert (known.name, known.etag) == ("elders", '"1"')
    save = _operations.save_query
    assert http.run(save("elders", "subject.age > 65", "scan", "", known.etag)).etag == '"2"'
    with pytest.raises(rollerblade.PreconditionFailedError, match="changed"):
        http.run(save("elders", "subject.age > 70", "scan", "", known.etag))
    assert [request.headers.get("if-match") for request in answers.requests] == [None, '"1"', '"1"']
    assert all("idempotency-key" in request.headers for request in answers.requests[1:])


def test_a_conflict_that_stays_is_an_error_at_once() -> None:
    taken = Answers(httpx2.Response(409, json={"code": "conflict", "detail": "The name is taken."}))
    with pytest.raises(rollerblade.ConflictError, match="taken"):
        Http(Server("http://x", None), taken).send(change("PUT", "/v1/queries/a", {}))


def test_each_code_of_the_api_has_a_class() -> None:
    codes = typing.get_args(models.Problem.model_fields["code"].annotation)
    assert len(codes) > 10
    for code in codes:
        error = error_of(499, {"code": code, "detail": "So it is."}, "")
        assert (type(error).code, type(error) is rollerblade.RollerbladeError) == (code, False)
        assert type(error).__name__ in rollerblade.__all__


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
        with pytest.raises(rollerblade.InvalidError, match="not a SHA-256"):
            cache_path(hostile, "x")


def test_a_part_of_a_table_in_latin_1_keeps_its_bytes(tmp_path: Path) -> None:
    table = "participant_id\tname\nsub-01\tJürgen\n".encode("latin-1")
    file = models.DownloadFile.model_validate(
        {
            **{"dataset": "d", "path": "participants.tsv", "size": len(table), "sha256": None, "url": None},
            **{"content": base64.b64encode(table).decode(), "encoding": "base64"},
        }
    )
    http = Http(Server("http://x", None), Answers())
    _fetch(http, file, tmp_path / "participants.tsv")
    assert (tmp_path / "participants.tsv").read_bytes() == table


_profiles = {
    "current": "lab",
    "profiles": {
        "lab": {"url": "https://lab.example", "token": "of the lab", "name": "ada"},
        "clinic": {"url": "https://clinic.example/", "token": "of the clinic", "name": "ada"},
    },
}


@pytest.fixture
def signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Signed in at two servers, in a folder where none runs."""
    for name in ("ROLLERBLADE_URL", "ROLLERBLADE_TOKEN", "ROLLERBLADE_PROFILE", "ROLLERBLADE_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("ROLLERBLADE_FOLDER", str(tmp_path / "server"))
    (tmp_path / "rollerblade").mkdir()
    (tmp_path / "server").mkdir()
    (tmp_path / "rollerblade" / "credentials.json").write_text(json.dumps(_profiles))
    return tmp_path


def test_the_sign_in_of_the_command_line_is_used(signed_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_server() == Server("https://lab.example", "of the lab")
    assert find_server(profile="clinic") == Server("https://clinic.example", "of the clinic")
    assert find_server("https://clinic.example") == Server("https://clinic.example", "of the clinic")
    assert find_server("https://clinic.example", "mine") == Server("https://clinic.example", "mine")
    assert find_server("https://elsewhere.example") == Server("https://elsewhere.example", None)
    monkeypatch.setenv("ROLLERBLADE_PROFILE", "clinic")
    assert find_server() == Server("https://clinic.example", "of the clinic")
    monkeypatch.setenv("ROLLERBLADE_URL", "http://here")
    assert find_server() == Server("http://here", None)
    with pytest.raises(rollerblade.InvalidError, match="lab, clinic"):
        find_server(profile="ward")


def test_a_server_of_the_folder_goes_before_the_last_sign_in(signed_in: Path) -> None:
    written = {"url": "http://127.0.0.1:1", "token": "local", "pid": os.getpid()}
    (signed_in / "server" / "server.json").write_text(json.dumps(written))
    assert find_server() == Server("http://127.0.0.1:1", "local")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"profiles": {"lab": 3}, "current": null}'])
def test_credentials_that_cannot_be_read_are_none(signed_in: Path, text: str) -> None:
    (signed_in / "rollerblade" / "credentials.json").write_text(text)
    with pytest.raises(rollerblade.UnavailableError, match="rollerblade login"):
        find_server()


def _sent(number: int, run: str) -> str:
    event = {"topic": "task.finished", "dataset": "d", "time": "2026-01-01T00:00:00Z", "message": {"run": run}}
    return f"id: {number}\nevent: task.finished\ndata: {json.dumps(event)}\n\n"


def test_events_go_on_behind_the_last_one_when_the_stream_breaks() -> None:
    answers = Answers(
        httpx2.Response(200, text="retry: 1000\nid: 7\n\n" + _sent(8, "a") + ": still here\n\nid: 9\ndata: {"),
        httpx2.Response(503, json={"code": "unavailable", "detail": "A part is away."}),
        httpx2.Response(200, text="id: 8\n\n" + _sent(9, "b")),
        httpx2.Response(401, json={"code": "unauthenticated", "detail": "This token is revoked."}),
    )
    found: list[rollerblade.Event] = []
    rb = rollerblade.Rollerblade(Http(Server("http://x", "t"), answers))
    with pytest.raises(rollerblade.UnauthenticatedError):
        for event in rb.events("task.finished", dataset="d"):
            found.append(event)
    assert [event.number for event in found] == [8, 9]
    assert [request.url.params.get("after") for request in answers.requests] == [None, "8", "8", "9"]


def test_events_are_read_with_their_numbers() -> None:
    answers = Answers(httpx2.Response(200, text="id: 7\n\n" + _sent(8, "a") + _sent(9, "b")))
    stream = rollerblade.Rollerblade(Http(Server("http://x", "t"), answers)).events(["task.finished", "run.finished"])
    events = [next(stream), next(stream)]
    assert [(event.number, event.topic, event.message["run"]) for event in events] == [
        (8, "task.finished", "a"),
        (9, "task.finished", "b"),
    ]
    assert answers.requests[0].url.params["topics"] == "task.finished,run.finished"


def test_who_may_not_watch_is_told_at_once() -> None:
    answers = Answers(httpx2.Response(503, json={"code": "unavailable", "detail": "A part is away."}))
    with pytest.raises(rollerblade.UnavailableError):
        next(rollerblade.Rollerblade(Http(Server("http://x", "t"), answers)).events())


def test_an_error_says_once_what_to_do() -> None:
    twice = "did you mean subject.age?"
    error = rollerblade.InvalidError(f"Unknown field age; {twice}", next=twice)
    assert (str(error), error.next) == (f"Unknown field age; {twice}", twice)
    assert str(rollerblade.InvalidError("It is empty.", next="Fill it.")) == "It is empty. Fill it."
