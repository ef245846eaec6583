"""Prints what PyBIDS sees in a dataset with its derivatives, one JSON object by path: entities with their long names."""

import json
import sys

from bids import BIDSLayout

layout = BIDSLayout(sys.argv[1], derivatives=True)
files = {}
for scope in [layout, *layout.derivatives.values()]:
    for path, file in scope.get_files().items():
        files[path] = {name: str(value) for name, value in file.get_entities().items()}
json.dump(files, sys.stdout)
