// Small helpers to build and change the page without ever parsing HTML.

/**
 * Make an element. Attributes are set as they are called in HTML; a value of null or false
 * leaves one out; a function is a listener for the event of that name.
 *
 * @template {string} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {...(Node | string | null)} children
 * @returns {Tag extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Tag] : HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value != null && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return /** @type {any} */ (made);
}

/**
 * The first element in `root` that a selector finds; it must be of a kind.
 *
 * @template {Element} [Kind=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function find(root, selector, kind = /** @type {any} */ (HTMLElement)) {
  const found = root.querySelector(selector);
  if (found instanceof kind) return found;
  throw new TypeError(`no ${kind.name} at ${selector}`);
}

/**
 * Change an element's text only if it differs, so that nothing is announced twice.
 *
 * @param {Element} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Change what an image shows only if it differs, so that nothing is fetched twice.
 *
 * @param {Element} image
 * @param {string} address
 */
export function setSource(image, address) {
  if (image.getAttribute("src") !== address) image.setAttribute("src", address);
}

/**
 * Make the children of `parent` those of `items`, in their order, keeping the elements that are
 * already there (and with them focus and scroll position).
 *
 * @template Item
 * @template {HTMLElement} Child
 * @param {HTMLElement} parent
 * @param {readonly Item[]} items
 * @param {{
 *   key: (item: Item) => string | number,
 *   make: (item: Item) => Child,
 *   update?: (child: Child, item: Item) => void,
 * }} how
 */
export function reconcile(parent, items, { key, make, update = () => {} }) {
  const children = /** @type {Child[]} */ ([...parent.children]);
  const present = new Map(children.map((child) => [child.dataset.key, child]));
  let before = null;
  for (const item of [...items].reverse()) {
    const name = String(key(item));
    const child = present.get(name) ?? make(item);
    present.delete(name);
    child.dataset.key = name;
    update(child, item);
    if (child.nextElementSibling !== before || child.parentElement !== parent) {
      parent.insertBefore(child, before);
    }
    before = child;
  }
  for (const child of present.values()) child.remove();
}
