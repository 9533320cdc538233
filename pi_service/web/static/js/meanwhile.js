// What a form puts all at once: what others have put meanwhile is not replaced without a word.

import { t } from "./i18n.js";

/** @template Kept */
export class Meanwhile {
  #look;
  /** What is kept, as far as this page knows. */
  #known = "";

  /** @param {() => Promise<Kept>} look asks what is kept */
  constructor(look) {
    this.#look = look;
  }

  /** Note what the form shows. @param {Kept} kept */
  take(kept) {
    this.#known = JSON.stringify(kept);
  }

  /** Before it is put: an error where it is other than was known. It is known then. */
  async check() {
    const known = this.#known;
    this.take(await this.#look());
    if (known !== this.#known)
      throw new Error(t("Others have saved something else meanwhile. Save again to put this in its place."));
  }
}
