"""What the service tells by code is a sentence of the catalogue, in the visitor's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page

from firmware_gcode.facts import LANGUAGES, Fact, catalogue, fact, sentence

TELL = """async (facts) => {
  const main = document.querySelector("script[src$='main.js']").src;
  const { told } = await import(main.replace("main.js", "i18n.js"));
  return facts.map(told);
}"""
VALUES = (0, 1, 2, 2.5, 12345, "COM3", fact("text", text="within"), [fact("text", text="one")])
"""What may stand in a sentence: numbers, texts, facts."""


def facts() -> Iterator[Fact]:
    """Every code there is, with each kind of value in all its places."""
    yield fact("unheard-of")
    for code, template in catalogue(LANGUAGES[0]).items():
        text = template if isinstance(template, str) else template["other"]
        places = set(re.findall(r"\{(\w+)\}", text))
        for value in VALUES:
            params = dict.fromkeys(places, value)
            if not isinstance(template, str):
                params[template["count"]] = value if isinstance(value, int | float) else 2
            yield Fact(code, params)


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_a_fact_as_the_service_does(
    visit: Callable[..., Any], language: str
) -> None:
    page: Page = visit(staff=False, locale=language).page
    all_facts = list(facts())
    told = page.evaluate(TELL, [each.as_dict() for each in all_facts])
    assert told == [sentence(each, language) for each in all_facts]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_every_sentence_of_the_service(
    client: FlaskClient, language: str
) -> None:
    assert client.get(f"/static/x/messages/{language}.json").json == catalogue(language)


@pytest.mark.browser
def test_what_can_be_drawn_is_named_in_the_visitors_language(
    visit: Callable[..., Any],
) -> None:
    page: Page = visit(staff=False, locale="fr").page
    drawn = fact("job-failed", job=7, class_name="owl", why=fact("service-error"))
    told = page.evaluate(TELL, [drawn.as_dict(), fact("text", text="owl").as_dict()])
    assert told[0].startswith("La tâche 7 (hibou) a échoué.")
    assert told[1] == "owl", "only where it is the name of what is drawn"
