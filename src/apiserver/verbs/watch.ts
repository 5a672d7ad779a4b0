import { setImmediate } from 'node:timers/promises';
import { asTitanError, type TitanError, toStatus } from '../../api/error.ts';
import { apiVersionOf } from '../../api/kind.ts';
import type { WatchItem, WatchQuery } from '../../registry/port.ts';
import { readingTurn } from '../../registry/turn.ts';
import { type Answer, type Context, streamAnswer } from '../exchange.ts';
import { type Presentation, tableHead, tableText } from '../present.ts';
import { flag, texts, whole } from '../query.ts';
import { inSlices } from '../slices.ts';
import { type Bookmark, partial } from '../table/table.ts';
import type { Batches } from './batches.ts';
import { presentation, requireVerb, type Target } from './target.ts';

const SHORTEST_MS = 1800_000;
const SPREAD_MS = 1800_000;

/**
 * GET of a collection with `watch`: a line of JSON for each event, until the deadline. What is wrong
 * with the request is an HTTP error; what goes wrong later is an `ERROR` event in the stream, as is a
 * resourceVersion that is too old.
 */
export async function watchObjects(target: Target): Promise<Answer> {
  const { request, context, definition } = target;
  requireVerb(definition, 'watch');
  const shown = presentation(target);
  const warning = context.registry.cacheWarning?.();
  if (warning !== undefined) request.warn(warning);
  const end = new AbortController();
  const endsInMs = deadlineMs(target);
  const cancel = context.clock.after(endsInMs, () => end.abort());
  const signal = AbortSignal.any([request.signal, end.signal]);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  const events = context.registry.watch(definition, { ...watchQuery(target), endsInMs }, signal);
  const iterator = events[Symbol.asyncIterator]();
  const first = settled(iterator.next());
  const refused = await Promise.race([first, setImmediate(undefined)]);
  if (refused !== undefined && !refused.ok && !isLate(refused.error)) {
    end.abort();
    throw refused.error;
  }
  return streamAnswer(lines({ iterator, first, context, shown, stop: () => end.abort() }));
}

/** Kubernetes tells of these in the stream, where clients look for them. */
function isLate(error: TitanError): boolean {
  return error.reason === 'Expired';
}

function deadlineMs({ request, context }: Target): number {
  const seconds = whole(request.query, 'timeoutSeconds');
  if (seconds === undefined || seconds <= 0) {
    return SHORTEST_MS + Math.floor(context.random.next() * SPREAD_MS);
  }
  return Math.min(seconds * 1000, SHORTEST_MS + SPREAD_MS);
}

function watchQuery({ request: { query }, namespace, name }: Target): WatchQuery {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...texts(query, ['labelSelector', 'fieldSelector', 'resourceVersion', 'resourceVersionMatch']),
    ...(name === undefined ? {} : { fieldSelector: `metadata.name=${name}` }),
    ...(query.has('allowWatchBookmarks')
      ? { allowWatchBookmarks: flag(query, 'allowWatchBookmarks') }
      : {}),
    ...(query.has('sendInitialEvents')
      ? { sendInitialEvents: flag(query, 'sendInitialEvents') }
      : {}),
  };
}

type Next = IteratorResult<readonly WatchItem[], unknown>;
type Settled =
  | { readonly ok: true; readonly next: Next }
  | { readonly ok: false; readonly error: TitanError };

async function settled(next: Promise<Next>): Promise<Settled> {
  try {
    return { ok: true, next: await next };
  } catch (thrown) {
    return { ok: false, error: asTitanError(thrown) };
  }
}

interface Lines {
  readonly iterator: AsyncIterator<readonly WatchItem[]>;
  readonly first: Promise<Settled>;
  readonly context: Context;
  readonly shown: Presentation;
  readonly stop: () => void;
}

async function* lines({ iterator, first, context, shown, stop }: Lines) {
  const encode = eventEncoder(shown);
  const joined = batchEncoder(shown, context.batches, encode);
  const turn = readingTurn(context.clock);
  try {
    for (let waiting = first; ; waiting = settled(iterator.next())) {
      const result = await waiting;
      if (!result.ok) {
        if (result.error.reason === 'InternalError') {
          context.log.error('watch failed', { error: result.error });
        }
        yield Buffer.from(`${JSON.stringify({ type: 'ERROR', object: toStatus(result.error) })}\n`);
        return;
      }
      if (result.next.done) return;
      const items = result.next.value;
      if (isOfMany(items)) yield* inSlices(partsOf(items, encode), turn);
      else yield joined(items);
    }
  } finally {
    stop();
    await iterator.return?.();
  }
}

function isOfMany([first]: readonly WatchItem[]): boolean {
  return first !== undefined && first.type !== 'BOOKMARK' && first.ofMany === true;
}

/** The parts of the line of an event. */
type Encode = (item: WatchItem) => readonly (string | Uint8Array)[];

function* partsOf(items: readonly WatchItem[], encode: Encode): Generator<string | Uint8Array> {
  for (const item of items) yield* encode(item);
}

/** Objects as they are look the same to everybody. */
function batchEncoder(
  shown: Presentation,
  batches: Batches,
  encode: Encode,
): (items: readonly WatchItem[]) => Uint8Array {
  const all = (items: readonly WatchItem[]) =>
    Buffer.concat(
      [...partsOf(items, encode)].map((part) =>
        typeof part === 'string' ? Buffer.from(part) : part,
      ),
    );
  if (shown.form.as !== 'Object') return all;
  return (items) => batches.bytesOf(items, () => all(items));
}

/** Writes events as lines. In a stream of tables only the first bears the column heads. */
function eventEncoder(shown: Presentation): Encode {
  const { form, printer, definition } = shown;
  let isFirst = true;
  const table = (resourceVersion: string, version: string, row: string): string => {
    const heads = isFirst ? printer.heads : 'null';
    isFirst = false;
    return tableText(tableHead(version, { resourceVersion }), heads, row);
  };
  return (item) => {
    const before = BEFORE[item.type];
    if (item.type === 'BOOKMARK') {
      const mark = bookmark(item, form.as === 'Object' ? definition.kind : PARTIAL);
      const encoded =
        form.as === 'Table'
          ? table(item.resourceVersion, form.version, printer.mark(mark))
          : JSON.stringify(mark);
      return [before, encoded, LINE_END];
    }
    const { stored, ofMany } = item;
    const { object } = stored;
    switch (form.as) {
      case 'Object':
        return [before, ofMany ? JSON.stringify(object) : stored.bytes, LINE_END];
      case 'Table': {
        const { resourceVersion } = object.metadata;
        const encoded = table(resourceVersion, form.version, printer.row(object));
        return [before, encoded, LINE_END];
      }
      default:
        return [before, JSON.stringify(partial(object, form.version)), LINE_END];
    }
  };
}

/** What comes before each object, made once: there are as many of them as watchers times events. */
const BEFORE = {
  ADDED: beginning('ADDED'),
  MODIFIED: beginning('MODIFIED'),
  DELETED: beginning('DELETED'),
  BOOKMARK: beginning('BOOKMARK'),
} as const;

function beginning(type: WatchItem['type']): Uint8Array {
  return Buffer.from(`{"type":"${type}","object":`);
}

const LINE_END = Buffer.from('}\n');
const PARTIAL = { group: 'meta.k8s.io', version: 'v1', kind: 'PartialObjectMetadata' };

/** An object that bears only a version, as Kubernetes marks it; in a table it is a row of its own. */
function bookmark(
  { resourceVersion, initialEventsEnd }: Extract<WatchItem, { type: 'BOOKMARK' }>,
  kind: { readonly group: string; readonly version: string; readonly kind: string },
): Bookmark {
  const annotations = initialEventsEnd
    ? { annotations: { 'k8s.io/initial-events-end': 'true' } }
    : {};
  const metadata = { resourceVersion, creationTimestamp: null, ...annotations };
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata };
}
