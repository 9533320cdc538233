"""Every code has a sentence in every language, and every sentence a code that is told."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from firmware_gcode.facts import LANGUAGES, CodedError, Fact, fact, sentence
from firmware_gcode.gcode.errors import ERROR_CODES

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("firmware_gcode", "pi_service")
PLACE = re.compile(r"\{(\w+)\}")
Template = str | dict[str, str]


def messages(package: str, language: str) -> dict[str, Template]:
    """One package's sentences in one language."""
    file = REPOSITORY / package / "messages" / f"{language}.json"
    found: dict[str, Template] = json.loads(file.read_text(encoding="utf-8"))
    return found


def everything(language: str) -> dict[str, Template]:
    """All sentences of a language."""
    return {k: v for package in PACKAGES for k, v in messages(package, language).items()}


def places(template: Template) -> set[str]:
    """The parameters that a sentence names."""
    if isinstance(template, str):
        return set(PLACE.findall(template))
    forms = template.get("one", "") + template["other"]
    return set(PLACE.findall(forms)) | {template["count"]}


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    """Every node of the packages' code, with its file."""
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield path, node


def tellers() -> set[str]:
    """Names of what is called with a code: `fact`, `Fact`, and all errors that are coded."""
    bases = {
        node.name: {ast.unparse(base) for base in node.bases}
        for _, node in nodes()
        if isinstance(node, ast.ClassDef)
    }
    found = {"CodedError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found | {"fact", "Fact"}


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_sentence_is_there_in_every_language(package: str, language: str) -> None:
    english, other = messages(package, "en"), messages(package, language)
    assert english.keys() == other.keys()
    for code, template in english.items():
        assert places(template) == places(other[code]), code
        if isinstance(counted := other[code], dict):
            assert ("one" in counted) == (language != "ja"), code


def test_no_code_stands_in_two_packages() -> None:
    assert not messages("firmware_gcode", "en").keys() & messages("pi_service", "en").keys()


def test_every_sentence_belongs_to_a_code_that_is_told() -> None:
    told = {
        node.value
        for _, node in nodes()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(everything("en").keys() - told - set(ERROR_CODES.values())) == []


def test_every_code_that_is_told_has_its_sentence_and_its_parameters() -> None:
    known, names = everything("en"), tellers()
    assert set(ERROR_CODES.values()) <= known.keys()
    for path, node in nodes():
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) in names and node.args):
            continue
        where, code = f"{path.relative_to(REPOSITORY)}:{node.lineno}", node.args[0]
        assert not isinstance(code, ast.JoinedStr), f"{where}: a code is no sentence"
        if not isinstance(code, ast.Constant):
            continue  # A fact that came from elsewhere.
        assert code.value in known, f"{where}: {code.value!r} has no sentence"
        given = {keyword.arg for keyword in node.keywords}
        if None not in given and ast.unparse(node.func) != "Fact":
            lacking = places(known[code.value]) - given
            assert not lacking, f"{where}: {code.value} lacks {lacking}"


def test_a_fact_survives_json_with_the_facts_in_it() -> None:
    whole = fact("outer", why=fact("inner", n=2), several=[fact("a"), fact("b")], mm=1.5)
    assert Fact.from_dict(json.loads(json.dumps(whole.as_dict()))) == whole


def test_a_sentence_is_filled_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def catalogue(language: str) -> Mapping[str, object]:
        cats = {"count": "n", "one": "{n} cat{why}", "other": "{n} cats{why}"}
        return {"cats": cats, "so": ", {mm} mm"} if language == "en" else {"so": " à {mm} mm"}

    monkeypatch.setattr("firmware_gcode.facts.catalogue", catalogue)
    assert sentence(fact("cats", n=1, why="")) == "1 cat"
    assert sentence(fact("cats", n=3, why=fact("so", mm=1.5))) == "3 cats, 1.5 mm"
    assert sentence(fact("so", mm=1.5), "fr") == " à 1,5 mm"
    assert sentence(fact("so", mm=1.5), "ja") == " à 1.5 mm"
    assert str(CodedError("unheard", job=5)) == "unheard (job=5)"


TEXTS = {"reason", "detail", "sentence", "text", "fault", "message", "said"}
"""Names of attributes and JSON fields that hold what is told to people."""
SEARCHES = {"startswith", "endswith", "removeprefix", "find", "index", "partition", "split"}
PATTERNS = {"match", "search", "fullmatch", "findall", "finditer"}


def tells(node: ast.AST) -> bool:
    """Whether an expression is what is told to people, or the text of an error or a fact."""
    if isinstance(node, ast.Attribute):
        return node.attr in TEXTS and ast.unparse(node.value) != "line"  # of G-code
    if isinstance(node, ast.Name):
        return node.id in {"reason", "detail", "sentence", "problem"}
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value in TEXTS
    if not isinstance(node, ast.Call):
        return False
    if ast.unparse(node.func) == "str" and node.args:
        return tells(node.args[0]) or ast.unparse(node.args[0]) in {"error", "told", "fact"}
    return ast.unparse(node.func) == "sentence"


def words(node: ast.AST) -> bool:
    """Whether an expression is a text that is written out, and not empty."""
    values = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    return any(
        isinstance(value, ast.JoinedStr)
        or (isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value)
        for value in values
    )


def branches_on_a_text(node: ast.AST) -> bool:
    """Whether a node compares or searches what is told to people."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        return any(map(tells, sides)) and any(map(words, sides))
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    if node.func.attr in SEARCHES and tells(node.func.value):
        return True
    return node.func.attr in PATTERNS and any(map(tells, node.args))


@pytest.mark.parametrize(
    "code",
    [
        'job.reason == "Waits."',
        '"being homed" in reason.text',
        'str(error).startswith("GRBL refused")',
        're.search("paper", data["text"])',
        "_PATTERN.match(sentence(told))",
        'machine["sentence"] != "Ready to draw."',
    ],
)
def test_a_branch_on_a_text_is_found(code: str) -> None:
    assert branches_on_a_text(ast.parse(code, mode="eval").body)


def test_no_code_branches_on_the_text_of_a_sentence() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 0)} {ast.unparse(node)}"
        for path, node in nodes()
        if branches_on_a_text(node)
    ]
    assert found == []


def test_french_signs_stay_with_their_words() -> None:
    """A line never begins with a colon: before ; : ! ? and inside « » spaces do not break."""
    lang = REPOSITORY / "pi_service" / "web" / "static" / "lang"
    files = [REPOSITORY / package / "messages" / "fr.json" for package in PACKAGES]
    for file in (*files, *lang.glob("fr*.json")):
        words = json.loads(file.read_text(encoding="utf-8")).values()
        loose = [text for text in map(str, words) if re.search(r" [;:!?»]|« ", text)]
        assert loose == [], file
