/** Has the browser save a file that was fetched. */
export function saveAs({ blob, name }) {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  // The browser has taken it by the time that anybody could click again.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
