"""Questions, runs, results and files of a real server."""

from __future__ import annotations

import asyncio
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import rollerblade

dataset = "colin-mini"


def test_a_query_is_a_data_frame_with_the_people_of_its_slices(rb: rollerblade.Rollerblade) -> None:
    found = rb.query("subject.age > 60", suffix="T1w", datasets=[dataset])
    frame = found.to_df()
    assert found.count() == len(frame) == 5
    assert set(frame["subject"]) == {"05", "06", "07"}
    assert (frame["subject.age"] > 60).all()
    chosen = found.to_df(columns=["subject", "subject.sex", "metadata.RepetitionTime", "image.dims"], limit=2)
    assert list(chosen.columns) == ["subject", "subject.sex", "metadata.RepetitionTime", "image.dims"]
    assert chosen.iloc[0].to_list() == ["05", "F", 2.3, [77, 93, 77]]


def test_a_level_makes_one_row_of_each_subject_or_session(rb: rollerblade.Rollerblade) -> None:
    assert len(rb.query(level="subject", datasets=[dataset]).to_df()) == 8
    sessions = rb.query(level="session", datasets=[dataset], subject="sub-03").to_df()
    assert sessions["session"].to_list() == ["baseline", "followup"]


def test_a_field_that_nobody_has_is_an_error_with_the_nearest_name(rb: rollerblade.Rollerblade) -> None:
    with pytest.raises(rollerblade.InvalidError, match=r"did you mean subject\.age") as caught:
        rb.query("subject.agee > 60").count()
    assert (caught.value.code, caught.value.status, caught.value.subject) == ("invalid", 400, "subject.agee")


def test_the_wrong_token_and_no_server_are_errors_of_their_own(server: dict[str, str]) -> None:
    with pytest.raises(rollerblade.UnauthenticatedError):
        rollerblade.connect(server["ROLLERBLADE_URL"], "nobody").me()
    with pytest.raises(rollerblade.UnavailableError, match="No server answers"):
        rollerblade.connect("http://127.0.0.1:9", "nobody").me()


def test_a_layout_answers_as_pybids_does(rb: rollerblade.Rollerblade) -> None:
    layout = rb.layout(datasets=[dataset])
    assert layout.get_subjects() == [f"{number:02}" for number in range(1, 9)]
    assert layout.get_sessions(subject="03") == ["baseline", "followup"]
    images = layout.get(suffix="T1w", extension="nii.gz", subject=["01", "02"], return_type="filename")
    assert images == [f"sub-{one}/ses-baseline/anat/sub-{one}_ses-baseline_T1w.nii.gz" for one in ("01", "02")]
    assert layout.get_metadata(images[0])["RepetitionTime"] == 2.3
    assert layout.get(return_type="dir", target="subject", subject="01") == ["sub-01"]
    assert len(layout.to_df()) == len(layout) == 24
    with pytest.raises(ValueError, match="No file has colour"):
        layout.get(colour="red")


def test_a_run_that_was_computed_before_is_in_place_at_once(rb: rollerblade.Rollerblade) -> None:
    run = rb.run("brain-mask", rb.query(datasets=[dataset], subject="01")).wait(progress=False, timeout=60)
    assert run.finished
    assert run.status.counts.in_place == 1
    assert run.failures().records() == []
    assert [made.output for made in run.derivatives()] == ["mask"]
    assert rb.get_run(run.id).status.id == run.id


def test_an_unknown_analysis_is_not_found(rb: rollerblade.Rollerblade) -> None:
    with pytest.raises(rollerblade.RollerbladeError) as caught:
        rb.run("no-such-analysis")
    assert caught.value.status in (400, 404)


def test_results_and_derivatives_are_data_frames(rb: rollerblade.Rollerblade) -> None:
    volumes = rb.results(dataset, tag="brain-volume").to_df()
    assert len(volumes) == 12
    assert volumes["value"].between(1000, 2500).all()
    assert set(volumes["unit"]) == {"mL"}
    assert len(rb.derivatives(dataset, analysis="brain-mask").to_df()) == 12


def test_an_image_opens_with_nibabel_and_comes_from_the_cache_the_second_time(
    rb: rollerblade.Rollerblade, tmp_path: Path
) -> None:
    path = rb.layout(datasets=[dataset], subject="01").get(extension=".nii.gz", return_type="file")[0]
    assert rb.open(dataset, path).shape == (77, 93, 77)
    cached = [file for file in (tmp_path / "cache").rglob("*") if file.is_file()]
    assert len(cached) == 1
    before = cached[0].stat().st_mtime_ns
    assert rb.open(dataset, path).shape == (77, 93, 77)
    assert cached[0].stat().st_mtime_ns == before


def test_a_download_is_a_bids_tree_that_is_fetched_once(rb: rollerblade.Rollerblade, tmp_path: Path) -> None:
    found = rb.query(datasets=[dataset], subject="01")
    found.download(tmp_path / "tree", progress=False)
    image = tmp_path / "tree" / dataset / "sub-01/ses-baseline/anat/sub-01_ses-baseline_T1w.nii.gz"
    digest = f"sha256:{hashlib.sha256(image.read_bytes()).hexdigest()}"
    assert digest == next(file.sha256 for file in found.files() if file.path.endswith("T1w.nii.gz"))
    people = (tmp_path / "tree" / dataset / "participants.tsv").read_text().splitlines()
    assert [line.split("\t")[0] for line in people] == ["participant_id", "sub-01"]
    before = image.stat().st_mtime_ns
    found.download(tmp_path / "tree", progress=False)
    assert image.stat().st_mtime_ns == before
    assert list((tmp_path / "tree").rglob("*.part")) == []


def test_a_pin_finds_the_same_by_its_name(rb: rollerblade.Rollerblade) -> None:
    tag = f"t{time.time_ns()}"
    pin = rb.query('dataset.name == "colin-mini" && subject.age > 70').pin("elderly", tag)
    assert pin.slices == rb.query(f"elderly@{tag}").count() == 3


def test_a_query_is_saved_only_where_nobody_has_changed_it_since(rb: rollerblade.Rollerblade) -> None:
    first = rb.query('dataset.name == "colin-mini"', level="subject").save("everybody", "of the example")
    assert rb.saved_query("everybody") == first
    second = rb.query('dataset.name == "colin-mini" && subject.age > 1').save("everybody", if_match=first.etag)
    with pytest.raises(rollerblade.PreconditionFailedError):
        rb.query("true").save("everybody", if_match=first.etag)
    assert rb.saved_query("everybody") == second


def test_asyncio_has_the_same_answers(server: dict[str, str], tmp_path: Path) -> None:
    async def ask() -> None:
        async with rollerblade.connect_async(server["ROLLERBLADE_URL"], server["ROLLERBLADE_TOKEN"]) as client:
            found = client.query("subject.age > 60", datasets=[dataset])
            assert await found.count() == len(await found.to_df()) == 5
            assert (await found.layout()).get_subjects() == ["05", "06", "07"]
            await found.download(tmp_path / "tree")
            assert len(list((tmp_path / "tree").rglob("*.nii.gz"))) == 5
            run = await (await client.run("brain-mask", found)).wait()
            assert run.status.counts.in_place == 5
            assert await run.failures().all() == []
            assert len(await client.results(dataset, tag="brain-volume").to_df()) == 12

    asyncio.run(ask())


def test_a_run_is_followed_to_its_end_by_the_events_of_the_server(rb: rollerblade.Rollerblade) -> None:
    found = rb.query(datasets=[dataset], subject=["01", "02"])
    run = rb.run("brain-mask", found, parameters={"threshold": 0.1 + time.time() % 1 / 10})
    states = [status.counts.open for status in run.follow()]
    assert states == sorted(states, reverse=True)
    assert states[-1] == 0
    assert run.finished
    assert run.status.counts.ran + run.status.counts.in_place + run.status.counts.cached == 2


def test_events_tell_of_a_run_as_it_ends(rb: rollerblade.Rollerblade) -> None:
    events = rb.events(["run.finished"])
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(next, events)
        end = time.monotonic() + 60
        while not first.done() and time.monotonic() < end:
            run = rb.run("brain-mask", rb.query(datasets=[dataset], subject="01")).wait(progress=False, timeout=60)
        assert first.result(1).topic == "run.finished"
        assert run.finished
    events.close()
