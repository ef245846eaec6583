"""Tables of what was found, with pandas where it is installed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def frame_of(rows: Iterable[dict[str, Any]], columns: Iterable[str] | None = None) -> Any:
    """Make a data frame whose columns are those of all rows, in the order in which they come first.

    Raises:
        ImportError: when pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError("A data frame needs pandas: pip install 'rollerblade[pandas]'") from error
    rows = list(rows)
    names = list(columns) if columns is not None else list(dict.fromkeys(name for row in rows for name in row))
    return pandas.DataFrame.from_records([[row.get(name) for name in names] for row in rows], columns=names)
