import { atPath, isRecord } from '../json.ts';

/** A CustomResourceDefinition with what its writer may leave out: names, conversion, columns' priorities. */
export function completed<Document extends { readonly spec?: unknown }>(
  document: Document,
): Document {
  const { spec } = document;
  if (!isRecord(spec) || !isRecord(spec.names)) return document;
  const { kind } = spec.names;
  const named = typeof kind === 'string' && kind !== '';
  const names = {
    ...(named ? { listKind: `${kind}List`, singular: kind.toLowerCase() } : {}),
    ...spec.names,
  };
  const { preserveUnknownFields: _, ...rest } = spec;
  const kept = atPath(document, '.spec.preserveUnknownFields') === true ? spec : rest;
  return { ...document, spec: { conversion: { strategy: 'None' }, ...kept, names } };
}
