import type { Cause } from '../../api/error.ts';
import type { Schema } from '../port.ts';

export function ruleCauses(_schema: Schema, _path: string): readonly Cause[] {
  return [];
}
