/**
 * A network that lets no UDP through, as far as a page can tell: the server's UDP candidates are kept from it, so
 * that what is left is the way by TCP. (Chromium's own switch for this spares loopback.)
 */
export function withoutUdp() {
  const isByUdp = (line) => /^a=candidate:\S+ \d+ udp /i.test(line);
  const { setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = function set({ type, sdp }) {
    const lines = sdp.split('\r\n').filter((line) => !isByUdp(line));
    return setRemoteDescription.call(this, { type, sdp: lines.join('\r\n') });
  };
}
