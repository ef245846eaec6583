"""What `deface` takes away and what it refuses, with the real registration on heads of the example dataset."""

import json
import tempfile
import unittest
from pathlib import Path

import nibabel as nib
import numpy as np
from run_analysis import EXAMPLES, ROOT, run_analysis
from scipy import ndimage


def scan_of(subject: str, session: str) -> Path:
    return EXAMPLES / f"datasets/colin-mini/{subject}/{session}/anat/{subject}_{session}_T1w.nii.gz"


def brain_of(subject: str, session: str) -> np.ndarray:
    truth = ROOT / f"tests/data/colin-mini-truth/{subject}_{session}_desc-truth_mask.nii.gz"
    return np.asarray(nib.load(truth).dataobj) > 0


class Deface(unittest.TestCase):
    def deface(self, scan: Path):
        done = run_analysis("deface", {"t1w": scan})
        print(f"deface: {scan.name} {done.seconds:.1f} s, exit {done.code}")
        return done

    def changed(self, image: nib.Nifti1Image):
        """Writes an image that was made from a scan, to be defaced."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name, "sub-made_T1w.nii.gz")
        image.to_filename(path)
        return path

    def assert_face_gone_and_brain_kept(self, scan: Path, brain: np.ndarray, done) -> dict:
        """Judges what came out by the true brain of the head, which `deface` has not seen."""
        self.assertEqual(done.code, 0, done.stderr)
        before, after = nib.load(scan), nib.load(done.out / "image.nii.gz")
        one, other = np.asarray(before.dataobj), np.asarray(after.dataobj)
        self.assertEqual((after.get_data_dtype(), after.shape), (before.get_data_dtype(), before.shape))
        np.testing.assert_allclose(after.affine, before.affine, atol=1e-4)
        gone = one != other
        self.assertEqual(int(other[gone].max()), 0)
        self.assertEqual(int((gone & brain).sum()), 0)
        check = json.loads((done.out / "check.json").read_text())
        self.assertEqual(check["removedBrainVoxels"], 0)
        self.assertGreater(check["removedVoxels"], 3_000)
        self.assertGreater(check["faceOnHead"], 0.5)
        # In front of the brain and below its front, near the plane between left and right, is air where the nose was.
        where = np.argwhere(brain)
        middle, front = round(where[:, 0].mean()), where[:, 1].max()
        bottom = where[where[:, 1] > front - 15][:, 2].min()
        was, left = (
            int((image[middle - 2 : middle + 3, front:, :bottom] > 0.12 * np.quantile(one, 0.995)).sum())
            for image in (one, other)
        )
        self.assertGreater(was, 300)
        self.assertLess(left, 0.02 * was, "the nose is still there")
        return check

    def test_a_head_whose_image_ends_at_the_nose_loses_its_face_and_nothing_else(self) -> None:
        scan = scan_of("sub-03", "ses-baseline")
        self.assert_face_gone_and_brain_kept(scan, brain_of("sub-03", "ses-baseline"), self.deface(scan))

    def test_a_head_that_nods_is_defaced(self) -> None:
        source = nib.load(scan_of("sub-01", "ses-baseline"))
        angle = np.deg2rad(20)
        turn = np.eye(4)
        turn[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        centre = (np.array(source.shape) - 1) / 2
        turn[:3, 3] = centre - turn[:3, :3] @ centre

        def turned(values: np.ndarray, order: int) -> np.ndarray:
            return ndimage.affine_transform(values, turn[:3, :3], turn[:3, 3], order=order, mode="constant")

        values = turned(source.get_fdata(dtype=np.float32), 1).astype(np.int16)
        scan = self.changed(nib.Nifti1Image(values, source.affine))
        brain = turned(brain_of("sub-01", "ses-baseline").astype(np.uint8), 0) > 0
        done = self.deface(scan)
        self.assertEqual(done.code, 0, done.stderr)
        gone = np.asarray(nib.load(done.out / "image.nii.gz").dataobj) != values
        self.assertEqual(int((gone & brain).sum()), 0)
        self.assertGreater(int(gone.sum()), 3_000)

    def test_a_brain_without_a_head_is_refused_with_the_counts(self) -> None:
        source = nib.load(scan_of("sub-08", "ses-baseline"))
        values = np.asarray(source.dataobj) * ndimage.binary_dilation(brain_of("sub-08", "ses-baseline"))
        done = self.deface(self.changed(nib.Nifti1Image(values, source.affine)))
        self.assertEqual(done.code, 65, done.stderr)
        self.assertRegex(done.stderr, r"^Not defaced: the mask of the face covers \d+ voxels of the head and \d+ of the brain, leaves")
        self.assertEqual(list(done.out.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
