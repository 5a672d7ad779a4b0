import { TitanError } from '../../api/error.ts';
import { pathsOf } from './field-set.ts';
import type { Manager } from './managers.ts';

/** 409 for fields that others manage with other values, in Kubernetes' words. */
export function applyConflict(conflicts: readonly Manager[]): TitanError {
  const sorted = conflicts
    .map(({ entry, fields }) => ({ who: who(entry), paths: pathsOf(fields) }))
    .toSorted((a, b) => (a.who < b.who ? -1 : 1));
  const causes = sorted.flatMap((conflict) =>
    conflict.paths.map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${conflict.who}`,
      field,
    })),
  );
  const [only] = causes;
  const message =
    causes.length === 1 && only !== undefined
      ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
      : `Apply failed with ${causes.length} conflicts: ${sorted.map(lines).join('\n')}`;
  return new TitanError('Conflict', message, { details: { causes } });
}

function lines({ who: name, paths }: { readonly who: string; readonly paths: readonly string[] }) {
  return [`conflicts with ${name}:`, ...paths.map((path) => `- ${path}`)].join('\n');
}

function who({ manager, operation, apiVersion, subresource }: Manager['entry']): string {
  const name = JSON.stringify(manager);
  const through = subresource ? `${name} with subresource ${JSON.stringify(subresource)}` : name;
  return operation === 'Update' ? `${through} using ${apiVersion}` : through;
}
