/**
 * The other end of the sound for the mock: a tab of the same Chromium that answers offers with
 * RTCPeerConnections of its own, over a wire. So the page under test has a real connection, which can
 * really break.
 */
import { candidatesIn, fragmentOf, withFragment } from '../../../crates/server/web/js/sdp-fragment.js';
import { Wire } from './wire.mjs';

const CANDIDATE = /^a=candidate:.*\r\n/gm;

export class Answerer {
  #page;
  #offers = new Map();
  #wires = new Map();

  /** `browser` is a `Browser`. */
  static async open(browser) {
    const page = await browser.newPage();
    await page.evaluate(prepare);
    // A page makes sound only after a gesture.
    const expression = 'globalThis.context.resume()';
    await page.send('Runtime.evaluate', { expression, userGesture: true, awaitPromise: true });
    return new Answerer(page);
  }

  constructor(page) {
    this.#page = page;
  }

  /** Answers the offer of the session `id`. The wire's end is the only candidate, on either side. */
  async answer(id, offer) {
    const sdp = offer.replace(CANDIDATE, '');
    this.#offers.set(id, sdp);
    const answer = await this.#page.evaluate((session, text) => globalThis.answer(session, text), id, sdp);
    const wire = this.#wires.get(id) ?? (await Wire.lay(endOf(answer)));
    this.#wires.set(id, wire);
    return `${answer.replace(CANDIDATE, '')}a=${wire.candidate}\r\na=end-of-candidates\r\n`;
  }

  /** Restarts ICE after the page's fragment; gives the fragment for the page. */
  async restart(id, fragment) {
    const answer = await this.answer(id, withFragment(this.#offers.get(id), fragment));
    return fragmentOf(answer, candidatesIn(answer), { complete: true });
  }

  /** The wire of a session, to be cut and mended. */
  wire(id) {
    return this.#wires.get(id);
  }

  /** Resolves once the session's connection is up. */
  connected(id) {
    return this.#page.evaluate((session) => globalThis.connected(session), id);
  }

  /** The highest peak of what comes in the session now, over a second and a bit: 0 for silence. */
  loudness(id) {
    return this.#page.evaluate((session) => globalThis.loudness(session), id);
  }

  async close() {
    for (const wire of this.#wires.values()) wire.close();
    await this.#page.close();
  }
}

/** Where the tab itself is, after its answer. */
function endOf(answer) {
  const [, ip, port] = answer.match(/^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+)/m);
  return { ip, port: Number(port) };
}

/** Runs in the tab. */
function prepare() {
  const LOOKS = 24;
  const connections = new Map();
  globalThis.context = new AudioContext();

  globalThis.answer = async (id, sdp) => {
    const connection = connections.get(id) ?? connect(id);
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    while (connection.iceGatheringState !== 'complete') {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return connection.localDescription.sdp;
  };

  globalThis.connected = async (id) => {
    while (['new', 'connecting'].includes(connections.get(id)?.connectionState)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return connections.get(id)?.connectionState === 'connected';
  };

  globalThis.loudness = async (id) => {
    const { analyser } = connections.get(id);
    const samples = new Float32Array(analyser.fftSize);
    let peak = 0;
    for (let look = 0; look < LOOKS; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      analyser.getFloatTimeDomainData(samples);
      peak = Math.max(peak, ...samples.map(Math.abs));
    }
    return peak;
  };

  function connect(id) {
    const connection = new RTCPeerConnection();
    const hum = new OscillatorNode(globalThis.context, { frequency: 220 });
    const output = globalThis.context.createMediaStreamDestination();
    hum.connect(output);
    hum.start();
    connection.addTrack(output.stream.getAudioTracks()[0], output.stream);
    connection.addEventListener('track', ({ track }) => {
      const stream = new MediaStream([track]);
      // Chromium decodes only what an element plays, heard or not.
      Object.assign(new Audio(), { autoplay: true, muted: true, srcObject: stream });
      globalThis.context.createMediaStreamSource(stream).connect(connection.analyser);
    });
    connection.analyser = new AnalyserNode(globalThis.context, { fftSize: 4_096 });
    connections.set(id, connection);
    return connection;
  }
}
