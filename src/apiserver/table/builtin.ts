import type {
  ConfigMap,
  Event,
  Namespace,
  RoleBinding,
  Secret,
  ServiceAccount,
} from '../../api/builtin.ts';
import type { ApiObject, Millis } from '../../api/object.ts';
import { toCore } from '../../registry/events-group.ts';
import type { Cell, Column } from './column.ts';
import { age } from './duration.ts';

/** The columns of the kinds that Kubernetes prints by rules of its own, by resource name. */
export function builtInColumns(resource: string): readonly Column[] | undefined {
  return Object.hasOwn(BUILT_IN, resource) ? BUILT_IN[resource] : undefined;
}

const EVENTS: readonly Column[] = [
  column('Last Seen', lastSeen),
  column('Type', (event: Event) => event.type),
  column('Reason', (event: Event) => event.reason),
  column('Object', eventObject),
  column('Subobject', () => '', 1),
  column('Source', eventSource, 1),
  column('Message', (event: Event) => event.message?.trim() ?? ''),
  column('First Seen', firstSeen, 1),
  column('Count', (event: Event) => String(event.count ?? 1), 1),
  name(1),
];

/** The column of an event that is named as `events.k8s.io/v1` does. */
function inGroup({ head, cell }: Column): Column {
  return { head, cell: (object, now) => cell(toCore(object), now) };
}

const BUILT_IN: Readonly<Record<string, readonly Column[]>> = {
  namespaces: [
    name(),
    column('Status', (object: Namespace) => object.status?.phase ?? 'Active'),
    created(),
  ],
  configmaps: [name(), column('Data', configMapSize), created()],
  secrets: [
    name(),
    column('Type', (secret: Secret) => secret.type),
    column('Data', (secret: Secret) => String(sizeOf(secret.data))),
    created(),
  ],
  serviceaccounts: [
    name(),
    column('Secrets', (account: ServiceAccount) => String(account.secrets?.length ?? 0)),
    created(),
  ],
  'roles.rbac.authorization.k8s.io': [name(), createdAt()],
  'clusterroles.rbac.authorization.k8s.io': [name(), createdAt()],
  'rolebindings.rbac.authorization.k8s.io': bindingColumns(),
  'clusterrolebindings.rbac.authorization.k8s.io': bindingColumns(),
  events: EVENTS,
  'events.events.k8s.io': EVENTS.map(inGroup),
  'customresourcedefinitions.apiextensions.k8s.io': [name(), createdAt()],
};

function column<T extends ApiObject>(
  title: string,
  read: (object: T, now: Millis) => Cell | undefined,
  priority = 0,
): Column {
  return {
    head: { name: title, type: 'string', format: '', description: '', priority },
    cell: (object, now) => read(object as T, now) ?? null,
  };
}

function name(priority = 0): Column {
  const plain = column('Name', (object) => object.metadata.name, priority);
  return { ...plain, head: { ...plain.head, format: 'name' } };
}

function created(): Column {
  return column('Age', (object, now) => age(object.metadata.creationTimestamp, now));
}

function createdAt(): Column {
  return column('Created At', (object) => object.metadata.creationTimestamp);
}

function bindingColumns(): readonly Column[] {
  const subjects = (kind: string) => (binding: RoleBinding) => subjectsOf(binding, kind);
  return [
    name(),
    column('Role', ({ roleRef }: RoleBinding) => `${roleRef.kind}/${roleRef.name}`),
    created(),
    column('Users', subjects('User'), 1),
    column('Groups', subjects('Group'), 1),
    column('ServiceAccounts', subjects('ServiceAccount'), 1),
  ];
}

function subjectsOf({ subjects = [] }: RoleBinding, kind: string): string {
  return subjects
    .filter((subject) => subject.kind === kind)
    .map(({ namespace, name: who }) => (kind === 'ServiceAccount' ? `${namespace}/${who}` : who))
    .join(', ');
}

function configMapSize(object: ConfigMap): string {
  return String(sizeOf(object.data) + sizeOf(object.binaryData));
}

function sizeOf(map: Readonly<Record<string, unknown>> | undefined): number {
  return Object.keys(map ?? {}).length;
}

function lastSeen(event: Event, now: Millis): string {
  return age(event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp, now);
}

function firstSeen(event: Event, now: Millis): string {
  return age(event.firstTimestamp ?? event.eventTime, now);
}

function eventObject({ involvedObject }: Event): string {
  return `${involvedObject?.kind?.toLowerCase() ?? ''}/${involvedObject?.name ?? ''}`;
}

function eventSource(event: Event): string {
  const component = event.source?.component || event.reportingComponent || '';
  const host = event.source?.host || event.reportingInstance || '';
  return host === '' ? component : `${component}, ${host}`;
}
