// Where the service's page begins: at the root of its host, or below a proxy's prefix.

/** The address of the page's root, such as "/" or "/cats/". */
const BASE = new URL("../../../", import.meta.url).pathname;

/**
 * The address of what the service calls `path`, such as "/gallery?number=3".
 *
 * @param {string} path
 */
export function at(path) {
  return BASE + path.slice(1);
}

/**
 * What the service calls an address of this page.
 *
 * @param {string} pathname
 */
export function within(pathname) {
  return pathname.startsWith(BASE) ? `/${pathname.slice(BASE.length)}` : pathname;
}
