import type { V1Call, V1Event } from './v1.ts';

export type ApiPath = '/api/v1/scheduler' | '/api/v1';

export interface Answer {
  readonly status: number;
  /** Parsed where the answer is JSON, else its text. */
  readonly body: unknown;
}

export interface EventStream {
  readonly streamId: string;
  /** Ends where the master ends it; throws `ServiceUnavailable` where the connection is lost. */
  readonly events: AsyncIterable<V1Event>;
}

/**
 * How calls reach a master: over HTTP, or straight into the local master's core. Everything above
 * it, the protocol, has one code path.
 */
export interface Transport {
  /** @throws TitanError `ServiceUnavailable` when no answer came. Any answer is returned. */
  call(path: ApiPath, call: V1Call, streamId?: string): Promise<Answer>;
  /**
   * Sends SUBSCRIBE, to the scheduler API unless told, and resolves once the master answered 200. The
   * stream of the operator API has no id.
   *
   * @throws TitanError `ServiceUnavailable` when it gave another answer or none
   */
  subscribe(call: V1Call, signal: AbortSignal, path?: ApiPath): Promise<EventStream>;
}
