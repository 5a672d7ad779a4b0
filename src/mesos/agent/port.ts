import type { Millis } from '../../api/object.ts';

/** One container of an agent; `parent` is the one that it is nested in. */
export interface ContainerAt {
  readonly id: string;
  readonly parent?: ContainerAt;
}

export interface AgentFile {
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: Millis;
  /** As `stat` has it, with the type of the file. */
  readonly mode: number;
}

export interface FilePart {
  readonly data: Uint8Array;
  /** Of the whole file, at that moment. */
  readonly size: number;
}

export interface ContainerView {
  readonly at: ContainerAt;
  readonly frameworkId?: string;
  readonly executorId?: string;
  /** Absent where the agent could not tell. */
  readonly usage?: ContainerUsage;
}

/** What a container uses at a moment; what its isolators do not measure is left out. */
export interface ContainerUsage {
  readonly at: Millis;
  readonly cpuUserSeconds?: number;
  readonly cpuSystemSeconds?: number;
  readonly cpusLimit?: number;
  readonly memoryBytes?: number;
  readonly memoryLimitBytes?: number;
}

export interface Output {
  readonly from: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

export type ContainerEnd =
  | { readonly how: 'exited'; readonly code: number }
  | { readonly how: 'signaled'; readonly signal: number };

/**
 * What one agent says of itself and its containers, without the master.
 *
 * Every call throws `NotFound` where the file or the container is not there, `Forbidden` where we may
 * not, `Invalid` where the agent calls the request wrong, and `ServiceUnavailable` where it does not
 * answer or can't do it.
 */
export interface AgentApi {
  /** The files of a folder. */
  files(path: string): Promise<readonly AgentFile[]>;
  /** A part of a file; beyond its end the part is empty. */
  read(
    path: string,
    part: { readonly offset: number; readonly length?: number },
  ): Promise<FilePart>;
  /** All containers with what they use, the nested ones too. */
  containers(): Promise<readonly ContainerView[]>;
  /**
   * Runs a command in a new container beside a task's, and yields what it prints until it ends. Ending
   * the iteration, or `signal`, ends the command.
   */
  run(session: Session, signal: AbortSignal): AsyncIterable<Output>;
  /** What a container prints from now on. Agents have it of sessions alone unless set up for more. */
  attach(container: ContainerAt, signal: AbortSignal): AsyncIterable<Output>;
  /** Resolves when the container has ended; `undefined` where the agent does not know how. */
  wait(container: ContainerAt): Promise<ContainerEnd | undefined>;
  kill(container: ContainerAt, signal: number): Promise<void>;
  /** Removes what a nested container that has ended left behind. */
  remove(container: ContainerAt): Promise<void>;
  close(): Promise<void>;
}

export interface Session {
  /** Its id is chosen by who asks; the parent is the task's container. */
  readonly container: ContainerAt;
  readonly command: readonly string[];
  readonly user?: string;
}
