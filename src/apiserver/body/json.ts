import { TitanError } from '../../api/error.ts';
import type { Body } from '../../registry/port.ts';
import { scanJson } from '../../registry/scan.ts';

/** Reads a JSON text, integers of 64 bits exactly. @throws BadRequest */
export function parseJson(text: string): Body {
  const { value, duplicates, problem } = scanJson(text, parse(text));
  if (problem !== undefined) throw new TitanError('BadRequest', problem);
  return { value, duplicates };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new TitanError('BadRequest', `the body is not valid JSON: ${why}`, { cause: thrown });
  }
}
