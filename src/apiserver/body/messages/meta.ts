import { type Field, integer, type Message, many, one, text, texts, truth } from './field.ts';

const ownerReference: Message = {
  1: text('kind'),
  3: text('name'),
  4: text('uid'),
  5: text('apiVersion'),
  6: truth('controller'),
  7: truth('blockOwnerDeletion'),
};

const managedFields: Message = {
  1: text('manager'),
  2: text('operation'),
  3: text('apiVersion'),
  4: one('time', 'time'),
  6: text('fieldsType'),
  7: one('fieldsV1', 'raw-json'),
  8: text('subresource'),
};

const objectMeta: Message = {
  1: text('name'),
  2: text('generateName'),
  3: text('namespace'),
  4: text('selfLink'),
  5: text('uid'),
  6: text('resourceVersion'),
  7: one('generation', 'count'),
  8: one('creationTimestamp', 'time'),
  9: one('deletionTimestamp', 'time'),
  10: integer('deletionGracePeriodSeconds'),
  11: one('labels', 'string-map'),
  12: one('annotations', 'string-map'),
  13: many('ownerReferences', ownerReference),
  14: texts('finalizers'),
  17: many('managedFields', managedFields),
};

export const metadata: Field = { name: 'metadata', type: objectMeta };

/** `DeleteOptions` is sent under any group and version. */
export const deleteOptions: Message = {
  1: integer('gracePeriodSeconds'),
  2: one('preconditions', { 1: text('uid'), 2: text('resourceVersion') }),
  3: truth('orphanDependents'),
  4: text('propagationPolicy'),
  5: texts('dryRun'),
};

const requirement: Message = { 1: text('key'), 2: text('operator'), 3: texts('values') };

export const labelSelector: Message = {
  1: one('matchLabels', 'string-map'),
  2: many('matchExpressions', requirement),
};

/** Conditions of fields or labels, in a question of what may be done. */
export const selectorAttributes: Message = {
  1: text('rawSelector'),
  2: many('requirements', requirement),
};
