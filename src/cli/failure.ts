import { asTitanError } from '../api/error.ts';
import type { Output } from './output.ts';

/** Prints an error as a person needs it: what, and each field that is wrong. */
export function printFailure(output: Output, thrown: unknown, about?: string): void {
  const error = asTitanError(thrown);
  const { causes = [] } = error.details;
  output.fail(`${about === undefined ? '' : `${about}: `}${error.message}`);
  if (causes.length < 2) return;
  for (const { field, message } of causes) output.line(`    ${field ?? '(object)'}: ${message}`);
}
