/** What of the page is for hosts, and what all others have to show instead of being one. */
import { byId, setText, show } from './dom.js';

/**
 * Renders it for `conference`; `present`: how many are in; `isAnyoneAway`: in a break-out room; `isAnyoneEarly`: waits for
 * it to begin.
 */
export function renderHosting({ access, locked, state, gathers_at: gathersAt }, { hosting, present, isAnyoneAway, isAnyoneEarly }) {
  const { isHost, isOwner } = hosting;
  renderPin(access, isHost);
  show(byId('locked'), Boolean(locked));
  show(byId('host-bar'), isHost && (present > 0 || isAnyoneEarly));
  show(byId('begin'), isAnyoneEarly);
  show(byId('gather'), isAnyoneAway);
  setText(byId('gather-text'), gathersAt ? 'Bring all back at once' : 'Bring all back');
  byId('lock').setAttribute('aria-pressed', String(Boolean(locked)));
  setText(byId('lock-text'), locked ? 'Unlock' : 'Lock');
  show(byId('end-conference'), isOwner && state !== 'ended');
}

/** A PIN is asked for where there is one, and offered where it makes a host. */
function renderPin(access, isHost) {
  const { pin: isNeeded = false, host_pin: makesHost = false } = access ?? {};
  show(byId('pin-field'), (isNeeded || makesHost) && !isHost);
  setText(byId('pin-hint'), isNeeded ? 'of this conference' : 'only if you are the host');
}
