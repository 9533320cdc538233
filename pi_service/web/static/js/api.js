// Requests to the service. Every failure is an Error whose message is a sentence for people.

import { at } from "./base.js";
import { find } from "./dom.js";
import { sentencesOf, t, told } from "./i18n.js";

const ROOT = at("/api/v1");
const PATIENCE_MS = 8000;
/** For how long what came with the page is as good as what the service would answer. */
const FRESH_MS = 10_000;
/** What came with the page, so that its first picture is true and nothing moves after it. */
const came = JSON.parse(find(document, "#told").textContent);

/** What was refused and why: `status` is the answer's, `fact` what the service tells. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {Fact | null} fact
   */
  constructor(status, fact) {
    super(fact === null ? t("The service answered {status}.", { status }) : told(fact));
    this.status = status;
    this.fact = fact;
  }
}

/**
 * Ask the service; `path` is below /api/v1.
 *
 * @template {Api.Get["path"]} Path
 * @param {Path} path
 * @returns {Promise<Answer<Api.Get, Path>>}
 */
export async function ask(path) {
  return cameWith(path) ?? (await request(path, {}));
}

/**
 * What the service would answer, of the page's first moments: once, or null.
 *
 * @template {Api.Get["path"]} Path
 * @param {Path} path
 * @returns {Answer<Api.Get, Path> | null}
 */
export function cameWith(path) {
  const known = performance.now() < FRESH_MS ? came[path] : null;
  delete came[path];
  return known ?? null;
}

/**
 * Ask the service to do something.
 *
 * @template {Api.Post["path"]} Path
 * @param {Path} path
 * @param {Sent<Api.Post, Path>} body
 * @param {Record<string, string>} headers
 * @param {RequestInit} options such as how long is waited
 * @returns {Promise<Answer<Api.Post, Path>>}
 */
export function tell(path, body = /** @type {any} */ ({}), headers = {}, options = {}) {
  return request(path, { ...sending("POST", body, headers), ...options });
}

/**
 * Have the service keep something in the place of what it has.
 *
 * @template {Api.Put["path"]} Path
 * @param {Path} path
 * @param {Sent<Api.Put, Path>} body
 * @returns {Promise<Answer<Api.Put, Path>>}
 */
export function put(path, body) {
  return request(path, sending("PUT", body));
}

/**
 * Have the service end or forget something.
 *
 * @template {Api.Delete["path"]} Path
 * @param {Path} path
 * @param {Record<string, string>} headers
 * @returns {Promise<Answer<Api.Delete, Path>>}
 */
export function remove(path, headers = {}) {
  return request(path, { method: "DELETE", headers });
}

/**
 * @param {string} method
 * @param {unknown} body
 * @param {Record<string, string>} headers
 * @returns {RequestInit}
 */
function sending(method, body, headers = {}) {
  return { method, headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function request(path, options) {
  let response;
  try {
    response = await fetch(ROOT + path, { signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  } catch {
    throw new Error(t("The plotter's computer does not answer. Try again in a moment."));
  }
  if (!response.ok) throw await refusal(response);
  return bodyOf(response);
}

/**
 * What was answered, as soon as it can be told; null if it is not to be read.
 *
 * @param {Response} response
 */
async function bodyOf(response) {
  try {
    const text = await response.text();
    await sentencesOf(text);
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Why the service refused something. A lost login is told to the session.
 *
 * @param {Response} response
 */
export async function refusal(response) {
  const { status } = response;
  const body = await bodyOf(response);
  if (status === 401 || status === 403) window.dispatchEvent(new Event("catplotter:refused"));
  return new Refusal(status, body?.code === undefined ? null : body);
}

/** A new name for a request: repeated under the same name it is carried out only once. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Request a drawing.
 *
 * @param {string} key
 * @param {string} className
 */
export function requestDrawing(key, className) {
  return tell("/jobs", { class: className }, { "Idempotency-Key": key });
}

/** One page of the history, newest first: `{jobs, before}`. */
export function history(/** @type {number | null} */ before = null, limit = 20) {
  return ask(`/jobs?limit=${limit}${before === null ? "" : `&before=${before}`}`);
}

/**
 * The address of a picture of what the pen drew of a job; `small` gives it lines that can be
 * seen however small it is shown.
 *
 * @param {Job} job
 * @param {boolean} small
 */
export function pictureOf(job, small) {
  const part = job.state === "done" ? "" : `&strokes=${job.strokes_drawn}`;
  return `${ROOT}/jobs/${job.id}.svg?drawn${part}${small ? "&thumbnail" : ""}`;
}

/**
 * The address of a picture of nothing but the drawing, however small it is on its paper; `small`
 * as above.
 *
 * @param {Job} job
 */
export function closeupOf(job, small = true) {
  return `${pictureOf(job, small)}&closeup`;
}

/**
 * The address of a job's file.
 *
 * @param {Job} job
 * @param {string} suffix
 */
export function fileOf(job, suffix, download = false) {
  return `${ROOT}/jobs/${job.id}.${suffix}${download ? "?download" : ""}`;
}
