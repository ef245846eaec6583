"""The steps around the networks, and one head of the example dataset from end to end."""

import json
import os
import tempfile
import unittest
from pathlib import Path

import nibabel as nib
import numpy as np
from bad_input import BadInput
from brain import box_around, largest_piece, normalise, resample
from run_analysis import EXAMPLES, ROOT, run_analysis


class Steps(unittest.TestCase):
    def test_resampling_takes_the_voxel_that_a_centre_lies_in(self) -> None:
        row = np.arange(4.0)[:, None, None]
        self.assertEqual(resample(row, (8, 1, 1)).ravel().tolist(), [0, 0, 1, 1, 2, 2, 3, 3])
        self.assertEqual(resample(row, (2, 1, 1)).ravel().tolist(), [1, 3])

    def test_intensities_have_the_mean_and_the_spread_of_the_training(self) -> None:
        image = normalise(np.random.default_rng(1).random((8, 8, 8)) * 900, 0, 900)
        self.assertAlmostEqual(float(image.mean()), 0.449, 5)
        self.assertAlmostEqual(float(image.std(ddof=1)), 0.226, 5)

    def test_the_largest_piece_wins_and_touching_at_a_corner_is_touching(self) -> None:
        mask = np.zeros((9, 9, 9), bool)
        mask[1:3, 1:3, 1:3] = mask[3:6, 3:6, 3:6] = mask[7, 7, 1] = True
        piece = largest_piece(mask)
        self.assertEqual(int(piece.sum()), 8 + 27)
        with self.assertRaises(BadInput):
            largest_piece(np.zeros((2, 2, 2), bool))

    def test_the_box_has_a_margin_and_ends_with_the_image(self) -> None:
        mask = np.zeros((128, 128, 128), bool)
        mask[32:96, 32:96, 64:128] = True
        box = box_around(mask, (256, 128, 128))
        self.assertEqual([(one.start, one.stop) for one in box], [(51, 205), (25, 102), (57, 128)])


class Heads(unittest.TestCase):
    scan = EXAMPLES / "datasets/colin-mini/sub-08/ses-baseline/anat/sub-08_ses-baseline_T1w.nii.gz"
    truth = ROOT / "tests/data/colin-mini-truth/sub-08_ses-baseline_desc-truth_mask.nii.gz"

    def test_a_head_becomes_a_mask_like_the_true_one_and_a_little_wider(self) -> None:
        done = run_analysis("brain-net", {"image": self.scan})
        self.assertEqual(done.code, 0, done.stderr)
        mask, image = nib.load(done.out / "mask.nii.gz"), nib.load(self.scan)
        np.testing.assert_allclose(mask.affine, image.affine)
        self.assertEqual((mask.get_data_dtype(), mask.header["descrip"].item()), (np.uint8, b""))
        found, true = np.asarray(mask.dataobj) > 0, np.asarray(nib.load(self.truth).dataobj) > 0
        dice = 2 * (found & true).sum() / (found.sum() + true.sum())
        # The networks take the fluid around the brain in, which the true masks leave out.
        self.assertGreater(dice, 0.92)
        self.assertGreater((found & true).sum() / true.sum(), 0.98)
        volume = json.loads((done.out / "volume.json").read_text())["intracranialVolume"]
        self.assertAlmostEqual(volume, found.sum() * 2.5**3 / 1000, 1)
        print(f"brain-net: sub-08 Dice {dice:.4f}, {volume} mL, {done.seconds:.1f} s")

    def test_what_is_no_head_is_refused_with_a_sentence(self) -> None:
        folder = Path(os.environ.get("TMPDIR", tempfile.gettempdir()))
        flat, cut, series = (folder / f"{name}-{os.getpid()}.nii.gz" for name in ("flat", "cut", "series"))
        nib.Nifti1Image(np.full((20, 20, 20), 7, np.int16), np.eye(4)).to_filename(flat)
        nib.Nifti1Image(np.zeros((4, 4, 4, 3), np.int16), np.eye(4)).to_filename(series)
        cut.write_bytes(self.scan.read_bytes()[:5000])
        expected = [(flat, "the same intensity everywhere"), (cut, "cannot be read"), (series, "is not one volume")]
        for path, sentence in expected:
            self.addCleanup(path.unlink)
            done = run_analysis("brain-net", {"image": path})
            self.assertEqual((done.code, sentence in done.stderr, done.stderr.count("\n")), (65, True, 1), done.stderr)


if __name__ == "__main__":
    unittest.main()
