/** The network between a page and its answerer: datagrams go through here, or don't. */
import { createSocket } from 'node:dgram';

const HERE = '127.0.0.1';

export class Wire {
  /** While cut, nothing gets through either way. */
  isCut = false;
  #near;
  #target;
  /** For each address of the page, the socket that stands for it at the other end, as a NAT does. */
  #far = new Map();

  /** Lays a wire to `target`, `{ip, port}`. */
  static async lay(target) {
    const near = createSocket('udp4');
    await new Promise((resolve) => near.bind(0, HERE, resolve));
    return new Wire(near, target);
  }

  constructor(near, target) {
    this.#near = near;
    this.#target = target;
    near.on('message', (datagram, { address, port }) => {
      if (!this.isCut) this.#farOf(address, port).send(datagram, target.port, target.ip);
    });
  }

  /** Where the page sends to, as a candidate. */
  get candidate() {
    return `candidate:1 1 udp 2122260223 ${HERE} ${this.#near.address().port} typ host`;
  }

  close() {
    this.#near.close();
    for (const socket of this.#far.values()) socket.close();
  }

  #farOf(address, port) {
    const source = `${address} ${port}`;
    let socket = this.#far.get(source);
    if (!socket) {
      socket = createSocket('udp4');
      socket.on('message', (datagram) => {
        if (!this.isCut) this.#near.send(datagram, port, address);
      });
      this.#far.set(source, socket);
    }
    return socket;
  }
}
