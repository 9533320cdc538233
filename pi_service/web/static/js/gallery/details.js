// One cat in all its details, in a window of its own above the others.

import "../from-stroke.js";
import { closeupOf, newKey, pictureOf, remove, tell } from "../api.js";
import { element, setSource, setText } from "../dom.js";
import { t } from "../i18n.js";
import { jobTitle } from "../words.js";
import { facts, links } from "./facts.js";
import { Replay } from "./replay.js";

/** @typedef {import("../from-stroke.js").FromStroke} FromStroke */
/** @typedef {(id: number) => { newer: Job | null, older: Job | null }} Around */

export class Details {
  /** @type {App} */
  #app;
  /** @type {Around} */
  #around;
  /** @type {Job | null} */
  #job = null;
  #key = newKey();
  /** Whether the whole sheet is shown. */
  #sheet = false;
  /** @type {(() => unknown)[]} */
  #leave = [];
  title = element("h2", { class: "details-title", id: "details-title", tabindex: "-1", autofocus: true });
  image = element("img", { class: "details-image", alt: "" });
  picture = element("div", { class: "cat-picture details-picture" }, this.image);
  replay = new Replay(this.picture);
  whole = button(t("Whole sheet"), () => this.#see(!this.#sheet), "button-quiet");
  facts = element("dl", { class: "facts" });
  files = element("p", { class: "cat-links details-files" });
  photos = element("div", { class: "details-photos" });
  prints = element("div", { class: "details-prints", hidden: true });
  answer = element("p", { class: "details-answer", role: "status" });
  favourite = button("", () => this.#mark());
  again = button(t("Draw it again"), () => this.#drawAgain());
  remove = button(t("Delete …"), () => this.#ask(true), "button-quiet");
  care = element("div", { class: "details-actions" }, this.favourite, this.again, this.remove);
  sure = button(t("Yes, delete it"), () => this.#delete(), "button-danger");
  from = /** @type {FromStroke} */ (element("from-stroke", { hidden: true }));
  question = element("div", { class: "notice", hidden: true });
  newer = button(t("Newer"), () => this.#go("newer"), "button-quiet");
  older = button(t("Older"), () => this.#go("older"), "button-quiet");

  /**
   * `around(id)` gives the cats beside one.
   *
   * @param {App} app
   * @param {Around} around
   */
  constructor(app, around) {
    this.#app = app;
    this.#around = around;
    this.root = element("dialog", {
      class: "details",
      "aria-labelledby": "details-title",
      keydown: (event) => this.#turn(event),
    });
    this.root.addEventListener("click", (event) => event.target === this.root && this.root.close());
    this.#build();
    this.#leave.push(
      app.store.subscribe((event) => this.#heard(event)),
      app.session.subscribe(() => this.#job && this.#show(this.#job)),
    );
  }

  /** @param {Job} job */
  open(job) {
    this.#show(job);
    if (!this.root.open) this.root.showModal();
  }

  /** See anew which cats are beside the one that is shown. */
  renew() {
    if (this.#job === null) return;
    const { newer, older } = this.#around(this.#job.id);
    this.newer.disabled = newer === null;
    this.older.disabled = older === null;
  }

  close() {
    for (const leave of this.#leave) leave();
    if (this.root.open) this.root.close();
  }

  #build() {
    const question = element(
      "p",
      {},
      t("Its picture and its program will be gone for good. Its number is never given again."),
    );
    const no = button(t("No, keep it"), () => this.#ask(false));
    this.question.append(question, element("div", { class: "notice-actions" }, this.sure, no));
    const shut = button(t("Close"), () => this.root.close(), "button-quiet");
    const foot = element(
      "div",
      { class: "details-foot" },
      this.newer,
      this.older,
      shut,
      element("stop-button"),
    );
    const words = element(
      "div",
      { class: "details-words" },
      this.title,
      this.facts,
      this.files,
      this.care,
      this.prints,
      this.from,
      this.question,
      this.answer,
      foot,
    );
    const play = button(t("Replay"), () => this.#play());
    const see = element(
      "div",
      { class: "details-see" },
      this.picture,
      element("div", { class: "details-actions" }, play, this.whole),
      this.photos,
    );
    this.root.addEventListener("close", () => this.replay.stop());
    this.root.append(element("div", { class: "details-box" }, see, words));
  }

  /** @param {Job} job */
  #show(job) {
    if (job.id !== this.#job?.id) {
      setText(this.answer, "");
      this.#ask(false);
      this.#key = newKey();
      this.replay.stop();
    }
    this.#job = job;
    const title = jobTitle(job);
    setText(this.title, title);
    this.#see(this.#sheet);
    this.image.alt = title;
    this.facts.replaceChildren(...facts(job, this.#app.store));
    this.files.replaceChildren(...links(job, title));
    setText(this.favourite, job.favourite ? t("★ No favourite any more") : t("☆ Mark as a favourite"));
    this.care.hidden = !this.#app.session.isStaff;
    this.prints.hidden = this.care.hidden || job.state !== "done";
    if (!this.prints.hidden)
      import("./edition.js").then(({ showEdition }) => showEdition(this.prints, job)).catch(() => {});
    this.from.hidden = this.care.hidden || !onTheBed(job, this.#app.store);
    this.from.show(job);
    if (this.#app.store.state?.camera)
      import("./photos.js").then(({ showPhotos }) => showPhotos(this.photos, job)).catch(() => {});
    this.renew();
  }

  /**
   * Show the sheet with the cat where it stands, or the cat alone.
   *
   * @param {boolean} yes
   */
  #see(yes) {
    this.#sheet = yes;
    this.whole.setAttribute("aria-pressed", String(yes));
    if (this.#job === null) return;
    setSource(this.image, yes ? pictureOf(this.#job, false) : closeupOf(this.#job, false));
    if (yes) this.replay.stop();
  }

  async #play() {
    this.#see(false);
    await this.#say(async (job) => {
      await this.replay.play(closeupOf(job, false));
      return "";
    });
  }

  /** @param {StoreEvent} event */
  #heard({ kind, data }) {
    if (this.#job === null) return;
    if (kind === "job" && data.id === this.#job.id) this.#show(data);
    if (kind === "deleted" && data.job === this.#job.id && this.root.open) this.root.close();
  }

  /** @param {"newer" | "older"} where */
  #go(where) {
    const job = this.#job && this.#around(this.#job.id)[where];
    if (job === null) return;
    this.#show(job);
    const focused = document.activeElement;
    if (!this.root.contains(focused) || focused?.matches(":disabled")) this.title.focus();
  }

  /** @param {KeyboardEvent} event */
  #turn(event) {
    if (event.key === "ArrowLeft") this.#go("newer");
    if (event.key === "ArrowRight") this.#go("older");
  }

  /**
   * Ask whether it is really to be deleted, or do not.
   *
   * @param {boolean} open
   */
  #ask(open) {
    this.question.hidden = !open;
    if (open) this.sure.focus();
  }

  async #mark() {
    await this.#say(async (job) => {
      const marked = await tell(`/jobs/${job.id}/favourite`, { favourite: !job.favourite });
      if (this.#job === job) this.#show(marked);
      return "";
    });
  }

  async #drawAgain() {
    await this.#say(async ({ id }) => {
      const job = await tell(`/jobs/${id}/again`, {}, { "Idempotency-Key": this.#key });
      this.#key = newKey();
      this.#app.store.claim(job);
      return t("It is asked for; it will be drawn as soon as it is its turn.");
    });
  }

  async #delete() {
    await this.#say(async ({ id }) => {
      await remove(`/jobs/${id}`);
      if (this.#job?.id === id) this.root.close();
      return "";
    });
  }

  /**
   * Do something with the cat that is shown, and say what it gives to say.
   *
   * @param {(job: Job) => Promise<string>} doing
   */
  async #say(doing) {
    const job = this.#job;
    if (job === null) return;
    const [text, kind] = await doing(job).then(
      (said) => [said, "said"],
      (error) => [error.message, "refused"],
    );
    if (this.#job?.id !== job.id) return; // another cat is looked at by now
    setText(this.answer, text);
    this.answer.dataset.kind = kind;
  }
}

/**
 * Whether the paper that a cat is on is still where it was drawn, so that more can be drawn.
 *
 * @param {Job} job
 * @param {App["store"]} store
 */
function onTheBed({ sheet, state, edition }, { state: known }) {
  const left = ["done", "cancelled", "interrupted"].includes(state) && edition !== null;
  return left && sheet !== null && sheet === known?.sheet?.id;
}

/** @param {string} label @param {() => unknown} click */
function button(label, click, kind = "") {
  return element("button", { class: `button ${kind}`, type: "button", click }, label);
}
