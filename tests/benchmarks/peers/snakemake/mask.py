import json
from pathlib import Path

import nibabel
import numpy

image = nibabel.load(snakemake.input[0])
voxels = image.get_fdata()
mask = voxels > voxels.mean()
nibabel.save(nibabel.Nifti1Image(mask.astype(numpy.uint8), image.affine), snakemake.output.mask)
millilitres = float(mask.sum() * numpy.prod(image.header.get_zooms()[:3]) / 1000)
Path(snakemake.output.volume).write_text(json.dumps({"millilitres": round(millilitres, 2)}))
