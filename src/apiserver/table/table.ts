import { TitanError } from '../../api/error.ts';
import type { ApiObject, Millis } from '../../api/object.ts';
import type { Definition } from '../../registry/port.ts';
import type { Clock } from '../../runtime/port.ts';
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
  /** The encoded row of what bears a version and no content: its cells are empty. */
  mark(bookmark: Bookmark): string;
}

/** What a watch says about how far it has come. */
export interface Bookmark extends Pick<ApiObject, 'apiVersion' | 'kind'> {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly creationTimestamp: null;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface PrinterOptions {
  /** Ages are those of the moment of the first row. */
  readonly clock: Pick<Clock, 'now'>;
  readonly include: IncludeObject;
  readonly version: string;
}

/** The columns are worked out when the first is asked for: most answers are no tables. */
export function makePrinter(definition: Definition, options: PrinterOptions): Printer {
  return new ColumnPrinter(definition, options);
}

class ColumnPrinter implements Printer {
  readonly #definition: Definition;
  readonly #options: PrinterOptions;
  #columns: readonly Column[] | undefined;
  #now: Millis | undefined;

  constructor(definition: Definition, options: PrinterOptions) {
    this.#definition = definition;
    this.#options = options;
  }

  get heads(): string {
    return JSON.stringify(this.#known().map(({ head }) => head));
  }

  row(object: ApiObject): string {
    this.#now ??= this.#options.clock.now();
    const now = this.#now;
    return this.#encoded(
      this.#known().map((column) => cellOf(column, object, now)),
      object,
    );
  }

  mark(bookmark: Bookmark): string {
    return this.#encoded(
      this.#known().map(() => null),
      bookmark,
    );
  }

  #encoded(cells: readonly Cell[], object: ApiObject | Bookmark): string {
    const shown = shownObject(object, this.#options);
    return JSON.stringify(shown === undefined ? { cells } : { cells, object: shown });
  }

  #known(): readonly Column[] {
    this.#columns ??= columnsOf(this.#definition);
    return this.#columns;
  }
}

/** An object that is not as its schema says must not keep the others from being listed. */
function cellOf(column: Column, object: ApiObject, now: Millis): Cell {
  try {
    return column.cell(object, now);
  } catch {
    return null;
  }
}

function shownObject(object: ApiObject | Bookmark, { include, version }: PrinterOptions): unknown {
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
export function partial({ metadata }: ApiObject | Bookmark, version: string): unknown {
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
