import { apiVersionOf } from '../api/kind.ts';
import type { ApiObject } from '../api/object.ts';
import { KEPT_ITEMS_MAX } from '../registry/cache/encodings.ts';
import type { Definition, ListResult, Stored } from '../registry/port.ts';
import { readingTurn } from '../registry/turn.ts';
import type { Clock } from '../runtime/port.ts';
import { type Answer, bytesAnswer, jsonAnswer, type Request, streamAnswer } from './exchange.ts';
import { type Form, negotiateForm, notAcceptable } from './negotiate.ts';
import { text } from './query.ts';
import { inSlices } from './slices.ts';
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

/**
 * A list, as wanted. It is put together from the stored bytes of its items, a slice at a time, so that
 * no list is encoded, nor held in memory, as a whole.
 */
export function presentList(presentation: Presentation, result: ListResult): Answer {
  return streamAnswer(inSlices(listParts(presentation, result), readingTurn(presentation.clock)));
}

function* listParts({ form, definition, printer }: Presentation, result: ListResult) {
  const metadata = listMetadata(result);
  const { listKind, kind } = definition;
  if (form.as === 'Table') {
    const empty = tableText(tableHead(form.version, metadata), printer.heads, '');
    yield* enclosed(empty, result.items, ({ object }) => printer.row(object));
  } else if (form.as === 'Object') {
    const head = { kind: listKind, apiVersion: apiVersionOf(kind), metadata, items: [] };
    const isLong = result.items.length + (result.remainingItemCount ?? 0) > KEPT_ITEMS_MAX;
    const encode = isLong ? textOf : bytesOf;
    yield* enclosed(JSON.stringify(head), result.items, encode);
  } else {
    const apiVersion = `meta.k8s.io/${form.version}`;
    const head = { kind: 'PartialObjectMetadataList', apiVersion, metadata, items: [] };
    yield* enclosed(JSON.stringify(head), result.items, ({ object }) =>
      JSON.stringify(partial(object, form.version)),
    );
  }
}

function bytesOf({ bytes }: Stored): Uint8Array {
  return bytes;
}

function textOf({ object }: Stored): string {
  return JSON.stringify(object);
}

/** The text of an empty list, which ends in `[]}`, with items put between its brackets. */
function* enclosed(
  empty: string,
  items: readonly Stored[],
  encode: (item: Stored) => string | Uint8Array,
): Generator<string | Uint8Array> {
  yield empty.slice(0, -2);
  for (const [index, item] of items.entries()) {
    const encoded = encode(item);
    if (index > 0) yield typeof encoded === 'string' ? ',' : COMMA;
    yield encoded;
  }
  yield ']}\n';
}

const COMMA = Buffer.from(',');

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
