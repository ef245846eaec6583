"""Conditions, columns and rows of queries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from . import models
from ._calls import Tagged
from .models import ScanFacts, SliceFacts, SliceSummary

Level = Literal["scan", "session", "subject", "dataset"]


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query that has a name.

    :ivar etag: names what it is now. Save it again with ``if_match=saved.etag``, and it is saved only where nobody
        else has changed it.
    """

    name: str
    expression: str
    level: Level
    description: str
    owner: str
    etag: str


def saved_of(answer: Tagged) -> SavedQuery:
    """Read a saved query with its entity tag."""
    saved = models.SavedQuery.model_validate(answer.json)
    return SavedQuery(saved.name, saved.expression, saved.level, saved.description, saved.owner, answer.etag)


_fields = {
    "dataset": "dataset.name",
    "subject": "subject.label",
    "session": "session.label",
    "suffix": "scan.suffix",
    "datatype": "scan.datatype",
    "extension": "scan.extension",
}

# BIDS calls them indexes: run-01 and run-1 are the same number.
_indexes = ("run", "echo", "flip", "inv", "split")


def expression_of(expression: str, conditions: Mapping[str, Any]) -> str:
    """Join an expression with conditions such as ``suffix="bold"``, ``run=1`` or ``subject=["01", "02"]``."""
    parts = [
        _condition(_fields.get(name, f"scan.entities.{name}"), name, value)
        for name, value in conditions.items()
        if value is not None
    ]
    if not parts:
        return expression
    return " && ".join([*parts, f"({expression})"] if expression.strip() else parts)


def _condition(field: str, name: str, value: Any) -> str:
    values = list(value) if isinstance(value, list | tuple | set | range) else [value]
    texts = [_literal(name, one) for one in values]
    return f"{field} == {texts[0]}" if len(texts) == 1 else f"{field} in [{', '.join(texts)}]"


def _literal(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"{name} must be a text or a number, not {value!r}.")
    if isinstance(value, str):
        prefix = {"subject": "sub-", "session": "ses-"}.get(name)
        return json.dumps(value if prefix is None else value.removeprefix(prefix), ensure_ascii=False)
    return repr(value) if name in _indexes else json.dumps(str(value))


def entities_of(scan: ScanFacts) -> dict[str, str | int]:
    """Return the entities of a scan but subject and session, indexes as numbers."""
    return {
        key: int(value) if key in _indexes and str(value).isdecimal() else value
        for key, value in scan.entities.items()
        if key not in ("sub", "ses")
    }


def row_of(found: SliceFacts, columns: Iterable[str] | None = None) -> dict[str, Any]:
    """Return one row of a table: the given columns, or what identifies the slice and describes its people."""
    if columns is not None:
        return {column: _value(found, column) for column in columns}
    ref = found.slice
    row: dict[str, Any] = {"dataset": ref.dataset}
    if ref.level != "dataset":
        row["subject"] = ref.subject
    if ref.level in ("scan", "session"):
        row["session"] = ref.session
    first = found.scans[0] if found.scans else None
    if ref.level == "scan" and first is not None:
        row |= {"datatype": first.datatype, "suffix": first.suffix, **entities_of(first), "path": first.path}
    else:
        row |= {"scans": len(found.scans), "suffixes": sorted({scan.suffix for scan in found.scans})}
    if first is not None and ref.level != "dataset":
        row |= {f"subject.{name}": value for name, value in first.subject_attributes.items()}
        if ref.level != "subject":
            row |= {f"session.{name}": value for name, value in first.session_attributes.items()}
    return row


#: Columns that name a slice, whatever it is asked for.
slice_columns = ("dataset", "subject", "session", "path")


def is_field(column: str) -> bool:
    """Whether a column is the name of a field, and no expression of fields such as ``result("tsnr")``."""
    return re.fullmatch(r"[A-Za-z_]\w*(\.[\w-]+)*", column) is not None


def values_of(found: SliceSummary, columns: Iterable[str]) -> dict[str, Any]:
    """Return one row of a table whose values the server has answered, in the order of columns that name no slice."""
    ref = found.slice
    named = {"dataset": ref.dataset, "subject": ref.subject, "session": ref.session, "path": ref.scan}
    values = iter(found.values or [])
    return {column: named[column] if column in slice_columns else next(values, None) for column in columns}


def _value(found: SliceFacts, column: str) -> Any:
    """Return what a column says of a slice; of several scans that differ, the list of what they say."""
    values: list[Any] = []
    for scan in found.scans:
        value = _of_scan(scan, column)
        if value not in values:
            values.append(value)
    return values[0] if len(values) == 1 else values or None


def _of_scan(scan: ScanFacts, column: str) -> Any:
    root, _, rest = column.partition(".")
    if not rest:
        return {"dataset": scan.dataset, "subject": scan.subject, "session": scan.session, "path": scan.path}.get(
            root, entities_of(scan).get(root, getattr(scan, root, None))
        )
    known = {
        "dataset.name": scan.dataset,
        "subject.label": scan.subject,
        "session.label": scan.session,
        "scan.path": scan.path,
        "scan.suffix": scan.suffix,
        "scan.datatype": scan.datatype,
        "scan.extension": scan.extension,
    }
    if column in known:
        return known[column]
    if column.startswith("scan.entities."):
        return entities_of(scan).get(column.removeprefix("scan.entities."))
    values = {
        "subject": scan.subject_attributes,
        "session": scan.session_attributes,
        "scan": scan.scan_attributes or {},
        "metadata": scan.metadata,
        "image": scan.image or {},
    }.get(root)
    if values is None:
        raise ValueError(f'"{column}" is not a column; write subject.…, session.…, scan.…, metadata.… or image.…')
    return _inside(values, rest)


def _inside(values: Any, path: str) -> Any:
    """Follow a dotted path; a key that has a dot itself is found, too."""
    if not isinstance(values, Mapping):
        return None
    if path in values:
        return values[path]
    key, _, rest = path.partition(".")
    return _inside(values.get(key), rest) if rest else None
