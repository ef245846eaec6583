"""Files of a query in the shape that users of PyBIDS know."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, Literal

from . import models
from ._frames import frame_of
from ._queries import entities_of

ReturnType = Literal["object", "file", "filename", "dict", "id", "dir"]

# The names of PyBIDS for the keys that stand in file names.
_long_names = {
    "acq": "acquisition",
    "ce": "ceagent",
    "dir": "direction",
    "hemi": "hemisphere",
    "mod": "modality",
    "part": "part",
    "proc": "proc",
    "rec": "reconstruction",
    "res": "resolution",
    "den": "density",
    "inv": "inv",
    "trc": "tracer",
    "desc": "desc",
    "stain": "staining",
}


@dataclass(frozen=True, slots=True)
class BIDSFile:
    """One file: an image, or what belongs to it (``.json``, ``.bval``, ``_events.tsv`` …)."""

    dataset: str
    path: str
    size: int
    sha256: str
    entities: dict[str, Any]
    metadata: dict[str, Any]

    @property
    def filename(self) -> str:
        """The name without folders."""
        return PurePosixPath(self.path).name

    def get_entities(self) -> dict[str, Any]:
        """Return entities, suffix, datatype and extension."""
        return dict(self.entities)

    def get_metadata(self) -> dict[str, Any]:
        """Return the sidecars merged by the inheritance principle."""
        return dict(self.metadata)

    def __repr__(self) -> str:
        """Name the file as PyBIDS does."""
        return f"<BIDSFile {self.dataset}/{self.path}>"


class Layout:
    """The files of some slices. Read from the server once, when something is first asked; `get` looks in memory."""

    def __init__(self, slices: Iterable[models.SliceFacts]) -> None:
        self._slices = slices

    @cached_property
    def files(self) -> list[BIDSFile]:
        """All files, by dataset and path."""
        found = (file for one in self._slices for scan in one.scans for file in _files_of(scan))
        return sorted(found, key=lambda file: (file.dataset, _natural(file.path)))

    def get(
        self,
        return_type: ReturnType = "object",
        target: str | None = None,
        invalid_filters: Literal["error", "allow"] = "error",
        **filters: Any,
    ) -> list[Any]:
        """Return the files whose entities match: ``get(suffix="bold", run=1, extension=".nii.gz")``.

        Args:
            return_type: ``object`` for :class:`BIDSFile`, ``file`` or ``filename`` for paths in the dataset, ``dict``
                for entities, ``id`` for the values of ``target``, ``dir`` for their folders.
            target: the entity whose values are returned.
            invalid_filters: what to do with an entity that no file has.
            filters: a value or several ones; ``None`` for files without the entity.

        Raises:
            ValueError: for an entity that no file has, or a missing target.
        """
        wanted = {_long_names.get(name, name): value for name, value in filters.items()}
        known = self.get_entities() | {"subject", "session", "run", "task"}
        unknown = sorted(name for name in wanted if name not in known)
        if unknown and invalid_filters == "error":
            raise ValueError(f"No file has {', '.join(unknown)}; there are {', '.join(sorted(known))}.")
        found = [file for file in self.files if all(_matches(file, name, value) for name, value in wanted.items())]
        match return_type:
            case "object":
                return found
            case "file" | "filename":
                return [file.path for file in found]
            case "dict":
                return [file.get_entities() for file in found]
        if target is None:
            raise ValueError(f'return_type="{return_type}" needs a target, such as target="subject".')
        target = _long_names.get(target, target)
        if return_type == "id":
            return sorted({file.entities[target] for file in found if target in file.entities}, key=str)
        prefix = {"subject": "sub-", "session": "ses-"}.get(target)
        if prefix is None:
            raise ValueError('return_type="dir" is for target="subject" or target="session".')
        folders = (folder for file in found for folder in PurePosixPath(file.path).parents)
        return sorted({str(folder) for folder in folders if folder.name.startswith(prefix)})

    def get_entities(self) -> set[str]:
        """Return the names of all entities that some file has."""
        return {name for file in self.files for name in file.entities}

    def get_file(self, path: str) -> BIDSFile | None:
        """Return a file by its path in the dataset, or None."""
        return next((file for file in self.files if file.path == path), None)

    def get_metadata(self, file: str | BIDSFile) -> dict[str, Any]:
        """Return the merged sidecars of a file. Raises KeyError for a path that is not in the layout."""
        found = file if isinstance(file, BIDSFile) else self.get_file(file)
        if found is None:
            raise KeyError(f"There is no {file} in this layout.")
        return found.get_metadata()

    def to_df(self, metadata: bool = False) -> Any:
        """Return a data frame with one row a file: its entities and path, with ``metadata=True`` its sidecars too."""
        return frame_of(
            {
                "dataset": file.dataset,
                "path": file.path,
                **file.entities,
                **({f"metadata.{name}": value for name, value in file.metadata.items()} if metadata else {}),
            }
            for file in self.files
        )

    def __getattr__(self, name: str) -> Any:
        """Give ``get_subjects()``, ``get_sessions()``, ``get_tasks()`` … for every entity, as PyBIDS does."""
        entity = re.fullmatch(r"get_([a-z_]+)", name)
        if entity is None:
            raise AttributeError(name)
        singular = {"suffixes": "suffix", "echoes": "echo"}.get(entity[1], entity[1].removesuffix("s"))
        return lambda **filters: self.get(return_type="id", target=singular, **filters)

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self.files)

    def __repr__(self) -> str:
        """Count subjects, sessions and files."""
        subjects = {(file.dataset, file.entities.get("subject")) for file in self.files}
        return f"<Layout: {len(subjects)} subjects, {len(self.files)} files>"


def _files_of(scan: models.ScanFacts) -> Iterable[BIDSFile]:
    entities: dict[str, Any] = {"subject": scan.subject}
    if scan.session is not None:
        entities["session"] = scan.session
    entities |= {_long_names.get(key, key): value for key, value in entities_of(scan).items()}
    for file in scan.files:
        suffix, extension = (scan.suffix, scan.extension) if file.role == "image" else _ending(file.path, scan)
        yield BIDSFile(
            dataset=scan.dataset,
            path=file.path,
            size=file.size,
            sha256=file.sha256,
            entities={**entities, "suffix": suffix, "datatype": scan.datatype, "extension": extension},
            metadata=scan.metadata if file.role == "image" else {},
        )


def _ending(path: str, scan: models.ScanFacts) -> tuple[str, str]:
    """Return suffix and extension of a companion: ``sub-01_task-rest_events.tsv`` has ``events`` and ``.tsv``."""
    stem, dot, extension = PurePosixPath(path).name.partition(".")
    suffix = stem.rpartition("_")[2]
    return (suffix if suffix.isalnum() else scan.suffix), f"{dot}{extension}"


def _matches(file: BIDSFile, name: str, value: Any) -> bool:
    found = file.entities.get(name)
    wanted = list(value) if isinstance(value, list | tuple | set) else [value]
    return any(_equal(name, found, one) for one in wanted)


def _equal(name: str, found: Any, wanted: Any) -> bool:
    if found is None or wanted is None:
        return found is wanted
    if name == "extension":
        return str(found).removeprefix(".") == str(wanted).removeprefix(".")
    if isinstance(found, int) and str(wanted).isdecimal():
        return found == int(wanted)
    return str(found) == str(wanted)


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sort sub-2 before sub-10."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text) if part]
