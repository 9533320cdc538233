// <proposal-choices>: the machine's proposals as small pictures, one of which can be chosen.
//
// They are radio buttons: arrow keys go from one to the next, screen readers count them. Says
// "choose" with `detail`: the chosen proposal; "look" with the one that is pointed at.

import { element } from "../dom.js";
import { t } from "../i18n.js";
import { boxOf, pathOf } from "./strokes.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 0.08;

export class ProposalChoices extends HTMLElement {
  /** @type {Api.Proposal[]} */
  #proposals = [];
  list = element("div", { class: "choices-list" });
  title_ = element("legend", { class: "choices-title" }, t("Which one shall be drawn?"));

  connectedCallback() {
    this.append(element("fieldset", { class: "choices" }, this.title_, this.list));
    // Not "change": who presses the one that is chosen already means it.
    this.list.addEventListener("click", ({ target }) => target instanceof HTMLInputElement && this.#chosen());
    this.expect(0);
  }

  get chosen() {
    const at = [...this.list.querySelectorAll("input")].findIndex((input) => input.checked);
    return this.#proposals[at] ?? null;
  }

  /** Choose the first, as whoever does not choose would have it. */
  takeFirst() {
    const first = this.list.querySelector("input");
    if (first !== null) first.checked = true;
  }

  get count() {
    return this.#proposals.length;
  }

  /**
   * Begin anew: as many places wait for proposals.
   *
   * @param {number} count
   */
  expect(count) {
    this.#proposals = [];
    this.list.replaceChildren(
      ...Array.from({ length: count }, () =>
        element("div", { class: "choice-waits", "aria-hidden": "true" }),
      ),
    );
    this.hidden = count === 0;
  }

  /**
   * One more.
   *
   * @param {Api.Proposal} proposal
   */
  add(proposal) {
    this.#proposals.push(proposal);
    const number = this.#proposals.length;
    const input = element("input", { class: "choice-input", type: "radio", name: "proposal" });
    const name = t("Proposal {n}, {strokes} lines of the machine", {
      n: number,
      strokes: proposal.strokes.length,
    });
    input.setAttribute("aria-label", name);
    const choice = element("label", { class: "choice" }, input);
    choice.append(picture(proposal.own, proposal.strokes));
    for (const kind of ["pointerenter", "focusin"]) choice.addEventListener(kind, () => this.#look(proposal));
    const waits = this.list.querySelector(".choice-waits");
    if (waits === null) this.list.append(choice);
    else waits.replaceWith(choice);
  }

  /** There will be no more. */
  end() {
    for (const waits of this.list.querySelectorAll(".choice-waits")) waits.remove();
    this.hidden = this.#proposals.length === 0;
  }

  /** @param {Api.Proposal} proposal */
  #look(proposal) {
    this.dispatchEvent(new CustomEvent("look", { detail: proposal }));
  }

  #chosen() {
    this.dispatchEvent(new CustomEvent("choose", { detail: this.chosen }));
  }
}

/** @param {Stroke[]} own @param {Stroke[]} added */
function picture(own, added) {
  const svg = document.createElementNS(SVG, "svg");
  const box = boxOf([...own, ...added]);
  const margin = MARGIN * Math.max(box.width, box.height);
  const size = [box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin];
  svg.setAttribute("viewBox", size.map((value) => value.toFixed(2)).join(" "));
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "choice-picture");
  svg.append(lines(added, "choice-machine"), lines(own, "choice-own"));
  return svg;
}

/** @param {Stroke[]} strokes @param {string} name */
function lines(strokes, name) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", strokes.map(pathOf).join(""));
  path.setAttribute("class", name);
  return path;
}

customElements.define("proposal-choices", ProposalChoices);
