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

# Millimetres around the brain that are never taken away.
RIM = 2.0


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
    if removed == 0 or face.on_head < MIN_ON_HEAD or covered > MAX_COVERED * brain.sum():
        raise BadInput(
            f"Not defaced: the mask of the face covers {removed} voxels of the head and {covered} of the brain, and "
            f"{face.on_head:.0%} of the template's face lie on the head. Look at the image, and deface it by hand."
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
            "faceOnHead": round(face.on_head, 3),
            "faceInImage": round(face.seen, 3),
        },
    )


def grown(mask: np.ndarray, millimetres: float, affine: np.ndarray) -> np.ndarray:
    """The mask and everything that is no farther from it than this."""
    far = ndimage.distance_transform_edt(~mask, sampling=nib.affines.voxel_sizes(affine))
    return far <= millimetres


run(deface)
