/** Ways to bring others: the browser's share sheet, a mail, a calendar file, a QR code, a badge. */
import { readSharing } from './api.js';
import { byId, show } from './dom.js';

/** Shows them. Without an answer there is still the link to be copied. */
export async function showSharing(key, { title, url }) {
  let ways;
  try {
    ways = await readSharing(key);
  } catch {
    return;
  }
  byId('share-mail').href = ways.mailto;
  byId('share-qr').href = ways.qr_svg_url;
  if (ways.calendar_url) byId('share-calendar').href = ways.calendar_url;
  show(byId('share-calendar-way'), Boolean(ways.calendar_url));
  byId('badge-html').value = ways.badge_html;
  byId('badge-image').src = here(ways.badge_url);
  enableSheet({ title, url });
  show(byId('share-ways'), true);
  show(byId('share-badge'), true);
}

/** The same address on the host by which this page is read: the policy of the page lets no other in. */
export function here(url) {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function enableSheet(what) {
  if (!navigator.share) return;
  show(byId('share-sheet-way'), true);
  // Whoever changes their mind has done nothing wrong.
  byId('share-sheet').addEventListener('click', () => navigator.share(what).catch(() => {}));
}
