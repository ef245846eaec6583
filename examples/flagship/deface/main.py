"""A head in; the same without its face out, and a count that proves what was taken away. A head that lost brain is refused."""

import tempfile
from importlib.metadata import distribution
from pathlib import Path

import nibabel as nib
import numpy as np
from attempt import in_own_axes, in_standard_axes, input_path, load_volume, run, save_volume, write_json
from bad_input import BadInput
from brain import find_brain
from image_math import niimath
from scipy import ndimage

# What is darker than this part of the bright end of a head (its 99.5th percentile) is air.
AIR = 0.12

# Voxels that are longer are divided for the registration. It was made for 1 mm: heads of 2.5 mm lost brain, divided ones none.
FINE_MM = 1.25


def deface(slice_: dict) -> None:
    image = load_volume(input_path(slice_, "t1w"))
    # The network looks at the image with its face: a mask of what is left could not show what is missing.
    brain = in_own_axes(find_brain(in_standard_axes(image)).astype(np.uint8), image) == 1
    values = np.nan_to_num(image.get_fdata(dtype=np.float32))
    bright = np.quantile(values, 0.995)
    air = values < AIR * bright
    # Without the noise of its air first, which misleads the registration; then as it is. No voxel is 0, so that those which the mask
    # takes away are known, in the air, too: a rim of skin would still show the face.
    ways = [np.where(air, 1e-3 * bright, values), np.maximum(values, 1e-3 * bright)]
    counts = []
    for way in ways:
        gone = face_of(way, image)
        counts.append({"face": int((gone & ~air).sum()), "brain": int((gone & brain).sum())})
        if counts[-1]["face"] > 0 and counts[-1]["brain"] == 0:
            break
    else:
        found = " or ".join(f"{count['face']} voxels of the head, {count['brain']} of them brain" for count in counts)
        raise BadInput(
            f"Not defaced: the mask of the face would take {found}. Look at the image, and deface it by hand."
        )
    kept = np.asanyarray(image.dataobj).copy()
    kept[gone] = 0
    save_volume("image.nii.gz", kept, image)
    write_json(
        "check.json",
        {
            "removedVoxels": counts[-1]["face"],
            "removedBrainVoxels": counts[-1]["brain"],
            "headVoxels": int((~air).sum()),
            "brainVoxels": int(brain.sum()),
        },
    )


def face_of(values: np.ndarray, image: nib.Nifti1Image) -> np.ndarray:
    """The voxels that the mask of the face covers, once the template is registered to the head. No value may be 0."""
    names = ("mean_reg2mean", "facemask")
    template, mask = (distribution("pydeface").locate_file(f"pydeface/data/{name}.nii.gz") for name in names)
    fine, affine, parts = divided(values, image.affine)
    # niimath fills what it takes away with the least value that there is: 0, in one corner.
    fine[0, 0, 0] = 0
    with tempfile.TemporaryDirectory() as folder:
        head, defaced = Path(folder, "head.nii.gz"), Path(folder, "defaced.nii.gz")
        nib.Nifti1Image(fine, affine).to_filename(head)
        niimath([head, "-deface", template, mask, defaced])
        left = nib.load(defaced).get_fdata(dtype=np.float32)
    left[0, 0, 0] = 1
    # A voxel is gone when half of its parts are.
    shape = [length for size, part in zip(values.shape, parts, strict=True) for length in (size, part)]
    return (left == 0).reshape(shape).mean(axis=(1, 3, 5)) >= 0.5


def divided(values: np.ndarray, affine: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """An image whose voxels are divided until none is longer than FINE_MM, its affine, and into how many along each axis."""
    parts = tuple(max(1, int(np.ceil(length / FINE_MM - 0.01))) for length in nib.affines.voxel_sizes(affine))
    smaller = np.diag([1 / part for part in parts] + [1.0])
    smaller[:3, 3] = [(1 / part - 1) / 2 for part in parts]
    fine = ndimage.zoom(values, parts, order=1, grid_mode=True, mode="nearest")
    return fine.astype(np.float32), affine @ smaller, parts


run(deface)
