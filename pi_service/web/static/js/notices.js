// <studio-notices>: what is wrong or waits for a person, and the buttons that help.

import { tell } from "./api.js";
import { element, reconcile, setText } from "./dom.js";
import { store } from "./store.js";
import { jobTitle, shortfall, WORDS } from "./words.js";

const HELP = {
  locked: [
    [WORDS.home, "/machine/home"],
    [WORDS.unlock, "/machine/unlock"],
  ],
  unreferenced: [
    [WORDS.home, "/machine/home"],
    [WORDS.zero, "/machine/zero"],
  ],
  faulted: [[WORDS.home, "/machine/home"]],
};

class StudioNotices extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "region");
    this.setAttribute("aria-label", "Needs attention");
    this.setAttribute("aria-live", "polite");
    store.subscribe((kind) => kind !== "progress" && this.#render());
    this.hidden = store.state === null;
  }

  #render() {
    const { state } = store;
    if (state === null) return;
    const notices = [...problems(state), ...brokenOff(state)];
    reconcile(this, notices, {
      key: (notice) => notice.key,
      make: () => {
        const text = element("p", { class: "notice-text" });
        return element("div", { class: "notice" }, text, element("div", { class: "notice-actions" }));
      },
      update: (box, notice) => show(box, notice),
    });
    this.hidden = notices.length === 0;
  }
}

function problems({ problems: sentences, machine, sheet, job }) {
  const notices = sentences.map((text) => ({ key: text, text, actions: [] }));
  const offer = (actions, isAbout, otherwise) => {
    let notice = notices.find(({ text }) => isAbout(text));
    if (notice === undefined) notices.push((notice = { key: otherwise, text: otherwise, actions: [] }));
    notice.actions.push(...actions);
  };
  const help = HELP[machine.state];
  if (help) offer(help, (text) => text === machine.sentence, machine.sentence);
  const full = sheet?.free === 0 && job === null;
  if (full) offer([[WORDS.newSheet, "/sheets"]], (text) => /paper|sheet/i.test(text), WORDS.full);
  return notices;
}

function brokenOff({ interrupted = [] }) {
  return interrupted.map((job) => ({
    key: `job-${job.id}`,
    text: `${jobTitle(job)} ${shortfall(job)}. ${job.reason}`.trim(),
    actions: [
      [WORDS.finish, `/jobs/${job.id}/finish`],
      [WORDS.letGo, `/jobs/${job.id}/cancel`],
    ],
  }));
}

function show(box, { text, actions }) {
  const [words, buttons] = box.children;
  setText(words, text);
  buttons.hidden = actions.length === 0;
  reconcile(buttons, actions, {
    key: ([, path]) => path,
    make: ([label, path]) => {
      const click = () => tell(path).catch((error) => setText(words, error.message));
      return element("button", { class: "button", type: "button", click }, label);
    },
  });
}

customElements.define("studio-notices", StudioNotices);
