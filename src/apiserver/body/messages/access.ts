import { integer, type Message, many, one, text, texts, truth } from './field.ts';
import { labelSelector, metadata, selectorAttributes } from './meta.ts';

/** Who may do what, and who asks: the kinds of RBAC, of authorization and of authentication. */

const rule: Message = {
  1: texts('verbs'),
  2: texts('apiGroups'),
  3: texts('resources'),
  4: texts('resourceNames'),
  5: texts('nonResourceURLs'),
};

const role: Message = { 1: metadata, 2: many('rules', rule) };

const clusterRole: Message = {
  ...role,
  3: one('aggregationRule', { 1: many('clusterRoleSelectors', labelSelector) }),
};

const binding: Message = {
  1: metadata,
  2: many('subjects', {
    1: text('kind'),
    2: text('apiGroup'),
    3: text('name'),
    4: text('namespace'),
  }),
  3: one('roleRef', { 1: text('apiGroup'), 2: text('kind'), 3: text('name') }),
};

const resource: Message = {
  1: text('namespace'),
  2: text('verb'),
  3: text('group'),
  4: text('version'),
  5: text('resource'),
  6: text('subresource'),
  7: text('name'),
  8: one('fieldSelector', selectorAttributes),
  9: one('labelSelector', selectorAttributes),
};

const asked: Message = {
  1: one('resourceAttributes', resource),
  2: one('nonResourceAttributes', { 1: text('path'), 2: text('verb') }),
};

const verdict = one('status', {
  1: truth('allowed'),
  2: text('reason'),
  3: text('evaluationError'),
  4: truth('denied'),
});

const accessReview: Message = {
  1: metadata,
  2: one('spec', {
    ...asked,
    3: text('user'),
    4: texts('groups'),
    5: one('extra', 'texts-map'),
    6: text('uid'),
  }),
  3: verdict,
};

const resourceRule: Message = {
  1: texts('verbs'),
  2: texts('apiGroups'),
  3: texts('resources'),
  4: texts('resourceNames'),
};

const rulesReview: Message = {
  1: metadata,
  2: one('spec', { 1: text('namespace') }),
  3: one('status', {
    1: many('resourceRules', resourceRule),
    2: many('nonResourceRules', { 1: texts('verbs'), 2: texts('nonResourceURLs') }),
    3: truth('incomplete'),
    4: text('evaluationError'),
  }),
};

const user: Message = {
  1: text('username'),
  2: text('uid'),
  3: texts('groups'),
  4: one('extra', 'texts-map'),
};

const tokenReview: Message = {
  1: metadata,
  2: one('spec', { 1: text('token'), 2: texts('audiences') }),
  3: one('status', {
    1: truth('authenticated'),
    2: one('user', user),
    3: text('error'),
    4: texts('audiences'),
  }),
};

const boundObject: Message = {
  1: text('kind'),
  2: text('apiVersion'),
  3: text('name'),
  4: text('uid'),
};

const tokenRequest: Message = {
  1: metadata,
  2: one('spec', {
    1: texts('audiences'),
    3: one('boundObjectRef', boundObject),
    4: integer('expirationSeconds'),
  }),
  3: one('status', { 1: text('token'), 2: one('expirationTimestamp', 'time') }),
};

const RBAC = 'rbac.authorization.k8s.io/v1';
const AUTHORIZATION = 'authorization.k8s.io/v1';
const AUTHENTICATION = 'authentication.k8s.io/v1';

export const ACCESS: Readonly<Record<string, Message>> = {
  [`${RBAC}/Role`]: role,
  [`${RBAC}/ClusterRole`]: clusterRole,
  [`${RBAC}/RoleBinding`]: binding,
  [`${RBAC}/ClusterRoleBinding`]: binding,
  [`${AUTHORIZATION}/SelfSubjectAccessReview`]: { 1: metadata, 2: one('spec', asked), 3: verdict },
  [`${AUTHORIZATION}/SelfSubjectRulesReview`]: rulesReview,
  [`${AUTHORIZATION}/SubjectAccessReview`]: accessReview,
  [`${AUTHORIZATION}/LocalSubjectAccessReview`]: accessReview,
  [`${AUTHENTICATION}/SelfSubjectReview`]: {
    1: metadata,
    2: one('status', { 1: one('userInfo', user) }),
  },
  [`${AUTHENTICATION}/TokenReview`]: tokenReview,
  [`${AUTHENTICATION}/TokenRequest`]: tokenRequest,
};
