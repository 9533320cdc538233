// What the page says: sentences, numbers and times, in one place.

const clockTime = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const dayTime = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "numeric",
  minute: "2-digit",
});
const ORDINALS = new Intl.PluralRules("en", { type: "ordinal" });
const ENDINGS = { one: "st", two: "nd", few: "rd", other: "th" };

/** "first", "2nd", "3rd" … */
export function ordinal(number) {
  return `${number}${ENDINGS[ORDINALS.select(number)]}`;
}

/** A word with its first letter large. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "a cat", "an owl". */
export function article(noun) {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** "Cat № 12", or "A cat" before the pen has started and given it a number. */
export function jobTitle(job) {
  return job.edition == null ? capital(article(job.class_name)) : `${capital(job.class_name)} № ${job.edition}`;
}

/** "14:02", with the day if it was not today. */
export function when(seconds) {
  const date = new Date(seconds * 1000);
  const today = new Date().toDateString() === date.toDateString();
  return (today ? clockTime : dayTime).format(date);
}

/** "about 40 seconds left". */
export function timeLeft(seconds) {
  if (seconds < 4) return "almost done";
  if (seconds < 12) return "a few seconds left";
  if (seconds < 55) return `about ${Math.ceil(seconds / 10) * 10} seconds left`;
  if (seconds < 90) return "about a minute left";
  return `about ${Math.round(seconds / 60)} minutes left`;
}

const SOURCES = {
  page: "from a page",
  button: "from the button",
  schedule: "from the timetable",
  cli: "from the command line",
};

/** Who asked for a job and when: "from the button at 14:02". */
export function askedFor(job, mine) {
  const who = mine ? "from you" : (SOURCES[job.source] ?? `from ${job.source}`);
  return `${who}, ${when(job.requested_at)}`;
}

/** What became of a job that did not become whole; empty for one that did. */
export function shortfall(job) {
  const upTo = `after ${job.strokes_drawn} of ${job.strokes_total} strokes`;
  if (job.state === "cancelled") return `stopped ${upTo}`;
  if (job.state === "interrupted") return `broke off ${upTo}`;
  return "";
}

/** Where a new job stands in the line. */
export function placeInLine(place, ready) {
  if (place <= 0 && ready) return "The pen is on its way.";
  if (place <= 1) return "Yours is next.";
  return `Yours is ${ordinal(place)} in line.`;
}

export const WORDS = {
  connecting: "Looking for the plotter …",
  lost: "No connection to the plotter. This page goes on by itself as soon as it is back.",
  draw: "Draw a cat",
  pause: "Pause",
  resume: "Go on",
  stop: "Stop",
  unlock: "Unlock",
  home: "Home",
  newSheet: "New paper is in",
  zero: "Set zero",
  newPen: "A new pen is in",
  keepPen: "It still writes",
  full: "The sheet is full. Put in new paper, then say so here.",
  finish: "Finish it",
  letGo: "Let it go",
  empty: "The next cat appears here.",
  asked: "Your cat is asked for.",
  yours: "Your cat is being drawn now.",
  failed: "That cat did not work out. Ask for another one.",
  thinking: "Thinking of a cat.",
  waits: "Waiting for new paper.",
  noCats: "Every cat that is drawn will hang here.",
  medium: (paper) => `Pen on paper, ${paper.width} × ${paper.height} mm`,
};
