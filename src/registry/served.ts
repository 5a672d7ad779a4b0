import { CUSTOM_RESOURCE_DEFINITION } from '../api/builtin.ts';
import type { Cause } from '../api/error.ts';
import { apiVersionOf } from '../api/kind.ts';
import type { ApiObject } from '../api/object.ts';
import type { StoredForms } from '../api/stored-forms.ts';
import type { KindCache } from './cache/kind-cache.ts';
import type { KindCaches } from './cache/kind-caches.ts';
import { forbiddenField } from './causes.ts';
import type { Language } from './cel/language.ts';
import { crdCauses } from './crd/check.ts';
import { viewOf } from './crd/view.ts';
import { isEqual } from './json.ts';
import { kindPrefix } from './keys.ts';
import type { Definition } from './port.ts';
import { type Checker, checkerOf } from './schema/checker.ts';
import { fillerOf } from './schema/fill.ts';
import { formOf } from './schema/form.ts';

/** CustomResourceDefinitions that there may be. */
const DEFINITIONS_MAX = 1_000;

/** All that the registry keeps of a kind it serves. */
export interface Served {
  readonly definition: Definition;
  /** `titan.dev/v1beta1`. */
  readonly apiVersion: string;
  /** The prefix of its keys in the store. */
  readonly prefix: string;
  readonly cache: KindCache;
  /** Aborts when the kind is no longer served; a kind that always is has none. */
  readonly ended?: AbortSignal;
  /**
   * What the schema and its rules say against an object, on an update only where it differs from the `old` one.
   * Compiled when it is first asked.
   */
  validate(object: object, old?: object): readonly Cause[];
  /** Compiles what is checked, and checks a first time, which compiles too, so that the first write need not. */
  compile(): void;
}

export interface ServeOptions {
  readonly caches: KindCaches;
  readonly isOwn: (name: string) => boolean;
  /** The cache of all CustomResourceDefinitions. */
  readonly definitions: () => KindCache;
  readonly language: () => Language;
  /** What was compiled for kinds that are not users', by `apiVersion` and plural name. */
  readonly checkers: Map<string, Checker>;
  /** How Titan's own kinds are stored, where that has changed. */
  readonly forms: Readonly<Record<string, StoredForms>>;
  /** For the kinds of users: aborts when the kind is gone. */
  readonly ended?: AbortSignal;
}

export function serve(definition: Definition, options: ServeOptions): Served {
  const { caches, ended, language } = options;
  const { kind, schema } = definition;
  const apiVersion = apiVersionOf(kind);
  const prefix = kindPrefix(kind);
  const cache = caches.of(prefix);
  const name = `${apiVersion} ${kind.plural}`;
  let checker = ended === undefined ? options.checkers.get(name) : undefined;
  function compiled(): Checker {
    if (checker !== undefined) return checker;
    checker = checkerOf(definition, { language, isForeign: ended !== undefined });
    if (ended === undefined) options.checkers.set(name, checker);
    return checker;
  }
  const validate: Served['validate'] = (object, old) => compiled()(object, old);
  const base = { definition, apiVersion, prefix, compile: () => void compiled()({}) };
  if (ended !== undefined) {
    return { ...base, cache: viewOf(cache, { apiVersion, schema }), ended, validate };
  }
  const fill = definition.builtIn ? undefined : fillerOf(schema);
  cache.form = formOf(options.forms[kind.kind], fill);
  const isCrd = definition.builtIn && kind.plural === CUSTOM_RESOURCE_DEFINITION.plural;
  if (!isCrd) return { ...base, cache, validate };
  return {
    ...base,
    cache,
    validate(object, old) {
      const causes = validate(object, old);
      if (causes.length > 0) return causes;
      return definitionCauses(object as ApiObject, old as ApiObject | undefined, options);
    },
  };
}

function definitionCauses(
  object: ApiObject,
  old: ApiObject | undefined,
  { isOwn, definitions, language }: ServeOptions,
): readonly Cause[] {
  const { name } = object.metadata;
  if (isOwn(name) && old !== undefined && !isEqual(object.spec, old.spec)) {
    return [forbiddenField('spec', 'this kind is a part of Titan and is changed with it only')];
  }
  if (isOwn(name)) return [];
  if (old === undefined && definitions().size >= DEFINITIONS_MAX) {
    const why = `there are ${DEFINITIONS_MAX} definitions already, as many as there may be`;
    return [forbiddenField('metadata.name', why)];
  }
  return crdCauses(language(), object, old);
}
