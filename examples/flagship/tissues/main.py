"""A head of even brightness and the mask of its brain in; its tissues and their volumes out."""

import numpy as np
from attempt import input_path, load_volume, run, save_volume, voxel_volume, write_json
from bad_input import BadInput
from segment import TISSUES, segment


def tissues(slice_: dict) -> None:
    image, mask = load_volume(input_path(slice_, "image")), load_volume(input_path(slice_, "mask"))
    inside = np.asanyarray(mask.dataobj) > 0
    if inside.shape != image.shape or inside.sum() < 1000:
        raise BadInput("The mask is not of the image, or has less than 1,000 voxels.")
    values = np.nan_to_num(image.get_fdata(dtype=np.float32))
    if values[inside].min() == values[inside].max():
        raise BadInput("The brain has the same intensity everywhere.")
    labels = segment(values, inside)
    save_volume("segmentation.nii.gz", labels, image)
    volumes = {name: float((labels == label).sum()) * voxel_volume(image) for label, name in enumerate(TISSUES, 1)}
    total = {"brainVolume": volumes["gm"] + volumes["wm"], "intracranialVolume": sum(volumes.values())}
    write_json("volumes.json", {**{name: round(value, 2) for name, value in (volumes | total).items()}, "unit": "mL"})


run(tissues)
