/** Commands that operators run inside the containers of an agent: debugging, `exec`. */
import { type ContainerId, waitStatus } from '../executor/container-status.ts';
import type { CommandObserver, RunningCommand } from '../executor/launcher.ts';

export interface NestedContainer {
  readonly id: ContainerId;
  readonly pid: number | undefined;
  /** As `wait` gives it; `undefined` while it runs. */
  readonly status: number | undefined;
  readonly command: RunningCommand;
  /** Whether its outputs can be had. */
  readonly isSession: boolean;
}

/** Hears what a session says. */
export type Listener = Omit<CommandObserver, 'ended'> & { ended(): void };

interface Entry {
  readonly id: ContainerId;
  readonly isSession: boolean;
  readonly listeners: Set<Listener>;
  readonly waiting: Set<(status: number) => void>;
  command: RunningCommand | undefined;
  status: number | undefined;
}

const containersMax = 256;
const killSignal = 9;

export class NestedContainers {
  readonly #entries = new Map<string, Entry>();

  /**
   * Runs a command as a container of this id, which must be free.
   *
   * @returns whether there was room: of those that ended the oldest are forgotten for it
   */
  launch(
    id: ContainerId,
    run: (observer: CommandObserver) => RunningCommand,
    session?: Listener,
  ): boolean {
    if (!this.#makeRoom()) return false;
    const listeners = new Set(session ? [session] : []);
    const isSession = session !== undefined;
    const entry: Entry = {
      id,
      isSession,
      listeners,
      waiting: new Set(),
      command: undefined,
      status: undefined,
    };
    this.#entries.set(keyOf(id), entry);
    entry.command = run({
      said: (stream, bytes) => {
        for (const listener of listeners) listener.said(stream, bytes);
      },
      ended: (end) => {
        const status = waitStatus(end);
        entry.status = status;
        for (const tell of entry.waiting) tell(status);
        for (const listener of listeners) listener.ended();
        entry.waiting.clear();
        listeners.clear();
      },
    });
    return true;
  }

  find(id: ContainerId): NestedContainer | undefined {
    const entry = this.#entries.get(keyOf(id));
    return entry?.command && { ...entry, command: entry.command, pid: entry.command.pid };
  }

  running(): readonly NestedContainer[] {
    return [...this.#entries.values()]
      .filter(({ status }) => status === undefined)
      .flatMap(({ id }) => this.find(id) ?? []);
  }

  /** Calls `tell` with its status once it has ended. @returns what stops that */
  wait(id: ContainerId, tell: (status: number) => void): () => void {
    const entry = this.#entries.get(keyOf(id));
    if (entry?.status !== undefined) tell(entry.status);
    else entry?.waiting.add(tell);
    return () => entry?.waiting.delete(tell);
  }

  /** Hears what it says from now on. @returns what stops that */
  attach(id: ContainerId, listener: Listener): () => void {
    const entry = this.#entries.get(keyOf(id));
    if (entry?.status !== undefined) listener.ended();
    else entry?.listeners.add(listener);
    return () => entry?.listeners.delete(listener);
  }

  /** Forgets one that ended. */
  remove(id: ContainerId): void {
    this.#entries.delete(keyOf(id));
  }

  /** Ends those whose parent, or whose parent's, is this container. */
  endWithin(containerId: string): void {
    for (const { id, command } of this.running()) {
      if (isWithin(id, containerId)) command.signal(killSignal);
    }
  }

  endAll(): void {
    for (const { command } of this.running()) command.signal(killSignal);
  }

  #makeRoom(): boolean {
    if (this.#entries.size < containersMax) return true;
    const [oldest] = [...this.#entries].filter(([, { status }]) => status !== undefined);
    return oldest !== undefined && this.#entries.delete(oldest[0]);
  }
}

function isWithin({ parent }: ContainerId, containerId: string): boolean {
  return parent !== undefined && (parent.value === containerId || isWithin(parent, containerId));
}

function keyOf({ value, parent }: ContainerId): string {
  return parent ? `${keyOf(parent)}.${value}` : value;
}
