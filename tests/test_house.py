"""The house stands as it was designed: floors, sizes, docstrings, and no import circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("pi_service", "firmware_gcode", "model_training")
SOURCES = sorted(p for package in PACKAGES for p in (REPOSITORY / package).rglob("*.py"))

# Each room and the rooms it may import from; a room may always import from itself.
DRAWING = {"firmware_gcode.drawing"}
MOTION = {"firmware_gcode.motion", "firmware_gcode.gcode"}
PROFILE = {"firmware_gcode.program.profile", "firmware_gcode.program.pen"}
PROGRAM = DRAWING | MOTION | {"firmware_gcode.toolpath", "firmware_gcode.program"}
GRBL = PROGRAM | {"firmware_gcode.grbl"}
FLOOR_1 = GRBL | {"firmware_gcode.setup", "pi_service.sketching"}
FLOOR_2 = FLOOR_1 | {"pi_service.studio"}
GROUND = {"firmware_gcode.facts"}  # what is told to people; every room may import it
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
    "pi_service.web": {"pi_service.studio"},
    "pi_service.fleet": {"pi_service.studio"},
    "pi_service.service": FLOOR_2 | {"pi_service"},
    "pi_service.cli": FLOOR_2 | {"pi_service"},
    "pi_service.__main__": {"pi_service"},
    "pi_service.systemd": set(),
    "pi_service.watchdog": {"pi_service.systemd"},
    "pi_service.appliance": {"pi_service.studio.access.tokens"},
    "model_training": {"pi_service.sketching"},
}
OWN_ROOTS = set(PACKAGES)
ONLY_IN = {
    "torch": {"model_training"},
    "serial": {"firmware_gcode"},
    "sqlite3": {"pi_service.studio"},
    "paho": {"pi_service.fleet"},
}


def module_name(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports at any place in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def inside(module: str, room: str) -> bool:
    """Whether a module is the room or stands in it."""
    return module == room or module.startswith(room + ".")


def room_of(module: str) -> str | None:
    """The innermost room of `FLOORS` in which a module stands."""
    rooms = [room for room in FLOORS if inside(module, room)]
    return max(rooms, key=len, default=None)


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_room_imports_only_from_floors_below(path: Path) -> None:
    module = module_name(path)
    room = room_of(module)
    if room is None:
        assert module in OWN_ROOTS, f"{module} stands in no room of the design"
        return
    allowed = FLOORS[room] | GROUND | {room}
    wrong = [
        imported
        for imported in imports(path)
        if imported.split(".")[0] in OWN_ROOTS
        and not any(inside(imported, a) for a in allowed)
    ]
    assert not wrong, f"{module} imports {wrong}, which is not below {room}"


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_outside_libraries_stay_behind_their_rooms(path: Path) -> None:
    module = module_name(path)
    for library, rooms in ONLY_IN.items():
        if any(inside(name, library) for name in imports(path)):
            assert any(inside(module, room) for room in rooms), f"{module} imports {library}"


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_files_and_functions_fit_in_the_head(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 400, f"{path} is longer than 400 lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 60, f"{path}:{node.lineno} {node.name} has {length} lines"


def test_no_import_circles() -> None:
    """At run time: imports inside `if TYPE_CHECKING` and inside functions do not count."""
    graph = {module_name(path): set(top_level_imports(path)) for path in SOURCES}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"import circle: {' > '.join((*trail, module))}"
        if module in done:
            return
        for imported in sorted(graph[module] & graph.keys()):
            visit(imported, (*trail, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def top_level_imports(path: Path) -> Iterator[str]:
    """Modules that are imported while a file is loaded."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
