/** What a task runs, as the port tells it. */
import type { Millis } from '../api/object.ts';
import type { Items, ResourcePiece } from './port-resources.ts';

/** One program and what is around it. */
export interface Program {
  /** `name:version`; the local agents look it up in their image folder. Absent: a bare command. */
  readonly image?: string;
  /** Who makes a container of the image; Mesos itself unless told. */
  readonly runtime?: 'Mesos' | 'Docker';
  /** The program and its arguments. Absent: what the image runs. */
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Who it runs as; the framework's user unless told. */
  readonly user?: string;
  readonly files?: readonly FetchedFile[];
  readonly mounts?: readonly Mount[];
  readonly health?: HealthCheck;
  /** Tells whether it can do its work; the task lives whatever it says. */
  readonly readiness?: Check;
}

export interface Launch extends Program {
  readonly taskId: string;
  readonly name: string;
  /** Of the program alone, without its sidecars. */
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  /** Amounts of resources of other names, such as `gpus`. */
  readonly others?: Readonly<Record<string, number>>;
  /** Values of ranges and items of sets of other names, from the offer. */
  readonly items?: Readonly<Record<string, Items>>;
  /** Host ports from the offer; the task finds them as PORT0, PORT1 … in its environment. */
  readonly ports: readonly number[];
  /** Whose reservations it may use; absent: only what is reserved for no capacity group. */
  readonly capacityGroup?: string;
  readonly killGraceMs: Millis;
  readonly labels: Readonly<Record<string, string>>;
  readonly discovery?: Discovery;
  /** Who runs it in place of a command of its own. Absent: Mesos. */
  readonly executor?: OwnExecutor;
  /** Programs that live and die with this one, on the same agent. Absent: none. */
  readonly sidecars?: readonly Sidecar[];
}

/** A framework's own executor; tasks that name the same one on an agent share it. */
export interface OwnExecutor
  extends Pick<Program, 'environment' | 'user' | 'files'>,
    Pick<Launch, 'cpus' | 'memoryMiB' | 'diskMiB' | 'labels'> {
  readonly id: string;
  readonly name: string;
  readonly command: readonly string[];
  /** What it is given with the task. */
  readonly data?: Uint8Array;
}

export interface Sidecar extends Program {
  readonly taskId: string;
  readonly name: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
}

/** Something that the fetcher brings into the sandbox before the program starts. */
export interface FetchedFile {
  readonly uri: string;
  readonly executable: boolean;
  readonly extract: boolean;
  readonly cache: boolean;
  /** Its name in the sandbox; the last part of the URI unless told. */
  readonly name?: string;
}

export interface Mount {
  /** Where the program finds it; relative paths lie in its sandbox. */
  readonly path: string;
  readonly readOnly: boolean;
  readonly from:
    | { readonly type: 'host'; readonly path: string }
    /** A folder of the task, which its sidecars see too. */
    | { readonly type: 'shared'; readonly name: string }
    /** The piece of the offer that holds the volume. */
    | { readonly type: 'volume'; readonly piece: ResourcePiece };
}

export type Probe =
  | { readonly type: 'command'; readonly command: readonly string[] }
  | {
      readonly type: 'http';
      readonly port: number;
      readonly path: string;
      readonly scheme: 'http' | 'https';
    }
  | { readonly type: 'tcp'; readonly port: number };

export interface Check {
  readonly probe: Probe;
  readonly delayMs: Millis;
  readonly intervalMs: Millis;
  readonly timeoutMs: Millis;
}

/** After so many failures in a row, the task is killed. */
export interface HealthCheck extends Check {
  readonly failures: number;
  /** Failures so soon after the start do not count. */
  readonly graceMs: Millis;
}

/** How others find the task. */
export interface Discovery {
  readonly name: string;
  readonly visibility: 'Framework' | 'Cluster' | 'External';
  readonly ports: readonly {
    readonly number: number;
    readonly name?: string;
    readonly protocol?: string;
  }[];
}
