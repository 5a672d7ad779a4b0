const FOREIGN = /[^A-Za-z0-9+/\r\n]/;
const PADDED = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Bytes in base64 as they are stored: without line breaks.
 * @returns the text, or where the first byte is that does not belong
 */
export function canonicalBase64(text: string): string | number {
  const bare = /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, '') : text;
  if (bare.length % 4 === 0 && PADDED.test(bare)) return bare;
  const foreign = text.search(FOREIGN);
  const isPadding = text[foreign] === '=';
  return foreign >= 0 && !isPadding ? foreign : bare.length - (bare.length % 4);
}
