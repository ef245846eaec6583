"""The volumes of everybody in; a table with scores, and a chart of one volume against age, out. Nothing but Python is needed."""

import json
import math
import os
import sys
from pathlib import Path

from bad_input import BadInput
from chart import chart
from norm import scores

VOLUMES = {
    "intracranialVolume": "Intracranial volume",
    "brainVolume": "Brain volume",
    "gm": "Grey matter",
    "wm": "White matter",
    "csf": "Cerebrospinal fluid",
}


def group_report() -> None:
    place = Path(os.environ["ROLLERBLADE_IN"])
    slice_ = json.loads((place / "slice.json").read_text())
    rows = sorted(
        (row_of(place, member) for member in slice_["inputs"]["volumes"]),
        key=lambda row: (row["subject"], math.inf if row["age"] is None else row["age"], row["session"] or ""),
    )
    for volume in VOLUMES:
        for row, score in zip(rows, scores(rows, volume), strict=True):
            row[f"{volume}_z"] = None if score is None else round(score, 2)
    shown = slice_["parameters"].get("volume", "brainVolume")
    title = f"{VOLUMES[shown]} (mL) against age"
    out = Path(os.environ["ROLLERBLADE_OUT"])
    (out / "table.tsv").write_text(table(rows))
    (out / "chart.svg").write_text(chart(rows, shown, title, slice_["parameters"].get("note", "")))


def row_of(place: Path, member: dict) -> dict:
    """One scan of one person: volumes in mL, age in years."""
    document, reads = json.loads((place / member["file"]).read_text()), member["reads"]
    row = {
        "subject": reads["subject.label"],
        "session": reads["session.label"],
        "age": reads["subject.age"] if reads["session.age"] is None else reads["session.age"],
        "sex": reads["subject.sex"],
        "group": reads["subject.group"],
    }
    for volume in VOLUMES:
        value = document.get(volume)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise BadInput(f'{member["file"]} has no number "{volume}", but {json.dumps(value)}.')
        row[volume] = value
    return row


def table(rows: list[dict]) -> str:
    """Tab-separated values in the words of BIDS."""
    measures = [column for volume in VOLUMES for column in (volume, f"{volume}_z")]
    head = ["participant_id", "session_id", "age", "sex", "group", *map(snake, measures)]
    lines = [head]
    for row in rows:
        session = None if row["session"] is None else f"ses-{row['session']}"
        lines.append(
            [f"sub-{row['subject']}", session, row["age"], row["sex"], row["group"], *(row[name] for name in measures)]
        )
    return "".join("\t".join(map(cell, line)) + "\n" for line in lines)


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def cell(value: object) -> str:
    return "n/a" if value is None or value == "" else " ".join(str(value).split())


try:
    group_report()
except BadInput as error:
    print(error, file=sys.stderr)
    sys.exit(65)
