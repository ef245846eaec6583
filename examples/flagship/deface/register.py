"""Lays one head over another by their brains: the transform under which the surfaces of both brains meet.

A brain is found in whatever contrast and noise there is, and it lies whole in an image that cuts through the face or the neck, which
misleads a registration of all that is bright. Nine parameters turn, move and stretch one brain onto the other. There are no shears:
they would follow single bulges of the surface, and throw the face, which is far from it.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

# Millimetres on both sides of a surface whose points are compared. It is as far as two brains may lie apart to find each other.
REACH = 15.0

# Points of the surface's neighbourhood that are compared: the least that gives the same transform as all of them to 0.1 mm.
POINTS = 8000

# Radians by which the head is nodded before the search, since a search from one side alone could end in a false valley.
NODS = -0.4, 0.0, 0.4

# Millimetres beyond which a distance counts less: one brain may be cut at its stem where the other is not.
SOFT = 2.0


@dataclass(frozen=True)
class Surface:
    """A brain as the distance in mm from its surface, negative inside, on a grid of voxels."""

    distance: np.ndarray
    affine: np.ndarray
    centre: np.ndarray
    spread: np.ndarray


def surface_of(mask: np.ndarray, affine: np.ndarray) -> Surface:
    """The surface of a mask whose voxels `affine` places in mm."""
    steps = np.linalg.norm(affine[:3, :3], axis=0)
    inside = ndimage.distance_transform_edt(mask, sampling=steps)
    outside = ndimage.distance_transform_edt(~mask, sampling=steps)
    points = placed(np.argwhere(mask), affine)
    return Surface((outside - inside).astype(np.float32), affine, points.mean(axis=0), points.std(axis=0))


def affine_between(one: Surface, other: Surface) -> np.ndarray:
    """The transform of millimetres of the first onto those of the second."""
    near = np.argwhere(np.abs(one.distance) < REACH)
    near = near[:: max(1, len(near) // POINTS)]
    expected, points = one.distance[tuple(near.T)], placed(near, one.affine)
    inverse = np.linalg.inv(other.affine)

    def differences(values: np.ndarray) -> np.ndarray:
        voxels = placed(points, inverse @ _matrix(values, one, other)).T
        found = ndimage.map_coordinates(other.distance, voxels, order=1, mode="nearest")
        seen = ((voxels >= 0) & (voxels <= np.array(other.distance.shape)[:, None] - 1)).all(axis=0)
        return np.where(seen, np.clip(found, -REACH, REACH) - expected, 0)

    found = [
        least_squares(
            differences,
            [nod, 0, 0, 0, 0, 0, 0, 0, 0],
            # A tenth of a radian, 10 mm and a tenth in size change about as much.
            x_scale=[0.1] * 3 + [10] * 3 + [0.1] * 3,
            loss="soft_l1",
            f_scale=SOFT,
            diff_step=1e-3,
            xtol=1e-4,
            ftol=1e-4,
        )
        for nod in NODS
    ]
    return _matrix(min(found, key=lambda one: one.cost).x, one, other)


def _matrix(values: np.ndarray, one: Surface, other: Surface) -> np.ndarray:
    """From three angles, three ways and three logarithms of sizes, about the centres of both brains."""
    sizes = np.exp(values[6:]) * other.spread / one.spread
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(values[:3]).as_matrix() @ np.diag(sizes)
    matrix[:3, 3] = other.centre + values[3:6] - matrix[:3, :3] @ one.centre
    return matrix


def placed(points: np.ndarray, affine: np.ndarray) -> np.ndarray:
    return points @ affine[:3, :3].T + affine[:3, 3]
