"""A head without its face in; the mask of what lies within the skull, and its volume, out."""

import numpy as np
from attempt import in_own_axes, in_standard_axes, input_path, load_volume, run, save_volume, voxel_volume, write_json
from brain import find_brain


def brain_net(slice_: dict) -> None:
    image = load_volume(input_path(slice_, "image"))
    mask = find_brain(in_standard_axes(image), slice_["parameters"].get("threshold", 0.5))
    save_volume("mask.nii.gz", in_own_axes(mask.astype(np.uint8), image), image)
    volume = float(mask.sum()) * voxel_volume(image)
    write_json("volume.json", {"intracranialVolume": round(volume, 2), "unit": "mL"})


run(brain_net)
