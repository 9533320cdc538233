"""Every word of the page is there in every language."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest

from firmware_gcode.facts import LANGUAGES
from firmware_gcode.program.profile import Profile
from pi_service.cli.serve import serve
from pi_service.plugins.shipped.apprise import Apprise
from pi_service.plugins.shipped.folder import Folder
from pi_service.plugins.shipped.key import Key
from pi_service.plugins.shipped.ntfy import Ntfy
from pi_service.plugins.shipped.webhook import Webhook
from pi_service.sketching.model_file import read_model_file
from pi_service.sketching.sketcher import DEFAULT_MODEL
from pi_service.web.assets import STATIC, Assets
from pi_service.web.pages import MAIN, OF_STAFF, VIEWS, needed

MODULES = sorted(set((STATIC / "js").rglob("*.js")) - {STATIC / "js" / "i18n.js"})
FILES = sorted((STATIC / "lang").glob("*.json"))
OTHERS = LANGUAGES[1:]
PARTS = ("", "-staff", "-hall", "-classes")


def words_in(language: str, *parts: str) -> dict[str, str]:
    """A language's words by their English; `parts` are "", "-staff" or "-classes"."""
    files = [STATIC / "lang" / f"{language}{part}.json" for part in parts]
    return {k: v for file in files for k, v in json.loads(file.read_text("utf-8")).items()}


FRENCH = words_in("fr", "", "-staff", "-hall")
"""The page's words; that the other languages have the same ones is held below."""
_TEXT = r'"((?:[^"\\]|\\.)*)"'
_CALL = re.compile(rf"\bt\(\s*(?:{_TEXT}|([^\s)]+))")
_PLURAL = re.compile(rf"\bplural\(\s*[^,]+,\s*{_TEXT},\s*{_TEXT}")
_PLACE = re.compile(r"\{\w+\}")
NAMES = {"catplotter"}
KINDS = (Apprise, Folder, Key, Ntfy, Webhook)
HELP = "Show this message and exit."


class Words(HTMLParser):
    """What a person reads or hears of a page, but for what stands in another language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "link", "img", "br"}:
            self._inside.append(tag)
        self.found += [v for k, v in attrs if k in {"alt", "aria-label", "title"} and v]

    def handle_endtag(self, tag: str) -> None:
        self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "title", "noscript"} & set(self._inside):
            self.found.append(data.strip())


def words_of(text: str) -> set[str]:
    """The sentences that a module says."""
    calls = {found[1] for found in _CALL.finditer(text) if found[1] is not None}
    plurals = {each for found in _PLURAL.finditer(text) for each in found.groups()}
    return {json.loads(f'"{sentence}"') for sentence in calls | plurals}


def test_every_sentence_has_its_translation() -> None:
    for path in MODULES:
        assert sorted(words_of(path.read_text()) - FRENCH.keys()) == [], path


def test_visitors_views_need_none_of_the_staffs_words() -> None:
    """They fetch the others only: what is missing would stand there in English."""
    files, words = Assets(STATIC), words_in("fr", "")
    for view in set(VIEWS.values()) - OF_STAFF:
        for name in needed(files, [MAIN, f"js/views/{view}.js"]):
            assert sorted(words_of(files.text(name) or "") - words.keys()) == [], name


def test_sentences_are_written_out() -> None:
    """What is not a text in the source cannot be looked up here."""
    for path in MODULES:
        calls = [found[2] for found in _CALL.finditer(path.read_text()) if found[1] is None]
        assert calls == [], path


def test_the_page_itself_has_its_translation() -> None:
    parser = Words()
    parser.feed((STATIC / "index.html").read_text().replace("{preloads}", ""))
    assert {word for word in parser.found if word} - FRENCH.keys() - NAMES == set()


def test_the_page_offers_the_languages_that_the_service_speaks() -> None:
    module = (STATIC / "js" / "i18n.js").read_text("utf-8")
    offered = re.search(r"const LANGUAGES = \{(.*)\}", module)
    assert offered is not None
    assert tuple(re.findall(r'(\w+): "', offered[1])) == LANGUAGES
    for language in LANGUAGES:
        assert f"\n  {language}: {{" in (STATIC / "js" / "words.js").read_text("utf-8")
    names = {f"{language}{part}.json" for language in OTHERS for part in PARTS}
    assert {file.name for file in FILES} == names


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("part", PARTS[:3])
def test_every_language_has_the_same_words_and_places(language: str, part: str) -> None:
    words = words_in(language, part)
    assert list(words) == list(words_in("fr", part))
    for english, other in words.items():
        assert other.strip(), english
        assert set(_PLACE.findall(english)) == set(_PLACE.findall(other)), english


@pytest.mark.parametrize("language", OTHERS)
def test_all_that_can_be_drawn_has_its_name(language: str) -> None:
    names = words_in(language, "-classes")
    assert names.keys() == set(read_model_file(DEFAULT_MODEL).classes)
    assert all(names.values())
    if language == "fr":
        article = re.compile(r"(une?|des|du|de la|la|le|les) |(de )?l’")
        assert [name for name in names.values() if not article.match(name)] == []


def explanations() -> set[str]:
    """What explains settings and profiles: English prose of their declarations."""
    helps = {option.help for option in serve.params if isinstance(option, click.Option)}
    shipped = [Profile.load(name).description for name in Profile.shipped()]
    plugins = [option.about for kind in KINDS for option in kind.OPTIONS]
    return {text for text in {*helps, *shipped, *plugins} if text} - {HELP}


def test_every_option_of_the_service_and_every_profile_is_explained() -> None:
    assert len(explanations()) > 30
    assert sorted(explanations() - FRENCH.keys()) == []


def test_no_translation_is_for_words_that_the_page_does_not_say() -> None:
    parser = Words()
    parser.feed((STATIC / "index.html").read_text())
    said = {word for path in MODULES for word in words_of(path.read_text())}
    assert sorted(FRENCH.keys() - said - set(parser.found) - explanations()) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_key_stands_twice(file: Path) -> None:
    pairs: list[tuple[str, str]] = json.loads(file.read_text("utf-8"), object_pairs_hook=list)
    keys = [key for key, _ in pairs]
    assert [key for key in keys if keys.count(key) > 1] == []


TEXTS = "reason|detail|sentence|fault|outcome|problem|problems|note|meaning|message|text|busy"
"""Names of the API's fields that hold English sentences beside their facts."""
SEARCHES = "includes|startsWith|endsWith|indexOf|match|matchAll|search|split"
BRANCHES = [
    re.compile(pattern)
    for pattern in (
        rf"(?<!this)(?<!\.)\.(?:{TEXTS})\s*(?:[!=]==?|\.(?:{SEARCHES})\()",  # job.reason === …
        rf"\b(?:reason|detail|sentence|fault)\s*(?:[!=]==?|\.(?:{SEARCHES})\()",
        rf"[!=]==?\s*\w[\w.?]*\.(?:{TEXTS})\b",  # … === state.machine.sentence
        rf"\.(?:{SEARCHES}|test|exec)\([^()]*(?:\.(?:{TEXTS})|\b(?:sentence|detail|reason))\b",
        rf"(?:[!=]==?\s*|\.(?:{SEARCHES})\()[\"`][^\"`]* [^\"`]*[\"`]",  # a sentence
        r"/[^/\n]*[A-Za-z]{4,}[^/\n]*/[a-z]*\.(?:test|exec)\(",  # words in a pattern
    )
]
"""What compares or searches a text of the service."""


@pytest.mark.parametrize(
    "code",
    [
        r"return /\bbeing homed\b/i.test(sentence);",
        'notices.find(({ text }) => text.startsWith("The pen"))',
        "state.problems.filter((text) => text !== state.machine.sentence)",
        "const known = job.reason.includes(store.known.machine.sentence);",
        "/quiet/i.test(detail)",
        "new RegExp(name).test(detail)",
        'entry.text.startsWith("Over: ")',
        'job.reason === ""',
    ],
)
def test_a_branch_on_a_text_is_found(code: str) -> None:
    assert any(branch.search(code) for branch in BRANCHES)


def test_no_module_branches_on_a_text_of_the_service() -> None:
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in sorted((STATIC / "js").rglob("*.js"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if any(branch.search(line) for branch in BRANCHES)
    ]
    assert found == []
