// Words in the visitor's language. What the page says itself has the English sentence as its key:
// lang/XX.json has the others, lang/XX-staff.json those of the staff's views, lang/XX-classes.json
// what can be drawn, each with its article. What the service tells are facts, each with a code:
// messages/XX.json has the sentence for it, in English too. No module compares sentences.
//
// Modules that import this one wait until the words are there, so `t` may be called anywhere, also
// while a module is being loaded. Sentences are many: the usual ones come with the page, and what is
// told by another waits for all. Changing the language loads the page anew.

import { find } from "./dom.js";

/** @type {Record<string, string>} */
const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", fr: "Français", ja: "日本語" };

const KEPT = "catplotter.language";
const PATIENCE_MS = 4000;
/** What the service tells is long, and nobody waits for it who looks at the first picture. */
const SENTENCES_MS = 12_000;
/** How the names of what can be drawn begin, in the languages that have them so. */
/** @type {Record<string, RegExp>} */
const ARTICLES = {
  de: /^(eine?|der|die|das) /,
  es: /^(una?|un[ao]s|el|las?|los) /,
  fr: /^(une?|des|du|de la|la|le|les) |^(de )?l’/,
};
const PLACE = /\{(\w+)\}/g;
/** How a fact begins in what the service answers. */
const CODE = /"code":\s*"([^"]+)"/g;

/** The languages there are: pairs of code and own name. */
export const languages = Object.entries(LANGUAGES);

/** The language of this page, such as "en". */
export const language = chosen();

/** How dates and numbers are written: the browser's own way of writing this language. */
export const locale = navigator.languages?.find((tag) => tag.startsWith(language)) ?? language;

const came = find(document, "#sentences");
/** @type {Record<string, Sentence>} */
const sentences = came.lang === language ? JSON.parse(came.textContent) : {};
/** @type {Promise<unknown> | null} */
let others = null;
const [catalogue, classes] = await Promise.all([
  words(`lang/${language}`),
  words(`lang/${language}-classes`),
  came.lang === language ? null : everySentence(),
]);
const rules = new Intl.PluralRules(language);
const parts = new Set();

document.documentElement.lang = language;

/**
 * A sentence of the page in the visitor's language; {names} in it are replaced by `values`.
 * Its argument is written out: the tests look whether every language has it.
 *
 * @param {string} sentence
 * @param {Record<string, unknown>} values
 */
export function t(sentence, values = {}) {
  return fill(catalogue[sentence] ?? sentence, values);
}

/**
 * What the service tells, as a sentence in the visitor's language. Facts within it are told
 * likewise, numbers written as people write them.
 *
 * @param {Fact} fact
 * @returns {string}
 */
export function told({ code, params }) {
  const template = sentences[code];
  if (template === undefined) return code;
  if (typeof template === "string") return fill(template, worded(params));
  const one = rules.select(Number(params[template.count])) === "one";
  return fill((one && template.one) || template.other, worded(params));
}

/** @param {Fact["params"]} params */
function worded(params) {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      name === "class_name" && typeof value === "string" ? className(value) : inWords(value),
    ]),
  );
}

/** @param {FactValue} value @returns {string} */
function inWords(value) {
  if (typeof value === "number") return number(value, { maximumFractionDigits: 10, useGrouping: false });
  if (Array.isArray(value)) return row(value.map(told));
  return value !== null && typeof value === "object" ? told(value) : String(value ?? "");
}

/**
 * Sentences that follow each other.
 *
 * @param {string[]} given
 */
export function row(given) {
  return given.join(language === "ja" ? "" : " ");
}

/**
 * Whether two facts tell the same.
 *
 * @param {Fact | null | undefined} one
 * @param {Fact | null | undefined} other
 */
export function same(one, other) {
  return one?.code === other?.code && JSON.stringify(one?.params) === JSON.stringify(other?.params);
}

/**
 * What can be drawn, without an article: "cat", in French "chat".
 *
 * @param {string} noun
 */
export function className(noun) {
  return classes[noun]?.replace(ARTICLES[language] ?? "", "") ?? noun;
}

/**
 * What can be drawn, with its article: "a cat", "an owl"; in French "un chat", "un hibou".
 *
 * @param {string} noun
 */
export function article(noun) {
  const vowel = "aeiou".includes(noun.charAt(0).toLowerCase());
  return classes[noun] ?? `${vowel ? "an" : "a"} ${noun}`;
}

/**
 * Put what stands in the page itself, marked with data-t, into the visitor's language.
 *
 * @param {Document} page
 */
export function translate(page) {
  for (const marked of page.querySelectorAll("[data-t]")) {
    marked.textContent = catalogue[marked.textContent] ?? marked.textContent;
  }
}

/**
 * What explains a setting or a profile: its English sentence is its key, as of the page's own.
 *
 * @param {string} text
 */
export function explained(text) {
  return catalogue[text] ?? text;
}

/**
 * The right one of two sentences for a number: `plural(n, "{n} cat", "{n} cats")`.
 *
 * @param {number} n
 * @param {string} one
 * @param {string} other
 * @param {Record<string, unknown>} values
 */
export function plural(n, one, other, values = {}) {
  return fill(rules.select(n) === "one" ? (catalogue[one] ?? one) : (catalogue[other] ?? other), {
    n: number(n),
    ...values,
  });
}

/**
 * Fetch the words of a part of the page that few people see, before its modules are imported.
 *
 * @param {string} part
 */
export async function more(part) {
  if (language === "en" || parts.has(part)) return;
  const found = await fetched(`lang/${language}-${part}`);
  if (Object.keys(found).length > 0) parts.add(part);
  Object.assign(catalogue, found);
}

/**
 * What the service answers can be told once this is fulfilled.
 *
 * @param {string} answer as it came
 */
export async function sentencesOf(answer) {
  for (const [, code] of answer.matchAll(CODE)) if (sentences[code] === undefined) return everySentence();
}

/** Whatever the service may tell can be told once this is fulfilled; without an answer, later. */
export function everySentence() {
  others ??= fetched(`messages/${language}`, {
    priority: "low",
    signal: AbortSignal.timeout(SENTENCES_MS),
  }).then((found) => {
    if (Object.keys(found).length === 0) others = null;
    Object.assign(sentences, found);
  });
  return others;
}

/**
 * A number as the visitor's language writes it.
 *
 * @param {number} value
 * @param {Intl.NumberFormatOptions} options
 */
export function number(value, options = {}) {
  return new Intl.NumberFormat(locale, options).format(value);
}

/**
 * Choose the language for this browser, and show the page in it.
 *
 * @param {string} code
 */
export function choose(code) {
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    // Private windows may refuse; then the browser's own language stays.
  }
  location.reload();
}

/** @returns {string} */
function chosen() {
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // As above.
  }
  const wished = [kept, ...(navigator.languages ?? [])].map((tag) => tag?.slice(0, 2));
  return wished.find((code) => code !== undefined && code in LANGUAGES) ?? "en";
}

/** @param {string} name @returns {Promise<Record<string, string>>} */
async function words(name) {
  return language === "en" ? {} : fetched(name);
}

/** @param {string} name @param {RequestInit} options @returns {Promise<Record<string, any>>} */
async function fetched(name, options = {}) {
  const address = new URL(`../${name}.json`, import.meta.url);
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS), ...options });
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

/** @param {string} sentence @param {Record<string, unknown>} values */
function fill(sentence, values) {
  return sentence.replace(PLACE, (place, name) => String(values[name] ?? place));
}
