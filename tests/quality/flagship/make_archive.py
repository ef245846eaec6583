"""Writes archives as PyTorch's `torch.jit.save` lays them out, without PyTorch."""

import io
import pickle
import sys
import types
import zipfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np


class Storage:
    """The values of a tensor, which the pickle only refers to."""

    def __init__(self, key: str, values: np.ndarray) -> None:
        self.key = key
        self.values = values


class Tensor:
    """Pickled as PyTorch does: a call that rebuilds it from its storage."""

    def __init__(self, storage: Storage, shape: tuple[int, ...]) -> None:
        self.storage, self.shape = storage, shape

    def __reduce__(self):
        strides = tuple(int(np.prod(self.shape[axis + 1 :])) for axis in range(len(self.shape)))
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (self.storage, 0, self.shape, strides, False, {})


class _Pickler(pickle.Pickler):
    def persistent_id(self, found):
        if isinstance(found, Storage):
            return "storage", sys.modules["torch"].FloatStorage, found.key, "cpu", found.values.size
        return None


@contextmanager
def _named(classes: dict[str, type]):
    """Makes the names of PyTorch known for as long as something is pickled by them."""
    torch, utils, own = (types.ModuleType(name) for name in ("torch", "torch._utils", "__torch__"))
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})

    def rebuild(*_parts):
        raise AssertionError("only its name is pickled")

    rebuild.__module__, rebuild.__qualname__, rebuild.__name__ = (
        "torch._utils",
        "_rebuild_tensor_v2",
        "_rebuild_tensor_v2",
    )
    utils._rebuild_tensor_v2 = rebuild
    for name, made in classes.items():
        setattr(own, name, made)
    added = {"torch": torch, "torch._utils": utils, "__torch__": own}
    sys.modules.update(added)
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]


def write_archive(path: Path, code: str, tensors: dict[str, np.ndarray], root: object = None) -> None:
    """One module `Net` whose methods are `code` and whose members are tensors; `root` takes its place in the pickle."""
    net = type("Net", (), {"__module__": "__torch__", "__qualname__": "Net"})
    stored = {str(index): np.ascontiguousarray(values, "<f4") for index, values in enumerate(tensors.values())}
    with _named({"Net": net}):
        module = net()
        for (key, values), name in zip(stored.items(), tensors, strict=True):
            module.__dict__[name] = Tensor(Storage(key, values), values.shape)
        file = io.BytesIO()
        _Pickler(file, protocol=2).dump(module if root is None else root)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", file.getvalue())
        archive.writestr("net/code/__torch__.py", code)
        for key, values in stored.items():
            archive.writestr(f"net/data/{key}", values.tobytes())
