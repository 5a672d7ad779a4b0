import { TitanError } from '../../api/error.ts';
import type { ApiObject, Millis } from '../../api/object.ts';
import type { Definition } from '../../registry/port.ts';
import type { Cell, Column } from './column.ts';
import { columnsOf } from './columns.ts';

/** How much of each object a row bears beside its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** Prints the objects of one kind as the rows of a `Table`. */
export interface Printer {
  /** The encoded `columnDefinitions`. */
  readonly heads: string;
  /** One encoded row. */
  row(object: ApiObject): string;
}

export interface PrinterOptions {
  readonly now: Millis;
  readonly include: IncludeObject;
  readonly version: string;
}

/** The columns are worked out when the first is asked for: most answers are no tables. */
export function makePrinter(definition: Definition, options: PrinterOptions): Printer {
  let columns: readonly Column[] | undefined;
  const known = () => {
    columns ??= columnsOf(definition);
    return columns;
  };
  return {
    get heads() {
      return JSON.stringify(known().map(({ head }) => head));
    },
    row(object) {
      const cells = known().map((column) => cellOf(column, object, options.now));
      const shown = shownObject(object, options);
      return JSON.stringify(shown === undefined ? { cells } : { cells, object: shown });
    },
  };
}

/** An object that is not as its schema says must not keep the others from being listed. */
function cellOf(column: Column, object: ApiObject, now: Millis): Cell {
  try {
    return column.cell(object, now);
  } catch {
    return null;
  }
}

function shownObject(object: ApiObject, { include, version }: PrinterOptions): unknown {
  switch (include) {
    case 'None':
      return undefined;
    case 'Metadata':
      return partial(object, version);
    case 'Object':
      return object;
  }
}

/** What an object is beside its content. */
export function partial(object: ApiObject, version: string): unknown {
  const { metadata } = object;
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata };
}

/** @throws BadRequest */
export function parseInclude(value: string | undefined): IncludeObject {
  if (value === undefined) return 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw new TitanError(
    'BadRequest',
    `unrecognized includeObject value: ${JSON.stringify(value)}, use None, Metadata or Object`,
  );
}
