import { EVENT } from '../../api/builtin.ts';
import type { Kind } from '../../api/kind.ts';
import { builtIn, count, moment, object, reference, text } from './fields.ts';

const series = object('A row of like events.', {
  count: count('How many there are.'),
  lastObservedTime: moment('When the last one came.'),
});

const source = object('Who says so.', {
  component: text('The component.'),
  host: text('The machine that it runs on.'),
});

const FIELDS = [
  '.involvedObject.kind',
  '.involvedObject.namespace',
  '.involvedObject.name',
  '.involvedObject.uid',
  '.involvedObject.apiVersion',
  '.involvedObject.resourceVersion',
  '.involvedObject.fieldPath',
  '.reason',
  '.reportingComponent',
  '.type',
];

/** `core/v1` events, which are also what is stored of `events.k8s.io/v1` ones. */
export const coreEvent = builtIn(EVENT, {
  schema: object(
    'Event says what happened to an object.',
    {
      involvedObject: reference('What it happened to.'),
      related: reference('Another object that had part in it.'),
      reason: text('Why, as one word for programs.'),
      message: text('What happened, for people.'),
      type: text('Normal or Warning.'),
      action: text('What was done or failed.'),
      source,
      firstTimestamp: moment('When it happened first.'),
      lastTimestamp: moment('When it happened last.'),
      eventTime: moment('When it happened first, to the microsecond.'),
      count: count('How often it happened.'),
      series,
      reportingComponent: text('The controller that says so.'),
      reportingInstance: text('The process of the controller.'),
    },
    ['involvedObject'],
  ),
  shortNames: ['ev'],
  columns: [
    { name: 'Last Seen', type: 'date', jsonPath: '.lastTimestamp' },
    { name: 'Type', type: 'string', jsonPath: '.type' },
    { name: 'Reason', type: 'string', jsonPath: '.reason' },
    { name: 'Kind', type: 'string', jsonPath: '.involvedObject.kind' },
    { name: 'Object', type: 'string', jsonPath: '.involvedObject.name' },
    { name: 'Count', type: 'integer', jsonPath: '.count', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.message' },
  ],
  selectableFields: FIELDS,
});

/** `events.k8s.io/v1` names of what the stored `core/v1` event calls otherwise. */
const CORE_NAMES: Readonly<Record<string, string>> = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};
const NEW_NAMES = Object.fromEntries(Object.entries(CORE_NAMES).map(([now, core]) => [core, now]));

/** The name of a field, or the first step of a path, in the stored event. */
export function coreName(name: string): string {
  return Object.hasOwn(CORE_NAMES, name) ? (CORE_NAMES[name] ?? name) : name;
}

/** The name of a stored field in `events.k8s.io/v1`. */
export function newName(core: string): string {
  return Object.hasOwn(NEW_NAMES, core) ? (NEW_NAMES[core] ?? core) : core;
}

const GROUP_EVENT: Kind = { ...EVENT, group: 'events.k8s.io' };
const { metadata: _, apiVersion: __, kind: ___, ...coreFields } = coreEvent.schema.properties ?? {};

/** `events.k8s.io/v1` events: another face of the stored `core/v1` ones. */
export const groupEvent = builtIn(GROUP_EVENT, {
  schema: object(
    'Event says what happened to an object.',
    Object.fromEntries(Object.entries(coreFields).map(([core, of]) => [newName(core), of])),
  ),
  shortNames: ['ev'],
  columns: coreEvent.columns,
  selectableFields: FIELDS.map((path) => {
    const [, first = '', ...rest] = path.split('.');
    return ['', newName(first), ...rest].join('.');
  }),
});
