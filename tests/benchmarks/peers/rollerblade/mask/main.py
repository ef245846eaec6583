import json
import os
from pathlib import Path

import nibabel
import numpy

inputs, outputs = Path(os.environ["ROLLERBLADE_IN"]), Path(os.environ["ROLLERBLADE_OUT"])
image = nibabel.load(inputs / "t1w.nii.gz")
voxels = image.get_fdata()
mask = voxels > voxels.mean()
nibabel.save(nibabel.Nifti1Image(mask.astype(numpy.uint8), image.affine), outputs / "mask.nii.gz")
millilitres = float(mask.sum() * numpy.prod(image.header.get_zooms()[:3]) / 1000)
(outputs / "volume.json").write_text(json.dumps({"millilitres": round(millilitres, 2)}))
