import { Option } from 'commander';
import { dump } from 'js-yaml';
import type { Output } from './output.ts';

export type Format = 'json' | 'yaml';

/** `-o json|yaml`, for programs that read what a command says. */
export function formatOption(): Option {
  return new Option('-o, --output <format>', 'say it as JSON or YAML').choices(['json', 'yaml']);
}

/** One object as it is, several as a list. */
export function printObjects(output: Output, objects: readonly object[], format: Format): void {
  const [first] = objects;
  const text = JSON.stringify(objects.length === 1 ? first : objects, undefined, 2);
  output.line(format === 'json' ? text : dump(JSON.parse(text)).trimEnd());
}
