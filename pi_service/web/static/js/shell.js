// What stands around every view: the menu, Stop, the language; the strip with the state.

import "./strip.js";
import { tell } from "./api.js";
import { at } from "./base.js";
import { element, find, reconcile, setText } from "./dom.js";
import { choose, language, languages, row, t, told } from "./i18n.js";
import { currentRoute, onRoute, ROUTES } from "./router.js";
import { session } from "./session.js";
import { canStop } from "./state.js";
import { store } from "./store.js";

const REFUSAL_MS = 6000;

/** The views; where they do not fit, behind a button that names the current one. */
class SiteMenu extends HTMLElement {
  list = element("ul", { class: "menu-list" });
  more = element("div", { class: "menu-more" }, element("log-link"), element("language-switch"));
  sheet = element("div", { class: "menu-sheet", id: "menu" }, this.list, this.more);
  current = element("span", { class: "menu-current" });
  button = element(
    "button",
    {
      class: "menu-button",
      type: "button",
      "aria-expanded": "false",
      "aria-controls": "menu",
      click: () => this.#toggle(),
    },
    element("span", { class: "unseen" }, t("Pages")),
    this.current,
  );

  connectedCallback() {
    this.append(element("nav", { class: "menu", "aria-label": t("Pages") }, this.button, this.sheet));
    session.subscribe(() => this.#render());
    onRoute(() => {
      this.#open(false);
      this.#render();
    });
    document.addEventListener("pointerdown", ({ target }) => {
      if (!(target instanceof Node && this.contains(target))) this.#open(false);
    });
    this.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || this.button.ariaExpanded !== "true") return;
      this.#open(false);
      this.button.focus();
    });
    this.#render();
  }

  #toggle() {
    this.#open(this.button.ariaExpanded !== "true");
  }

  /** @param {boolean} open */
  #open(open) {
    this.button.ariaExpanded = String(open);
  }

  #render() {
    const hall = { name: "hall", path: "/hall", nav: t("Hall"), staff: true };
    const links = [...ROUTES, ...("hall" in document.body.dataset ? [hall] : [])].filter(
      (route) => route.nav !== null && (!route.staff || session.isStaff),
    );
    reconcile(this.list, links, {
      key: (route) => route.name,
      make: (route) =>
        element("li", {}, element("a", { class: "menu-link", href: at(route.path) }, route.nav)),
      update: (item, route) => {
        const link = find(item, "a");
        if (route.name === currentRoute()?.name) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      },
    });
    setText(this.current, currentRoute()?.title ?? t("Live"));
  }
}

/** The way in; for who is in, the way to the password, the keys and out again. */
class LogLink extends HTMLElement {
  link = element("a", { class: "mast-small", href: at("/login") });

  connectedCallback() {
    this.append(this.link);
    session.subscribe(() => this.#render());
    onRoute(() => this.#render());
    this.#render();
  }

  #render() {
    setText(this.link, session.isStaff ? t("Account") : t("Log in"));
    this.link.hidden = session.role === null || currentRoute()?.name === "login";
  }
}

class LanguageSwitch extends HTMLElement {
  connectedCallback() {
    const list = element(
      "select",
      { class: "mast-small", "aria-label": t("Language") },
      ...languages.map(([value, name]) =>
        element("option", { value, lang: value, selected: value === language }, name),
      ),
    );
    list.addEventListener("change", () => choose(list.value));
    this.append(list);
  }
}

/** In the page's head, and once more in whatever is shown above it. */
class StopButton extends HTMLElement {
  #timer = 0;
  #leave = () => {};
  button = element(
    "button",
    { class: "button button-stop", type: "button", disabled: true, click: () => this.#stop() },
    t("Stop"),
  );
  answer = element("p", { class: "stop-answer", role: "alert" });

  connectedCallback() {
    this.append(this.button, this.answer);
    this.#leave = store.subscribe(({ kind }) => kind !== "progress" && this.#render());
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#leave();
    this.replaceChildren();
  }

  #render() {
    this.button.disabled = !canStop(store);
  }

  async #stop() {
    clearTimeout(this.#timer);
    setText(this.answer, "");
    try {
      const { facts } = await tell("/machine/stop");
      setText(this.answer, row(facts.map(told)));
    } catch (error) {
      setText(this.answer, error.message);
    }
    this.#timer = setTimeout(() => setText(this.answer, ""), REFUSAL_MS);
  }
}

/**
 * Where the first Tab leads: past the head, to what the view is for.
 *
 * @param {Route} given
 */
function aimSkipLink({ name }) {
  const link = find(document, ".skip");
  const home = name === "home";
  link.setAttribute("href", home ? "#controls" : "#view");
  setText(link, home ? t("Skip to “Draw a cat”") : t("Skip to the page’s content"));
}

onRoute(aimSkipLink);
customElements.define("site-menu", SiteMenu);
customElements.define("log-link", LogLink);
customElements.define("language-switch", LanguageSwitch);
customElements.define("stop-button", StopButton);
