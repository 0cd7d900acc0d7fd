/** Keeps the server told whether I am muted: one request at a time, until it has heard the last of it. */
export class MuteTeller {
  #wish;
  #tell;
  #isTelling = false;

  /**
   * `wish()` gives `{secret, muted}` as it should be now, `secret` being null while there is no
   * session; `tell(secret, muted)` asks the server.
   */
  constructor(wish, tell) {
    this.#wish = wish;
    this.#tell = tell;
  }

  /**
   * Resolves to whether the server has heard; false also if it is being told already, or if there is
   * no session. Throws the `Problem` if it can't be told.
   */
  async tell() {
    if (this.#isTelling) return false;
    this.#isTelling = true;
    try {
      return await this.#tellTheLast();
    } finally {
      this.#isTelling = false;
    }
  }

  async #tellTheLast() {
    let told = null;
    for (;;) {
      const { secret, muted } = this.#wish();
      if (secret === null) return false;
      if (told?.secret === secret && told.muted === muted) return true;
      try {
        await this.#tell(secret, muted);
        told = { secret, muted };
      } catch (problem) {
        if (secret === this.#wish().secret) throw problem; // else that session is over
      }
    }
  }
}
