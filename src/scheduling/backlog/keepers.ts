import type { CapacityGroup, CapacityGroupSpec } from '../../api/kinds.gen.ts';

type Wish = NonNullable<CapacityGroupSpec['reservedAgents']>;

/** Which capacity groups have agents of their own. */
export interface Keepers {
  put(group: CapacityGroup): void;
  drop(name: string): void;
  has(group: string): boolean;
  /** The group that an agent with these attributes is kept for: the first by name. */
  of(attributes: Readonly<Record<string, string>>): string | undefined;
  /** Changes whenever agents may be kept for others than before. */
  readonly version: number;
}

export function createKeepers(): Keepers {
  const wishes = new Map<string, Wish>();
  let version = 0;

  function set(name: string, wish: Wish | undefined): void {
    if (JSON.stringify(wishes.get(name)) === JSON.stringify(wish)) return;
    if (wish === undefined) wishes.delete(name);
    else wishes.set(name, wish);
    version += 1;
  }

  return {
    put: ({ metadata, spec }) => set(metadata.name, spec.reservedAgents),
    drop: (name) => set(name, undefined),
    has: (group) => wishes.has(group),
    of(attributes) {
      const names = [...wishes].flatMap(([name, { attribute, values }]) => {
        const value = attributes[attribute];
        return value !== undefined && values.includes(value) ? [name] : [];
      });
      return names.toSorted()[0];
    },
    get version() {
      return version;
    },
  };
}
