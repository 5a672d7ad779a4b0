import fc from 'fast-check';

/** A request as text; `{rv}` in it becomes the last resourceVersion that the server showed. */
export interface Shot {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly accept: string;
  readonly body: string;
}

const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
const MAPS = '/api/v1/namespaces/default/configmaps';

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
  'watch=1&timeoutSeconds=1&resourceVersion=x',
);
const accept = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  'image/png',
);
const collection = fc.constantFrom(JOBS, MAPS, '/apis/titan.dev/v1beta1/jobs', '/api/v1/nothing');
const part = fc.constantFrom('', '', '', '/status', '/scale', '/nothing');
const json = 'application/json';

/** Requests of every verb, valid ones and others, about a few objects that get in each other's way. */
export const shot: fc.Arbitrary<Shot> = fc.oneof(
  ask('GET', fc.tuple(collection, selecting), fc.constant('')),
  ask('GET', fc.tuple(onObject(), fc.constant('')), fc.constant('')),
  ask('POST', fc.tuple(fc.constant(JOBS), choice), fc.oneof({ weight: 5, arbitrary: job }, scrap)),
  ask('POST', fc.tuple(fc.constant(MAPS), choice), fc.oneof({ weight: 5, arbitrary: map }, scrap)),
  ask('PUT', fc.tuple(onObject(), choice), fc.oneof(job, map, scrap)),
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

function onObject(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(JOBS, MAPS), name, part)
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
