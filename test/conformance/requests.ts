import fc from 'fast-check';

/** A request as text; `{rv}` and `{continue}` in it become what the server showed last. */
export interface Shot {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly accept: string;
  readonly body: string;
}

export const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
export const MAPS = '/api/v1/namespaces/default/configmaps';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';

const name = fc.constantFrom('a', 'b', 'c');
const scrap = fc.constantFrom(
  '',
  '{',
  'null',
  '[]',
  '"x"',
  '{"a":1,"a":2}',
  '{"spec":{"ports":"x"}}',
);

const job = fc
  .record({
    name,
    version: fc.constantFrom('1', '2', 3),
    location: fc.constantFrom('dc1:1', 'dc1:2', '', 'x:-1'),
    labels: fc.constantFrom<object | undefined>(undefined, { app: 'x' }, { app: 'y', z: '1' }),
    finalizers: fc.constantFrom<string[] | undefined>(undefined, undefined, ['titan.dev/x']),
    resourceVersion: fc.constantFrom<string | undefined>(undefined, undefined, '{rv}', '1', 'x'),
    more: fc.constantFrom<object>({}, {}, { replicas: 3 }, { bogus: 1 }, { ports: -1 }),
  })
  .map(({ name: called, version, location, more, ...metadata }) =>
    JSON.stringify({
      apiVersion: 'titan.dev/v1beta1',
      kind: 'Job',
      metadata: { name: called, ...metadata },
      spec: { applicationName: 'a', version, location, ...more },
    }),
  );
/** What several write bits of: lists that are merged by key, and maps. */
const part = fc
  .record({
    name,
    labels: fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('x', 'y'), {
      maxKeys: 2,
    }),
    env: fc.uniqueArray(
      fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: fc.constantFrom('1', '2') }),
      { maxLength: 3, selector: (item) => item.name },
    ),
    owners: fc.constantFrom<object[] | undefined>(
      undefined,
      undefined,
      [{}],
      [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'u' }],
    ),
  })
  .map(({ name: called, labels, env, owners }) =>
    JSON.stringify({
      apiVersion: 'titan.dev/v1beta1',
      kind: 'Job',
      metadata: { name: called, labels, ownerReferences: owners },
      spec: { applicationName: 'a', version: '1', location: 'dc1:1', container: { env } },
    }),
  );
const lease = fc.record({ name, holder: fc.constantFrom('x', 'y', 5) }).map((value) =>
  JSON.stringify({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: value.name },
    spec: { holderIdentity: value.holder, leaseDurationSeconds: 15 },
  }),
);
const account = fc.record({ name, secrets: fc.uniqueArray(name, { maxLength: 3 }) }).map((value) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: value.name },
    secrets: value.secrets.map((called) => ({ name: called })),
  }),
);
const accountPatch = fc.constantFrom(
  '{"secrets":[{"name":"d"}]}',
  '{"secrets":[{"$patch":"delete","name":"a"}]}',
  '{"secrets":[{"$patch":"replace"},{"name":"e"}]}',
  '{"$setElementOrder/secrets":[{"name":"b"},{"name":"a"}],"secrets":[{"name":"a"}]}',
  '{"metadata":{"labels":{"app":"x"},"finalizers":["titan.dev/x"]}}',
  '{"metadata":{"$deleteFromPrimitiveList/finalizers":["titan.dev/x"]}}',
  '{"secrets":null,"$patch":"x"}',
  '{"imagePullSecrets":{}}',
);
const map = fc
  .record({
    name,
    value: fc.constantFrom('1', '2', 3),
    immutable: fc.constantFrom(undefined, true),
  })
  .map(({ name: called, value, immutable }) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: called },
      data: { k: value },
      immutable,
    }),
  );
const patch = fc.oneof(
  fc.constantFrom(
    ['application/merge-patch+json', '{"spec":{"version":"7"}}'],
    ['application/merge-patch+json', '{"metadata":{"labels":{"app":null}}}'],
    ['application/merge-patch+json', '{"metadata":{"finalizers":null}}'],
    [
      'application/merge-patch+json',
      '{"metadata":{"resourceVersion":"{rv}"},"spec":{"replicas":2}}',
    ],
    ['application/merge-patch+json', '{"spec":{"location":5}}'],
    ['application/merge-patch+json', '{"status":{"phase":"Available"}}'],
    ['application/json-patch+json', '[{"op":"replace","path":"/spec/version","value":"8"}]'],
    ['application/json-patch+json', '[{"op":"test","path":"/spec/version","value":"8"}]'],
    ['application/json-patch+json', '[{"op":"remove","path":"/nothing"}]'],
    ['application/json-patch+json', '{}'],
    ['application/strategic-merge-patch+json', '{"data":{"more":"1"}}'],
    ['text/plain', 'x'],
  ),
  job.map((body) => ['application/apply-patch+yaml', body] as const),
  map.map((body) => ['application/apply-patch+yaml', body] as const),
  part.map((body) => ['application/apply-patch+yaml', body] as const),
  part.map((body) => ['application/merge-patch+json', body] as const),
);
const choice = fc.constantFrom('', '', 'dryRun=All', 'fieldValidation=Strict', 'dryRun=x');
const selecting = fc.constantFrom(
  '',
  'limit=1',
  'limit=-1',
  'labelSelector=app%3Dx',
  'labelSelector=app%20in%20(x,y),!z',
  'labelSelector=%3D%3D',
  'fieldSelector=metadata.name%3Da',
  'fieldSelector=spec.x%3D1',
  'resourceVersion=0',
  'resourceVersion={rv}&resourceVersionMatch=Exact',
  'resourceVersion={rv}&resourceVersionMatch=NotOlderThan',
  'resourceVersionMatch=Exact',
  'resourceVersion=x',
  'continue=x',
  'limit=2&continue={continue}',
  'limit=1&continue={continue}',
  'watch=yes&timeoutSeconds=1&resourceVersion=x',
);
const accept = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  'image/png',
);
const collection = fc.constantFrom(JOBS, MAPS, '/apis/titan.dev/v1beta1/jobs', '/api/v1/nothing');
const subresource = fc.constantFrom('', '', '', '/status', '/scale', '/nothing');
const json = 'application/json';

/** Requests of every verb, valid ones and others, about a few objects that get in each other's way. */
export const shot: fc.Arbitrary<Shot> = fc.oneof(
  ask('GET', fc.tuple(collection, selecting), fc.constant('')),
  ask('GET', fc.tuple(onObject(), fc.constant('')), fc.constant('')),
  ask('POST', fc.tuple(fc.constant(JOBS), choice), fc.oneof({ weight: 5, arbitrary: job }, scrap)),
  ask('POST', fc.tuple(fc.constant(MAPS), choice), fc.oneof({ weight: 5, arbitrary: map }, scrap)),
  ask('PUT', fc.tuple(onObject(), choice), fc.oneof(job, map, scrap)),
  ask('PUT', fc.tuple(at(LEASES), choice), lease),
  ask('PUT', fc.tuple(at(ACCOUNTS), choice), account),
  ask('POST', fc.tuple(fc.constantFrom(ACCOUNTS, LEASES), choice), fc.oneof(account, lease)),
  ask('GET', fc.tuple(fc.constantFrom(ACCOUNTS, LEASES), selecting), fc.constant('')),
  ask('DELETE', fc.tuple(fc.oneof(at(LEASES), at(ACCOUNTS)), choice), fc.constant('')),
  fc.record({ path: at(ACCOUNTS), body: accountPatch }).map(({ path, body }) => ({
    method: 'PATCH',
    path: `${path}?`,
    type: 'application/strategic-merge-patch+json',
    accept: json,
    body,
  })),
  ask(
    'DELETE',
    fc.tuple(onObject(), choice),
    fc.constantFrom(
      '',
      '{"preconditions":{"uid":"x"}}',
      '{"dryRun":["All"]}',
      '{"propagationPolicy":"x"}',
    ),
  ),
  ask('DELETE', fc.tuple(collection, selecting), fc.constant('')),
  fc
    .record({
      target: onObject(),
      how: choice,
      manager: fc.constantFrom('fieldManager=m', 'fieldManager=n&force=true', ''),
      patch,
    })
    .map(({ target, how, manager, patch: [type = '', body = ''] }) => ({
      method: 'PATCH',
      path: `${target}?${[how, manager].filter((text) => text !== '').join('&')}`,
      type,
      accept: json,
      body,
    })),
);

function at(collectionPath: string): fc.Arbitrary<string> {
  return name.map((called) => `${collectionPath}/${called}`);
}

function onObject(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(JOBS, MAPS), name, subresource)
    .map(([where, called, rest]) => `${where}/${called}${rest}`);
}

function ask(
  method: string,
  target: fc.Arbitrary<[string, string]>,
  body: fc.Arbitrary<string>,
): fc.Arbitrary<Shot> {
  return fc.record({ target, body, accept }).map(({ target: [path, query], ...rest }) => ({
    method,
    path: `${path}?${query}`,
    type: json,
    ...rest,
  }));
}
