"""A head in; the same without its face out, and a count that proves what was taken away. A head that would lose brain is refused."""

import nibabel as nib
import numpy as np
from attempt import in_own_axes, in_standard_axes, input_path, load_volume, run, save_volume, write_json
from bad_input import BadInput
from brain import find_brain
from face import find_face, is_head
from register import placed
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
    nose = nose_of(head, brain, affine, face.turn)
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


def nose_of(head: np.ndarray, brain: np.ndarray, affine: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """The voxels of the head in front of the brain and below its front, near the middle: what is left there shows, without the mask, whether
    a face is gone. `turn` is how the head is turned, so that front and below are those of a head that looks straight ahead.
    """
    voxels = np.argwhere(head)
    inside, points = (placed(found, affine) @ turn for found in (np.argwhere(brain), voxels))
    back, front = inside[:, 1].min(), inside[:, 1].max()
    bottom = inside[inside[:, 1] > front - (front - back) / 4][:, 2].min()
    beside = np.abs(points[:, 0] - inside[:, 0].mean())
    nose = np.zeros(head.shape, bool)
    nose[tuple(voxels[(beside < NOSE / 2) & (points[:, 1] > front) & (points[:, 2] < bottom)].T)] = True
    return nose


def grown(mask: np.ndarray, millimetres: float, affine: np.ndarray) -> np.ndarray:
    """The mask and everything that is no farther from it than this."""
    far = ndimage.distance_transform_edt(~mask, sampling=nib.affines.voxel_sizes(affine))
    return far <= millimetres


run(deface)
