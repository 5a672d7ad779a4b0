import { isIP } from 'node:net';

const BYTES_OF_MAC = /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2})*)$/i;
const WORDS_OF_MAC = /^[0-9a-f]{4}(?:\.[0-9a-f]{4})*$/i;
const MAC_DIGITS: ReadonlySet<number> = new Set([12, 16, 40]);

const HOST_LABEL = /^[\p{L}\p{S}\d](?:[-\p{L}\p{S}\d]{0,61}[\p{L}\p{S}\d])?$/u;
const HOST_MAX = 255;

const ADDRESS = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/;
const NAMED_ADDRESS = /^[^<>]*<([^<>]+)>$/;

const DURATION_MAX = 100;
const GO_DURATION = /^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const WORDED_DURATION =
  /\d\s*(?:(?:ns|us|µs|ms|s|m|hr?|d|w)(?![a-zµ])|nano|micro|milli|sec|min|hour|day|week)/i;

/** `4` or `6` for an address, `0` for what is none; an address with a zone is none. */
function family(text: string): number {
  return text.includes('%') ? 0 : isIP(text);
}

export function isIpv4(text: string): boolean {
  return family(text) === 4;
}

export function isIpv6(text: string): boolean {
  return family(text) === 6;
}

export function isCidr(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const most = family(address) === 6 ? 128 : 32;
  return family(address) > 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && +bits <= most;
}

/** 6, 8 or 20 bytes. */
export function isMac(text: string): boolean {
  const isWell = BYTES_OF_MAC.test(text) || WORDS_OF_MAC.test(text);
  return isWell && MAC_DIGITS.has(text.replaceAll(/[:.-]/g, '').length);
}

/** With a scheme, or the path of one. */
export function isUri(text: string): boolean {
  if (/\p{Cc}/u.test(text)) return false;
  return URL.canParse(text) || (text.startsWith('/') && URL.canParse(text, 'relative://host'));
}

export function isHostname(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  return text.length <= HOST_MAX && labels.every((label) => HOST_LABEL.test(label));
}

/** Also with a name before it: `Ann <ann@example.com>`. */
export function isEmail(text: string): boolean {
  return ADDRESS.test(NAMED_ADDRESS.exec(text)?.[1] ?? text);
}

/** As Go writes it, `1h30m`, or in words: `3 days`. */
export function isDuration(text: string): boolean {
  return text.length <= DURATION_MAX && (GO_DURATION.test(text) || WORDED_DURATION.test(text));
}
