import csv
import json
from pathlib import Path

from bids.layout import parse_file_entities

with open(snakemake.input.participants) as table:
    ages = {row["participant_id"]: row["age"] for row in csv.DictReader(table, delimiter="\t")}
lines = ["subject\tsession\tage\tmillilitres"]
for path in snakemake.input.volumes:
    entities = parse_file_entities(path)
    volume = json.loads(Path(path).read_text())["millilitres"]
    age = float(ages[f"sub-{entities['subject']}"])
    lines.append(f"{entities['subject']}\t{entities['session']}\t{age:g}\t{volume}")
Path(snakemake.output[0]).write_text("\n".join(lines) + "\n")
