// The calibration: the same questions as in a terminal, one at a time.

import { tell } from "../api.js";
import { element, reconcile, setText } from "../dom.js";
import { number, said, t } from "../i18n.js";
import { allow, answerPlace, button, cannotMove, card, carryOut, request } from "./room.js";

const AMOUNTS = { x: [-10, -1, -0.1, 0.1, 1, 10], y: [-10, -1, -0.1, 0.1, 1, 10], z: [-1, -0.1, 0.1, 1], s: [-10, -1, 1, 10] };
const CHOICES = { dot: t("Dot"), deeper: t("Deeper"), lighter: t("Lighter"), good: t("It is good"), none: t("None of them") };

export function calibrationCard(room) {
  const answer = answerPlace();
  const list = element("ol", { class: "steps" });
  const guide = guideBox(room, answer);
  const root = card(
    "calibration",
    t("Calibration"),
    element("p", { class: "maker-hint" }, t("Each step asks before anything moves and before anything is written. Stop stops it at any time.")),
    list,
    guide.root,
    answer,
  );
  const begin = (which, name) => carryOut(which, answer, () => tell("/machine/calibration", { step: name })).then(room.soon);
  const show = (view) => {
    if (view === null) return;
    const { calibration } = view;
    const why = cannotMove(view);
    reconcile(list, calibration.steps, {
      key: (step) => step.name,
      make: (step) => stepItem(step, begin),
      update: (item, step) => {
        const current = step.name === calibration.step;
        const action = item.querySelector("button");
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

function stepItem(step, begin) {
  const title = said(step.title);
  const act = button(t("Begin"), () => begin(act, step.name));
  act.setAttribute("aria-label", t("Begin: {step}", { step: title }));
  return element("li", { class: "step" }, element("span", { class: "step-title" }, title), act);
}

function guideBox(room, answer) {
  const text = element("p", { class: "guide-text", tabindex: "-1" });
  const problem = element("p", { class: "wrong" });
  const controls = element("div", { class: "guide-controls" });
  const end = button(t("End this step"), () => carryOut(end, answer, () => request("DELETE", "/machine/calibration")).then(room.soon), "button-quiet");
  const root = element("div", { class: "guide", role: "region", "aria-label": t("Question"), "aria-live": "polite", hidden: true }, text, problem, controls, end);
  const reply = (which, given) =>
    carryOut(which, answer, () => tell("/machine/calibration/answer", { answer: given })).then(room.soon);
  let asked = null;
  const show = ({ calibration, busy }) => {
    const { prompt, result, failed, step, open, drawn } = calibration;
    root.hidden = step === null;
    root.dataset.kind = failed ? "failed" : open ? "open" : "done";
    const drawing = drawn && t("{drawn} of {total} strokes are drawn.", { drawn: number(drawn[0]), total: number(drawn[1]) });
    setText(text, busy && open ? drawing || t("The machine does its part …") : prompt ? said(prompt.text) : said(result));
    setText(problem, said(calibration.problem));
    const now = prompt === null ? "" : JSON.stringify([prompt.kind, prompt.choices, prompt.unit, prompt.default]);
    if (now !== asked) {
      asked = now;
      controls.replaceChildren(...(prompt === null ? [] : controlsFor(prompt, reply)));
    }
    for (const each of controls.querySelectorAll("button")) allow(each, !busy);
    end.hidden = !open || Boolean(busy);
  };
  return { root, show };
}

function controlsFor(prompt, reply) {
  const say = (label, given, kind = "") => {
    const made = button(label, () => reply(made, given), kind);
    return made;
  };
  switch (prompt.kind) {
    case "confirm":
      return [say(t("Yes"), "yes", "button-main"), say(t("No"), "no")];
    case "choice":
      return prompt.choices.map((choice) => say(CHOICES[choice] ?? choice, choice));
    case "nudge":
      return [...prompt.choices.map((axis) => nudgeRow(axis, reply)), say(t("It is there"), "done", "button-main")];
    default:
      return [numberForm(prompt, reply)];
  }
}

function nudgeRow(axis, reply) {
  const signed = { signDisplay: "always", maximumFractionDigits: 1 };
  const keys = AMOUNTS[axis].map((amount) => {
    const made = element(
      "button",
      { class: "nudge-key", type: "button", "aria-label": `${axis} ${number(amount, signed)}`, click: () => reply(made, `${axis} ${amount}`) },
      number(amount, signed),
    );
    return made;
  });
  return element("div", { class: "nudge-row", role: "group", "aria-label": axis }, element("span", { class: "nudge-axis" }, axis), ...keys);
}

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
  return element(
    "form",
    { class: "guide-number", submit: (event) => (event.preventDefault(), reply(send, input.value)) },
    element("label", { class: "unseen", for: "guide-number" }, t("Number")),
    input,
    element("span", {}, prompt.unit),
    send,
  );
}
