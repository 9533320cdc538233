// All cats there ever were: to look through, to search, and in numbers; and what is kept of it.

import { at } from "../base.js";
import { element } from "../dom.js";
import { CatList } from "../gallery/cats.js";
import { Details } from "../gallery/details.js";
import { statistics } from "../gallery/statistics.js";
import { more, t } from "../i18n.js";

/**
 * Fill `root` with the cats (one of them open at ?cat=ID), the numbers at ?show=numbers, or with
 * what is kept at ?show=kept.
 *
 * @param {HTMLElement} root
 * @param {App} app
 */
export async function mount(root, app) {
  const show = new URLSearchParams(location.search).get("show");
  const numbers = show === "numbers";
  const kept = show === "kept" ? await theKept() : null;
  const head = element(
    "div",
    { class: "view-head" },
    element("h1", { class: "view-title" }, t("Gallery")),
    tabs(show),
  );
  const page = element("div", { class: "page" }, head);
  root.append(page);
  if (numbers || kept !== null) {
    page.append(kept?.() ?? statistics(app));
    return () => {};
  }
  const details = new Details(app, (id) => cats.around(id));
  const cats = new CatList(
    app,
    (job) => details.open(job),
    () => details.renew(),
  );
  const prints = element("div", { class: "cats-prints" });
  page.append(cats.root, prints, details.root);
  const offer = () => {
    prints.hidden = !app.session.isStaff;
    if (app.session.isStaff && prints.childElementCount === 0) fill(prints);
  };
  const leave = app.session.subscribe(offer);
  offer();
  const named = new URLSearchParams(location.search).get("cat") ?? "";
  if (/^\d+$/.test(named))
    app.api.ask(`/jobs/${Number(named)}`).then(
      (job) => details.open(job),
      () => {},
    );
  return () => {
    leave();
    details.close();
    cats.close();
  };
}

/** @param {HTMLElement} place */
async function fill(place) {
  await more("staff");
  const { printsBox } = await import("../gallery/prints.js");
  place.replaceChildren(printsBox());
}

/** The page of what is kept, with its words, which few people read. */
async function theKept() {
  await more("staff");
  return (await import("../gallery/kept.js")).kept;
}

/** @param {string | null} show */
function tabs(show) {
  const tab = (/** @type {string} */ href, /** @type {string} */ label, /** @type {boolean} */ current) =>
    element(
      "li",
      {},
      element("a", { class: "tab", href: at(href), "aria-current": current && "page" }, label),
    );
  return element(
    "ul",
    { class: "tabs" },
    tab("/gallery", t("Cats"), show !== "numbers" && show !== "kept"),
    tab("/gallery?show=numbers", t("In numbers"), show === "numbers"),
    tab("/gallery?show=kept", t("What is kept"), show === "kept"),
  );
}
