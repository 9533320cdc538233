// The cats that are looked for, newest first; more of them come as one scrolls.

import { closeupOf } from "../api.js";
import { whoseTime } from "../clock.js";
import { element, find, reconcile, setSource, setText } from "../dom.js";
import { t } from "../i18n.js";
import { asTold, wasDrawn } from "../reduce.js";
import { cats, jobTitle, shortfall, when } from "../words.js";
import { isFor, searchForm } from "./search.js";

const PAGE = 40;
/** Cats are fetched when the end of the list is this near. */
const AHEAD = "800px";

export class CatList {
  /** @type {App} */
  #app;
  /** @type {(job: Job) => void} */
  #open;
  /** @type {() => void} */
  #changed;
  /** @type {Job[]} */
  #jobs = [];
  /** @type {number | null | undefined} */
  #before = undefined;
  #asked = 0;
  #observer = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting && this.#fetchMore(), {
    rootMargin: AHEAD,
  });
  /** @type {(() => unknown)[]} */
  #leave = [];

  /**
   * `open(job)` is called for the one that is chosen, `changed()` when others hang there.
   *
   * @param {App} app
   * @param {(job: Job) => void} open
   * @param {() => void} changed
   */
  constructor(app, open, changed) {
    this.#app = app;
    this.#open = open;
    this.#changed = changed;
    this.grid = element("ul", { class: "cats", "aria-label": t("Cats") });
    this.count = element("p", { class: "cats-count", role: "status" });
    this.more = element(
      "button",
      { class: "button", type: "button", hidden: true, click: () => this.#fetchMore() },
      t("Show earlier cats"),
    );
    this.search = searchForm(() => this.#restart());
    this.root = element("div", { class: "cats-page" }, this.search.root, this.count, this.grid, this.more);
    this.#leave.push(
      () => this.#observer.disconnect(),
      app.store.subscribe((event) => this.#heard(event)),
      app.session.subscribe(() => this.#render()),
    );
    this.#restart();
  }

  close() {
    for (const leave of this.#leave) leave();
  }

  /**
   * The cats beside one in the list: `{newer, older}`, each null where none is known (yet).
   *
   * @param {number} id
   */
  around(id) {
    const at = this.#jobs.findIndex((job) => job.id === id);
    if (at >= 0 && at === this.#jobs.length - 1) this.#fetchMore();
    return { newer: this.#jobs[at - 1] ?? null, older: at < 0 ? null : (this.#jobs[at + 1] ?? null) };
  }

  #restart() {
    this.#jobs = [];
    this.#before = undefined;
    this.#asked += 1;
    this.#fetch();
  }

  #fetchMore() {
    if (!this.more.hidden && !this.more.disabled) this.#fetch();
  }

  async #fetch() {
    const mine = this.#asked;
    const known = this.#history;
    this.more.disabled = true;
    this.root.setAttribute("aria-busy", "true");
    try {
      const after = this.#before === undefined ? "" : `&before=${this.#before}`;
      const page = await this.#app.api.ask(`/history?drawn=true&limit=${PAGE}${this.search.query()}${after}`);
      if (mine !== this.#asked) return;
      this.#before = page.before;
      this.#add(this.#asTold(page.jobs, known));
      this.#render();
      this.#observer.unobserve(this.more); // it tells of changes alone: the end may be near still
      this.#observer.observe(this.more);
    } catch (error) {
      if (mine !== this.#asked) return;
      setText(this.count, error.message);
      this.more.hidden = false;
    } finally {
      if (mine === this.#asked) {
        this.more.disabled = false;
        this.root.removeAttribute("aria-busy");
      }
    }
  }

  /** @param {Job[]} jobs */
  #add(jobs) {
    const known = new Map([...this.#jobs, ...jobs.filter(wasDrawn)].map((job) => [job.id, job]));
    this.#jobs = [...known.values()].sort((a, b) => b.id - a.id);
  }

  /** @param {StoreEvent} event */
  #heard({ kind, data }) {
    if (kind === "state" && this.#before !== undefined) this.#renew();
    if (kind === "deleted") this.#jobs = this.#jobs.filter((job) => job.id !== data.job);
    else if (kind === "job" && wasDrawn(data)) this.#take(data);
    else return;
    this.#render();
  }

  /** @param {Job} job */
  #take(job) {
    const here = this.#jobs.some((known) => known.id === job.id);
    const wanted = isFor(job, this.search.wanted());
    if (here && !wanted) this.#jobs = this.#jobs.filter((known) => known.id !== job.id);
    else if (wanted && (here || job.id > (this.#jobs[0]?.id ?? 0))) this.#add([job]);
  }

  /** The line to the service was lost and is back: what is newest may have changed. */
  async #renew() {
    const mine = this.#asked;
    const known = this.#history;
    const page = await this.#app.api
      .ask(`/history?drawn=true&limit=${PAGE}${this.search.query()}`)
      .catch(() => null);
    if (page === null || mine !== this.#asked) return;
    const oldest = page.before === null ? 0 : (page.jobs.at(-1)?.id ?? 0);
    this.#jobs = this.#jobs.filter((job) => job.id < oldest);
    if (this.#jobs.length === 0) this.#before = page.before;
    this.#add(this.#asTold(page.jobs, known));
    this.#render();
  }

  get #history() {
    return this.#app.store.state?.history ?? [];
  }

  /** @param {Job[]} jobs @param {Job[]} known */
  #asTold(jobs, known) {
    const { state } = this.#app.store;
    return state === null ? jobs : asTold(state, jobs, known);
  }

  #render() {
    reconcile(this.grid, this.#jobs, {
      key: (job) => job.id,
      make: (job) => this.#card(job),
      update: (card, job) => this.#fill(card, job),
    });
    this.more.hidden = this.#before == null;
    setText(this.count, this.#words());
    this.#changed();
  }

  #words() {
    const n = this.#jobs.length;
    if (n === 0)
      return this.search.isEmpty() ? t("Every cat that is drawn will hang here.") : t("No cat is like that.");
    const whole = this.#jobs.filter(({ state }) => state === "done").length;
    return [this.#before === null ? `${cats(whole, n - whole)}.` : "", whoseTime()].filter(Boolean).join(" ");
  }

  /** @param {Job} job */
  #card(job) {
    const click = () => this.#open(this.#jobs.find((known) => known.id === job.id) ?? job);
    const image = element("img", { alt: "", loading: "lazy", decoding: "async" });
    const picture = element("span", { class: "cat-picture" }, image);
    const button = element(
      "button",
      { class: "cat-open", type: "button", click },
      picture,
      element("span", { class: "cat-name" }),
    );
    return element("li", { class: "cat" }, button, element("p", { class: "cat-facts" }));
  }

  /** @param {HTMLElement} card @param {Job} job */
  #fill(card, job) {
    setSource(find(card, "img"), closeupOf(job));
    const star = job.favourite ? "★ " : "";
    const name = find(card, ".cat-name");
    setText(name, star + jobTitle(job));
    if (job.favourite) name.setAttribute("aria-label", `${jobTitle(job)}, ${t("favourite")}`);
    else name.removeAttribute("aria-label");
    const facts = [when(job.started_at ?? job.requested_at), shortfall(job)];
    setText(find(card, ".cat-facts"), facts.filter(Boolean).join(" · "));
  }
}
