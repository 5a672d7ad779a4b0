import type { Kind } from '../../api/kind.ts';
import type { Definition, Schema } from '../port.ts';
import { builtIn, list, object, text, texts, truth } from './fields.ts';

/**
 * Questions that are asked by creating an object which holds the answer. Nothing is kept: the API
 * server answers them itself.
 */
export const REVIEW_GROUPS: ReadonlySet<string> = new Set([
  'authentication.k8s.io',
  'authorization.k8s.io',
]);

function question(group: string, name: string, plural: string, schema: Schema): Definition {
  const namespaced = name.startsWith('Local');
  const kind: Kind = { group, version: 'v1', kind: name, plural, namespaced };
  return builtIn(kind, { schema, verbs: ['create'], columns: [] });
}

const extra: Schema = {
  type: 'object',
  additionalProperties: { type: 'array', items: { type: 'string' } },
  description: 'More that authentication knows of the user.',
};

const userInfo = object('Who it is.', {
  username: text('The name.'),
  uid: text('Tells users of one name apart.'),
  groups: texts('The groups.'),
  extra,
});

const resourceAttributes = object('What would be done to a resource.', {
  namespace: text('The namespace; empty for all of them, and for what lies in none.'),
  verb: text('Such as get, list, create, or * for all.'),
  group: text('The API group, or * for all.'),
  version: text('The version; it makes no difference.'),
  resource: text('The plural name, such as jobs, or * for all.'),
  subresource: text('Such as status.'),
  name: text('The name of one object; empty for all.'),
});

const pathAttributes = object('What would be done to a path that is no resource.', {
  path: text('The path.'),
  verb: text('The HTTP method in lower case.'),
});

const verdict = object('The answer.', {
  allowed: truth('Whether it is allowed.'),
  denied: truth('Whether it is forbidden, whatever else allows it.'),
  reason: text('Why.'),
  evaluationError: text('What could not be looked at.'),
});

const asked = { resourceAttributes, nonResourceAttributes: pathAttributes };
const askedOf = {
  ...asked,
  user: text('Of whom it is asked.'),
  groups: texts('Their groups.'),
  uid: text('Their uid.'),
  extra,
};

function accessReview(description: string, properties: typeof asked): Schema {
  const spec = object('The question.', properties);
  return object(description, { spec, status: verdict }, ['spec']);
}

const resourceRule = object('A rule for resources.', {
  verbs: texts('The verbs.'),
  apiGroups: texts('The API groups.'),
  resources: texts('The resources.'),
  resourceNames: texts('The names; none means all.'),
});
const pathRule = object('A rule for paths.', {
  verbs: texts('The verbs.'),
  nonResourceURLs: texts('The paths.'),
});

const rulesReview = object(
  'SelfSubjectRulesReview asks what the asker may do in a namespace.',
  {
    spec: object('The question.', { namespace: text('The namespace.') }),
    status: object('The answer.', {
      resourceRules: list('What may be done to resources.', resourceRule),
      nonResourceRules: list('What may be done to paths.', pathRule),
      incomplete: truth('Whether there may be more.'),
      evaluationError: text('What could not be looked at.'),
    }),
  },
  ['spec'],
);

const tokenReview = object(
  'TokenReview asks whom a token was given to.',
  {
    spec: object('The question.', {
      token: text('The token.'),
      audiences: texts('For whom it must be meant.'),
    }),
    status: object('The answer.', {
      authenticated: truth('Whether the token holds.'),
      user: userInfo,
      audiences: texts('For whom of those asked about it is meant.'),
      error: text('Why it does not hold.'),
    }),
  },
  ['spec'],
);

const AUTHORIZATION = 'authorization.k8s.io';
const AUTHENTICATION = 'authentication.k8s.io';

/** The kinds of questions, for discovery and `kubectl explain`. */
export const reviews: readonly Definition[] = [
  question(
    AUTHORIZATION,
    'SelfSubjectAccessReview',
    'selfsubjectaccessreviews',
    accessReview('SelfSubjectAccessReview asks whether the asker may do something.', asked),
  ),
  question(
    AUTHORIZATION,
    'SubjectAccessReview',
    'subjectaccessreviews',
    accessReview('SubjectAccessReview asks whether somebody may do something.', askedOf),
  ),
  question(
    AUTHORIZATION,
    'LocalSubjectAccessReview',
    'localsubjectaccessreviews',
    accessReview('LocalSubjectAccessReview asks it of one namespace.', askedOf),
  ),
  question(AUTHORIZATION, 'SelfSubjectRulesReview', 'selfsubjectrulesreviews', rulesReview),
  question(
    AUTHENTICATION,
    'SelfSubjectReview',
    'selfsubjectreviews',
    object('SelfSubjectReview asks who the asker is.', {
      status: object('The answer.', { userInfo }),
    }),
  ),
  question(AUTHENTICATION, 'TokenReview', 'tokenreviews', tokenReview),
];
