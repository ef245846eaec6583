"""Draws one head of the flagship in four panels: as it came, without its face, what lies within the skull, and its tissues.

Usage: picture.py T1W DEFACED MASK SEGMENTATION PNG
"""

import struct
import sys
import zlib
from pathlib import Path

import nibabel as nib
import numpy as np

# Pixels of a millimetre, and between two panels.
ZOOM, GAP = 1.6, 8

# Fluid, grey and white matter in colours that the colour-blind can tell apart (Okabe and Ito 2008).
TISSUES = {1: (0, 114, 178), 2: (230, 159, 0), 3: (240, 228, 66)}
MASK = (0, 158, 115)


def middle(path: str) -> np.ndarray:
    """The plane between left and right, seen from the side, with the front to the left and the top above."""
    image = nib.as_closest_canonical(nib.load(path))
    plane = np.asarray(image.dataobj)[image.shape[0] // 2]
    step = image.header.get_zooms()[1:3]
    grid = [(np.arange(int(n * mm * ZOOM)) / (mm * ZOOM)).astype(int) for n, mm in zip(plane.shape, step, strict=True)]
    return plane[np.ix_(*grid)][::-1, ::-1].T


def grey(plane: np.ndarray, bright: float) -> np.ndarray:
    return np.repeat((np.clip(plane / bright, 0, 1) * 255).astype(np.uint8)[:, :, None], 3, axis=2)


def painted(picture: np.ndarray, where: np.ndarray, colour: tuple[int, int, int], share: float) -> np.ndarray:
    made = picture.astype(float)
    made[where] = (1 - share) * made[where] + share * np.array(colour)
    return made.astype(np.uint8)


def png(picture: np.ndarray) -> bytes:
    """ISO 15948: eight bits for each of red, green and blue, every row unfiltered."""
    height, width, _ = picture.shape
    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    ]
    written = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + written


t1w, defaced, mask, segmentation = (middle(path) for path in sys.argv[1:5])
bright = float(np.quantile(t1w, 0.995))
tissues = grey(defaced, bright)
for label, colour in TISSUES.items():
    tissues = painted(tissues, segmentation == label, colour, 0.6)
panels = [grey(t1w, bright), grey(defaced, bright), painted(grey(defaced, bright), mask > 0, MASK, 0.45), tissues]
gap = np.full((panels[0].shape[0], GAP, 3), 255, np.uint8)
Path(sys.argv[5]).write_bytes(png(np.concatenate([part for panel in panels for part in (panel, gap)][:-1], axis=1)))
