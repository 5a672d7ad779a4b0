import { SERVICE_ACCOUNT } from '../../api/builtin.ts';
import { toTimestamp } from '../../api/object.ts';
import type { TokenIssuer } from '../../auth/port.ts';
import type { Registry } from '../../registry/port.ts';
import { parseObject } from '../body/read.ts';
import { type Answer, jsonAnswer, type Request } from '../exchange.ts';
import { type Fields, fieldsOf, invalid, textsOf } from './fields.ts';

export interface TokenRequested {
  readonly request: Request;
  readonly registry: Registry;
  readonly tokens: TokenIssuer;
  readonly namespace: string;
  readonly name: string;
}

const SECONDS_DEFAULT = 3_600;
const SECONDS_MIN = 600;
const SECONDS_MAX = 365 * 24 * 3_600;

/** Gives out a token of a service account: `POST …/serviceaccounts/NAME/token`. @throws Invalid, NotFound */
export async function tokenAnswer(requested: TokenRequested): Promise<Answer | undefined> {
  const { request, registry, tokens, namespace, name } = requested;
  const { group, version, plural } = SERVICE_ACCOUNT;
  const definition = registry.find(group, version, plural);
  if (definition === undefined) return undefined;
  const { value } = parseObject(await request.body(), request.header('content-type'));
  const spec = fieldsOf(fieldsOf(value, 'the body').spec ?? {}, 'spec');
  const seconds = secondsOf(spec);
  const asked = textsOf(spec, 'audiences');
  const audiences = asked.length === 0 ? [tokens.issuer] : asked;
  if ((spec.boundObjectRef ?? null) !== null) {
    const why = 'Forbidden: tokens can only be bound to their service account';
    throw invalid('spec.boundObjectRef', 'FieldValueForbidden', why);
  }
  const { object } = await registry.get(definition, { namespace, name });
  const { uid } = object.metadata;
  const { token, expiresAt } = await tokens.issue({ namespace, name, uid, audiences, seconds });
  return jsonAnswer(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
    status: { token, expirationTimestamp: toTimestamp(expiresAt) },
  });
}

function secondsOf({ expirationSeconds = SECONDS_DEFAULT }: Fields): number {
  const field = 'spec.expirationSeconds';
  if (!Number.isSafeInteger(expirationSeconds) || Number(expirationSeconds) > SECONDS_MAX) {
    const why = `Invalid value: may not specify a duration larger than ${SECONDS_MAX} seconds`;
    throw invalid(field, 'FieldValueInvalid', why);
  }
  if (Number(expirationSeconds) < SECONDS_MIN) {
    const why = 'Invalid value: may not specify a duration less than 10 minutes';
    throw invalid(field, 'FieldValueInvalid', why);
  }
  return Number(expirationSeconds);
}
