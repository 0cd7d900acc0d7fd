/** The icon link: HTML that opens a conference from any web page. */

const WIDTH = 190;
const HEIGHT = 48;

/** HTML of an icon that links to the conference at `url`; the icon comes from the same server. */
export function iconLink(url) {
  const image = new URL('/assets/img/join.svg', url).href;
  return (
    `<a href="${escaped(url)}">` +
    `<img src="${escaped(image)}" width="${WIDTH}" height="${HEIGHT}" alt="Join by phone"></a>`
  );
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
