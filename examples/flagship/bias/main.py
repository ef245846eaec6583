"""A head and the mask of its brain in; the head with even brightness out (N4 of niimath)."""

import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np
from attempt import input_path, load_volume, run, save_volume
from bad_input import BadInput
from image_math import niimath


def bias(slice_: dict) -> None:
    image, mask = load_volume(input_path(slice_, "image")), load_volume(input_path(slice_, "mask"))
    inside = np.asanyarray(mask.dataobj) > 0
    if inside.shape != image.shape or not inside.any():
        raise BadInput("The mask is empty, or not of the image.")
    values = np.nan_to_num(image.get_fdata(dtype=np.float32))
    with tempfile.TemporaryDirectory() as folder:
        head, brain, even = (Path(folder, f"{name}.nii.gz") for name in ("head", "brain", "even"))
        nib.Nifti1Image(values, image.affine).to_filename(head)
        nib.Nifti1Image(inside.astype(np.uint8), image.affine).to_filename(brain)
        niimath([head, "-n4", "-mask", brain, even])
        corrected = nib.load(even).get_fdata(dtype=np.float32)
    save_volume("image.nii.gz", corrected, image)


run(bias)
