// All cats there ever were: to look through, to search, and in numbers.

import { at } from "../base.js";
import { element } from "../dom.js";
import { CatList } from "../gallery/cats.js";
import { Details } from "../gallery/details.js";
import { statistics } from "../gallery/statistics.js";
import { t } from "../i18n.js";

/**
 * Fill `root` with the cats (one of them open at ?cat=ID), or with the numbers at ?show=numbers.
 *
 * @param {HTMLElement} root
 * @param {App} app
 */
export function mount(root, app) {
  const numbers = new URLSearchParams(location.search).get("show") === "numbers";
  const head = element(
    "div",
    { class: "view-head" },
    element("h1", { class: "view-title" }, t("Gallery")),
    tabs(numbers),
  );
  const page = element("div", { class: "page" }, head);
  root.append(page);
  if (numbers) {
    page.append(statistics(app));
    return () => {};
  }
  const details = new Details(app, (id) => cats.around(id));
  const cats = new CatList(
    app,
    (job) => details.open(job),
    () => details.renew(),
  );
  page.append(cats.root, details.root);
  const named = new URLSearchParams(location.search).get("cat") ?? "";
  if (/^\d+$/.test(named))
    app.api.ask(`/jobs/${Number(named)}`).then(
      (job) => details.open(job),
      () => {},
    );
  return () => {
    details.close();
    cats.close();
  };
}

/** @param {boolean} numbers */
function tabs(numbers) {
  const tab = (/** @type {string} */ href, /** @type {string} */ label, /** @type {boolean} */ current) =>
    element(
      "li",
      {},
      element("a", { class: "tab", href: at(href), "aria-current": current && "page" }, label),
    );
  return element(
    "ul",
    { class: "tabs" },
    tab("/gallery", t("Cats"), !numbers),
    tab("/gallery?show=numbers", t("In numbers"), numbers),
  );
}
