"""A head in; the same without its face out, and a count that proves what was taken away. A head that would lose brain is refused."""

import nibabel as nib
import numpy as np
from attempt import in_own_axes, in_standard_axes, input_path, load_volume, run, save_volume, write_json
from bad_input import BadInput
from brain import find_brain
from face import find_face, is_head
from scipy import ndimage

# Part of the brain that the mask of the face may cover where the template fits: single voxels of its rim, which are kept.
MAX_COVERED = 0.005

# Part of the template's face that must lie on the head, and not in air, where the template fits.
MIN_ON_HEAD = 0.5

# Part of the nose that may be left: single voxels at the edge of the mask.
MAX_LEFT = 0.05

# Millimetres around the brain that are never taken away.
RIM = 2.0

# Millimetres from one side of a nose to the other.
NOSE = 30.0


def deface(slice_: dict) -> None:
    image = load_volume(input_path(slice_, "t1w"))
    values = np.nan_to_num(in_standard_axes(image))
    affine = nib.as_closest_canonical(image).affine
    # The networks look at the image with its face: a mask of what is left could not show what is missing.
    brain, head = find_brain(values), is_head(values)
    face = find_face(values, affine)
    covered = int((face.voxels & brain).sum())
    gone = face.voxels & ~grown(brain, RIM, affine)
    removed = int((gone & head).sum())
    nose = head & where_noses_are(brain, affine)
    left = int((nose & ~gone).sum())
    fits = face.on_head >= MIN_ON_HEAD and covered <= MAX_COVERED * brain.sum() and left <= MAX_LEFT * nose.sum()
    if removed == 0 or not fits:
        raise BadInput(
            f"Not defaced: the mask of the face covers {removed} voxels of the head and {covered} of the brain, leaves "
            f"{left} of {nose.sum()} where the nose is, and {face.on_head:.0%} of the template's face lie on the head. "
            "Look at the image, and deface it by hand."
        )
    kept = np.asanyarray(image.dataobj).copy()
    kept[in_own_axes(gone.astype(np.uint8), image) == 1] = 0
    save_volume("image.nii.gz", kept, image)
    write_json(
        "check.json",
        {
            "removedVoxels": removed,
            "removedBrainVoxels": int((gone & brain).sum()),
            "coveredBrainVoxels": covered,
            "headVoxels": int(head.sum()),
            "brainVoxels": int(brain.sum()),
            "noseVoxels": int(nose.sum()),
            "noseVoxelsLeft": left,
            "faceOnHead": round(face.on_head, 3),
            "faceInImage": round(face.seen, 3),
        },
    )


def where_noses_are(brain: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """In front of the brain and below its front, near the middle: what lies there says whether a face is gone, without the template."""
    where = np.argwhere(brain)
    middle, (back, front) = round(where[:, 0].mean()), np.percentile(where[:, 1], [0, 100]).astype(int)
    bottom = where[where[:, 1] > front - (front - back) / 4][:, 2].min()
    width = max(1, round(NOSE / 2 / nib.affines.voxel_sizes(affine)[0]))
    found = np.zeros(brain.shape, bool)
    found[max(0, middle - width) : middle + width + 1, front:, :bottom] = True
    return found


def grown(mask: np.ndarray, millimetres: float, affine: np.ndarray) -> np.ndarray:
    """The mask and everything that is no farther from it than this."""
    far = ndimage.distance_transform_edt(~mask, sampling=nib.affines.voxel_sizes(affine))
    return far <= millimetres


run(deface)
