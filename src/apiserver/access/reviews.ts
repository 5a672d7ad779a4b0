import { asTitanError, hasReason, TitanError } from '../../api/error.ts';
import { apiVersionOf } from '../../api/kind.ts';
import type { Access, Attributes, User } from '../../auth/port.ts';
import { asText } from '../../registry/json.ts';
import type { Definition } from '../../registry/port.ts';
import { parseObject } from '../body/read.ts';
import { type Answer, jsonAnswer, type Request, UNKNOWN_PATH } from '../exchange.ts';
import { type Fields, fieldsOf, invalid, required, textOf, textsOf } from './fields.ts';

interface Question {
  readonly spec: Fields;
  readonly user: User;
  readonly access: Access;
  /** Of the path; only for the local review. */
  readonly namespace: string | undefined;
}

type Answering = (question: Question) => unknown;

const ANSWERING: Readonly<Record<string, Answering>> = {
  SelfSubjectAccessReview: ({ spec, user, access }) => verdict(access, user, attributesOf(spec)),
  SubjectAccessReview: ({ spec, access }) => verdict(access, subjectOf(spec), attributesOf(spec)),
  LocalSubjectAccessReview: (question) => localVerdict(question),
  SelfSubjectRulesReview: ({ spec, user, access }) =>
    rulesOf(access, user, textOf(spec, 'namespace')),
  SelfSubjectReview: ({ user }) => ({ userInfo: userInfo(user) }),
  TokenReview: ({ spec, access }) => reviewToken(access, spec),
};

/** Answers a question that is asked by creating an object: the object comes back with its status. */
export async function reviewAnswer(
  request: Request,
  access: Access,
  definition: Definition,
  namespace: string | undefined,
): Promise<Answer> {
  const { kind } = definition.kind;
  const answering = ANSWERING[kind];
  if (answering === undefined) return UNKNOWN_PATH;
  const { value } = parseObject(await request.body(), request.header('content-type'));
  const body = fieldsOf(value, 'the body');
  checkType(body, definition);
  const spec = fieldsOf(body.spec ?? {}, 'spec');
  const status = await answering({ spec, user: request.user, access, namespace });
  const shown = kind === 'TokenReview' ? { ...spec, token: undefined } : spec;
  const header = { kind, apiVersion: apiVersionOf(definition.kind), metadata: {} };
  return jsonAnswer(
    201,
    kind === 'SelfSubjectReview' ? { ...header, status } : { ...header, spec: shown, status },
  );
}

function checkType({ kind, apiVersion }: Fields, definition: Definition): void {
  const wanted = apiVersionOf(definition.kind);
  if (kind !== undefined && kind !== definition.kind.kind) {
    throw new TitanError(
      'BadRequest',
      `the body is a ${asText(kind)}, expected ${definition.kind.kind}`,
    );
  }
  if (apiVersion === undefined || apiVersion === wanted) return;
  throw new TitanError(
    'BadRequest',
    `the API version in the data (${asText(apiVersion)}) does not match the expected API version (${wanted})`,
  );
}

function attributesOf(spec: Fields): Attributes {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if ((resourceAttributes ?? null) !== null) {
    if ((nonResourceAttributes ?? null) !== null) {
      const why = 'Invalid value: cannot be specified in combination with resourceAttributes';
      throw invalid('spec.nonResourceAttributes', 'FieldValueInvalid', why);
    }
    const given = fieldsOf(resourceAttributes, 'spec.resourceAttributes');
    return {
      verb: textOf(given, 'verb'),
      group: textOf(given, 'group'),
      resource: textOf(given, 'resource'),
      subresource: textOf(given, 'subresource'),
      namespace: textOf(given, 'namespace'),
      name: textOf(given, 'name'),
    };
  }
  if ((nonResourceAttributes ?? null) !== null) {
    const given = fieldsOf(nonResourceAttributes, 'spec.nonResourceAttributes');
    return { verb: textOf(given, 'verb'), path: textOf(given, 'path') };
  }
  throw required(
    'spec.resourceAttributes',
    'exactly one of nonResourceAttributes or resourceAttributes must be specified',
  );
}

function subjectOf(spec: Fields): User {
  const name = textOf(spec, 'user');
  const groups = textsOf(spec, 'groups');
  if (name === '' && groups.length === 0) {
    throw required('spec.user', 'at least one of user or group must be specified');
  }
  return { name, groups };
}

function verdict(access: Access, user: User, attributes: Attributes): unknown {
  return { allowed: access.allows(user, attributes) };
}

function localVerdict({ spec, access, namespace = '' }: Question): unknown {
  const attributes = attributesOf(spec);
  if ('path' in attributes || attributes.namespace !== namespace) {
    throw new TitanError('BadRequest', `spec.resourceAttributes.namespace must be ${namespace}`);
  }
  return verdict(access, subjectOf(spec), attributes);
}

function rulesOf(access: Access, user: User, namespace: string): unknown {
  if (namespace === '') throw new TitanError('BadRequest', 'no namespace on request');
  const rules = access.rulesFor(user, namespace);
  return {
    resourceRules: rules
      .filter(({ resources }) => resources !== undefined)
      .map((rule) => ({ ...rule, nonResourceURLs: undefined })),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs !== undefined)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
}

function userInfo({ name, uid, groups, extra }: User): unknown {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  };
}

async function reviewToken(access: Access, spec: Fields): Promise<unknown> {
  const audiences = textsOf(spec, 'audiences');
  const token = textOf(spec, 'token');
  if (token === '') {
    throw new TitanError('BadRequest', 'token is required for TokenReview in authentication');
  }
  try {
    const user = await access.reviewToken(token, audiences);
    const meant = audiences.length === 0 ? [access.tokens.issuer] : audiences;
    return { authenticated: true, user: userInfo(user), audiences: meant };
  } catch (thrown) {
    if (hasReason(thrown, 'Unauthorized'))
      return { authenticated: false, user: {}, error: 'invalid token' };
    throw asTitanError(thrown);
  }
}
