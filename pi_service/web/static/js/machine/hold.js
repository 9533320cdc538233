// A move that goes on for as long as a key, a button or a finger is held.

import { put, remove } from "../api.js";
import { sayIn } from "./room.js";

/** Said so often that it is still held; the machine stops by itself after half a second. */
const AGAIN_MS = 60;

export class Hold {
  /**
   * What is held, with its number once the machine moves; null for nothing.
   *
   * @type {{ number: number | null } | null}
   */
  #grip = null;

  /** @param {MakersRoom} room @param {HTMLElement} answer */
  constructor(room, answer) {
    this.room = room;
    this.answer = answer;
    addEventListener("blur", this.release);
    document.addEventListener("visibilitychange", this.release);
  }

  close() {
    this.release();
    removeEventListener("blur", this.release);
    document.removeEventListener("visibilitychange", this.release);
  }

  /**
   * Begin to move, unless something is held already.
   *
   * @param {Api.NewHold["toward"]} toward
   * @param {number} percent of the highest speed
   */
  async begin(toward, percent) {
    if (this.#grip !== null) return;
    /** @type {{ number: number | null }} */
    const grip = { number: null };
    this.#grip = grip;
    sayIn(this.answer, "");
    try {
      let told = await this.room.tell("/machine/holds", { toward, percent });
      grip.number = told.hold;
      if (this.#grip !== grip) letGo(told.hold);
      while (this.#grip === grip && told.held) {
        this.room.place(told.work);
        await new Promise((done) => setTimeout(done, AGAIN_MS));
        if (this.#grip === grip) told = await put(`/machine/holds/${told.hold}`, {});
      }
    } catch (error) {
      sayIn(this.answer, error.message, "refused");
    }
    if (this.#grip === grip) this.#grip = null;
    this.room.soon();
  }

  /** Let go: the machine stops. */
  release = () => {
    if (this.#grip?.number != null) letGo(this.#grip.number);
    this.#grip = null;
  };
}

/** @param {number} number */
function letGo(number) {
  remove(`/machine/holds/${number}`).catch(() => {});
}
