"""Which voxels of a head are its face: the template of pydeface, laid over the head by the brain."""

from dataclasses import dataclass
from importlib.metadata import distribution

import nibabel as nib
import numpy as np
from brain import find_roughly
from register import affine_between, placed, surface_of
from scipy import ndimage

# What is darker than this part of the bright end of a head (its 99.5th percentile) is air.
AIR = 0.12


@dataclass(frozen=True)
class Face:
    """Where the template says that the face is."""

    # The voxels that the mask covers, in the air before the face, too: a rim of skin would still show it.
    voxels: np.ndarray
    # Of the template's face as far as the image reaches, the part that lies on the head and not in its air.
    on_head: float
    # Of the template's face, the part that the image reaches.
    seen: float
    # The rotation from the axes of the template to those of the head.
    turn: np.ndarray


def is_head(values: np.ndarray) -> np.ndarray:
    return values > AIR * np.quantile(values, 0.995)


def find_face(values: np.ndarray, affine: np.ndarray) -> Face:
    """The face in a head whose axes point towards right, front and top."""
    template, mask = (_of_pydeface(name) for name in ("mean_reg2mean", "facemask"))
    onto_head = affine_between(_brain_of(*template), _brain_of(values, affine))
    mask_values, mask_affine = mask
    from_head = np.linalg.inv(mask_affine) @ np.linalg.inv(onto_head) @ affine
    # The mask is 1 where a head is kept. Beyond its border goes what goes at the border.
    kept = ndimage.affine_transform(
        mask_values, from_head[:3, :3], from_head[:3, 3], values.shape, order=1, mode="nearest"
    )
    template_face = np.argwhere((mask_values < 0.5) & is_head(template[0]))
    points = np.rint(placed(template_face, np.linalg.inv(affine) @ onto_head @ mask_affine)).astype(int)
    seen = points[((points >= 0) & (points < values.shape)).all(axis=1)]
    on_head = is_head(values)[tuple(seen.T)].mean() if len(seen) > 0 else 0
    # Without its sizes: the rotation that is nearest to the transform (Higham 1986).
    left, _, right = np.linalg.svd(onto_head[:3, :3])
    return Face(kept < 0.5, float(on_head), len(seen) / len(points), left @ right)


def _brain_of(values: np.ndarray, affine: np.ndarray):
    mask = find_roughly(values)
    scale = np.array(values.shape) / mask.shape
    # Voxel centres: the first coarse one lies half a coarse voxel from the edge of the image.
    coarse = np.diag([*scale, 1.0])
    coarse[:3, 3] = (scale - 1) / 2
    return surface_of(mask, affine @ coarse)


def _of_pydeface(name: str) -> tuple[np.ndarray, np.ndarray]:
    image = nib.as_closest_canonical(nib.load(distribution("pydeface").locate_file(f"pydeface/data/{name}.nii.gz")))
    return image.get_fdata(dtype=np.float32), image.affine
