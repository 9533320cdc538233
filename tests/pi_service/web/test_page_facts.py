"""What the service tells by code is a sentence of the catalogue, in the visitor's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, Route, expect

from firmware_gcode.facts import LANGUAGES, Fact, catalogue, fact, sentence
from pi_service.studio.jobs.job import Request
from tests.pi_service.web.fake_studio import FakeStudio

TELL = """async (facts) => {
  const main = document.querySelector("script[src$='main.js']").src;
  const { everySentence, told } = await import(main.replace("main.js", "i18n.js"));
  await everySentence();
  return facts.map(told);
}"""
VALUES = (0, 1, 2, 2.5, 12345, "COM3", fact("text", text="within"), [fact("text", text="one")])
"""What may stand in a sentence: numbers, texts, facts."""
TURNS = len(VALUES) // 2
ALL_CATS = """() => {
  const cats = [...document.querySelectorAll(".cat img")];
  return cats.length === 20 && cats.every((cat) => cat.complete && cat.naturalWidth > 0);
}"""


def facts() -> Iterator[Fact]:
    """Every code there is; where it has a plural with each kind of value, else with two.

    The kinds come by turns: how a value is written does not depend on the code.
    """
    yield fact("unheard-of")
    for number, (code, template) in enumerate(catalogue(LANGUAGES[0]).items()):
        two = VALUES[number % TURNS :: TURNS]
        text = template if isinstance(template, str) else template["other"]
        places = set(re.findall(r"\{(\w+)\}", text))
        for value in two if isinstance(template, str) else VALUES:
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


@pytest.mark.browser
def test_a_usual_visit_does_without_most_sentences(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    """News wait for the others, which are many, only where they are told by one of them."""
    page: Page = visit(locale="de").page
    page.evaluate(TELL, [])  # no request of this visit is left for the next
    late: list[Route] = []
    # Playwright looks at a handler's signature, which a list's own method does not show.
    page.route("**/messages/*.json", lambda route: late.append(route))  # noqa: PLW0108
    page.reload()
    text = page.locator(".strip-text")
    expect(text).to_have_text(sentence(fact("ready"), "de"))
    studio.jobs.request(Request("button"))
    studio.advance(20)
    expect(text).to_have_text(sentence(fact("machine-drawing"), "de"))
    assert late == []
    with page.expect_request("**/messages/*.json"):
        studio.set_machine("locked")
    studio.set_machine("absent")
    expect(text).to_have_text(sentence(fact("machine-drawing"), "de"))
    late[0].continue_()
    expect(text).to_have_text(sentence(fact("machine-absent"), "de"))
    assert len(late) == 1


@pytest.mark.browser
def test_a_first_visit_with_twenty_cats_is_small(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    for _ in range(20):
        studio.jobs.request(Request("button"))
        studio.finish_drawing()
    page: Page = visit(staff=False).page
    page.wait_for_function(ALL_CATS)  # or the rest of this visit is counted with the next
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    devtools.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    page.reload()
    page.wait_for_function(ALL_CATS)
    assert sum(sizes) < 100_000


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
