import { isRecord } from '../json.ts';
import type { Schema } from '../port.ts';
import { tidy } from './tidy.ts';

/** Adds what a value lacks; what it shares with the result is not copied. */
export type Filler = (value: unknown) => unknown;

/**
 * Adds the schema's defaults to records that were written before the schema had them; fields that it does not know
 * stay, since a later release may have written them.
 *
 * @returns `undefined` where the schema has no defaults
 */
export function fillerOf(schema: Schema): Filler | undefined {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([key, of]) => {
    const inner = fillerOf(of);
    return of.default === undefined && inner === undefined ? [] : [{ key, of, inner }];
  });
  const { items, additionalProperties } = schema;
  const fillItem = items && fillerOf(items);
  const fillOther =
    typeof additionalProperties === 'object' ? fillerOf(additionalProperties) : undefined;
  if (fields.length === 0 && fillItem === undefined && fillOther === undefined) return undefined;

  function fillMap(value: Readonly<Record<string, unknown>>): unknown {
    const own = fields.map(({ key, of, inner }) => {
      const old = value[key];
      return [key, old === undefined ? defaultOf(of) : (inner?.(old) ?? old)] as const;
    });
    const others = fillOther === undefined ? [] : Object.entries(value).map(filledEntry(fillOther));
    const news = [...others, ...own].filter(([key, filled]) => filled !== value[key]);
    return news.length === 0 ? value : { ...value, ...Object.fromEntries(news) };
  }

  return (value) => {
    if (isRecord(value)) return fillMap(value);
    if (!Array.isArray(value) || fillItem === undefined) return value;
    const filled = value.map(fillItem);
    return filled.every((item, index) => item === value[index]) ? value : filled;
  };
}

function filledEntry(fill: Filler) {
  return ([key, value]: readonly [string, unknown]) => [key, fill(value)] as const;
}

function defaultOf(schema: Schema): unknown {
  if (schema.default === undefined) return undefined;
  return tidy(schema, schema.default, { unknown: [], defaults: true });
}
