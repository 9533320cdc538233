// What the staff print and take away: contact sheets, labels, the exhibition.

import { at } from "../base.js";
import { element } from "../dom.js";
import { language, t } from "../i18n.js";
import { store } from "../store.js";

/** Avery's numbers, and how many labels of what size they are. */
const STOCKS = [
  ["l7160", "L7160 (A4, 21 × 63.5 × 38.1 mm)"],
  ["l7163", "L7163 (A4, 14 × 99.1 × 38.1 mm)"],
  ["l7651", "L7651 (A4, 65 × 38.1 × 21.2 mm)"],
  ["5160", "5160 (Letter, 30 × 2⅝″ × 1″)"],
  ["5163", "5163 (Letter, 10 × 4″ × 2″)"],
];
const PAPERS = [
  ["a4", "A4"],
  ["letter", "Letter"],
];

/** A box with everything that can be printed. */
export function printsBox() {
  const day = element("input", { class: "field", type: "date", change: () => aim() });
  const paper = choice(PAPERS, () => aim());
  const stock = choice(STOCKS, () => aim());
  const first = element("input", {
    class: "field",
    type: "number",
    min: 1,
    max: 65,
    value: 1,
    change: () => aim(),
  });
  const ofDay = link(t("Contact sheet of the day"));
  const ofSheet = link(t("Contact sheet of the sheet on the bed"));
  const labels = link(t("Labels of the day, with QR codes"));
  const site = link(t("The whole exhibition, as a site without a server"));
  const aim = () => {
    const date = day.value ? `day=${day.value}&` : "";
    point(ofDay, `contact.pdf?${date}paper=${paper.value}`);
    point(ofSheet, `contact.pdf?sheet=${store.state?.sheet?.id ?? 0}&paper=${paper.value}`);
    point(labels, `labels.pdf?${date}stock=${stock.value}&first=${first.valueAsNumber || 1}`);
    point(site, `exhibition.zip?language=${language}`);
  };
  aim();
  return element(
    "details",
    { class: "from prints" },
    element("summary", {}, t("Print and take away …")),
    element(
      "div",
      { class: "print-form" },
      element("label", {}, t("Drawn on"), day),
      element("label", {}, t("Paper"), paper),
      element("label", {}, t("Labels"), stock),
      element("label", {}, t("First free label"), first),
    ),
    element(
      "ul",
      { class: "print-links" },
      ...[ofDay, ofSheet, labels, site].map((each) => element("li", {}, each)),
    ),
  );
}

/** @param {string[][]} options @param {() => void} change */
function choice(options, change) {
  const made = options.map(([value, words]) => element("option", { value }, words));
  return element("select", { class: "field", change }, ...made);
}

/** @param {string} words */
const link = (words) => element("a", { href: "#", target: "_blank" }, words);

/** @param {HTMLAnchorElement} target @param {string} path */
const point = (target, path) => target.setAttribute("href", at(`/api/v1/prints/${path}`));
