// Requests to the service. Every failure is an Error whose message is a sentence for people.

import { said, t } from "./i18n.js";

const ROOT = "/api/v1";
const PATIENCE_MS = 8000;

/** Ask the service; `path` is below /api/v1. */
export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(ROOT + path, { signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  } catch {
    throw new Error(t("The plotter's computer does not answer. Try again in a moment."));
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw refusal(response.status, body?.detail);
  return body;
}

/**
 * What was refused and why; `status` is the answer's, `detail` its own words. A lost login is
 * told to the session.
 */
function refusal(status, detail) {
  if (status === 401 || status === 403) window.dispatchEvent(new Event("catplotter:refused"));
  const words = detail ? said(detail) : t("The service answered {status}.", { status });
  return Object.assign(new Error(words), { status, detail });
}

/** Ask the service to do something. */
export function tell(path, body = {}, headers = {}) {
  return ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** A new name for a request: repeated under the same name it is carried out only once. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Request a drawing. */
export function requestDrawing(key, className) {
  return tell("/jobs", { class: className }, { "Idempotency-Key": key });
}

/** One page of the history, newest first: `{jobs, before}`. */
export function history(before = null, limit = 20) {
  return ask(`/jobs?limit=${limit}` + (before === null ? "" : `&before=${before}`));
}

/**
 * The address of a picture of what the pen drew of a job; `small` gives it lines that can be
 * seen however small it is shown.
 */
export function pictureOf(job, small) {
  const part = job.state === "done" ? "" : `&strokes=${job.strokes_drawn}`;
  return `${ROOT}/jobs/${job.id}.svg?drawn${part}${small ? "&thumbnail" : ""}`;
}

/** The address of a small picture of nothing but the drawing, however small it is on its paper. */
export function closeupOf(job) {
  return `${pictureOf(job, true)}&closeup`;
}

/** The address of a job's file. */
export function fileOf(job, suffix, download = false) {
  return `${ROOT}/jobs/${job.id}.${suffix}${download ? "?download" : ""}`;
}
