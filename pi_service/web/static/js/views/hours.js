// When the gallery is open, when it is quiet, and what is drawn by the clock.

import { element } from "../dom.js";
import { HoursForm } from "../hours/form.js";
import { nextRuns } from "../hours/next.js";
import { Timetable } from "../hours/timetable.js";
import { t } from "../i18n.js";

/**
 * Fill `root`, as soon as it is known with what. What one part changes, another may show: each
 * asks the service anew.
 *
 * @param {HTMLElement} root
 * @param {App} app
 */
export function mount(root, app) {
  const next = nextRuns();
  const form = new HoursForm(app, () => timetable.refresh());
  const timetable = new Timetable(app, (entries) => next.show(entries));
  app.holdBack(() => form.unsaved, t("These hours are not saved yet. Leave without them?"));
  const head = element("div", { class: "view-head" }, element("h1", { class: "view-title" }, t("Hours")));
  const page = element("div", { class: "page hours" }, head);
  const column = element("div", { class: "hours-column" }, next.root, timetable.root);
  root.append(page);
  Promise.all([form.refresh(), timetable.refresh()]).then(() =>
    page.append(element("div", { class: "hours-columns" }, column, form.root)),
  );
  const leave = app.store.subscribe(({ kind }) => kind === "state" && timetable.refresh());
  return () => leave();
}
