import { randomUUID } from 'node:crypto';
import type { Random } from './port.ts';

/** The machine's own chance. */
export function systemRandom(): Random {
  return { next: () => Math.random(), uuid: () => randomUUID() };
}

/** The same seed gives the same sequence (32 bits of state, mixed as in mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;

  function bits(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  function hex(): string {
    return bits().toString(16).padStart(8, '0');
  }

  return {
    next: () => bits() / 2 ** 32,
    uuid() {
      const text = hex() + hex() + hex() + hex();
      const variant = '89ab'[Number.parseInt(text.charAt(16), 16) & 3];
      const parts = [
        text.slice(0, 8),
        text.slice(8, 12),
        `4${text.slice(13, 16)}`,
        `${variant}${text.slice(17, 20)}`,
        text.slice(20, 32),
      ];
      return parts.join('-');
    },
  };
}
