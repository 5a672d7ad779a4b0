import type { SlotAsk, SlotShape } from './resources.ts';

/** A slot in use: its value, and how many of its shares are taken. */
export interface Slot {
  readonly value: string;
  readonly used: number;
}

/** The slots of each set, by their number; one that is not here is idle. */
export type Slots = Readonly<Record<string, ReadonlyArray<Slot | undefined>>>;

export type SlotShapes = Readonly<Record<string, SlotShape>>;

/** What a task was given of a set. */
export interface SlotShare extends SlotAsk {
  readonly slot: number;
}

/**
 * The slot for one ask: the fullest of its value that has room, else the first idle one; and how well
 * that is: `(used + need + 1) / (each + 1)` on a bound slot, `0.5 / (each + 1)` on an idle one (Fenzo).
 */
function slotFor(
  { set, value, count }: SlotAsk,
  slots: Slots,
  shapes: SlotShapes,
): { readonly slot: number; readonly score: number } | undefined {
  const shape = shapes[set];
  if (shape === undefined || count > shape.each) return undefined;
  const held = slots[set] ?? [];
  let best: { slot: number; score: number } | undefined;
  for (let slot = 0; slot < shape.slots; slot += 1) {
    const { used, value: bound } = held[slot] ?? { used: 0, value: undefined };
    if (bound !== undefined && (bound !== value || used + count > shape.each)) continue;
    const share = bound === undefined ? 0.5 : used + count + 1;
    const score = share / (shape.each + 1);
    if (best === undefined || score > best.score) best = { slot, score };
  }
  return best;
}

/** How well the asked shares sit, on the mean: 0 where they do not fit. */
export function slotScore(asks: readonly SlotAsk[], slots: Slots, shapes: SlotShapes): number {
  let sum = 0;
  let now = slots;
  for (const ask of asks) {
    const found = slotFor(ask, now, shapes);
    if (found === undefined) return 0;
    sum += found.score;
    if (asks.length > 1) now = withShare(now, { ...ask, slot: found.slot }, 1);
  }
  return sum / asks.length;
}

/** The shares that the asks get; what fits nowhere is left out. */
export function sharesFor(
  asks: readonly SlotAsk[],
  slots: Slots,
  shapes: SlotShapes,
): readonly SlotShare[] {
  let now = slots;
  return asks.flatMap((ask) => {
    const found = slotFor(ask, now, shapes);
    if (found === undefined) return [];
    const share = { ...ask, slot: found.slot };
    now = withShare(now, share, 1);
    return [share];
  });
}

/** @param sign 1 takes the share, -1 gives it back; an empty slot is idle again */
export function withShare(slots: Slots, share: SlotShare, sign: 1 | -1): Slots {
  const { set, slot, value, count } = share;
  const held = [...(slots[set] ?? [])];
  const used = (held[slot]?.used ?? 0) + sign * count;
  held[slot] = used > 0 ? { value, used } : undefined;
  return { ...slots, [set]: held };
}

/** The same text for the same use, whatever came before. */
export function slotsText(slots: Slots): string {
  return Object.entries(slots)
    .map(
      ([set, held]) =>
        `${set}:${Array.from(held, (slot) => (slot ? `${slot.value}=${slot.used}` : ''))}`,
    )
    .join(';');
}

const ATTRIBUTE = /^ResourceSet-(?<set>.+)-(?<slots>\d{1,3})-(?<each>\d{1,6})$/;

/** Named sets that an agent's attributes tell of, as `ResourceSet-<name>-<slots>-<shares each>`. */
export function slotShapesOf(attributes: Readonly<Record<string, string>>): SlotShapes {
  const found = Object.keys(attributes).flatMap((name) => {
    const { set, slots, each } = ATTRIBUTE.exec(name)?.groups ?? {};
    if (set === undefined) return [];
    return [[set, { slots: Number(slots), each: Number(each) }] as const];
  });
  return Object.fromEntries(found);
}
