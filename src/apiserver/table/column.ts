import type { ApiObject, Millis } from '../../api/object.ts';
import type { Int64 } from '../../registry/int64.ts';

export type Cell = string | Int64 | boolean | null;

/** A column of a `Table`: its head, and how to fill it. */
export interface Column {
  readonly head: ColumnHead;
  cell(object: ApiObject, now: Millis): Cell;
}

export interface ColumnHead {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}
