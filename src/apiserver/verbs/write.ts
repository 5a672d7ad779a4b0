import type { Patch, WriteOptions } from '../../registry/port.ts';
import { attributesOf } from '../access/attributes.ts';
import { givingCheck } from '../access/escalation.ts';
import { forbidden } from '../access/forbidden.ts';
import { parseJson } from '../body/json.ts';
import { mediaType, parseObject, unsupported } from '../body/read.ts';
import { parseYaml } from '../body/yaml.ts';
import { invalidOptions } from '../errors.ts';
import type { Answer, Request } from '../exchange.ts';
import { presentObject } from '../present.ts';
import { dryRun, fieldValidation, flag, manager, text } from '../query.ts';
import { keyOf, notAllowed, presentation, requireVerb, type Target } from './target.ts';

/** POST to a collection. */
export async function createObject(target: Target): Promise<Answer> {
  const { request, context, definition, namespace } = target;
  requireVerb(definition, 'create');
  if (definition.kind.namespaced && namespace === undefined) throw notAllowed(definition, 'create');
  const shown = presentation(target);
  const options = writeOptions(target, 'CreateOptions');
  const body = parseObject(await request.body(), request.header('content-type'));
  const object = await context.registry.create(definition, namespace, body, options);
  return presentObject(shown, 201, { object });
}

/** PUT of an object or one of its subresources. */
export async function replaceObject(target: Target): Promise<Answer> {
  const { request, context, definition } = target;
  requireVerb(definition, 'update');
  const shown = presentation(target);
  const options = writeOptions(target, 'UpdateOptions');
  const body = parseObject(await request.body(), request.header('content-type'));
  const result = await context.registry.replace(definition, keyOf(target), body, options);
  return presentObject(shown, result.created ? 201 : 200, result);
}

/** PATCH of an object or one of its subresources; an apply patch may create the object. */
export async function patchObject(target: Target): Promise<Answer> {
  const { request, context, definition } = target;
  requireVerb(definition, 'patch');
  const shown = presentation(target);
  const type = patchType(request, definition.builtIn);
  checkPatchOptions(request, type);
  const options = writeOptions(target, 'PatchOptions');
  const patch = readPatch(type, await request.body(), flag(request.query, 'force'));
  const result = await context.registry.patch(definition, keyOf(target), patch, options);
  return presentObject(shown, result.created ? 201 : 200, result);
}

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';

const PATCH_TYPES: Readonly<Record<string, Patch['type']>> = {
  [JSON_PATCH]: 'json',
  [MERGE_PATCH]: 'merge',
  [STRATEGIC_PATCH]: 'strategic',
  [APPLY_PATCH]: 'apply',
};

function patchType(request: Request, builtIn: boolean): Patch['type'] {
  const type = PATCH_TYPES[mediaType(request.header('content-type'))];
  if (type !== undefined && (type !== 'strategic' || builtIn)) return type;
  const accepted = [JSON_PATCH, MERGE_PATCH, ...(builtIn ? [STRATEGIC_PATCH] : []), APPLY_PATCH];
  throw unsupported(accepted);
}

function checkPatchOptions({ query }: Request, type: Patch['type']): void {
  if (type === 'apply' && text(query, 'fieldManager') === undefined) {
    throw invalidOptions('PatchOptions', {
      reason: 'FieldValueRequired',
      message: 'Required value: is required for apply patch',
      field: 'fieldManager',
    });
  }
  if (type !== 'apply' && text(query, 'force') !== undefined) {
    throw invalidOptions('PatchOptions', {
      reason: 'FieldValueForbidden',
      message: 'Forbidden: may not be specified for non-apply patch',
      field: 'force',
    });
  }
}

function readPatch(type: Patch['type'], bytes: Buffer, force: boolean): Patch {
  if (type === 'apply') return { type, body: parseYaml(bytes.toString()), force };
  return { type, body: parseJson(bytes.toString()) };
}

/** Who may only change what is there does not create it by another verb. @throws Forbidden */
function allowCreate({ request, context: { access } }: Target): void {
  const attributes = { ...attributesOf(request), verb: 'create' };
  if (!access.allows(request.user, attributes)) throw forbidden(request.user, attributes);
}

function writeOptions(target: Target, kind: string): WriteOptions {
  const { request, subresource, context, definition } = target;
  const { user } = request;
  const permit = givingCheck({ user, access: context.access, definition });
  return {
    ...(permit === undefined ? {} : { permit }),
    permitCreate: () => allowCreate(target),
    manager: manager(request, kind),
    dryRun: dryRun(request.query.getAll('dryRun'), kind),
    fieldValidation: fieldValidation(request.query, kind),
    warn: (warning) => request.warn(warning),
    ...(subresource === undefined ? {} : { subresource }),
  };
}
