"""What is told to people, as data: a code with parameters, made into a sentence at the edges.

Code decides by codes and enums and never reads a sentence. The sentences stand in catalogues,
one JSON file per language (``en.json``, ``de.json``) in the ``messages`` folder of each
package; the page reads the same files. A sentence holds ``{name}`` where the parameter of that
name is to stand. A sentence that depends on a number is an object: ``count`` names the
parameter, ``one`` and ``other`` are its forms; Japanese has only ``other``.

The idea of a coded error beside its text is that of RFC 9457 and of python-can's `CanError`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from pathlib import Path
from typing import Any, TypeAlias, Union

Value: TypeAlias = Union[str, int, float, bool, "Fact", Sequence["Fact"], None]
"""What a parameter may be: plain JSON, a fact, or several facts."""

LANGUAGES = ("en", "de", "es", "fr", "ja")
"""Languages in which every code has a sentence; the first is the fallback."""
_DECIMAL_POINT = ("en", "ja")
"""Languages that write 1.5; the others write 1,5 (CLDR)."""
_UNSPACED = ("ja",)
"""Languages without spaces between sentences."""
_PLACE = re.compile(r"\{(\w+)\}")
_FOLDERS: list[Path] = [Path(__file__).with_name("messages")]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a person is told.

    Attributes:
        code: Names the sentence in the catalogues, such as ``job-unknown``.
        params: What stands in the sentence's places. Numbers are given as they are to be read:
            rounded by whoever tells.
    """

    code: str
    params: Mapping[str, Value] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The fact ready for JSON: ``code`` and ``params``."""
        return {
            "code": self.code,
            "params": {name: _plain(value) for name, value in self.params.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fact:
        """The fact that `as_dict` gave."""
        return cls(str(data["code"]), {k: _value(v) for k, v in data["params"].items()})

    def as_json(self) -> str:
        """The fact as it is kept in a database; the same fact always gives the same text."""
        return json.dumps(self.as_dict(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Fact:
        """The fact that `as_json` gave."""
        return cls.from_dict(json.loads(text))

    def __str__(self) -> str:
        """The English sentence: for logs and tracebacks."""
        return sentence(self)


def fact(code: str, /, **params: Value) -> Fact:
    """A fact by its code and its parameters."""
    return Fact(code, params)


def listed(facts: Sequence[Fact]) -> Fact:
    """Several facts as one, for a place within a sentence: ``first; second; third``.

    Args:
        facts: One or more.
    """
    first, *rest = facts
    return fact("and-also", first=first, rest=listed(rest)) if rest else first


class CodedError(Exception):
    """An error that is told to people; its text is the English sentence of its fact.

    Args:
        told: The fact, or its code.
        params: The fact's parameters, where its code was given.

    Attributes:
        fact: What is told.
    """

    def __init__(self, told: Fact | str, /, **params: Value) -> None:
        self.fact = Fact(told, params) if isinstance(told, str) else told
        super().__init__(self.fact)

    def __str__(self) -> str:
        return sentence(self.fact)


def fact_of(error: BaseException) -> Fact:
    """What an error tells; of an error without a code its text, in whatever language."""
    return error.fact if isinstance(error, CodedError) else Fact("text", {"text": str(error)})


def chain(code: str, parts: Sequence[Fact]) -> Fact:
    """Several facts in a row, such as “a, b and c”.

    Args:
        code: Of a sentence with the places ``first`` and ``second``, such as ``and``.
        parts: One or more.
    """
    return reduce(lambda first, second: fact(code, first=first, second=second), parts)


def add_messages(folder: Path) -> None:
    """Let a package above this one bring the catalogues of its own codes."""
    if folder not in _FOLDERS:
        _FOLDERS.append(folder)
        catalogue.cache_clear()


@cache
def catalogue(language: str) -> Mapping[str, str | Mapping[str, str]]:
    """All sentences of a language by code; empty for a language that there is not.

    Args:
        language: Its code, such as ``en``.
    """
    found: dict[str, str | Mapping[str, str]] = {}
    for folder in _FOLDERS:
        file = folder / f"{language}.json"
        if file.is_file():
            found |= json.loads(file.read_text(encoding="utf-8"))
    return found


def sentence(told: Fact, language: str = LANGUAGES[0]) -> str:
    """The fact as a person of that language reads it.

    A code without a sentence is given as it is, with its parameters: better than nothing.
    """
    template = catalogue(language).get(told.code) or catalogue(LANGUAGES[0]).get(told.code)
    if template is None:
        params = ", ".join(f"{name}={value}" for name, value in told.params.items())
        return f"{told.code} ({params})" if params else told.code
    if not isinstance(template, str):
        form = _form(told.params[template["count"]], language)
        template = template.get(form) or template["other"]

    def fill(place: re.Match[str]) -> str:
        name = place[1]
        return _words(told.params[name], language) if name in told.params else place[0]

    return _PLACE.sub(fill, template)


def _form(count: Value, language: str) -> str:
    """The plural form for a number: French counts zero as one (CLDR plural rules)."""
    number = abs(float(count)) if isinstance(count, int | float) else 0.0
    return "one" if number == 1 or (language == "fr" and number < 2) else "other"


def _words(value: Value, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, Fact):
        return sentence(value, language)
    if isinstance(value, float):
        text = f"{value:.10g}"
        return text if language in _DECIMAL_POINT else text.replace(".", ",")
    if isinstance(value, Sequence) and not isinstance(value, str):
        gap = "" if language in _UNSPACED else " "
        return gap.join(sentence(each, language) for each in value)
    return str(value)


def _plain(value: Value) -> Any:
    if isinstance(value, Fact):
        return value.as_dict()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [each.as_dict() for each in value]
    return value


def _value(data: Any) -> Value:
    if isinstance(data, Mapping):
        return Fact.from_dict(data)
    if isinstance(data, list):
        return [Fact.from_dict(each) for each in data]
    plain: Value = data
    return plain
