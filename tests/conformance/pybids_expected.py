"""Writes what PyBIDS says of the dataset in a folder: entities of every file, merged metadata of every data file."""

import json
import logging
import os
import sys
import warnings

from bids import BIDSLayout

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)


def describe(root):
    layout = BIDSLayout(root, validate=True)
    files = {}
    for path, file in layout.get_files().items():
        # `scans` holds the absolute path of the file itself.
        entities = {key: value for key, value in file.get_entities().items() if key != "scans"}
        if "run" in entities:
            entities["run"] = int(entities["run"])
        files[os.path.relpath(path, root)] = line = {"entities": entities}
        if entities.get("extension") not in (None, ".json") and "subject" in entities:
            line["metadata"] = dict(file.get_metadata())
    return {"files": files}


root, out = os.path.abspath(sys.argv[1]), sys.argv[2]
try:
    result = describe(root)
except Exception as error:
    result = {"error": f"{type(error).__name__}: {error}"}
# What Python alone reads as a number is not JSON.
text = json.dumps(result, sort_keys=True, default=str).replace(": NaN", ": null")
with open(f"{out}.part", "w") as file:
    file.write(text)
os.replace(f"{out}.part", out)
