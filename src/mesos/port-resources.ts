/** What agents have, as the port tells it: sums for those who count, pieces for those who reserve. */

export interface Scalars {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  /** Every other amount by its name at Mesos, such as `gpus`; absent where there is none. */
  readonly others?: Readonly<Record<string, number>>;
}

export interface Resources extends Scalars {
  /** Inclusive ranges, ascending. */
  readonly ports: readonly PortRange[];
  /** Every other range and set by its name at Mesos; absent where there is none. */
  readonly items?: Readonly<Record<string, Items>>;
  /** By capacity group: what of the amounts is reserved for its tasks alone; absent where nothing is. */
  readonly reserved?: Readonly<Record<string, Scalars>>;
}

export type Items = Exclude<Amount, { readonly type: 'scalar' }>;

export interface PortRange {
  readonly begin: number;
  readonly end: number;
}

export type Amount =
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'ranges'; readonly ranges: readonly PortRange[] }
  | { readonly type: 'set'; readonly items: readonly string[] };

/** One resource with all that Mesos says of it. */
export interface ResourcePiece {
  readonly name: string;
  readonly amount: Amount;
  /** The role that it is offered to. */
  readonly role?: string;
  /** For whom it is set aside; the last one is the innermost. Empty: for nobody. */
  readonly reservations: readonly Reservation[];
  readonly volume?: PersistentVolume;
  /** Where a disk is one of its own, as Mesos writes it. */
  readonly diskSource?: unknown;
  /** Mesos may take it back at any time. */
  readonly revocable: boolean;
  /** Several tasks may use it at once. */
  readonly shared: boolean;
  readonly providerId?: string;
}

export interface Reservation {
  /** Made by a framework or an operator, not by the agent's own configuration. */
  readonly dynamic: boolean;
  readonly role: string;
  readonly principal?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Disk space that outlives the tasks that use it. */
export interface PersistentVolume {
  /** Unique among the volumes of one role on one agent. */
  readonly id: string;
  readonly principal?: string;
  /** Where tasks find it; relative paths lie in the sandbox. */
  readonly path: string;
  readonly readOnly: boolean;
}

/** What may be done with offered resources beside launching on them. */
export type Operation = {
  /** `reserve` and `unreserve` name reserved pieces, `create` and `destroy` pieces with a volume. */
  readonly do: 'reserve' | 'unreserve' | 'create' | 'destroy';
  /** With an id Mesos tells, and repeats, what became of it. */
  readonly id?: string;
  readonly pieces: readonly ResourcePiece[];
};
