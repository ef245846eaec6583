"""The two networks of deepbet, with the weights that its wheel holds, run by ONNX Runtime on the processor."""

import hashlib
import os
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import onnxruntime
from to_onnx import convert

# SHA-256 of the archives in the wheel deepbet 1.0.2 (MIT, its notice is LICENSE in `deepbet-1.0.2.dist-info`).
WEIGHTS = {
    "bbox_model.pt": "39a7b2b5f799faa1391ea97bfcdc0b9299f20d84f2316a4ff8918dc4685e40aa",
    "model.pt": "de8ee7c69654d0dd3935dc4a5d84571d8ecf4637a6bfc01df399c4c2bc86e0fd",
}


class Network:
    """One network: an image of any size in, the probability of brain for each voxel out."""

    def __init__(self, file: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = max(1, int(float(os.environ.get("ROLLERBLADE_CPUS", "1"))))
        options.inter_op_num_threads = 1
        # Memory of one layer is given to the next instead of being kept for another image, which never comes.
        options.enable_cpu_mem_arena = False
        model = convert(weights_path(file))
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def __call__(self, image: np.ndarray) -> np.ndarray:
        (result,) = self._session.run(None, {"image": image[None, None].astype(np.float32)})
        return result[0, 1]


def weights_path(file: str) -> Path:
    """Finds the weights, and raises ValueError when they are not those that were measured."""
    path = Path(distribution("deepbet").locate_file(f"data/models/{file}"))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != WEIGHTS[file]:
        raise ValueError(f"{path} is not the file of deepbet 1.0.2: its SHA-256 is {found}.")
    return path
