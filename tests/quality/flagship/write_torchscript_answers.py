"""Writes what PyTorch itself answers for both networks, for `test_converter.py` to compare with. Needs PyTorch, which no analysis does.

Usage: write_torchscript_answers.py FOLDER_OF_THE_WEIGHTS
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

SIZE, STEP, SEED = 64, 16, 3

answers = {}
for file in ("bbox_model.pt", "model.pt"):
    image = np.random.default_rng(SEED).random((SIZE,) * 3, np.float32)
    with torch.no_grad():
        network = torch.jit.load(Path(sys.argv[1], file)).eval()
        found = network(torch.from_numpy(image[None, None])).numpy()[0, 1, ::STEP, ::STEP, ::STEP]
    answers[file] = {
        "size": SIZE,
        "step": STEP,
        "seed": SEED,
        "probabilities": [round(float(one), 5) for one in found.ravel()],
    }
Path(__file__).with_name("torchscript_answers.json").write_text(json.dumps(answers) + "\n")
