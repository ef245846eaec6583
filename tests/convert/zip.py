"""Write a zip from JSON on standard input: {"path": …, "files": {name: base64 of the content, or a number of zero bytes}}."""

import base64
import json
import sys
import zipfile

described = json.load(sys.stdin)
with zipfile.ZipFile(described["path"], "w", zipfile.ZIP_DEFLATED) as archive:
    for name, content in described["files"].items():
        archive.writestr(name, b"\0" * content if isinstance(content, int) else base64.b64decode(content))
