"""The folders of one server's sources: which file a name in a source means. Reads no file."""

from collections.abc import Sequence
from pathlib import Path

from contend.inventory.sources.size import JAVASCRIPT, PYTHON, TEMPLATES
from contend.suites.backend import source_files

_SUFFIXES = (PYTHON, *JAVASCRIPT, *TEMPLATES)


class Tree:
    """Immutable. Names are looked up in its folders in their order, the server's own first; files
    `beside` them are found by their paths alone."""

    def __init__(self, folders: Sequence[Path], beside: Sequence[Path] = ()) -> None:
        self.folders = tuple(folder.resolve() for folder in folders)
        found = [path for folder in self.folders for path in source_files(folder)]
        every = (*found, *(path.resolve() for path in beside))
        self.files = frozenset(path for path in every if path.suffix in _SUFFIXES)
        self._modules = frozenset(
            path.relative_to(folder).parts[0].removesuffix(PYTHON)
            for folder in self.folders
            for path in self.files
            if path.suffix == PYTHON and path.is_relative_to(folder)
        )
        self._named: dict[str, Path] = {}
        for path in found:
            if path in self.files and not _is_imported(path):
                for name in (path.name, path.name.partition(".")[0]):
                    self._named.setdefault(name, path)

    def module(self, dotted: str) -> Path | None:
        """The file of a Python module; a package's is its __init__.py."""
        inner = dotted.replace(".", "/")
        for folder in self.folders:
            for path in (folder / f"{inner}{PYTHON}", folder / inner / f"__init__{PYTHON}"):
                if path in self.files:
                    return path
        return None

    def is_own_module(self, dotted: str) -> bool:
        """Whether its first part is a module or a package of these folders."""
        return dotted.partition(".")[0] in self._modules

    def beside(self, path: Path, relative: str) -> Path | None:
        """The file that a path names from another file's folder; for one that a compiler makes, the
        TypeScript that it is made from."""
        source = f"{relative.removesuffix('.js')}.ts"
        for name in (relative, source, source.replace("dist/", "src/", 1)):
            if (found := (path.parent / name).resolve()) in self.files:
                return found
        return None

    def named(self, name: str) -> Path | None:
        """A file that nothing imports, such as a template, by its name with or without endings."""
        return self._named.get(name)

    def mentioned(self, text: str) -> list[Path]:
        """What a string can name without an import: main:app, settings, fortunes.html."""
        dotted = text.partition(":")[0]
        module = self.module(dotted) if all(map(str.isidentifier, dotted.split("."))) else None
        return [path for path in (module, self.named(text)) if path is not None]

    def started(self, words: Sequence[str]) -> frozenset[Path]:
        """The files that a start command, or its environment, names from the server's folder."""
        found = {path for word in words for path in self.mentioned(word)}
        beside = {self.beside(self.folders[0] / "start", word) for word in words}
        return frozenset(found | {path for path in beside if path is not None})


def _is_imported(path: Path) -> bool:
    return path.suffix in JAVASCRIPT or (path.suffix == PYTHON and path.stem.isidentifier())
