import { apiVersionOf } from '../api/kind.ts';
import type { ApiObject } from '../api/object.ts';
import type { Definition, ListResult, Stored } from '../registry/port.ts';
import { createTurn, type Turn } from '../registry/turn.ts';
import type { Clock } from '../runtime/port.ts';
import { type Answer, bytesAnswer, jsonAnswer, type Request, streamAnswer } from './exchange.ts';
import { type Form, negotiateForm, notAcceptable } from './negotiate.ts';
import { text } from './query.ts';
import { makePrinter, type Printer, parseInclude, partial } from './table/table.ts';

/** How the objects of one answer are shown. */
export interface Presentation {
  readonly form: Form;
  readonly definition: Definition;
  readonly printer: Printer;
  readonly clock: Clock;
}

/** What the client asks to see. @throws NotAcceptable, BadRequest */
export function presentationOf(request: Request, definition: Definition, clock: Clock) {
  const form = negotiateForm(request.header('accept'));
  const include = parseInclude(text(request.query, 'includeObject'));
  const version = form.as === 'Table' ? form.version : 'v1';
  const printer = makePrinter(definition, { clock, include, version });
  return { form, definition, printer, clock } satisfies Presentation;
}

/** One object, as wanted. */
export function presentObject(
  { form, printer }: Presentation,
  code: number,
  { object, bytes }: { readonly object: ApiObject; readonly bytes?: Uint8Array },
): Answer {
  switch (form.as) {
    case 'Object':
      return bytes === undefined ? jsonAnswer(code, object) : bytesAnswer(code, bytes);
    case 'Table': {
      const head = tableHead(form.version, { resourceVersion: object.metadata.resourceVersion });
      return bytesAnswer(code, tableText(head, printer.heads, printer.row(object)));
    }
    case 'PartialObjectMetadata':
      return jsonAnswer(code, partial(object, form.version));
    case 'PartialObjectMetadataList':
      throw notAcceptable(['application/json']);
  }
}

const SLICE_BYTES = 128 * 1024;

/**
 * A list, as wanted. It is put together from the stored bytes of its items, a slice at a time, so that
 * no list is encoded, nor held in memory, as a whole.
 */
export function presentList(presentation: Presentation, result: ListResult): Answer {
  return streamAnswer(inSlices(listParts(presentation, result), createTurn(presentation.clock)));
}

function* listParts({ form, definition, printer }: Presentation, result: ListResult) {
  const metadata = listMetadata(result);
  const { listKind, kind } = definition;
  if (form.as === 'Table') {
    const empty = tableText(tableHead(form.version, metadata), printer.heads, '');
    yield* enclosed(empty, result.items, ({ object }) => Buffer.from(printer.row(object)));
  } else if (form.as === 'Object') {
    const head = { kind: listKind, apiVersion: apiVersionOf(kind), metadata, items: [] };
    yield* enclosed(JSON.stringify(head), result.items, ({ bytes }) => bytes);
  } else {
    const apiVersion = `meta.k8s.io/${form.version}`;
    const head = { kind: 'PartialObjectMetadataList', apiVersion, metadata, items: [] };
    yield* enclosed(JSON.stringify(head), result.items, ({ object }) =>
      Buffer.from(JSON.stringify(partial(object, form.version))),
    );
  }
}

/** The text of an empty list, which ends in `[]}`, with items put between its brackets. */
function* enclosed(
  empty: string,
  items: readonly Stored[],
  encode: (item: Stored) => Uint8Array,
): Generator<Uint8Array> {
  yield Buffer.from(empty.slice(0, -2));
  for (const [index, item] of items.entries()) {
    if (index > 0) yield COMMA;
    yield encode(item);
  }
  yield END;
}

const COMMA = Buffer.from(',');
const END = Buffer.from(']}\n');

/** Whoever sends a slice gives others their turn before the next; what is encoded on the way takes its time. */
async function* inSlices(parts: Iterable<Uint8Array>, turn: Turn): AsyncGenerator<Uint8Array> {
  let slice: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    slice.push(part);
    size += part.length;
    if (size < SLICE_BYTES && !turn.isOver()) continue;
    yield Buffer.concat(slice, size);
    await turn.next();
    slice = [];
    size = 0;
  }
  yield Buffer.concat(slice, size);
}

function listMetadata(result: ListResult): Readonly<Record<string, unknown>> {
  const { resourceVersion, continue: token, remainingItemCount } = result;
  return {
    resourceVersion,
    ...(token === undefined ? {} : { continue: token }),
    ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
  };
}

/** The beginning of a `Table`, without its closing brace. */
export function tableHead(version: string, metadata: Readonly<Record<string, unknown>>): string {
  const head = { kind: 'Table', apiVersion: `meta.k8s.io/${version}`, metadata };
  return JSON.stringify(head).slice(0, -1);
}

/** A `Table` of encoded column heads and encoded rows, joined by commas. */
export function tableText(head: string, heads: string, rows: string): string {
  return `${head},"columnDefinitions":${heads},"rows":[${rows}]}`;
}
