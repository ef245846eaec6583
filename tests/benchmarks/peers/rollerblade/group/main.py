import json
import os
from pathlib import Path

inputs, outputs = Path(os.environ["ROLLERBLADE_IN"]), Path(os.environ["ROLLERBLADE_OUT"])
lines = ["subject\tsession\tage\tmillilitres"]
for member in json.loads((inputs / "slice.json").read_text())["inputs"]["volumes"]:
    who = member["reads"]
    volume = json.loads((inputs / member["file"]).read_text())["millilitres"]
    lines.append(f"{who['subject.label']}\t{who['session.label']}\t{who['subject.age']}\t{volume}")
(outputs / "table.tsv").write_text("\n".join(lines) + "\n")
