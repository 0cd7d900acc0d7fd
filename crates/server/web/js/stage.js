/**
 * The stage with the two ways in, by browser and by phone: which of them is large, and which the
 * person sees at all.
 */
import { byId, show } from './dom.js';

/**
 * What the stage shows: `lead` is `both`, `browser` or `phone`; `browser` and `phone` say whether
 * that way is there. `card` is what the phone's card shows (`cardState`), `isOpen` whether the
 * conference lets anybody in.
 *
 * Who talks on the phone sees the phone large; who is in by browser sees that large, with *Call me*
 * in reach. As long as nothing has begun, both are offered alike.
 */
export function stageOf({ browser, call, card, isOpen }) {
  const phone = card === 'idle' || call.phase !== 'idle';
  if (call.phase === 'in') return { lead: 'phone', browser: true, phone };
  if (browser.phase !== 'idle') return { lead: 'browser', browser: true, phone };
  if (card === 'idle') return { lead: 'both', browser: true, phone };
  return { lead: 'phone', browser: card === 'ended' && isOpen, phone: true };
}

/** Renders what `stageOf` says. The way that leads comes first, for the eye and the keyboard. */
export function renderStage({ lead, browser, phone }) {
  const stage = byId('stage');
  const ways = { browser: byId('browser'), phone: byId('call') };
  stage.dataset.lead = lead;
  ways.browser.dataset.size = lead === 'phone' ? 'small' : 'large';
  ways.phone.dataset.size = lead === 'browser' ? 'small' : 'large';
  show(ways.browser, browser);
  show(ways.phone, phone);
  const last = lead === 'phone' ? ways.browser : ways.phone;
  if (stage.lastElementChild !== last) stage.append(last);
}
