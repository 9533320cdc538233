// Drawing with the machine: a visitor begins, the machine draws on, one of its proposals is
// picked, and the pen draws both hands.

import "../class-picker.js";
import "../draw/choices.js";
import "../draw/menu-setting.js";
import "../draw/pad.js";
import { ask, newKey, tell } from "../api.js";
import { element, setText } from "../dom.js";
import { askForProposals } from "../draw/ask.js";
import { beginnings } from "../draw/beginnings.js";
import { editing } from "../draw/edit.js";
import { plural, t, told } from "../i18n.js";
import { newest } from "../newest.js";

const PROPOSALS = 6;

/**
 * Fill `root` with the view.
 *
 * @param {HTMLElement} root
 * @param {App} app
 */
export function mount(root, app) {
  const view = new DrawView(app);
  root.append(view.root);
  return () => view.leave();
}

/**
 * What was drawn when the view was left, for when it is shown again.
 *
 * @type {Stroke[]}
 */
let left = [];

class DrawView {
  /** @type {App} */
  #app;
  /** @type {AbortController | null} */
  #asked = null;
  /** @type {Stroke[]} */
  #own = [];
  #key = newKey();
  /** @type {Size | null} */
  #room = null;
  /** @type {string | null} */
  #sheet = null;
  #failed = false;
  #desks = newest();
  /** Whether a proposal was picked by hand. */
  #picked = false;
  #name = "";
  pad = element("drawing-pad", {
    class: "draw-pad",
    begin: () => this.#stale(),
    stroke: () => this.#ask(),
    full: () => this.#sayFull(),
  });
  picker = element("class-picker", { choose: (event) => this.#become(event.detail) });
  choices = element("proposal-choices", {
    look: (event) => this.#look(event.detail),
    choose: (event) => this.#choose(event.detail),
  });
  status = element("p", { class: "draw-status", role: "status" });
  change = element("input", { type: "checkbox", id: "pen-change" });
  otherPen = element(
    "label",
    { class: "draw-change", for: "pen-change", hidden: true },
    this.change,
    t("Another pen for the machine’s lines: it waits until somebody has changed it"),
  );
  other = button("button draw-other", t("Other ideas"), () => this.#ask());
  draw = button("button button-draw draw-go", t("Draw this"), () => this.#draw());
  edit = editing(this.pad);
  #unsubscribe;

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
    this.other.hidden = true;
    this.draw.disabled = true;
    this.root = this.#build();
    this.#unsubscribe = app.store.subscribe(({ kind }) => this.#heard(kind));
    this.#prepare();
  }

  leave() {
    left = this.pad.strokes;
    this.#asked?.abort();
    this.#unsubscribe();
    this.edit.leave();
  }

  // What there is to see.

  #build() {
    const lead = t(
      "Begin a drawing. The machine draws on from it in several ways: pick one, and the pen draws your lines and its own.",
    );
    return element(
      "div",
      { class: "draw" },
      element(
        "div",
        { class: "draw-head" },
        element("h1", { class: "view-title" }, t("Draw with the machine")),
        element("p", { class: "draw-lead" }, lead),
      ),
      element("section", { class: "draw-paper", "aria-label": t("Your paper") }, this.pad, this.edit.root),
      element(
        "section",
        { class: "draw-ideas", "aria-label": t("The machine’s part") },
        this.status,
        this.choices,
        this.other,
        this.otherPen,
      ),
      beginnings(
        (strokes) => this.pad.add(strokes),
        () => this.pad.room,
      ),
      element("div", { class: "draw-more" }, this.picker, element("menu-setting")),
      element("div", { class: "draw-bar" }, this.draw),
    );
  }

  /** @param {string} text @param {string} kind */
  #say(text, kind = "") {
    this.status.dataset.kind = kind;
    setText(this.status, text);
  }

  // What happens.

  /**
   * Another sheet may have cells of another shape; and what failed is tried again.
   *
   * @param {string} kind
   */
  #heard(kind) {
    const { state, link } = this.#app.store;
    const sheet = state?.sheet;
    const shape = sheet && `${sheet.columns} ${sheet.rows} ${sheet.caption}`;
    if (shape && shape !== this.#sheet) {
      const known = this.#sheet !== null;
      this.#sheet = shape;
      if (known) this.#prepare();
    }
    if (kind === "link" && link === "live" && this.#failed) this.#prepare();
  }

  /** Learn how large the paper is, and whether anybody draws on. */
  async #prepare() {
    try {
      const desk = await this.#desks(ask("/proposals"));
      if (desk === null) return;
      this.#failed = desk.problem_fact !== null;
      if (desk.problem_fact !== null) return this.#say(told(desk.problem_fact), "refused");
      if (desk.room === null) return;
      this.#room = desk.room;
      this.pad.setRoom(desk.room, desk.most_points);
      if (left.length > 0) this.pad.add(left);
      else this.#ask();
      left = [];
    } catch (error) {
      this.#failed = true;
      this.#say(error.message, "refused");
    }
  }

  /** The visitor draws on: whatever is being proposed is not wanted any more. */
  #stale() {
    this.#asked?.abort();
    this.#asked = null;
    this.choices.expect(0);
    this.other.hidden = true;
    this.draw.disabled = this.otherPen.hidden = true;
    this.#picked = false;
    this.pad.show(null);
  }

  #wish() {
    return { class: this.#name || this.picker.value, strokes: this.#own, frame: this.#room ?? this.pad.room };
  }

  async #ask() {
    this.#stale();
    this.#own = this.pad.strokes;
    const nothing = this.#own.length === 0;
    this.edit.show();
    if (nothing || this.#room === null) {
      if (nothing && this.#room !== null) this.#say(t("Draw a line, or choose a beginning."));
      return;
    }
    const asked = new AbortController();
    this.#asked = asked;
    this.choices.expect(PROPOSALS);
    this.#say(t("The machine is thinking …"));
    try {
      await askForProposals({ ...this.#wish(), count: PROPOSALS }, asked.signal, (proposal) =>
        this.#proposed(proposal),
      );
      if (asked.signal.aborted) return;
      this.choices.end();
      this.other.hidden = false;
      if (!this.#picked) this.#sayCount();
      this.#failed = false;
    } catch (error) {
      if (error.name === "AbortError" || asked.signal.aborted) return;
      this.choices.end();
      this.#failed = error.status === undefined || error.status === 503;
      this.#say(error.message, "refused");
    }
  }

  /** @param {Api.Proposal} proposal */
  #proposed(proposal) {
    this.choices.add(proposal);
    if (this.choices.count > 1) return;
    this.choices.takeFirst();
    this.pad.show(proposal);
    this.#ready();
  }

  /** @param {Api.Proposal} proposal */
  #look(proposal) {
    if (!this.#picked) this.pad.show(proposal);
  }

  #sayFull() {
    this.#say(t("That is as much as the machine can take in. Undo a line, or pick a proposal."), "refused");
  }

  /** How many there are; whoever can draw on is told so. */
  #sayCount() {
    if (this.pad.isFull) return this.#sayFull();
    this.#say(
      plural(this.choices.count, "{n} idea. Pick it, or draw on.", "{n} ideas. Pick one, or draw on."),
    );
  }

  /**
   * Something else is to become of it.
   *
   * @param {string} name
   */
  #become(name) {
    if (name === this.#name) return;
    this.#name = name;
    this.#ask();
  }

  /** @param {Api.Proposal | null} proposal */
  #choose(proposal) {
    if (proposal === null) return;
    this.#picked = true;
    this.pad.show(proposal, { kept: true });
    this.#ready();
    this.#say(t("So it will stand on the paper: your lines, and the machine’s."));
  }

  #ready() {
    this.draw.disabled = this.otherPen.hidden = false;
    this.#key = newKey();
  }

  async #draw() {
    const proposal = this.choices.chosen;
    if (proposal === null || this.draw.getAttribute("aria-busy") === "true") return;
    this.draw.setAttribute("aria-busy", "true");
    const wish = {
      ...this.#wish(),
      seed: proposal.seed,
      proposal: proposal.id,
      pen_change: this.change.checked,
    };
    try {
      const found = await tell("/proposals/draw", wish, { "Idempotency-Key": this.#key });
      if ("ticket" in found) (await import("../draw/asked.js")).follow(found);
      else this.#app.store.claim(found);
      this.pad.clear();
      this.#app.navigate("/");
    } catch (error) {
      this.#say(error.message, "refused");
    } finally {
      this.draw.removeAttribute("aria-busy");
    }
  }
}

/** @param {string} kind @param {string} label @param {() => unknown} click */
function button(kind, label, click) {
  return element("button", { class: kind, type: "button", click }, label);
}
