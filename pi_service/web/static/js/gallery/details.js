// One cat in all its details, in a window of its own above the others.

import { fileOf, newKey, pictureOf, tell } from "../api.js";
import { element, setSource, setText } from "../dom.js";
import { locale, number, said, t } from "../i18n.js";
import { askedFor, capital, jobTitle, shortfall } from "../words.js";

const fullTime = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });

export class Details {
  #app;
  #around;
  #job = null;
  #key = newKey();
  #leave = [];

  /** `around(id)` gives the cats beside one. */
  constructor(app, around) {
    this.#app = app;
    this.#around = around;
    this.root = element("dialog", { class: "details", "aria-labelledby": "details-title", keydown: (event) => this.#turn(event) });
    this.root.addEventListener("click", (event) => event.target === this.root && this.root.close());
    this.#build();
    this.#leave.push(
      app.store.subscribe((kind, data) => this.#heard(kind, data)),
      app.session.subscribe(() => this.#job && this.#show(this.#job)),
    );
  }

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
    const button = (label, click, kind = "") =>
      element("button", { class: `button ${kind}`, type: "button", click }, label);
    this.title = element("h2", { class: "details-title", id: "details-title", tabindex: "-1", autofocus: true });
    this.image = element("img", { class: "details-image", alt: "" });
    this.facts = element("dl", { class: "facts" });
    this.files = element("p", { class: "cat-links details-files" });
    this.answer = element("p", { class: "details-answer", role: "status" });
    this.favourite = button("", () => this.#mark());
    this.again = button(t("Draw it again"), () => this.#drawAgain());
    this.remove = button(t("Delete …"), () => this.#ask(true), "button-quiet");
    this.care = element("div", { class: "details-actions" }, this.favourite, this.again, this.remove);
    this.sure = button(t("Yes, delete it"), () => this.#delete(), "button-danger");
    const question = element("p", {}, t("Its picture and its program will be gone for good. Its number is never given again."));
    const no = button(t("No, keep it"), () => this.#ask(false));
    this.question = element("div", { class: "notice", hidden: true }, question, element("div", { class: "notice-actions" }, this.sure, no));
    this.newer = button(t("Newer"), () => this.#go("newer"), "button-quiet");
    this.older = button(t("Older"), () => this.#go("older"), "button-quiet");
    const shut = button(t("Close"), () => this.root.close(), "button-quiet");
    const foot = element("div", { class: "details-foot" }, this.newer, this.older, shut, element("stop-button"));
    const words = element("div", { class: "details-words" }, this.title, this.facts, this.files, this.care, this.question, this.answer, foot);
    const picture = element("div", { class: "cat-picture details-picture" }, this.image);
    this.root.append(element("div", { class: "details-box" }, picture, words));
  }

  #show(job) {
    if (job.id !== this.#job?.id) {
      setText(this.answer, "");
      this.#ask(false);
      this.#key = newKey();
    }
    this.#job = job;
    const title = jobTitle(job);
    setText(this.title, title);
    setSource(this.image, pictureOf(job, false));
    this.image.alt = title;
    this.facts.replaceChildren(...facts(job, this.#app.store));
    this.files.replaceChildren(...links(job, title));
    setText(this.favourite, job.favourite ? t("★ No favourite any more") : t("☆ Mark as a favourite"));
    this.care.hidden = !this.#app.session.isStaff;
    this.renew();
  }

  #heard(kind, data) {
    if (this.#job === null) return;
    if (kind === "job" && data.id === this.#job.id) this.#show(data);
    if (kind === "deleted" && data.job === this.#job.id && this.root.open) this.root.close();
  }

  #go(where) {
    const job = this.#around(this.#job.id)[where];
    if (job === null) return;
    this.#show(job);
    const focused = document.activeElement;
    if (!this.root.contains(focused) || focused.disabled) this.title.focus();
  }

  #turn(event) {
    if (event.key === "ArrowLeft") this.#go("newer");
    if (event.key === "ArrowRight") this.#go("older");
  }

  /** Ask whether it is really to be deleted, or do not. */
  #ask(open) {
    this.question.hidden = !open;
    if (open) this.sure.focus();
  }

  async #mark() {
    const { id, favourite } = this.#job;
    await this.#say(async () => {
      this.#show(await tell(`/jobs/${id}/favourite`, { favourite: !favourite }));
      return "";
    });
  }

  async #drawAgain() {
    await this.#say(async () => {
      const job = await tell(`/jobs/${this.#job.id}/again`, {}, { "Idempotency-Key": this.#key });
      this.#key = newKey();
      this.#app.store.claim(job.id);
      return t("It is asked for; it will be drawn as soon as it is its turn.");
    });
  }

  async #delete() {
    await this.#say(async () => {
      await this.#app.api.ask(`/jobs/${this.#job.id}`, { method: "DELETE" });
      this.root.close();
      return "";
    });
  }

  async #say(doing) {
    try {
      setText(this.answer, await doing());
      this.answer.dataset.kind = "said";
    } catch (error) {
      setText(this.answer, error.message);
      this.answer.dataset.kind = "refused";
    }
  }
}

function facts(job, store) {
  const rows = [
    [t("What"), capital(said(job.class_name))],
    [t("Begun"), job.started_at && fullTime.format(job.started_at * 1000)],
    [t("Asked for"), askedFor(job, store.isMine(job))],
    [t("Drawing time"), job.seconds_drawn > 0 && duration(job.seconds_drawn)],
    [t("Ink"), job.ink_drawn_mm > 0 && metres(job.ink_drawn_mm)],
    [t("Strokes"), job.strokes_total > 0 && number(job.strokes_total)],
    [t("Seed"), String(job.seed)],
    [t("Sheet"), job.sheet],
    [t("Note"), [shortfall(job), said(job.reason)].filter(Boolean).join(". ")],
  ];
  return rows
    .filter(([, value]) => value)
    .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]);
}

function links(job, title) {
  const files = [
    ["png", t("Picture")],
    ["gif", t("Film")],
    ["svg", "SVG"],
    ["gcode", "G-code"],
  ];
  return files.map(([suffix, label]) =>
    element("a", { href: fileOf(job, suffix, asked(suffix)), download: true, "aria-label": t("{title} as {format}", { title, format: label }) }, label),
  );
}

/** Whether a file comes as one to be kept only where that is asked for. */
function asked(suffix) {
  return suffix === "svg";
}

/** "1 min 20 s". */
export function duration(seconds) {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? t("{s} s", { s: whole }) : t("{min} min {s} s", { min: minutes, s: whole % 60 });
}

function metres(mm) {
  return t("{m} m", { m: number(mm / 1000, { maximumFractionDigits: 2 }) });
}
