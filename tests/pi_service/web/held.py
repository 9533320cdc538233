"""Answers of the service that are kept on their way to a page, until a test lets them go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import APIResponse, Page, Route


class Held:
    """The first answers to a question; what is asked after them is answered at once.

    Args:
        address: What is asked, as `Page.route` takes it.
        most: How many answers are kept.
        when: Which of them; every one by itself.
    """

    def __init__(
        self,
        page: Page,
        address: str,
        method: str = "GET",
        *,
        most: int = 1,
        when: Callable[[Any], object] = bool,
    ) -> None:
        self._page, self._method, self._most, self._when = page, method, most, when
        self._kept: list[tuple[Route, APIResponse]] = []
        page.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method != self._method or self._most == 0:
            route.fallback()
            return
        answer = route.fetch()
        if self._most == 0 or not self._when(answer.json()):
            route.fulfill(response=answer)
            return
        self._most -= 1
        self._kept.append((route, answer))

    def wait(self) -> None:
        """Wait until there is an answer, as the service gave it at this moment."""
        while not self._kept:
            self._page.wait_for_timeout(10)

    def let_go(self) -> None:
        """Let the first answer through, and the page take it in."""
        route, answer = self._kept.pop(0)
        with self._page.expect_event("requestfinished", lambda it: it == route.request):
            route.fulfill(response=answer)
        frames = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
        self._page.evaluate(frames)
