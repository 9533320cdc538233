// A drawing of one's own: an SVG or G-code file, seen where it will stand, moved, and asked for.

import "../bed/view.js";
import { newKey, tell } from "../api.js";
import { at } from "../base.js";
import { element, setText } from "../dom.js";
import { number, plural, t, told } from "../i18n.js";
import { store } from "../store.js";
import { dropZone, formOf } from "./artwork-form.js";
import { answerPlace, button, card, carryOut, sayIn, showFacts } from "./room.js";

const MOST_BYTES = 8_000_000;
const PREVIEW_MS = 50_000;
const REST_MS = 250;
/** Of more points only the frame is shown while they are moved. */
const MOST_MOVED = 20_000;
/** @type {Intl.NumberFormatOptions} */
const TENTHS = { maximumFractionDigits: 1 };

/** In the middle of its room, as large as that. */
const FILLING = { x: null, y: null, size_mm: null, turn: 0, actual_size: false };
const BEGUN = t(
  "This sheet is begun: the drawing waits for new paper, and what is asked for after it waits too.",
);

/** @typedef {Omit<Api.Artwork, keyof Read | "source">} Wishes */
/** @typedef {Pick<Api.Artwork, "svg" | "name" | "kind" | "more">} Read What was read of files. */

/** @returns {Card} */
function artworkCard() {
  const bed = element("bed-view");
  const answer = answerPlace();
  const facts = element("dl", { class: "maker-facts" });
  const notes = element("p", { class: "artwork-notes" });
  const work = new Work(bed);
  const form = formOf((wishes) => work.wish(wishes));
  const drop = dropZone((files) => open(files));
  const ask = button(t("Draw it"), () => order(), "button-main");
  const fill = button(
    t("Fill the cell"),
    () => {
      form.reset();
      work.wish(FILLING);
    },
    "button-quiet",
  );
  const placed = element("div", { class: "artwork-placed", hidden: true }, form.root, facts, notes);
  const root = card(
    "artwork",
    t("A drawing of your own"),
    drop.root,
    bed,
    placed,
    element("div", { class: "maker-buttons" }, ask, fill),
    answer,
  );
  const open = async (/** @type {File[]} */ files) => {
    sayIn(answer, "");
    if (files.reduce((sum, file) => sum + file.size, 0) > MOST_BYTES)
      return sayIn(answer, t("The file is larger than {n} MB.", { n: MOST_BYTES / 1e6 }), "refused");
    const [first, ...more] = await Promise.all(files.map(read));
    const kind = first.svg.trimStart().startsWith("<") ? "svg" : "gcode";
    form.reset(kind);
    work.take({ ...first, kind, more });
  };
  const order = async () => {
    const body = work.body;
    if (body === null) return;
    const done = await carryOut(ask, answer, () => tell("/artworks", body, { "Idempotency-Key": work.key }));
    if (done === null) return;
    work.key = newKey();
    const link = element("a", { href: at("/") }, t("See it on the first page."));
    sayIn(answer, t("“{name}” is asked for, as job {n}.", { name: body.name, n: number(done.id) }));
    answer.append(" ", link);
  };
  work.changed = ({ plan, error, busy }) => {
    placed.hidden = plan === null;
    ask.hidden = fill.hidden = work.body === null;
    ask.disabled = plan === null || busy || error !== "";
    bed.toggleAttribute("aria-busy", busy);
    if (error !== "") sayIn(answer, error, "refused");
    else if (busy) sayIn(answer, t("It is being planned …"));
    else sayIn(answer, "");
    if (plan === null) return;
    form.show(plan, work.wishes);
    const whole = work.onSheet;
    showFacts(facts, rowsOf(plan, whole));
    setText(fill, whole ? t("Fill the sheet") : t("Fill the cell"));
    setText(
      notes,
      [...plan.told_facts.map(told), whole && (store.state?.sheet?.used ?? 0) > 0 ? BEGUN : ""].join(" "),
    );
  };
  ask.hidden = fill.hidden = true;
  return {
    root,
    show: () => {},
    close: () => {
      drop.close();
      work.close();
    },
  };
}

/** A file's name and text. @param {File} file */
async function read(file) {
  return { name: file.name.replace(/\.\w+$/, "").slice(0, 64) || t("drawing"), svg: await file.text() };
}

/** The file, how it is wanted, and the plan of it. */
class Work {
  /** @type {Read | null} */
  #file = null;
  /** @type {Wishes} */
  wishes = { ...FILLING, passes: null, hatch: null, occlude: false, whole_sheet: false };
  /** @type {Api.Preview | null} */
  #plan = null;
  /** The wishes that were planned. */
  #planned = this.wishes;
  #timer = 0;
  #asking = new AbortController();
  key = newKey();
  /** @type {(now: { plan: Api.Preview | null, error: string, busy: boolean }) => void} */
  changed = () => {};

  /** @param {import("../bed/view.js").BedView} bed */
  constructor(bed) {
    this.bed = bed;
    bed.wishes = {
      meant: () => {},
      grab: ([x, y]) => {
        const box = this.#plan?.box;
        return box !== undefined && x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
      },
      drag: (dx, dy) => {
        const [x, y] = this.#middle();
        this.#become({ x: x + dx, y: y + dy });
      },
      dropped: () => this.#soon(0),
    };
  }

  close() {
    clearTimeout(this.#timer);
    this.#asking.abort();
  }

  /** What is asked with; null without a file. */
  get body() {
    return this.#file && { ...this.#file, ...this.wishes };
  }

  /** @param {Read} file */
  take(file) {
    this.#file = file;
    this.#plan = null;
    this.wishes = { ...this.wishes, ...FILLING };
    this.#soon(0);
  }

  /** Have it otherwise. @param {Partial<Wishes>} wishes */
  wish(wishes) {
    this.#become(wishes);
    this.#soon(REST_MS);
  }

  /** Its middle from the cell's lower left corner, mm. @returns {Point} */
  #middle() {
    const { box = [0, 0, 0, 0], room = [0, 0, 0, 0] } = this.#plan ?? {};
    const { x, y } = this.wishes;
    return [x ?? (box[0] + box[2]) / 2 - room[0], y ?? (box[1] + box[3]) / 2 - room[1]];
  }

  /** Whether what is planned has the whole sheet. */
  get onSheet() {
    return this.#planned.whole_sheet === true;
  }

  /** @param {Partial<Wishes>} wishes */
  #become(wishes) {
    this.wishes = { ...this.wishes, ...wishes };
    this.key = newKey();
    const { whole_sheet: onSheet, actual_size: actual } = this.#planned;
    if (this.#plan !== null && this.wishes.whole_sheet === onSheet && this.wishes.actual_size === actual)
      this.#loosen(this.#plan);
  }

  /** Show where it will be, until the plan is there. @param {Api.Preview} plan */
  #loosen(plan) {
    const { box, room, strokes } = plan;
    const [x, y] = this.#middle();
    const [fromX, fromY] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    const turn = (((this.wishes.turn ?? 0) - (this.#planned.turn ?? 0)) * Math.PI) / 180;
    const wide = Math.max(box[2] - box[0], box[3] - box[1]);
    const scale = this.wishes.size_mm == null ? 1 : this.wishes.size_mm / (this.#planned.size_mm ?? wide);
    const [cos, sin] = [Math.cos(turn) * scale, Math.sin(turn) * scale];
    const frame = [
      [
        [box[0], box[1]],
        [box[2], box[1]],
        [box[2], box[3]],
        [box[0], box[3]],
        [box[0], box[1]],
      ],
    ];
    this.bed.loose = {
      strokes:
        strokes.reduce((sum, stroke) => sum + stroke.length, 0) > MOST_MOVED ? frame : [...strokes, ...frame],
      place: ([px, py]) => {
        const [dx, dy] = [px - fromX, py - fromY];
        return [room[0] + x + dx * cos - dy * sin, room[1] + y + dx * sin + dy * cos];
      },
    };
    this.bed.soon();
  }

  /** @param {number} waitMs */
  #soon(waitMs) {
    clearTimeout(this.#timer);
    this.#asking.abort();
    this.changed({ plan: this.#plan, error: "", busy: true });
    this.#timer = setTimeout(() => this.#ask(), waitMs);
  }

  async #ask() {
    const { body } = this;
    if (body === null) return;
    const asking = new AbortController();
    this.#asking = asking;
    const signal = AbortSignal.any([asking.signal, AbortSignal.timeout(PREVIEW_MS)]);
    const elsewhere = this.#plan === null || this.wishes.whole_sheet !== this.onSheet;
    try {
      const plan = await tell("/artworks/preview", body, {}, { signal });
      if (asking.signal.aborted) return;
      this.#plan = plan;
      this.#planned = this.wishes;
      this.bed.loose = null;
      this.bed.show({ strokes: plan.strokes, pens: plan.pens, drawn: -1 });
      this.bed.describe(
        this.wishes.whole_sheet
          ? t("Your drawing on the whole sheet.")
          : t("Your drawing in cell {n} of the sheet.", { n: number(plan.cell + 1) }),
      );
      if (elsewhere) this.bed.nearer(plan.room);
      this.changed({ plan, error: "", busy: false });
    } catch (error) {
      if (!asking.signal.aborted) this.changed({ plan: this.#plan, error: error.message, busy: false });
    }
  }
}

/** @param {Api.Preview} plan @param {boolean} whole @returns {[string, string][]} */
function rowsOf(plan, whole) {
  const { room, box, strokes, pens } = plan;
  const length = (/** @type {number} */ mm) =>
    t("{n} m", { n: number(mm / 1000, { maximumFractionDigits: 2 }) });
  const margins = [box[0] - room[0], room[2] - box[2], box[1] - room[1], room[3] - box[3]];
  const [left, right, below, above] = margins.map((mm) => number(Math.max(0, mm), TENTHS));
  const names = pens.map(({ first, name }, i) => {
    const count = (pens[i + 1]?.first ?? strokes.length) - first;
    return `${name}: ${plural(count, "{n} stroke", "{n} strokes")}`;
  });
  return [
    whole ? [t("Sheet"), t("all of it")] : [t("Cell"), number(plan.cell + 1)],
    [
      t("Size"),
      t("{width} × {height} mm", {
        width: number(box[2] - box[0], TENTHS),
        height: number(box[3] - box[1], TENTHS),
      }),
    ],
    [
      t("Margins"),
      t("left {left}, right {right}, below {below}, above {above} mm", { left, right, below, above }),
    ],
    [t("Time"), minutes(plan.seconds)],
    [t("Ink"), length(plan.ink_mm)],
    [t("Pen up"), `${length(plan.travel_mm)} · ${plural(strokes.length, "{n} stroke", "{n} strokes")}`],
    [t("Pens"), names.join(", ") || t("one pen")],
  ];
}

/** @param {number} seconds */
function minutes(seconds) {
  if (seconds < 90) return plural(Math.max(1, Math.round(seconds)), "{n} second", "{n} seconds");
  return plural(Math.round(seconds / 60), "{n} minute", "{n} minutes");
}

export const CARDS = [artworkCard];
