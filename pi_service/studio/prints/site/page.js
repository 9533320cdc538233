// The exhibition without a server: the table in cats.js is searched here, pictures are files.

const PAGE = 60;
const [ID, NUMBER, WHAT, BEGUN, SEED, PHOTO] = [0, 1, 2, 3, 4, 5];
/** @param {string} id */
const at = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));
const list = at("cats");
const count = at("count");
const more = at("more");
const newest = [...CATS].reverse();
let found = newest;
let shown = 0;

/** @param {string} tag @param {Record<string, string>} attributes @param {...(Node | string)} children */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function card(cat) {
  const title = `${cat[WHAT]} № ${cat[NUMBER]}`;
  const file = `cats/${cat[ID]}.svg`;
  const image = element("img", { src: file, alt: title, loading: "lazy", decoding: "async" });
  const facts = element("p", { class: "facts" }, [cat[BEGUN], cat[SEED]].filter(Boolean).join(" · "));
  if (cat[PHOTO]) facts.append(" · ", element("a", { href: `photos/${cat[ID]}.jpg` }, list.dataset.photo));
  return element(
    "li",
    {},
    element("a", { class: "picture", href: file }, image),
    element("p", { class: "name" }, title),
    facts,
  );
}

function show() {
  list.append(...found.slice(shown, shown + PAGE).map(card));
  shown += PAGE;
  more.hidden = shown >= found.length;
}

function search() {
  const words = at("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const from = at("from").value;
  const until = at("until").value;
  found = newest.filter((cat) => {
    const day = cat[BEGUN].slice(0, 10);
    if ((from && day < from) || (until && (day === "" || day > until))) return false;
    const known = [`№${cat[NUMBER]}`, String(cat[NUMBER]), cat[WHAT].toLowerCase(), cat[SEED], day];
    return words.every((word) => known.some((each) => each === word || (!/^\d+$/.test(word) && each.includes(word))));
  });
  list.replaceChildren();
  shown = 0;
  count.textContent = found.length === 0 ? count.dataset.none : count.dataset.words.replace("{n}", found.length);
  show();
}

at("search").addEventListener("input", search);
at("search").addEventListener("submit", (event) => event.preventDefault());
more.addEventListener("click", show);
search();
