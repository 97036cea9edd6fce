"""An import scope for a plug-in: its own files first, whatever their names, and no trace outside.

A plug-in's folder may hold modules and packages called as ours or as another plug-in's (`utils`, `net`,
`models`). While its code is imported they stand in `sys.modules`, those that they hide step aside, and
`sys.path` begins with the folder; afterwards all is as it was. Code of the folder that imports something
later, in a function, enters the scope again by itself. No byte code is read or written: what runs is what
the file says.
"""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

_one_at_a_time = threading.RLock()


class PluginScope:
    """The modules of one plug-in folder; see the module's docstring.

    Args:
        folder: what is the plug-in's.
        first: a folder of it whose files are found before the others, as those beside a script are.

    Attributes:
        files: the source files of the folder that were imported so far, in their order.
    """

    def __init__(self, folder: Path, first: Path | None = None) -> None:
        self.folder = folder
        self.places = (first, folder) if first and first != folder else (folder,)
        self.files: list[Path] = []
        self._modules: dict[str, ModuleType] = {}
        self._package = f"fusevis_plugins_{abs(hash(str(folder))):x}"
        self._builtins = {**vars(builtins), "__import__": self._import}
        self._own: set[str] = set()
        self._depth = 0

    def run(self, path: Path) -> ModuleType:
        """Import a file of the folder; raises whatever its code raises."""
        name = f"{self._package}.{'.'.join(path.relative_to(self.folder).with_suffix('').parts)}"
        with self.entered():
            return importlib.import_module(name)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Import within the scope; one thread at a time."""
        with _one_at_a_time:
            self._depth += 1
            if self._depth > 1:
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            path, argv = list(sys.path), list(sys.argv)
            hidden = self._step_in()
            try:
                yield
            finally:
                self._step_out(hidden)
                sys.path[:], sys.argv[:] = path, argv
                self._depth -= 1

    def _step_in(self) -> dict[str, ModuleType]:
        inside = [path for place in self.places for path in place.iterdir()]
        self._own = {path.stem for path in inside if path.suffix == ".py" or path.is_dir()}
        hidden = {name: module for name, module in sys.modules.items() if name.split(".")[0] in self._own}
        for name in hidden:
            # Ours stay where the folder has nothing of that name, as `models.registry` beside its `models`.
            if self._has(name):
                del sys.modules[name]
        package = ModuleType(self._package)
        package.__path__ = [str(self.folder)]
        sys.modules[self._package] = package
        sys.modules.update(self._modules)
        sys.meta_path.insert(0, _Finder(self))
        sys.path[:0] = map(str, self.places)
        sys.argv[:] = sys.argv[:1]  # an argument parser at import must not read our command line
        return hidden

    def _step_out(self, hidden: dict[str, ModuleType]) -> None:
        sys.meta_path[:] = [each for each in sys.meta_path if getattr(each, "scope", None) is not self]
        own = {name: module for name, module in sys.modules.items() if self._owns(name, module)}
        self._modules.update(own)
        for name in own:
            del sys.modules[name]
        sys.modules.update(hidden)

    def _has(self, name: str) -> bool:
        """Whether the folder has a module of this dotted name."""
        spots = [place.joinpath(*name.split(".")) for place in self.places]
        return any(spot.with_suffix(".py").is_file() or any(spot.glob("*.py")) for spot in spots)

    def _owns(self, name: str, module: ModuleType) -> bool:
        """Whether a module is the folder's: a file of it, or a folder without one."""
        loader = getattr(module, "__loader__", None)
        if isinstance(loader, _Loader):
            return loader.scope is self
        if name.split(".")[0] not in (*self._own, self._package) or getattr(module, "__file__", None):
            return False
        return all(Path(place).is_relative_to(self.folder) for place in getattr(module, "__path__", ()))

    def _import(self, name: str, *args: Any, **kwargs: Any) -> Any:
        with self.entered():
            return builtins.__import__(name, *args, **kwargs)


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles the file itself, and gives its code an import that knows the scope."""

    def __init__(self, name: str, path: str, scope: PluginScope) -> None:
        super().__init__(name, path)
        self.scope = scope

    def get_code(self, fullname: str) -> Any:
        return compile(self.get_data(self.path), self.path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        path = Path(self.path)
        if path not in self.scope.files:
            self.scope.files.append(path)
        module.__dict__["__builtins__"] = self.scope._builtins
        exec(self.get_code(module.__name__), module.__dict__)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the files of a plug-in's folder before anything else."""

    def __init__(self, scope: PluginScope) -> None:
        self.scope = scope

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        places = [*map(str, self.scope.places)] if path is None else list(path)
        found = importlib.machinery.PathFinder.find_spec(fullname, places, target)
        if found is None or found.origin is None or not found.origin.endswith(".py"):
            return found if found is not None and found.submodule_search_locations and path is None else None
        if not Path(found.origin).is_relative_to(self.scope.folder):
            return None
        loader = _Loader(fullname, found.origin, self.scope)
        return importlib.util.spec_from_file_location(
            fullname,
            found.origin,
            loader=loader,
            submodule_search_locations=found.submodule_search_locations,
        )


Factory = Callable[[], Any]


def within(scope: PluginScope, factory: Factory) -> Factory:
    """A factory that runs in a plug-in's scope."""

    def made() -> Any:
        with scope.entered():
            return factory()

    return made
