import type { Cell, Kind } from './cells.ts';
import type { Resources, Vector } from './resources.ts';
import type { SlotShapes, Slots } from './slots.ts';
import type { Span } from './spans.ts';

/** An agent as the scheduler is told of it. */
export interface AgentView {
  /** Ties are broken by it. */
  readonly name: string;
  /** All it has that is kept for nobody. */
  readonly capacity: Resources;
  /** By role: what it has beside that for tasks of the role only. Scalars alone. */
  readonly reserved?: Readonly<Record<string, Resources>>;
  /** The only role whose tasks it takes. */
  readonly onlyFor?: string;
  /** Takes no new tasks. */
  readonly unschedulable?: boolean;
  /** Attributes of the machine; `region`, `domain` and `zone` among them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly slots?: SlotShapes;
  /** In [0, 1]; absent where nothing is known of it. */
  readonly quality?: number;
  /** Images that it has already. */
  readonly holds?: readonly string[];
}

/** Concrete values that are free, by resource. */
export interface Pieces {
  readonly ranges: Readonly<Record<string, readonly Span[]>>;
  readonly sets: Readonly<Record<string, readonly string[]>>;
}

/** What changes of an agent while tasks come and go. Never changed, always replaced. */
export interface AgentState {
  /** What may be given away now. */
  readonly free: Vector;
  /** What its tasks leave of it, whether it may be given away now or not. */
  readonly left: Vector;
  readonly pieces: Pieces;
  readonly slots: Slots;
  readonly tasks: number;
  /** One of its tasks wants it alone. */
  readonly exclusive: boolean;
  /** When tasks of a known end will end, ascending. */
  readonly ends: readonly number[];
}

/** What constraints and fitness may ask of an agent. */
export interface Room {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly capacity: Vector;
  readonly free: Vector;
  readonly quality: number | undefined;
  /** When the last of its tasks of a known end will end. */
  readonly lastEnd: number | undefined;
  readonly tasks: number;
  holds(thing: string): boolean;
}

/** An agent in the snapshot. */
export class AgentNode implements Room {
  readonly name: string;
  readonly view: AgentView;
  readonly capacity: Vector;
  kind!: Kind;
  cell!: Cell;
  state: AgentState;
  /** Whether what is free is told (offers), and not what is left. */
  governed = false;
  /** Its newest entry in the log of changes. */
  changedAt = -1;
  readonly images: Set<string>;

  constructor(view: AgentView, capacity: Vector, state: AgentState) {
    this.name = view.name;
    this.view = view;
    this.capacity = capacity;
    this.state = state;
    this.images = new Set(view.holds ?? []);
  }

  get attributes(): Readonly<Record<string, string>> {
    return this.view.attributes;
  }

  get free(): Vector {
    return this.state.free;
  }

  get tasks(): number {
    return this.state.tasks;
  }

  get quality(): number | undefined {
    return this.view.quality;
  }

  get lastEnd(): number | undefined {
    return this.state.ends.at(-1);
  }

  holds(thing: string): boolean {
    return this.images.has(thing);
  }

  attribute(name: string): string | undefined {
    return name === 'host' ? this.name : this.view.attributes[name];
  }
}
