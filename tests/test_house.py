"""The house stands as it was designed: floors, sizes, docstrings, and no import circles."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("pi_service", "firmware_gcode", "model_training")
LONGEST_FILE = 500
LONGEST_FUNCTION = 60

# Each room and the rooms it may import from; a room may always import from itself.
DRAWING = {"firmware_gcode.drawing"}
MOTION = {"firmware_gcode.motion", "firmware_gcode.gcode"}
PROFILE = {"firmware_gcode.program.profile", "firmware_gcode.program.pens"}
PROGRAM = DRAWING | MOTION | {"firmware_gcode.toolpath", "firmware_gcode.program"}
GRBL = PROGRAM | {"firmware_gcode.grbl"}
FLOOR_1 = GRBL | {"firmware_gcode.setup", "pi_service.sketching"}
FLOOR_2 = FLOOR_1 | {"pi_service.studio"}
GROUND = {"firmware_gcode.facts"}
"""What every room may import from."""
FLOORS: dict[str, set[str]] = {
    "firmware_gcode.facts": set(),
    "firmware_gcode.drawing": set(),
    "firmware_gcode.gcode": set(),
    "firmware_gcode.motion": {"firmware_gcode.gcode"},
    "firmware_gcode.toolpath": DRAWING | MOTION | PROFILE,
    "firmware_gcode.program": PROGRAM,
    "firmware_gcode.grbl": PROGRAM,
    "firmware_gcode.setup": GRBL,
    "pi_service.sketching": set(),
    "pi_service.studio": FLOOR_1,
    "pi_service.triggers": {"pi_service.studio"},
    "pi_service.plugins": {"pi_service.studio"},
    "pi_service.web": {"pi_service.studio", "pi_service.plugins"},
    "pi_service.fleet": {"pi_service.studio"},
    "pi_service.service": FLOOR_2 | {"pi_service"},
    "pi_service.cli": FLOOR_2 | {"pi_service"},
    "pi_service.__main__": {"pi_service"},
    "pi_service.systemd": set(),
    "pi_service.variables": set(),
    "pi_service.watchdog": {"pi_service.systemd"},
    "pi_service.appliance": {
        "pi_service.studio.access.tokens",
        "pi_service.studio.workshop.update_files",
    },
    "model_training": {"pi_service.sketching", "firmware_gcode.drawing"},
}
OWN_ROOTS = set(PACKAGES)
ONLY_IN = {
    "torch": {"model_training"},
    "serial": {"firmware_gcode"},
    "sqlite3": {"pi_service.studio"},
    "paho": {"pi_service.fleet"},
    "apprise": {"pi_service.plugins"},
}


@dataclass(frozen=True)
class Source:
    """One file of the product, parsed."""

    name: str
    folder: str
    lines: int
    tree: ast.Module
    imports: frozenset[str]
    """Every module that it imports at any place in it."""

    @classmethod
    def read(cls, path: Path) -> Source:
        """Read and parse a file."""
        parts = path.relative_to(REPOSITORY).with_suffix("").parts
        text = path.read_text()
        tree = ast.parse(text)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        folder = ".".join(parts[:-1])
        return cls(name, folder, text.count("\n"), tree, frozenset(imported(ast.walk(tree))))

    def imports_when_loaded(self) -> set[str]:
        """Modules imported at run time: not those for types only, nor inside functions."""
        return {
            name for node in self.tree.body for name in (*imported([node]), *members(node))
        }

    def long_functions(self) -> Iterator[str]:
        """Functions that do not fit in the head."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    yield f"{self.name}.{node.name} has {length} lines"


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The modules that import statements name."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def members(node: ast.AST) -> Iterator[str]:
    """What `from a import b` names, each of which may be a module."""
    if isinstance(node, ast.ImportFrom) and node.module:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside(module: str, room: str) -> bool:
    """Whether a module is the room or stands in it."""
    return module == room or module.startswith(room + ".")


def room_of(module: str) -> str | None:
    """The innermost room of `FLOORS` in which a module stands."""
    rooms = [room for room in FLOORS if inside(module, room)]
    return max(rooms, key=len, default=None)


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    """Every file of the product."""
    return [
        Source.read(path)
        for package in PACKAGES
        for path in sorted((REPOSITORY / package).rglob("*.py"))
    ]


def test_every_module_stands_in_a_room(sources: list[Source]) -> None:
    homeless = {source.name for source in sources if room_of(source.name) is None}
    assert homeless <= OWN_ROOTS


def test_a_room_imports_only_from_floors_below(sources: list[Source]) -> None:
    wrong = []
    for source in sources:
        room = room_of(source.name)
        if room is None:
            continue
        allowed = FLOORS[room] | {room} | GROUND
        wrong += [
            f"{source.name} imports {name}, which is not below {room}"
            for name in sorted(source.imports)
            if name.split(".")[0] in OWN_ROOTS and not any(inside(name, a) for a in allowed)
        ]
    assert wrong == []


def test_outside_libraries_stay_behind_their_rooms(sources: list[Source]) -> None:
    wrong = [
        f"{source.name} imports {library}"
        for source in sources
        for library, rooms in ONLY_IN.items()
        if any(inside(name, library) for name in source.imports)
        and not any(inside(source.name, room) for room in rooms)
    ]
    assert wrong == []


def test_files_and_functions_fit_in_the_head(sources: list[Source]) -> None:
    wrong = [
        f"{source.name} has {source.lines} lines"
        for source in sources
        if source.lines > LONGEST_FILE
    ]
    wrong += [told for source in sources for told in source.long_functions()]
    assert wrong == []


def test_no_import_circles(sources: list[Source]) -> None:
    graph = {source.name: source.imports_when_loaded() for source in sources}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"import circle: {' > '.join((*trail, module))}"
        if module in done:
            return
        for name in sorted(graph[module] & graph.keys()):
            visit(name, (*trail, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def test_no_circles_between_folders_of_the_service(sources: list[Source]) -> None:
    """Also for imports that are for types only, or inside functions."""
    folders = {source.name: source.folder for source in sources}
    graph: dict[str, set[str]] = {}
    for source in sources:
        if inside(source.name, "pi_service"):
            reached = {folders[name] for name in source.imports & folders.keys()}
            graph.setdefault(source.folder, set()).update(reached - {source.folder})
    for folder in graph:
        above, waiting = set[str](), [folder]
        while waiting:
            found = graph.get(waiting.pop(), set()) - above
            above |= found
            waiting += found
        assert folder not in above, f"{folder} is in a circle"
