import { integer, type Message, many, one, text, texts, truth } from './field.ts';
import { metadata } from './meta.ts';

const condition: Message = {
  1: text('type'),
  2: text('status'),
  4: one('lastTransitionTime', 'time'),
  5: text('reason'),
  6: text('message'),
};

const namespace: Message = {
  1: metadata,
  2: one('spec', { 1: texts('finalizers') }),
  3: one('status', { 1: text('phase'), 2: many('conditions', condition) }),
};

const configMap: Message = {
  1: metadata,
  2: one('data', 'string-map'),
  3: one('binaryData', 'bytes-map'),
  4: truth('immutable'),
};

const secret: Message = {
  1: metadata,
  2: one('data', 'bytes-map'),
  3: text('type'),
  4: one('stringData', 'string-map'),
  5: truth('immutable'),
};

const objectReference: Message = {
  1: text('kind'),
  2: text('namespace'),
  3: text('name'),
  4: text('uid'),
  5: text('apiVersion'),
  6: text('resourceVersion'),
  7: text('fieldPath'),
};

const serviceAccount: Message = {
  1: metadata,
  2: many('secrets', objectReference),
  3: many('imagePullSecrets', { 1: text('name') }),
  4: truth('automountServiceAccountToken'),
};

const source: Message = { 1: text('component'), 2: text('host') };
const series: Message = { 1: one('count', 'count'), 2: one('lastObservedTime', 'micro-time') };

const coreEvent: Message = {
  1: metadata,
  2: one('involvedObject', objectReference),
  3: text('reason'),
  4: text('message'),
  5: one('source', source),
  6: one('firstTimestamp', 'time'),
  7: one('lastTimestamp', 'time'),
  8: one('count', 'count'),
  9: text('type'),
  10: one('eventTime', 'micro-time'),
  11: one('series', series),
  12: text('action'),
  13: one('related', objectReference),
  14: text('reportingComponent'),
  15: text('reportingInstance'),
};

const event: Message = {
  1: metadata,
  2: one('eventTime', 'micro-time'),
  3: one('series', series),
  4: text('reportingController'),
  5: text('reportingInstance'),
  6: text('action'),
  7: text('reason'),
  8: one('regarding', objectReference),
  9: one('related', objectReference),
  10: text('note'),
  11: text('type'),
  12: one('deprecatedSource', source),
  13: one('deprecatedFirstTimestamp', 'time'),
  14: one('deprecatedLastTimestamp', 'time'),
  15: one('deprecatedCount', 'count'),
};

const lease: Message = {
  1: metadata,
  2: one('spec', {
    1: text('holderIdentity'),
    2: integer('leaseDurationSeconds'),
    3: one('acquireTime', 'micro-time'),
    4: one('renewTime', 'micro-time'),
    5: integer('leaseTransitions'),
    6: text('strategy'),
    7: text('preferredHolder'),
  }),
};

const scale: Message = {
  1: metadata,
  2: one('spec', { 1: integer('replicas') }),
  3: one('status', { 1: integer('replicas'), 2: text('selector') }),
};

export const CORE: Readonly<Record<string, Message>> = {
  'v1/Namespace': namespace,
  'v1/ConfigMap': configMap,
  'v1/Secret': secret,
  'v1/ServiceAccount': serviceAccount,
  'v1/Event': coreEvent,
  'events.k8s.io/v1/Event': event,
  'coordination.k8s.io/v1/Lease': lease,
  'autoscaling/v1/Scale': scale,
};
