"""Tissues of a phantom whose labels are known, and the report on people whose ages and volumes are known."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import nibabel as nib
import numpy as np
from run_analysis import EXAMPLES, run_analysis, run_slice

sys.path.insert(0, str(EXAMPLES / "flagship/tissues"))
sys.path.insert(0, str(EXAMPLES / "flagship/group-report"))

from norm import first_of_each, norm_of, scores
from segment import segment


def phantom(noise: float) -> tuple[np.ndarray, np.ndarray]:
    """A ball of white matter in a shell of grey matter in a shell of fluid, and its true labels."""
    axis = np.arange(48) - 23.5
    radius = np.sqrt(sum(grid**2 for grid in np.meshgrid(axis, axis, axis, indexing="ij")))
    labels = np.select([radius < 14, radius < 19, radius < 22], [3, 2, 1], 0).astype(np.uint8)
    values = np.array([0, 300, 700, 1000])[labels] + np.random.default_rng(5).normal(0, noise, labels.shape)
    return values.astype(np.float32), labels


class Tissues(unittest.TestCase):
    def test_three_tissues_are_found_through_noise_and_the_same_way_again(self) -> None:
        values, labels = phantom(80)
        found = segment(values, labels > 0)
        np.testing.assert_array_equal(segment(values, labels > 0), found)
        self.assertEqual(int(found[labels == 0].max()), 0)
        for tissue in (1, 2, 3):
            dice = (
                2
                * ((found == tissue) & (labels == tissue)).sum()
                / ((found == tissue).sum() + (labels == tissue).sum())
            )
            self.assertGreater(dice, 0.95, f"tissue {tissue}")

    def test_volumes_add_up_in_millilitres(self) -> None:
        values, labels = phantom(40)
        with tempfile.TemporaryDirectory() as folder:
            image, mask = Path(folder, "image.nii.gz"), Path(folder, "mask.nii.gz")
            affine = np.diag([2.0, 2.0, 2.0, 1.0])
            nib.Nifti1Image(values, affine).to_filename(image)
            nib.Nifti1Image((labels > 0).astype(np.uint8), affine).to_filename(mask)
            done = run_analysis("tissues", {"image": image, "mask": mask})
            flat = run_analysis("tissues", {"image": mask, "mask": mask})
        self.assertEqual(done.code, 0, done.stderr)
        volumes = json.loads((done.out / "volumes.json").read_text())
        self.assertAlmostEqual(volumes["wm"], (labels == 3).sum() * 0.008, delta=volumes["wm"] * 0.02)
        self.assertAlmostEqual(volumes["intracranialVolume"], (labels > 0).sum() * 0.008, delta=0.05)
        self.assertAlmostEqual(volumes["brainVolume"], volumes["gm"] + volumes["wm"], delta=0.02)
        self.assertEqual((flat.code, flat.stderr), (65, "The brain has the same intensity everywhere.\n"))


class Scores(unittest.TestCase):
    def rows(self) -> list[dict]:
        people = [("a", 20, 1510), ("b", 30, 1480), ("c", 40, 1470), ("d", 50, 1440), ("e", 60, 1430), ("f", 70, 1100)]
        rows = [{"subject": name, "age": age, "brainVolume": volume} for name, age, volume in people]
        return [
            *rows,
            {"subject": "f", "age": 72, "brainVolume": 1090},
            {"subject": "g", "age": None, "brainVolume": 1400},
        ]

    def test_a_person_is_judged_by_the_others_alone(self) -> None:
        rows = self.rows()
        found = scores(rows, "brainVolume")
        self.assertLess(found[5], -10)
        self.assertLess(found[6], -10)
        self.assertIsNone(found[7])
        # The one who stands out widens the spread of everybody else, and is no part of the line of their own score.
        self.assertLess(max(abs(one) for one in found[:5]), 2)
        self.assertEqual(len(first_of_each(rows, "brainVolume", without="f")), 5)

    def test_a_line_and_its_spread_are_those_of_the_books(self) -> None:
        ages, values = np.array([20.0, 31, 45, 52, 67, 71]), np.array([9.0, 8, 8.5, 7, 6, 6.5])
        norm = norm_of(list(zip(ages, values, strict=True)))
        slope, intercept = np.polyfit(ages, values, 1)
        self.assertAlmostEqual(norm.slope, slope, 9)
        self.assertAlmostEqual(norm.intercept, intercept, 9)
        residuals = values - intercept - slope * ages
        self.assertAlmostEqual(norm.spread, np.sqrt((residuals**2).sum() / 4), 9)
        self.assertIsNone(norm_of([(20, 1), (30, 2), (40, 3), (50, 4)]))
        self.assertIsNone(norm_of([(20, value) for value in range(9)]))

    def test_the_report_has_a_row_for_each_scan_and_says_where_the_ages_come_from(self) -> None:
        place = Path(tempfile.mkdtemp(prefix="flagship-"))
        (place / "in/volumes").mkdir(parents=True)
        (place / "out").mkdir()
        members = []
        for index, row in enumerate(self.rows()):
            gm = row["brainVolume"] / 2
            document = {
                "brainVolume": row["brainVolume"],
                "gm": gm,
                "wm": gm,
                "csf": 200 + index,
                "intracranialVolume": 1800 - index**2,
            }
            file = f"volumes/{index:06}.json"
            (place / "in" / file).write_text(json.dumps(document))
            reads = {
                "subject.label": row["subject"],
                "session.label": None,
                "subject.age": row["age"],
                "session.age": None,
            }
            members.append(
                {"file": file, "companions": [], "reads": {**reads, "subject.sex": "F", "subject.group": "a & b"}}
            )
        slice_ = {"parameters": {"note": "Ages < simulated >"}, "inputs": {"volumes": members}}
        done = run_slice("group-report", place, slice_)
        self.assertEqual(done.code, 0, done.stderr)
        lines = [line.split("\t") for line in (done.out / "table.tsv").read_text().splitlines()]
        self.assertEqual(
            lines[0][:7],
            ["participant_id", "session_id", "age", "sex", "group", "intracranial_volume", "intracranial_volume_z"],
        )
        self.assertEqual({len(line) for line in lines}, {15})
        self.assertEqual([line[0] for line in lines[1:]], [f"sub-{one}" for one in "abcdeffg"])
        self.assertEqual((lines[8][2], lines[8][6]), ("n/a", "n/a"))
        chart = (done.out / "chart.svg").read_text()
        self.assertIn("Ages &lt; simulated &gt;", chart)
        self.assertIn("a &amp; b", chart)
        self.assertEqual(chart.count("<title>"), 7)


if __name__ == "__main__":
    unittest.main()
