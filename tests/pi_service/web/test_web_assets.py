"""The page's files: small, self-contained, cached for ever under a name that changes."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from firmware_gcode.facts import LANGUAGES, catalogue
from pi_service.web.assets import STATIC, Assets
from pi_service.web.pages import PART, USUAL, VIEWS

TEXTS = [path for path in sorted(STATIC.rglob("*")) if path.suffix in {".js", ".css", ".html"}]


def test_the_page_and_its_files_are_small(
    client: FlaskClient,
) -> None:
    page = client.get("/", headers={"Accept-Encoding": "gzip"})
    size = len(page.data)
    text = client.get("/").text
    for address in set(re.findall(r'(?:href|src)="(static/[^"]+)"', text)):
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, address
        size += len(answer.data)
    assert size < 100 * 1024
    assert size < 44 * 1024, "what it is today, with room: look before raising it"


def test_styles_come_as_one_file_for_all_and_one_for_a_view(client: FlaskClient) -> None:
    styles = ""
    for path in VIEWS:
        for address in re.findall(r'href="(static/\w+/css/\w+\.css)"', client.get(path).text):
            styles += client.get(address).text
    assert "@import" not in styles
    modules = "".join(path.read_text() for path in (STATIC / "js").rglob("*.js"))
    for file in (STATIC / "css").glob("*.css"):
        if "@import" not in file.read_text() and f"css/{file.name}" not in modules:
            assert file.read_text() in styles, f"nothing loads {file.name}"


@pytest.mark.parametrize("path", VIEWS)
def test_a_page_asks_at_once_for_every_module_of_its_view(
    client: FlaskClient, path: str
) -> None:
    page = client.get(path).text
    loaded = set(re.findall(r'(?:href|src)="static/\w+/(js/[^"]+)"', page))
    assert "js/main.js" in loaded
    assert PART.get(VIEWS[path], "js/main.js") in loaded
    for name in loaded:
        for other in re.findall(r'from "(\.[^"]+)"|^import "([^"]+)"', read(name), re.M):
            module = posixpath.normpath(f"{posixpath.dirname(name)}/{other[0] or other[1]}")
            assert module in loaded, f"{module} would be found only after {name}"


@pytest.mark.parametrize("path", VIEWS)
def test_what_says_how_the_plotter_is_comes_before_the_view(
    client: FlaskClient, path: str
) -> None:
    text = client.get(path, headers={"Accept-Language": "pt, de-CH;q=0.9, en;q=0.8"}).text
    names = re.findall(r'href="static/\w+/((?:js|lang)/[^"]+)"', text)
    first, its_own = names.index("js/strip.js"), names.index(f"js/views/{VIEWS[path]}.js")
    assert names[0] == "js/main.js"
    assert first < names.index("lang/de.json") < its_own
    assert len(names) == len(set(names))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_brings_the_sentences_of_what_it_tells(
    client: FlaskClient, language: str
) -> None:
    text = client.get("/", headers={"Accept-Language": language}).text
    found = re.search(rf'id="sentences" lang="{language}">([^<]+)<', text)
    assert found is not None
    sentences = json.loads(found[1])
    assert sentences["machine-ready"] == catalogue(language)["machine-ready"]
    assert set(USUAL) <= set(sentences)
    assert len(sentences) < 15


def read(name: str) -> str:
    return (STATIC / name).read_text()


def test_page_and_service_have_the_same_views() -> None:
    """The address, the name, and styles only where there are some."""
    routes = re.findall(
        r'path: "([^"]+)",\s+name: "(\w+)".*?css: (.+?),', read("js/router.js"), re.DOTALL
    )
    assert {path: name for path, name, _ in routes} == VIEWS
    for _, name, css in routes:
        assert css == (f'"css/{name}.css"' if name != "home" else "null")


def test_files_may_be_kept_for_ever_and_the_page_may_not(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.headers["Cache-Control"] == "no-store"
    address = re.search(r'src="(static/\w+/js/main\.js)"', page.text)
    assert address is not None
    file = client.get(address[1])
    assert "immutable" in file.headers["Cache-Control"]
    assert file.mimetype == "text/javascript"


def test_an_older_page_still_finds_its_files(
    client: FlaskClient,
) -> None:
    answer = client.get("/static/000000000000/js/main.js")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_version_follows_the_contents(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("one")
    first = Assets(tmp_path).version
    assert Assets(tmp_path).version == first
    (tmp_path / "a.js").write_text("two")
    assert Assets(tmp_path).version != first


def test_comments_are_not_sent_and_lines_keep_their_numbers(client: FlaskClient) -> None:
    for path in (STATIC / "js").rglob("*.js"):
        source = path.read_text().splitlines()
        sent = client.get(f"/static/x/{path.relative_to(STATIC)}").text.splitlines()
        for line, left in zip(source, sent, strict=True):
            begins = line.lstrip().startswith(("/**", "*", "//"))
            comment = begins and not re.search(r"\*/.", line)
            assert left == ("" if comment else line), path


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "js/../../app.py", "nothing.js"])
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/static/x/{name}")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_nothing_is_fetched_from_outside() -> None:
    for path in TEXTS:
        outside = re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"']*", path.read_text())
        assert [o for o in outside if not o.startswith("http://www.w3.org/")] == [], path


def test_no_html_is_parsed_from_strings() -> None:
    sinks = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(")
    assert [path for path in TEXTS if sinks.search(path.read_text())] == []


def test_the_front_end_fits_in_the_head_too() -> None:
    for path in TEXTS:
        assert path.read_text().count("\n") <= (400 if path.suffix == ".css" else 300), path
