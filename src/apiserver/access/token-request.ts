import { SECRET, SERVICE_ACCOUNT } from '../../api/builtin.ts';
import { TitanError } from '../../api/error.ts';
import { toTimestamp } from '../../api/object.ts';
import type { BoundSecret, TokenIssuer } from '../../auth/port.ts';
import type { Registry } from '../../registry/port.ts';
import { parseObject } from '../body/read.ts';
import { type Answer, jsonAnswer, type Request, UNKNOWN_PATH } from '../exchange.ts';
import { type Fields, fieldsOf, invalid, required, textOf, textsOf } from './fields.ts';

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
export async function tokenAnswer(requested: TokenRequested): Promise<Answer> {
  const { request, registry, tokens, namespace, name } = requested;
  const { group, version, plural } = SERVICE_ACCOUNT;
  const definition = registry.find(group, version, plural);
  if (definition === undefined) return UNKNOWN_PATH;
  const { value } = parseObject(await request.body(), request.header('content-type'));
  const spec = fieldsOf(fieldsOf(value, 'the body').spec ?? {}, 'spec');
  const seconds = secondsOf(spec);
  const asked = textsOf(spec, 'audiences');
  const audiences = asked.length === 0 ? [tokens.issuer] : asked;
  const wanted = wantedSecret(spec);
  const { object } = await registry.get(definition, { namespace, name });
  const { uid } = object.metadata;
  const bound = wanted && (await boundSecret(requested, wanted));
  const claims = { namespace, name, uid, audiences, seconds };
  const { token, expiresAt } = await tokens.issue(bound ? { ...claims, bound } : claims);
  return jsonAnswer(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace },
    spec: {
      audiences,
      expirationSeconds: seconds,
      boundObjectRef: bound ? { kind: 'Secret', apiVersion: 'v1', ...bound } : null,
    },
    status: { token, expirationTimestamp: toTimestamp(expiresAt) },
  });
}

/** What the token is to be bound to. @throws Invalid */
function wantedSecret(spec: Fields): BoundSecret | undefined {
  if ((spec.boundObjectRef ?? null) === null) return undefined;
  const field = 'spec.boundObjectRef';
  const wanted = fieldsOf(spec.boundObjectRef, field);
  if (textOf(wanted, 'kind') !== SECRET.kind) {
    const given = JSON.stringify(textOf(wanted, 'kind'));
    const why = `Unsupported value: ${given}: supported values: "${SECRET.kind}"`;
    throw invalid(`${field}.kind`, 'FieldValueNotSupported', why);
  }
  const name = textOf(wanted, 'name');
  if (name === '') throw required(`${field}.name`, 'must name the object');
  return { name, uid: textOf(wanted, 'uid') };
}

/** The secret with which the token is to end. @throws NotFound, Conflict (another uid) */
async function boundSecret(
  { registry, namespace }: TokenRequested,
  { name, uid: asked }: BoundSecret,
): Promise<BoundSecret | undefined> {
  const { group, version, plural } = SECRET;
  const definition = registry.find(group, version, plural);
  if (definition === undefined) return undefined;
  const { object } = await registry.get(definition, { namespace, name });
  const { uid } = object.metadata;
  if (asked !== '' && asked !== uid) {
    const why = `the UID in the bound object reference (${asked}) does not match the UID in record`;
    throw new TitanError(
      'Conflict',
      `Operation cannot be fulfilled on ${plural} "${name}": ${why}`,
    );
  }
  return { name, uid };
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
