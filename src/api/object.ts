/** Milliseconds, either a span or a moment since the Unix epoch. */
export type Millis = number;

/** An RFC 3339 moment in UTC with whole seconds, as Kubernetes writes it: `2026-11-22T09:38:34Z`. */
export type Timestamp = string;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Who wrote which fields, as server-side apply keeps it. */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time?: Timestamp;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: Readonly<Record<string, unknown>>;
  readonly subresource?: string;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Counts the changes of what should be; kinds such as ConfigMap, which say only what is, have none. */
  readonly generation?: number;
  readonly creationTimestamp: Timestamp;
  readonly deletionTimestamp?: Timestamp;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** Any resource, as it is stored and served. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** A resource of which the changes of what should be are counted, as of all Titan's own kinds. */
export interface CountedObject extends ApiObject {
  readonly metadata: ObjectMeta & { readonly generation: number };
}

/** What a writer must give of an object's metadata; the registry fills the rest. */
export type DraftMeta = Partial<ObjectMeta>;

/** An object before the registry has given it an identity. */
export type Draft<T extends ApiObject> = Omit<T, 'metadata' | 'status'> & {
  readonly metadata: DraftMeta;
  readonly status?: T['status'];
};

/** Where an object is: cluster-scoped kinds have no namespace. */
export interface ObjectKey {
  readonly namespace?: string;
  readonly name: string;
}

/** `namespace/name`, or `name` alone; the form that queues and indexes hold. */
export function keyText(key: ObjectKey): string {
  return key.namespace ? `${key.namespace}/${key.name}` : key.name;
}

export function keyOf(object: { readonly metadata: ObjectMeta }): ObjectKey {
  const { namespace, name } = object.metadata;
  return namespace ? { namespace, name } : { name };
}

export function isDeleting(object: { readonly metadata: ObjectMeta }): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** Seconds of UTC, as in RFC 3339. Put together by hand: that takes a third of the time of `toISOString`. */
export function toTimestamp(at: Millis): Timestamp {
  const date = new Date(at);
  const year = date.getUTCFullYear();
  if (!(year >= 1000 && year <= 9999)) return `${date.toISOString().slice(0, 19)}Z`;
  const day = `${year}-${twoDigits(date.getUTCMonth() + 1)}-${twoDigits(date.getUTCDate())}`;
  const minutes = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}`;
  return `${day}T${minutes}:${twoDigits(date.getUTCSeconds())}Z`;
}

function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

/** The moment a timestamp names, or `undefined` where there is none. */
export function fromTimestamp(text: Timestamp): Millis;
export function fromTimestamp(text: Timestamp | undefined): Millis | undefined;
export function fromTimestamp(text: Timestamp | undefined): Millis | undefined {
  if (text === undefined) return undefined;
  return TIMESTAMP_LENGTH === text.length ? ofSeconds(text) : Date.parse(text);
}

const TIMESTAMP_LENGTH = '2026-01-02T03:04:05Z'.length;

/** The form in which all timestamps are written, read by hand: that takes half of the time of `Date.parse`. */
function ofSeconds(text: Timestamp): Millis {
  const isForm =
    text[4] === '-' &&
    text[7] === '-' &&
    text[10] === 'T' &&
    text[13] === ':' &&
    text[16] === ':' &&
    text[19] === 'Z';
  const year = 100 * digits(text, 0) + digits(text, 2);
  const month = digits(text, 5);
  const day = digits(text, 8);
  const hour = digits(text, 11);
  const minute = digits(text, 14);
  const second = digits(text, 17);
  const isPlain = isForm && year >= 1000 && month >= 1 && month <= 12 && day >= 1 && day <= 28;
  if (!(isPlain && hour < 24 && minute < 60 && second < 60)) return Date.parse(text);
  return 1_000 * (86_400 * daysTo(year, month, day) + 3_600 * hour + 60 * minute + second);
}

/** Days since 1970 in the Gregorian calendar: a year begins in March, so that the leap day is its last. */
function daysTo(year: number, month: number, day: number): number {
  const isLate = month > 2;
  const years = isLate ? year : year - 1;
  const leaps = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  const before = Math.floor((153 * (isLate ? month - 3 : month + 9) + 2) / 5);
  return 365 * years + leaps + before + day - 719_469;
}

/** The number that two digits are; `NaN` where they are none. */
function digits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const units = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? 10 * tens + units : Number.NaN;
}
