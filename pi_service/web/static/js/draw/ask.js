// Proposals from the service: one line each, as soon as it is drawn.

import { newKey, refusal } from "../api.js";
import { at } from "../base.js";
import { t } from "../i18n.js";

const ADDRESS = at("/api/v1/proposals");
const PATIENCE_MS = 12000;
/** Names this page: the service draws on from what it asked for last. */
const VISITOR = newKey();

/**
 * Ask for proposals and call `heard` with each. Resolves when there are no more; rejects with a
 * sentence for people, or with an AbortError when `signal` says that nobody wants them any more.
 *
 * @param {Omit<Api.NewProposals, "visitor">} wish
 * @param {AbortSignal} signal
 * @param {(proposal: Api.Proposal) => void} heard
 */
export async function askForProposals(wish, signal, heard) {
  const quiet = new AbortController();
  const stop = () => quiet.abort(signal.reason);
  signal.addEventListener("abort", stop);
  let timer = 0;
  const listenOn = () => {
    clearTimeout(timer);
    timer = setTimeout(() => quiet.abort(), PATIENCE_MS);
  };
  try {
    listenOn();
    const response = await fetch(ADDRESS, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...wish, visitor: VISITOR }),
      signal: quiet.signal,
    });
    if (!response.ok || response.body === null) throw await refusal(response);
    for await (const line of lines(response.body, listenOn)) {
      if (signal.aborted) return;
      heard(JSON.parse(line));
    }
  } catch (error) {
    if (signal.aborted) throw new DOMException("", "AbortError");
    if (error.status !== undefined) throw error;
    throw new Error(t("The plotter's computer does not answer. Try again in a moment."));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** @param {ReadableStream<Uint8Array>} body @param {() => void} listenOn */
async function* lines(body, listenOn) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    listenOn();
    const parts = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}
