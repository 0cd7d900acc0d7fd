/**
 * Whether I am a host here, and by what: the host's link, an access token, being signed in, or the host's
 * PIN, which makes my own call a host's.
 */
import { readConference } from './api.js';
import { rememberedHostKey, rememberedToken } from './memory.js';

export class Hosting {
  #key;
  /** What has proved me a host, apart from my call: null where a cookie did. */
  #proved = null;
  #isProved = false;
  #isOwner = false;
  /** The secret of a call of mine that is a host's. */
  #call = null;

  constructor(key) {
    this.#key = key;
  }

  /** Whether I may do what hosts do. */
  get isHost() {
    return this.#isProved || this.#call !== null;
  }

  /** Whether the conference is mine: I am its subscriber. */
  get isOwner() {
    return this.#isOwner;
  }

  /** What goes with a host's request; null where a cookie does. */
  get token() {
    return this.#isProved ? this.#proved : this.#call;
  }

  /** What I show when I come in, whether or not the server has told yet what it is worth. */
  get shown() {
    return rememberedHostKey(this.#key) ?? rememberedToken();
  }

  /** Asks the server what I may do; nobody is a host as long as it doesn't answer. */
  async ask() {
    const mine = [rememberedHostKey(this.#key), rememberedToken()].filter((each) => each !== null);
    for (const token of mine.length > 0 ? mine : [null]) {
      const { role, host_url: hostUrl } = await readConference(this.#key, token);
      if (role !== 'host') continue;
      this.#isProved = true;
      this.#proved = token;
      this.#isOwner = Boolean(hostUrl);
      return;
    }
  }

  /** Takes in what the roster says of my own calls: `[{participant, secret}]`. */
  follow(people, calls) {
    const hosts = calls.find(({ participant, secret }) => {
      return secret !== null && people.get(participant)?.role === 'host';
    });
    this.#call = hosts?.secret ?? null;
  }
}
