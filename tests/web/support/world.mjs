/**
 * What a `MyBrowser` works on, in a test's hand: microphone, connections, server and time. Time only
 * passes when the test says so.
 */
import { Problem } from '../../../crates/server/web/js/api.js';
import { Trouble } from '../../../crates/server/web/js/troubles.js';

/** Lets everything happen that waits for nothing but its turn. */
export async function settle() {
  for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
}

export class FakeWorld {
  /** What the browser says of the permission. */
  permitted = 'granted';
  /** Name of what stands in the way before anything is asked, or null. */
  hindered = null;
  /** Name of the trouble that opening the microphone ends in, or null. */
  trouble = null;
  /** Whether new connections find a path by themselves. */
  hasPath = true;
  /** Status that the server refuses the next requests with: `{begin: 503}`; 0 is no answer. */
  refusals = {};
  /** What the server was asked, in order: `begin`, `end s1`, `restart s1`, `mute s1 true`, … */
  asked = [];
  links = [];
  track = null;
  #sessions = 0;
  #sleepers = [];
  #now = 0;
  #onMicrophoneLost = null;

  get link() {
    return this.links.at(-1);
  }

  hindrance() {
    return this.hindered;
  }

  async permission() {
    return this.permitted;
  }

  createMicrophone(onLost) {
    this.#onMicrophoneLost = onLost;
    const world = this;
    return {
      get track() {
        return world.track;
      },
      get deviceId() {
        return world.track?.deviceId ?? null;
      },
      async open(deviceId = null) {
        if (world.trouble) throw new Trouble(world.trouble);
        world.track = { deviceId: deviceId ?? 'default', enabled: false, label: 'Built-in' };
        return true;
      },
      close() {
        world.track = null;
      },
    };
  }

  /** The microphone is unplugged. */
  async unplug() {
    this.track = null;
    this.#onMicrophoneLost();
    await settle();
  }

  createLink(on) {
    const link = new FakeLink(this, on);
    this.links.push(link);
    return link;
  }

  async begin(key, offer, { name, call, replaces }) {
    this.#ask('begin', [name, call, replaces && `for ${replaces}`].filter(Boolean).join(' '));
    this.#sessions += 1;
    const secret = `s${this.#sessions}`;
    return {
      secret,
      answer: 'answer',
      trickle: async () => {},
      restart: async () => this.#ask('restart', secret),
      end: async ({ keepalive = false } = {}) => this.#ask('end', keepalive ? `${secret} keepalive` : secret),
    };
  }

  async endSession(key, secret) {
    this.#ask('end', secret);
  }

  async readCall(key, secret) {
    this.#ask('read', secret);
    return { id: secret, participant: `p-${secret}`, state: 'answered', muted: false, ending: null };
  }

  async muteCall(key, secret, muted) {
    this.#ask('mute', `${secret} ${muted}`);
  }

  sleep(durationMs) {
    return new Promise((resolve) => {
      this.#sleepers.push({ wakesAt: this.#now + durationMs, resolve });
    });
  }

  now() {
    return this.#now;
  }

  random() {
    return 1;
  }

  /** Lets time pass, waking whoever sleeps at their time. */
  async pass(durationMs) {
    const end = this.#now + durationMs;
    for (;;) {
      await settle();
      const next = this.#sleepers.sort((a, b) => a.wakesAt - b.wakesAt)[0];
      if (!next || next.wakesAt > end) break;
      this.#sleepers.shift();
      this.#now = next.wakesAt;
      next.resolve();
    }
    this.#now = end;
    await settle();
  }

  #ask(what, about = '') {
    this.asked.push(`${what} ${about}`.trim());
    const status = this.refusals[what];
    if (status !== undefined) throw new Problem({ status });
  }
}

class FakeLink {
  state = 'new';
  sent = null;
  #world;
  #on;

  constructor(world, on) {
    this.#world = world;
    this.#on = on;
  }

  async offer() {
    return 'offer';
  }

  async accept() {
    if (this.#world.hasPath) this.become('connected');
  }

  async setTrack(track) {
    this.sent = track;
  }

  async restart(ask) {
    await ask('fragment');
    if (this.#world.hasPath) this.become('connected');
  }

  async connected() {
    if (this.state !== 'connected') throw new Trouble('unreachable');
  }

  async statistics() {
    return [];
  }

  close() {
    this.state = 'closed';
  }

  /** The transport's state changes. */
  become(state) {
    this.state = state;
    this.#on.onState(state);
  }
}
