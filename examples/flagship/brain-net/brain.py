"""Which voxels of a head lie within the skull, found by two networks: a small one finds the box of the brain, a fine one looks into it.

The steps around the networks, their sizes and their constants are those that the networks were trained with (deepbet 1.0.2).
"""

import numpy as np
from bad_input import BadInput
from networks import Network
from scipy import ndimage

# Voxels along each axis that the networks see, of the whole head and of the box.
COARSE, FINE = 128, 256

# Part of a plane that must be brain for the box to begin there.
MIN_PLANE = 0.02

# Part of the box's width that is added on each side.
MARGIN = 0.1

# Mean and spread of the images of the training.
MEAN, SPREAD = 0.449, 0.226


def find_brain(image: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """The voxels within the skull, in one piece and without holes.

    `image` has its axes towards right, front and top. Raises BadInput when there is no contrast or no brain.
    """
    image = np.nan_to_num(image.astype(np.float32))
    first, low, high = _first_look(image)
    box = box_around(first, image.shape)
    fine = normalise(resample(image[box], (FINE,) * 3), low, high)
    probability = resample(Network("model.pt")(fine), image[box].shape)
    mask = np.zeros(image.shape, bool)
    mask[box] = ndimage.binary_fill_holes(largest_piece(probability > threshold))
    return mask


def find_roughly(image: np.ndarray) -> np.ndarray:
    """The brain as the small network alone sees it, on COARSE voxels along each axis of the image: quick, and right to some 2 mm."""
    return _first_look(np.nan_to_num(image.astype(np.float32)))[0]


def _first_look(image: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The rough brain, and the two intensities that the networks see as dark and bright."""
    coarse = resample(image, (COARSE,) * 3)
    low, high = (float(value) for value in np.quantile(coarse, [0.005, 0.995]))
    if not high > low:
        raise BadInput("The image has the same intensity everywhere.")
    return largest_piece(Network("bbox_model.pt")(normalise(coarse, low, high)) > 0.5), low, high


def resample(image: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The image with another number of voxels, each with the value of the voxel that its centre lies in."""
    steps = [
        np.minimum(((np.arange(to) + 0.5) * (size / to)).astype(int), size - 1)
        for size, to in zip(image.shape, shape, strict=True)
    ]
    return image[np.ix_(*steps)]


def normalise(image: np.ndarray, low: float, high: float) -> np.ndarray:
    image = np.clip((image - low) / (high - low), 0, 1)
    return (SPREAD * (image - image.mean()) / image.std(ddof=1) + MEAN).astype(np.float32)


def largest_piece(mask: np.ndarray) -> np.ndarray:
    """The largest piece of voxels that touch, also at a corner."""
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    if count == 0:
        raise BadInput("No brain was found in the image.")
    return labels == np.bincount(labels.ravel())[1:].argmax() + 1


def box_around(mask: np.ndarray, shape: tuple[int, ...]) -> tuple[slice, ...]:
    """The box of a coarse mask with its margin, in the voxels of an image of this shape."""
    box = []
    for axis, size in enumerate(shape):
        planes = mask.mean(axis=tuple(other for other in range(3) if other != axis))
        inside = np.flatnonzero(planes > MIN_PLANE)
        if len(inside) == 0:
            raise BadInput("No brain was found in the image.")
        first, end = inside[0], inside[-1] + 1
        scale = size / mask.shape[axis]
        centre = np.round(scale * (first + end) / 2)
        width = np.round(scale * (end - first) * (1 + 2 * MARGIN))
        box.append(slice(max(0, int(centre - width / 2)), min(size, int(centre + width / 2))))
    return tuple(box)
