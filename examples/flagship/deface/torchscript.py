"""Reads a network that PyTorch saved as TorchScript, without PyTorch and without executing anything of the file.

Such a file is a ZIP archive: `data.pkl` holds the tree of modules, `data/` their tensors, and `code/` the methods of each class as text
in a subset of Python. The pickle may name only what a network needs (see `_KNOWN`), and the text is parsed, never run.
"""

import ast
import io
import math
import pickle
import zipfile
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np


class UnknownNetwork(Exception):
    """The file holds something that a network of the known kinds does not need."""


@dataclass(eq=False)
class Module:
    """One module of a network: its class, and its members, which are modules, tensors or plain values."""

    archive: "Archive"
    path: str
    name: str
    members: dict = field(default_factory=dict)

    def __setstate__(self, state: dict) -> None:
        self.members.update(state)

    def method(self, name: str) -> ast.FunctionDef:
        return self.archive.method(self.path, self.name, name)


class Archive:
    """An opened archive.

    Example: `Archive(path).root` is the module that stands for the whole network.
    """

    def __init__(self, path) -> None:
        self._zip = zipfile.ZipFile(path)
        pickles = [name for name in self._zip.namelist() if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise UnknownNetwork(f"{path} is no TorchScript archive: it has {len(pickles)} files data.pkl.")
        self._top = pickles[0].removesuffix("data.pkl")
        self._classes: dict[str, dict[str, ast.ClassDef]] = {}
        self.root = _Unpickler(self, io.BytesIO(self._zip.read(pickles[0]))).load()
        if not isinstance(self.root, Module):
            raise UnknownNetwork(f"{path} does not hold a module.")

    def read(self, name: str) -> bytes:
        return self._zip.read(f"{self._top}{name}")

    def method(self, path: str, name: str, method: str) -> ast.FunctionDef:
        """Finds a method of a class: `path` is that of its file below `code/`, without `.py`."""
        if path not in self._classes:
            tree = ast.parse(self.read(f"code/{path}.py").decode())
            self._classes[path] = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        for node in self._classes[path][name].body:
            if isinstance(node, ast.FunctionDef) and node.name == method:
                return node
        raise UnknownNetwork(f"{name} of {path} has no method {method}.")


class _Unpickler(pickle.Unpickler):
    """Builds modules and tensors, and refuses every other name that a pickle could call."""

    def __init__(self, archive: Archive, file: io.BytesIO) -> None:
        super().__init__(file)
        self._archive = archive

    def find_class(self, module: str, name: str):
        if module.startswith("__torch__"):
            return _module_class(self._archive, module.replace(".", "/"), name)
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        raise UnknownNetwork(f"The archive names {module}.{name}, which no network needs.")

    def persistent_load(self, pid) -> np.ndarray:
        kind, dtype, key, _device, count = pid
        if kind != "storage" or not isinstance(dtype, np.dtype):
            raise UnknownNetwork(f"The archive holds a storage of an unknown kind: {kind}.")
        values = np.frombuffer(self._archive.read(f"data/{key}"), dtype)
        if len(values) != count:
            raise UnknownNetwork(f"data/{key} has {len(values)} values instead of {count}.")
        return values


def _module_class(archive: Archive, path: str, name: str):
    """The pickle makes each module by calling `cls.__new__(cls)` and then sets its state: a class of its own for each that it names."""

    class Named(Module):
        def __new__(cls):
            made = object.__new__(Module)
            Module.__init__(made, archive, path, name)
            return made

    return Named


def _tensor(storage: np.ndarray, offset: int, shape: tuple, strides: tuple, *_rest) -> np.ndarray:
    expected, step = [], 1
    for length in reversed(shape):
        expected.insert(0, step)
        step *= length
    if tuple(strides) != tuple(expected):
        raise UnknownNetwork(f"A tensor of shape {shape} does not lie in one piece.")
    return storage[offset : offset + math.prod(shape)].reshape(shape)


_KNOWN = {
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("collections", "OrderedDict"): OrderedDict,
}
