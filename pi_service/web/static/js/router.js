// Which view belongs to which address, and how one follows the other without a new page.
//
// A view's module exports `mount(root, app)`: it fills `root` and returns a function that takes
// it down again. Modules and styles are fetched when they are first needed.

import * as api from "./api.js";
import { at as addressOf, within } from "./base.js";
import { element } from "./dom.js";
import { more, t } from "./i18n.js";
import { session } from "./session.js";
import { store } from "./store.js";
import { sure } from "./sure.js";

/**
 * Every view. `nav` is what the menu calls it; those without are reached from elsewhere.
 *
 * @type {Route[]}
 */
export const ROUTES = [
  { path: "/", name: "home", title: t("Live"), nav: t("Live"), css: null, staff: false },
  {
    path: "/draw",
    name: "draw",
    title: t("Draw with it"),
    nav: t("Draw with it"),
    css: "css/draw.css",
    staff: false,
  },
  {
    path: "/gallery",
    name: "gallery",
    title: t("Gallery"),
    nav: t("Gallery"),
    css: "css/gallery.css",
    staff: false,
  },
  {
    path: "/approvals",
    name: "approvals",
    title: t("Ask me first"),
    nav: t("Ask me first"),
    css: "css/approvals.css",
    staff: true,
  },
  { path: "/hours", name: "hours", title: t("Hours"), nav: t("Hours"), css: "css/hours.css", staff: true },
  {
    path: "/machine",
    name: "machine",
    title: t("Machine"),
    nav: t("Machine"),
    css: "css/machine.css",
    staff: true,
  },
  { path: "/login", name: "login", title: t("Log in"), nav: null, css: "css/login.css", staff: false },
  { path: "/kiosk", name: "kiosk", title: t("Kiosk"), nav: null, css: "css/kiosk.css", staff: false },
].map((route) => ({ ...route, module: `views/${route.name}.js` }));

/** @type {Set<(route: Route) => unknown>} */
const listeners = new Set();
let root = document.body;
/** @type {(() => unknown) | null} */
let takeDown = null;
/** @type {Route | null} */
let shown = null;
/** @type {string | null} */
let at = null;
let turn = 0;
/**
 * What the view that is shown would lose, and how that is asked about.
 *
 * @type {{ unsaved: () => boolean, question: string } | null}
 */
let held = null;

const app = { store, api, t, session, navigate, setTitle, holdBack };

/** The route that is shown, or null before the first one. */
export function currentRoute() {
  return shown;
}

/**
 * Call `listener(route)` whenever another view is shown.
 *
 * @param {(route: Route) => unknown} listener
 */
export function onRoute(listener) {
  listeners.add(listener);
  if (shown !== null) listener(shown);
}

/**
 * Show what belongs to the address bar, in `main`, from now on.
 *
 * @param {HTMLElement} main
 */
export function start(main) {
  root = main;
  document.addEventListener("click", followLink);
  window.addEventListener("popstate", () => address() !== at && goBack());
  window.addEventListener("beforeunload", (event) => held?.unsaved() && event.preventDefault());
  session.subscribe(() => shown !== null && guard(shown) !== shown && show({ focus: true }));
  return show({ focus: false });
}

/**
 * Go to an address of this page, such as "/gallery?number=3".
 *
 * @param {string} target
 */
export async function navigate(target, { replace = false } = {}) {
  if (!(await mayLeave())) return;
  if (replace) history.replaceState(null, "", addressOf(target));
  else history.pushState(null, "", addressOf(target));
  return show({ focus: true, top: true });
}

/**
 * Ask before the view that is shown is left, for as long as `unsaved()` says that it has more
 * than the service knows.
 *
 * @param {() => boolean} unsaved
 * @param {string} question
 */
function holdBack(unsaved, question) {
  held = { unsaved, question };
}

/** Whether nothing would be lost, or is meant to be. */
async function mayLeave() {
  return held === null || !held.unsaved() || (await sure(held.question, t("Leave")));
}

/** The browser has gone back or forward already: where that is not meant, stay here. */
async function goBack() {
  const wanted = address();
  if (held?.unsaved()) history.pushState(null, "", addressOf(at ?? "/"));
  if (!(await mayLeave())) return;
  if (address() !== wanted) history.replaceState(null, "", addressOf(wanted));
  show({ focus: true });
}

/** Name the page after what it shows; without a text after its view. */
export function setTitle(text = "") {
  document.title = `${text || shown?.title} · catplotter`;
}

/** Where we are, but for the place within a view (which a skip link changes). */
function address() {
  return within(location.pathname) + location.search;
}

/** @param {string} pathname */
function routeOf(pathname) {
  const path = pathname.replace(/(.)\/+$/, "$1");
  return ROUTES.find((route) => route.path === path) ?? ROUTES[0];
}

/**
 * What is shown for a route: itself, or the way in for who may not see it.
 *
 * @param {Route} route
 */
function guard(route) {
  if (!route.staff || session.role !== "visitor") return route;
  const login = routeOf("/login");
  const next = encodeURIComponent(address());
  history.replaceState(null, "", addressOf(`${login.path}?next=${next}`));
  return login;
}

/** @param {{ focus: boolean, top?: boolean }} given */
async function show({ focus, top = false }) {
  turn += 1;
  const mine = turn;
  const wanted = routeOf(within(location.pathname));
  at = address();
  if (wanted.staff) await session.ready;
  if (mine !== turn) return;
  const route = guard(wanted);
  at = address();
  root.setAttribute("aria-busy", "true");
  const module = await fetchView(route);
  if (mine !== turn) return;
  takeDown?.();
  takeDown = held = null;
  root.replaceChildren();
  shown = route;
  document.body.dataset.view = route.name;
  setTitle();
  for (const listener of listeners) listener(route);
  takeDown = module === null ? sayFailed() : ((await module.mount(root, app)) ?? null);
  root.removeAttribute("aria-busy");
  if (top) window.scrollTo(0, 0);
  if (focus) focusView();
}

/**
 * The module of a view with its styles in place, or null if they cannot be fetched.
 *
 * @param {Route} route
 */
async function fetchView(route) {
  try {
    if (route.staff || route.name === "login") await more("staff");
    const [module] = await Promise.all([import(`./${route.module}`), route.css && addStyles(route.css)]);
    return module;
  } catch {
    return null;
  }
}

/** @param {string} css */
function addStyles(css) {
  const address = new URL(`../${css}`, import.meta.url).href;
  const known = [...document.querySelectorAll(/** @type {"link"} */ ("link[rel=stylesheet]"))];
  if (known.some((link) => link.href === address)) return null;
  return new Promise((done, failed) => {
    const link = element("link", { rel: "stylesheet", href: address, load: done });
    link.addEventListener("error", () => {
      link.remove();
      failed(new Error(css));
    });
    document.head.append(link);
  });
}

function sayFailed() {
  const again = element("button", { class: "button", type: "button", click: tryAgain }, t("Try again"));
  const words = t("This page could not be loaded. Perhaps the plotter’s computer does not answer.");
  root.append(
    element(
      "div",
      { class: "view-failed" },
      element("h1", { class: "view-title" }, shown?.title ?? ""),
      element("p", {}, words),
      again,
    ),
  );
  return null;
}

/**
 * Load the page anew, if the service answers: a browser may remember for as long as a page lives
 * that a module, or one that it imports, could not be fetched, and never ask for it again.
 */
async function tryAgain() {
  try {
    await api.ask("/state");
    location.reload();
  } catch {
    show({ focus: true });
  }
}

/** Tell screen readers where we are: the view's title, or the view itself. */
function focusView() {
  const target = root.querySelector("h1") ?? root;
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

/** @param {MouseEvent} event */
function followLink(event) {
  const link = event.target instanceof Element ? event.target.closest(/** @type {"a"} */ ("a[href]")) : null;
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (event.defaultPrevented || link === null || !plain) return;
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  const path = within(link.pathname);
  if (!ROUTES.some((route) => route.path === path) || link.hash) return;
  event.preventDefault();
  if (link.href !== location.href) navigate(path + link.search);
}
