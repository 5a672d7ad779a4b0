/** How a field of a protobuf message is read into its JSON form. */
export type FieldType =
  | 'string'
  | 'bool'
  | 'int'
  | 'bytes'
  | 'time'
  | 'micro-time'
  | 'string-map'
  | 'bytes-map'
  | 'raw-json'
  | Message;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly repeated?: boolean;
}

/** Field numbers as Kubernetes' API fixes them, each with its JSON name. */
export type Message = Readonly<Record<number, Field>>;

const ownerReference: Message = {
  1: { name: 'kind', type: 'string' },
  3: { name: 'name', type: 'string' },
  4: { name: 'uid', type: 'string' },
  5: { name: 'apiVersion', type: 'string' },
  6: { name: 'controller', type: 'bool' },
  7: { name: 'blockOwnerDeletion', type: 'bool' },
};

const managedFields: Message = {
  1: { name: 'manager', type: 'string' },
  2: { name: 'operation', type: 'string' },
  3: { name: 'apiVersion', type: 'string' },
  4: { name: 'time', type: 'time' },
  6: { name: 'fieldsType', type: 'string' },
  7: { name: 'fieldsV1', type: 'raw-json' },
  8: { name: 'subresource', type: 'string' },
};

const objectMeta: Message = {
  1: { name: 'name', type: 'string' },
  2: { name: 'generateName', type: 'string' },
  3: { name: 'namespace', type: 'string' },
  5: { name: 'uid', type: 'string' },
  6: { name: 'resourceVersion', type: 'string' },
  7: { name: 'generation', type: 'int' },
  8: { name: 'creationTimestamp', type: 'time' },
  9: { name: 'deletionTimestamp', type: 'time' },
  10: { name: 'deletionGracePeriodSeconds', type: 'int' },
  11: { name: 'labels', type: 'string-map' },
  12: { name: 'annotations', type: 'string-map' },
  13: { name: 'ownerReferences', type: ownerReference, repeated: true },
  14: { name: 'finalizers', type: 'string', repeated: true },
  17: { name: 'managedFields', type: managedFields, repeated: true },
};

const metadata: Field = { name: 'metadata', type: objectMeta };

const namespace: Message = {
  1: metadata,
  2: { name: 'spec', type: { 1: { name: 'finalizers', type: 'string', repeated: true } } },
  3: { name: 'status', type: { 1: { name: 'phase', type: 'string' } } },
};

const configMap: Message = {
  1: metadata,
  2: { name: 'data', type: 'string-map' },
  3: { name: 'binaryData', type: 'bytes-map' },
  4: { name: 'immutable', type: 'bool' },
};

const deleteOptions: Message = {
  1: { name: 'gracePeriodSeconds', type: 'int' },
  2: {
    name: 'preconditions',
    type: { 1: { name: 'uid', type: 'string' }, 2: { name: 'resourceVersion', type: 'string' } },
  },
  3: { name: 'orphanDependents', type: 'bool' },
  4: { name: 'propagationPolicy', type: 'string' },
  5: { name: 'dryRun', type: 'string', repeated: true },
};

const scale: Message = {
  1: metadata,
  2: { name: 'spec', type: { 1: { name: 'replicas', type: 'int' } } },
  3: {
    name: 'status',
    type: { 1: { name: 'replicas', type: 'int' }, 2: { name: 'selector', type: 'string' } },
  },
};

const objectReference: Message = {
  1: { name: 'kind', type: 'string' },
  2: { name: 'namespace', type: 'string' },
  3: { name: 'name', type: 'string' },
  4: { name: 'uid', type: 'string' },
  5: { name: 'apiVersion', type: 'string' },
  6: { name: 'resourceVersion', type: 'string' },
  7: { name: 'fieldPath', type: 'string' },
};

const event: Message = {
  1: metadata,
  2: { name: 'involvedObject', type: objectReference },
  3: { name: 'reason', type: 'string' },
  4: { name: 'message', type: 'string' },
  5: {
    name: 'source',
    type: { 1: { name: 'component', type: 'string' }, 2: { name: 'host', type: 'string' } },
  },
  6: { name: 'firstTimestamp', type: 'time' },
  7: { name: 'lastTimestamp', type: 'time' },
  8: { name: 'count', type: 'int' },
  9: { name: 'type', type: 'string' },
  10: { name: 'eventTime', type: 'micro-time' },
  12: { name: 'action', type: 'string' },
  13: { name: 'related', type: objectReference },
  14: { name: 'reportingComponent', type: 'string' },
  15: { name: 'reportingInstance', type: 'string' },
};

/** The messages that requests may hold, by `apiVersion/kind`. */
export const MESSAGES: Readonly<Record<string, Message>> = {
  'v1/Namespace': namespace,
  'v1/ConfigMap': configMap,
  'v1/Event': event,
  'autoscaling/v1/Scale': scale,
};

/** `DeleteOptions` is sent under any group and version. */
export const DELETE_OPTIONS = deleteOptions;
