"""Write a made-up study as DICOM, from a description in JSON on standard input, with its voxels known.

Each series: folder, subject (PatientName and PatientID), description, number, date, time, seed, shape [columns, rows, slices],
and what is special about it: echoes (times in ms), volumes, bvalues with vectors, missing (slices) and missingIn (pairs of volume and slice), phase, private (texts
for every attribute that may name somebody), truncated (bytes to leave out of the last file), study and series (UIDs).
The voxel at column x, row y, slice z of volume v is (seed * 7 + 13 x + 29 y + 101 z + 257 v) modulo 1000.
"""

import json
import os
import sys

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MR = "1.2.840.10008.5.1.4.1.1.4"
SPACING = 1.5


def voxels(seed, shape, volume):
    columns, rows, slices = shape
    z, y, x = np.meshgrid(np.arange(slices), np.arange(rows), np.arange(columns), indexing="ij")
    return ((seed * 7 + 13 * x + 29 * y + 101 * z + 257 * volume) % 1000).astype(np.uint16)


def header(series, instance):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MR
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[series["series"], str(instance)])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID = MR
    data.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID = series["study"]
    data.SeriesInstanceUID = series["series"]
    data.FrameOfReferenceUID = series["study"] + ".1"
    data.Modality = series.get("modality", "MR")
    data.Manufacturer = series.get("manufacturer", "Philips")
    data.ManufacturerModelName = "Made up"
    data.PatientName = series["subject"]
    data.PatientID = series["subject"]
    data.PatientSex = series.get("sex", "F")
    data.PatientAge = series.get("age", "035Y")
    data.StudyDate = data.SeriesDate = data.AcquisitionDate = data.ContentDate = series["date"]
    data.StudyTime = "080000"
    data.SeriesTime = data.AcquisitionTime = data.ContentTime = series["time"]
    data.SeriesDescription = data.ProtocolName = series["description"]
    data.SeriesNumber = series["number"]
    data.AcquisitionNumber = 1
    data.ImageType = series.get("imageType", ["ORIGINAL", "PRIMARY", "M", "NONE"])
    data.ScanningSequence = series.get("sequence", "GR")
    data.SequenceVariant = "NONE"
    data.MRAcquisitionType = series.get("acquisition", "3D")
    data.RepetitionTime = series.get("repetitionTime", 2000)
    data.FlipAngle = 9
    data.MagneticFieldStrength = 3
    data.PatientPosition = "HFS"
    data.SliceThickness = data.SpacingBetweenSlices = SPACING
    data.PixelSpacing = [SPACING, SPACING]
    data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    data.SamplesPerPixel = 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.BitsAllocated = 16
    data.BitsStored = 12
    data.HighBit = 11
    data.PixelRepresentation = 0
    for keyword, value in series.get("attributes", {}).items():
        setattr(data, keyword, value)
    for index, text in enumerate(series.get("private", [])):
        block = data.private_block(0x0019 + 2 * (index // 200), "ROLLERBLADE TEST", create=True)
        block.add_new(index % 200, "LO", text)
    return data


def images(series):
    """Yield (volume, slice, echo time, b-value, vector) in the order of acquisition."""
    slices = series["shape"][2]
    echoes = series.get("echoes", [3.0])
    gradients = series.get("bvalues") or [None] * series.get("volumes", 1)
    vectors = series.get("vectors") or [None] * len(gradients)
    for volume, (b, vector) in enumerate(zip(gradients, vectors)):
        for echo, time in enumerate(echoes):
            for z in range(slices):
                gone = z in series.get("missing", []) or [volume, z] in series.get("missingIn", [])
                if not gone:
                    yield volume, z, echo, time, b, vector


def write(root, series):
    folder = os.path.join(root, series["folder"])
    os.makedirs(folder, exist_ok=True)
    cache = {}
    path = None
    for instance, (volume, z, echo, time, b, vector) in enumerate(images(series), 1):
        data = header(series, instance)
        data.InstanceNumber = instance
        data.EchoTime = time
        data.EchoNumbers = echo + 1
        data.TemporalPositionIdentifier = volume + 1
        data.ImagePositionPatient = [-20.0, -30.0, -10.0 + SPACING * z]
        data.SliceLocation = -10.0 + SPACING * z
        data.Rows, data.Columns = series["shape"][1], series["shape"][0]
        if b is not None:
            data.DiffusionBValue = float(b)
            data.DiffusionDirectionality = "NONE" if b == 0 else "DIRECTIONAL"
            data.DiffusionGradientOrientation = [float(part) for part in vector]
        key = volume * 100 + echo
        if key not in cache:
            cache[key] = voxels(series["seed"], series["shape"], key)
        data.PixelData = cache[key][z].tobytes()
        path = os.path.join(folder, f"{series.get('prefix', 'IM')}{instance:04d}.dcm")
        data.save_as(path, enforce_file_format=True)
    if path and series.get("truncated"):
        with open(path, "r+b") as file:
            file.truncate(os.path.getsize(path) - series["truncated"])


if __name__ == "__main__":
    described = json.load(sys.stdin)
    for one in described["series"]:
        write(described["root"], one)
