// Words in the visitor's language. What the page says itself has the English sentence as its key:
// lang/XX.json has the others, lang/XX-staff.json those of the staff's views, lang/XX-classes.json
// what can be drawn, each with its article. What the service tells are facts, each with a code:
// messages/XX.json has the sentence for it, in English too.
//
// Modules that import this one wait until the catalogue is there, so `t` may be called anywhere,
// also while a module is being loaded. Changing the language loads the page anew.

/** @type {Record<string, string>} */
const LANGUAGES = { en: "English", fr: "Français" };
/** @typedef {{ key: string, names: string[], match: RegExp }} Pattern */

const KEPT = "catplotter.language";
const PATIENCE_MS = 4000;
/** How the names of what can be drawn begin, in the languages that have them so. */
const ARTICLE = /^(une?|des|du|de la|la|le|les) |^(de )?l’/;
const PLACE = /\{(\w+)\}/g;
const SENTENCE_END = /(?<=[.!?…])\s+(?=[\p{Lu}“«])/u;

/** The languages there are: pairs of code and own name. */
export const languages = Object.entries(LANGUAGES);

/** The language of this page: "en" or "fr". */
export const language = chosen();

/** How dates and numbers are written: the browser's own way of writing this language. */
export const locale = navigator.languages?.find((tag) => tag.startsWith(language)) ?? language;

/** @type {[Record<string, string>, Record<string, Sentence>]} */
const [catalogue, sentences] = await Promise.all([load(), fetched(`messages/${language}`)]);
const rules = new Intl.PluralRules(language);
const parts = new Set();
/** @type {Pattern[] | null} */
let patterns = null;

document.documentElement.lang = language;

/**
 * A sentence of the page in the visitor's language; {names} in it are replaced by `values`.
 * Its argument is written out (the tests look whether its French is there): use `said` for
 * sentences that come from elsewhere.
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
  const sentence = sentences[code];
  if (sentence === undefined) return code;
  if (typeof sentence === "string") return fill(sentence, worded(params));
  const form = rules.select(Number(params[sentence.count])) === "one" ? "one" : "other";
  return fill(sentence[form], worded(params));
}

/** @param {Fact["params"]} params */
function worded(params) {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, inWords(value)]));
}

/** @param {FactValue} value @returns {string} */
function inWords(value) {
  if (typeof value === "number") return number(value, { maximumFractionDigits: 10, useGrouping: false });
  if (Array.isArray(value)) return value.map(told).join(" ");
  return value !== null && typeof value === "object" ? told(value) : String(value ?? "");
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
 * A sentence of the service in the visitor's language. Keys with {placeholders} count as
 * patterns; several sentences in a row are looked up one by one; what is unknown stays English.
 *
 * @param {string} text
 * @returns {string}
 */
export function said(text) {
  if (language === "en" || !text) return text;
  const whole = catalogue[text] ?? byPattern(text);
  if (whole != null) return whole;
  const sentences = text.split(SENTENCE_END);
  return sentences.length > 1 ? sentences.map(said).join(" ") : text;
}

/**
 * Fetch the words of a part of the page that few people see, before its modules are imported.
 *
 * @param {string} part
 */
export async function more(part) {
  if (language === "en" || parts.has(part)) return;
  const words = await fetched(`lang/${language}-${part}`);
  if (Object.keys(words).length > 0) parts.add(part);
  Object.assign(catalogue, words);
  patterns = null;
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

async function load() {
  if (language === "en") return {};
  const names = [`lang/${language}`, `lang/${language}-service`, `lang/${language}-classes`];
  const [page, service, classes] = await Promise.all(names.map(fetched));
  const sentences = { ...service, ...page };
  for (const [noun, phrase] of Object.entries(classes)) {
    sentences[`${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`] = phrase;
    sentences[noun] ??= phrase.replace(ARTICLE, "");
  }
  return sentences;
}

/** @param {string} name @returns {Promise<Record<string, string>>} */
async function fetched(name) {
  const address = new URL(`../${name}.json`, import.meta.url);
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

/** @param {string} sentence @param {Record<string, unknown>} values */
function fill(sentence, values) {
  return sentence.replace(PLACE, (place, name) => String(values[name] ?? place));
}

/** @param {string} text @returns {string | null} */
function byPattern(text) {
  patterns ??= Object.keys(catalogue)
    .filter((key) => key.includes("{"))
    .sort((a, b) => b.length - a.length)
    .map((key) => ({ key, names: [...key.matchAll(PLACE)].map((place) => place[1]), match: asPattern(key) }));
  for (const { key, names, match } of patterns) {
    const found = match.exec(text);
    if (found !== null) {
      const values = names.map((name, i) => [name, said(found[i + 1])]);
      return fill(catalogue[key], Object.fromEntries(values));
    }
  }
  return null;
}

/** @param {string} key */
function asPattern(key) {
  const parts = key.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("(.+?)")}$`, "s");
}
