"""Parts a brain into fluid, grey and white matter: three Gaussians of intensity, and neighbours that tend to be of the same tissue.

This is the model of FAST and Atropos (Zhang 2001, Avants 2011): a hidden Markov random field, solved by expectation and maximisation
with its mean field. It has no random start, so that the same image gives the same labels.
"""

import numpy as np
from scipy import ndimage

# What a label stands for in BIDS: 1, 2 and 3, from dark to bright.
TISSUES = ("csf", "gm", "wm")

# Rounds until no voxel moves any more, of the means alone and of the whole model. Heads need about ten and five.
ROUNDS = 50, 12

# How much a neighbour of the same tissue counts; Atropos takes 0.1 to 0.3.
SMOOTHING = 0.3

# The six voxels that share a face with one.
NEIGHBOURS = ndimage.generate_binary_structure(3, 1).astype(np.float32)
NEIGHBOURS[1, 1, 1] = 0


def segment(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The label of each voxel, 0 outside of the mask."""
    values = image[mask].astype(np.float64)
    nearest = np.abs(values[:, None] - _means(values)).argmin(axis=1)
    share = np.eye(len(TISSUES))[nearest]
    for _ in range(ROUNDS[1]):
        weight = share.sum(axis=0)
        mean = share.T @ values / weight
        variance = (share * (values[:, None] - mean) ** 2).sum(axis=0) / weight
        # A tissue without any spread would take no voxel but its own.
        spread = np.sqrt(np.maximum(variance, np.var(values) * 1e-6))
        score = np.log(weight / len(values)) - np.log(spread) - 0.5 * ((values[:, None] - mean) / spread) ** 2
        score += SMOOTHING * _around(share, mask)
        score = np.exp(score - score.max(axis=1, keepdims=True))
        before, share = share, score / score.sum(axis=1, keepdims=True)
        if (before.argmax(axis=1) == share.argmax(axis=1)).all():
            break
    labels = np.zeros(mask.shape, np.uint8)
    labels[mask] = share.argmax(axis=1) + 1
    return labels


def _means(values: np.ndarray) -> np.ndarray:
    """The three means that the intensities gather around (Lloyd 1982), from dark to bright."""
    means = np.quantile(values, [1 / 6, 1 / 2, 5 / 6])
    for _ in range(ROUNDS[0]):
        edges = (means[1:] + means[:-1]) / 2
        parts = np.digitize(values, edges)
        counts = np.bincount(parts, minlength=3)
        if counts.min() == 0:
            return means
        after = np.bincount(parts, values, 3) / counts
        if np.array_equal(after, means):
            return means
        means = after
    return means


def _around(share: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """How much of each tissue the neighbours of each voxel are, in voxels."""
    found = np.empty_like(share)
    for tissue in range(share.shape[1]):
        volume = np.zeros(mask.shape, np.float32)
        volume[mask] = share[:, tissue]
        found[:, tissue] = ndimage.convolve(volume, NEIGHBOURS, mode="constant")[mask]
    return found
