import type { Cause } from '../../api/error.ts';
import type { Definition } from '../port.ts';
import { duplicatesIn, hasKeyedLists } from './uniqueness.ts';
import { compileSchema } from './validate.ts';

/** What a kind's schema says against an object; against what it was before, only what is new. */
export type Checker = (object: object, old?: object) => readonly Cause[];

/** Compiles the schema of a kind. Metadata has checks of its own. */
export function checkerOf({ schema }: Definition): Checker {
  const { metadata: _, ...properties } = schema.properties ?? {};
  const own = { ...schema, properties };
  const check = compileSchema(own);
  const isKeyed = hasKeyedLists(own);

  return (object) => {
    const causes = check(object);
    return causes.length > 0 || !isKeyed ? causes : duplicatesIn(own, object);
  };
}
