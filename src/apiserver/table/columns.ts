import { resourceName } from '../../api/kind.ts';
import type { Millis } from '../../api/object.ts';
import type { Definition, PrinterColumn } from '../../registry/port.ts';
import { builtInColumns } from './builtin.ts';
import type { Cell, Column, ColumnHead } from './column.ts';
import { age } from './duration.ts';
import { compilePath } from './jsonpath.ts';

/** The columns in which objects of a kind are shown: what the kind says, after the name. */
export function columnsOf(definition: Definition): readonly Column[] {
  const builtIn = builtInColumns(resourceName(definition.kind));
  if (builtIn !== undefined) return builtIn;
  const columns = definition.columns.length > 0 ? definition.columns : [AGE];
  return [NAME, ...columns.map(printerColumn)];
}

export const NAME: Column = {
  head: {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'The name of the object, unique among its kind in a namespace.',
    priority: 0,
  },
  cell: (object) => object.metadata.name,
};

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: 'How long ago the object was created.',
  jsonPath: '.metadata.creationTimestamp',
};

function printerColumn(column: PrinterColumn): Column {
  const find = compilePath(column.jsonPath);
  const head: ColumnHead = {
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description ?? '',
    priority: column.priority ?? 0,
  };
  return { head, cell: (object, now) => cellOf(column.type, find(object)[0], now) };
}

/** A value that is not of the column's type is shown as none, except that anything is a text. */
function cellOf(type: string, value: unknown, now: Millis): Cell {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : integerOf(value);
    case 'number':
      return typeof value === 'number' ? value : integerOf(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? age(value, now) : null;
    case 'string':
      return typeof value === 'string' ? value : JSON.stringify(value);
    default:
      return null;
  }
}

/** One beyond 2^53. */
function integerOf(value: unknown): Cell {
  return typeof value === 'bigint' ? value : null;
}
