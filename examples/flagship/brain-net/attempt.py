"""What an attempt is given and leaves behind: the folders of the interface, images, and exit codes."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
from bad_input import BadInput
from nibabel.filebasedimages import ImageFileError

# `EX_DATAERR` of sysexits.h: the same input fails again, so nothing is tried again.
BAD_INPUT = 65


def run(analysis: Callable[[dict], None]) -> None:
    """Runs an analysis on what `slice.json` describes, and ends the process."""
    try:
        analysis(json.loads((folder("IN") / "slice.json").read_text()))
    except BadInput as error:
        print(error, file=sys.stderr)
        sys.exit(BAD_INPUT)
    except Exception:
        traceback.print_exc()
        sys.exit(1)


def folder(which: str) -> Path:
    return Path(os.environ[f"ROLLERBLADE_{which}"])


def input_path(slice_: dict, name: str) -> Path:
    return folder("IN") / slice_["inputs"][name]["file"]


def output_path(name: str) -> Path:
    return folder("OUT") / name


def write_json(name: str, value: dict) -> None:
    output_path(name).write_text(json.dumps(value, indent=2) + "\n")


def load_volume(path: Path) -> nib.Nifti1Image:
    """One volume with three axes, as it lies in the file."""
    try:
        image = nib.load(path)
        shape = image.shape
        if len(shape) < 3 or any(length != 1 for length in shape[3:]) or min(shape[:3]) < 2:
            raise BadInput(f"{path.name} is not one volume: its shape is {' x '.join(map(str, shape))}.")
        values = np.asanyarray(image.dataobj).reshape(shape[:3])
    except (ImageFileError, OSError, EOFError, ValueError) as error:
        raise BadInput(f"{path.name} cannot be read: {error}") from error
    if np.iscomplexobj(values) or values.dtype.names is not None:
        raise BadInput(f"{path.name} is no image of intensities: its voxels are {values.dtype}.")
    return nib.Nifti1Image(values, image.affine, image.header)


def in_standard_axes(image: nib.Nifti1Image) -> np.ndarray:
    """The values with their axes towards right, front and top."""
    return nib.as_closest_canonical(image).get_fdata(dtype=np.float32)


def in_own_axes(values: np.ndarray, image: nib.Nifti1Image) -> np.ndarray:
    """Values with axes towards right, front and top, as `image` has its axes."""
    own = nib.io_orientation(image.affine)
    standard = nib.orientations.axcodes2ornt("RAS")
    return nib.apply_orientation(values, nib.orientations.ornt_transform(standard, own))


def voxel_volume(image: nib.Nifti1Image) -> float:
    """Millilitres of one voxel."""
    return float(abs(np.linalg.det(image.affine[:3, :3]))) / 1000


def save_volume(name: str, values: np.ndarray, image: nib.Nifti1Image) -> None:
    """Writes values in the space of an image, without the texts of its header, which may speak of a person."""
    header = nib.Nifti1Header()
    header.set_data_dtype(np.float32 if values.dtype == np.float64 else values.dtype)
    header.set_xyzt_units("mm", "sec")
    made = nib.Nifti1Image(values, None, header)
    made.set_qform(image.get_qform(), int(image.header["qform_code"]))
    made.set_sform(image.get_sform(), int(image.header["sform_code"]))
    made.to_filename(output_path(name))
