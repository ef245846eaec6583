"""What `deface` checks, with a registration that goes wrong as told; the real one runs in `tests/benchmarks/flagship.ts`."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import nibabel as nib
import numpy as np
from run_analysis import EXAMPLES, run_analysis

# Stands for niimath: fills a box of the head with 0, or, the first time, nothing. The box is in parts of the image's size.
REGISTRATION = """#!{python}
import sys
from pathlib import Path
import nibabel as nib
import numpy as np
head, before = nib.load(sys.argv[1]), Path(__file__).with_name("called")
values = head.get_fdata(dtype=np.float32)
assert values.ravel()[1:].min() > 0
if before.exists() or not {miss_once}:
    box = tuple(slice(int(low * n), int(high * n)) for (low, high), n in zip({box}, values.shape))
    values[box] = 0
before.touch()
nib.Nifti1Image(values, head.affine).to_filename(sys.argv[-1])
"""


class Deface(unittest.TestCase):
    scan = EXAMPLES / "datasets/colin-mini/sub-08/ses-baseline/anat/sub-08_ses-baseline_T1w.nii.gz"

    def deface(self, box: list[tuple[float, float]], miss_once: bool):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = Path(folder.name, "registration")
        program.write_text(REGISTRATION.format(python=sys.executable, box=box, miss_once=miss_once))
        program.chmod(0o755)
        Path(folder.name, "niimath.py").write_text(f"bin = {str(program)!r}\n")
        return run_analysis("deface", {"t1w": self.scan}, Path(folder.name))

    def test_a_face_is_taken_away_and_nothing_else_changes(self) -> None:
        # The lowest eighth of the front third: nose and mouth.
        done = self.deface([(0, 1), (0.67, 1), (0, 1 / 8)], miss_once=False)
        self.assertEqual(done.code, 0, done.stderr)
        check = json.loads((done.out / "check.json").read_text())
        before, after = nib.load(self.scan), nib.load(done.out / "image.nii.gz")
        one, other = np.asarray(before.dataobj), np.asarray(after.dataobj)
        self.assertEqual((after.get_data_dtype(), after.shape), (before.get_data_dtype(), before.shape))
        np.testing.assert_allclose(after.affine, before.affine)
        changed = one != other
        self.assertEqual(int(other[changed].max()), 0)
        self.assertFalse(changed[:, : int(one.shape[1] * 0.65)].any() or changed[:, :, one.shape[2] // 8 + 1 :].any())
        self.assertEqual(check["removedBrainVoxels"], 0)
        self.assertGreater(check["removedVoxels"], 500)
        self.assertLessEqual(check["removedVoxels"], int(changed.sum()))

    def test_a_head_that_would_lose_brain_is_refused_after_a_second_try(self) -> None:
        done = self.deface([(0, 1), (0.5, 1), (0, 0.6)], miss_once=True)
        self.assertEqual(done.code, 65, done.stderr)
        sentence = r"^Not defaced: .* 0 voxels of the head, 0 of them brain or \d+ voxels of the head, [1-9]\d* of them"
        self.assertRegex(done.stderr, sentence)
        self.assertEqual(list(done.out.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
