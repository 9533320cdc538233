// The calibration: the same questions as in a terminal, one at a time.

import { element, find, reconcile, setText } from "../dom.js";
import { number, t, told } from "../i18n.js";
import { allow, answerPlace, button, cannotMove, card, carryOut } from "./room.js";
import { setUpCard } from "./setup.js";

/** @type {Record<string, number[]>} */
/** @typedef {(button: HTMLButtonElement, given: string) => unknown} Reply */

/** @type {Record<string, number[]>} */
const AMOUNTS = {
  x: [-10, -1, -0.1, 0.1, 1, 10],
  y: [-10, -1, -0.1, 0.1, 1, 10],
  z: [-1, -0.1, 0.1, 1],
  s: [-10, -1, 1, 10],
};
/** @type {Record<string, string>} */
const CHOICES = {
  dot: t("Dot"),
  deeper: t("Deeper"),
  lighter: t("Lighter"),
  good: t("It is good"),
  none: t("None of them"),
};

/** @param {MakersRoom} room @returns {Card} */
function calibrationCard(room) {
  const answer = answerPlace();
  const list = element("ol", { class: "steps" });
  const guide = guideBox(room, answer);
  const root = card(
    "calibration",
    t("Calibration"),
    element(
      "p",
      { class: "maker-hint" },
      t("Each step asks before anything moves and before anything is written. Stop stops it at any time."),
    ),
    list,
    guide.root,
    answer,
  );
  const begin = (/** @type {HTMLButtonElement} */ which, /** @type {string} */ name) =>
    carryOut(which, answer, () =>
      room.tell("/machine/calibration", { step: /** @type {Api.Step["step"]} */ (name) }),
    ).then(room.soon);
  const show = (/** @type {MachineView | null} */ view) => {
    if (view === null) return;
    const { calibration } = view;
    const why = cannotMove(view);
    reconcile(list, calibration.steps, {
      key: (step) => step.name,
      make: (step) => stepItem(step, begin),
      update: (item, step) => {
        const current = step.name === calibration.step;
        const action = find(item, "button", HTMLButtonElement);
        if (current) item.setAttribute("aria-current", "step");
        else item.removeAttribute("aria-current");
        allow(action, why === "" || why === "calibration");
        setText(action, current && !calibration.open ? t("Again") : t("Begin"));
        action.hidden = calibration.open;
      },
    });
    guide.show(view);
  };
  return { root, show };
}

/** @param {Api.NamedStep} step @param {(button: HTMLButtonElement, name: string) => unknown} begin */
function stepItem(step, begin) {
  const title = told(step.title_fact);
  const act = button(t("Begin"), () => begin(act, step.name));
  act.setAttribute("aria-label", t("Begin: {step}", { step: title }));
  return element("li", { class: "step" }, element("span", { class: "step-title" }, title), act);
}

/** @param {MakersRoom} room @param {HTMLElement} answer */
function guideBox(room, answer) {
  const text = element("p", { class: "guide-text", tabindex: "-1" });
  const problem = element("p", { class: "wrong" });
  const controls = element("div", { class: "guide-controls" });
  const end = button(
    t("End this step"),
    () => carryOut(end, answer, () => room.end("/machine/calibration")).then(room.soon),
    "button-quiet",
  );
  const root = element(
    "div",
    { class: "guide", role: "region", "aria-label": t("Question"), "aria-live": "polite", hidden: true },
    text,
    problem,
    controls,
    end,
  );
  /** @type {Reply} */
  const reply = (which, given) =>
    carryOut(which, answer, () => room.tell("/machine/calibration/answer", { answer: given })).then(
      room.soon,
    );
  let asked = "";
  const show = (/** @type {MachineView} */ { calibration, busy_fact: busy }) => {
    const { prompt, failed, step, open, drawn } = calibration;
    const fact = prompt?.fact ?? calibration.result_fact;
    root.hidden = step === null;
    root.dataset.kind = failed ? "failed" : open ? "open" : "done";
    const drawing =
      drawn &&
      t("{drawn} of {total} strokes are drawn.", { drawn: number(drawn[0]), total: number(drawn[1]) });
    const words = fact === null ? "" : told(fact);
    setText(text, busy && open ? drawing || t("The machine does its part …") : words);
    setText(problem, calibration.problem_fact ? told(calibration.problem_fact) : "");
    const now =
      prompt === null ? "" : JSON.stringify([prompt.kind, prompt.choices, prompt.unit, prompt.default]);
    if (now !== asked) {
      asked = now;
      controls.replaceChildren(...(prompt === null ? [] : controlsFor(prompt, reply)));
    }
    for (const each of controls.querySelectorAll("button")) allow(each, !busy);
    end.hidden = !open || Boolean(busy);
  };
  return { root, show };
}

/** @param {Api.Prompt} prompt @param {Reply} reply */
function controlsFor(prompt, reply) {
  const say = (/** @type {string} */ label, /** @type {string} */ given, kind = "") => {
    /** @type {HTMLButtonElement} */
    const made = button(label, () => reply(made, given), kind);
    return made;
  };
  switch (prompt.kind) {
    case "confirm":
      return [say(t("Yes"), "yes", "button-main"), say(t("No"), "no")];
    case "choice":
      return prompt.choices.map((choice) => say(CHOICES[choice] ?? choice, choice));
    case "nudge":
      return [
        ...prompt.choices.map((axis) => nudgeRow(axis, reply)),
        say(t("It is there"), "done", "button-main"),
      ];
    default:
      return [numberForm(prompt, reply)];
  }
}

/** @param {string} axis @param {Reply} reply */
function nudgeRow(axis, reply) {
  /** @type {Intl.NumberFormatOptions} */
  const signed = { signDisplay: "always", maximumFractionDigits: 1 };
  const keys = AMOUNTS[axis].map((amount) => {
    /** @type {HTMLButtonElement} */
    const made = element(
      "button",
      {
        class: "nudge-key",
        type: "button",
        "aria-label": `${axis} ${number(amount, signed)}`,
        click: () => reply(made, `${axis} ${amount}`),
      },
      number(amount, signed),
    );
    return made;
  });
  return element(
    "div",
    { class: "nudge-row", role: "group", "aria-label": axis },
    element("span", { class: "nudge-axis" }, axis),
    ...keys,
  );
}

/** @param {Api.Prompt} prompt @param {Reply} reply */
function numberForm(prompt, reply) {
  const input = element("input", {
    class: "field",
    id: "guide-number",
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    placeholder: prompt.default ?? "",
  });
  const send = element("button", { class: "button button-main", type: "submit" }, t("Answer"));
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    reply(send, input.value);
  };
  return element(
    "form",
    { class: "guide-number", submit },
    element("label", { class: "unseen", for: "guide-number" }, t("Number")),
    input,
    element("span", {}, prompt.unit),
    send,
  );
}

export const CARDS = [setUpCard, calibrationCard];
