/** The badge of a conference, as HTML that is pasted into any web page: it shows there whether the conference is on. */

const WIDTH = 240;
const HEIGHT = 56;

/**
 * Where the badge of the conference at `url` is. `theme` says in whose colours: `light`, `dark`, or without one those of
 * the reader's system.
 */
export function badgeAddress(url, theme = '') {
  return theme ? `${url}/badge.svg?theme=${encodeURIComponent(theme)}` : `${url}/badge.svg`;
}

/** HTML of the badge, which links to the conference. Its size is given, so that the page doesn't jump when it comes. */
export function badgeLink(url, title, theme = '') {
  const alt = title ? `Join ${title}` : 'Join the conference';
  return (
    `<a href="${escaped(url)}">` +
    `<img src="${escaped(badgeAddress(url, theme))}" width="${WIDTH}" height="${HEIGHT}" ` +
    `alt="${escaped(alt)}" loading="lazy" referrerpolicy="no-referrer"></a>`
  );
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
