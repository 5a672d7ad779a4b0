import type { Kind } from '../api/kind.ts';
import type { ApiObject, Draft, ObjectKey } from '../api/object.ts';
import type { Condition as StoreCondition } from '../store/port.ts';
import type { Int64 } from './int64.ts';

/** A node of a structural OpenAPI v3 schema, as a CustomResourceDefinition holds it. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly pattern?: string;
  readonly minimum?: Int64;
  readonly maximum?: Int64;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: Int64;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly uniqueItems?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  /** How items of a list are told apart in a strategic merge patch, where that is not as in an apply. */
  readonly 'x-kubernetes-patch-merge-key'?: string;
  /** Tells clients, which work out such a patch, that the items are merged. */
  readonly 'x-kubernetes-patch-strategy'?: 'merge';
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
}

/** A rule in the Common Expression Language that a value and its former value must keep. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority?: number;
  readonly jsonPath: string;
}

/** A subresource that only some built-in kinds have. */
export interface SubresourcePart {
  readonly name: string;
  readonly verbs: readonly string[];
  /** What is sent and answered; the kind itself where it is absent. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

/** One kind in one version, as the registry serves it: from a CRD, or built in. */
export interface Definition {
  readonly kind: Kind;
  readonly listKind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly schema: Schema;
  readonly columns: readonly PrinterColumn[];
  /** Paths such as `.spec.jobName`, beside `metadata.name` and `metadata.namespace`. */
  readonly selectableFields: readonly string[];
  readonly status: boolean;
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath?: string;
  };
  /** Subresources beside status and scale, as discovery tells of them. */
  readonly parts?: readonly SubresourcePart[];
  /** A warning for all who use this version. */
  readonly deprecation?: string;
  /** Built-in kinds may be replaced without naming a resourceVersion. */
  readonly builtIn: boolean;
}

/** A parsed request body. `duplicates` are the paths of keys that occur twice in one map. */
export interface Body {
  readonly value: unknown;
  readonly duplicates: readonly string[];
}

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';
/** `finalize` is of namespaces only: their `spec.finalizers`. */
export type Subresource = 'status' | 'scale' | 'finalize';

export interface WriteOptions {
  readonly manager: string;
  /**
   * Whether status is the writer's own by its office, as a controller's: that is noted in no managed fields, unless
   * those of the object name status already.
   */
  readonly ownsStatus?: boolean;
  /** As in `MakeOptions`. */
  readonly unclaimed?: boolean;
  readonly dryRun?: boolean;
  /** What to do with unknown and duplicate fields; `Strict` unless told. */
  readonly fieldValidation?: FieldValidation;
  /** Takes the warnings of `fieldValidation: Warn`. */
  readonly warn?: (text: string) => void;
  readonly subresource?: Subresource;
  /** Sees what is about to be stored, also by a dry run, and throws to refuse it. */
  readonly permit?: (object: ApiObject) => void;
  /** Is called before a replacement or an apply creates what is missing, and throws to refuse it. */
  readonly permitCreate?: () => void;
  /** Conditions beside the object's own, such as leadership: where one fails the write is refused with `Conflict`. */
  readonly guard?: readonly StoreCondition[];
  /** Is called when a write was refused because of its guard. */
  readonly onGuardFailed?: () => void;
  /** What the write was decided from: where one fails it is refused with `Conflict`, and no more. */
  readonly premises?: readonly StoreCondition[];
}

export type Patch =
  | { readonly type: 'json' | 'merge' | 'strategic'; readonly body: Body }
  | { readonly type: 'apply'; readonly body: Body; readonly force: boolean };

export interface RemoveOptions extends WriteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
}

export interface WriteResult {
  /** Whether the object was not there before. */
  readonly created: boolean;
  readonly object: ApiObject;
}

export type Removal =
  | { readonly gone: true; readonly object: ApiObject }
  /** Finalizers hold it. */
  | { readonly gone: false; readonly object: ApiObject };

/** Who reads. */
export interface Warned {
  /** Told in a sentence, for a `Warning` header, that what is read may be old since the store is away. */
  readonly warn?: (text: string) => void;
}

export interface GetOptions extends Warned {
  readonly resourceVersion?: string;
}

/** The query of a LIST, checked for wrong combinations by the registry. */
export interface ListQuery extends Warned {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
}

export interface ListResult {
  readonly items: readonly Stored[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** An object and its bytes as they are served, so that lists and watches need no second encoding. */
export interface Stored {
  readonly object: ApiObject;
  readonly bytes: Uint8Array;
}

export interface WatchQuery {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
  readonly allowWatchBookmarks?: boolean;
  /** In how long the watch will be ended: shortly before, a last bookmark comes. */
  readonly endsInMs?: number;
  readonly sendInitialEvents?: boolean;
}

export type WatchItem =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
      readonly stored: Stored;
      /** One of so many that were there as the watch began that bytes of theirs are not worth keeping. */
      readonly ofMany?: boolean;
    }
  | {
      readonly type: 'BOOKMARK';
      readonly resourceVersion: string;
      readonly initialEventsEnd: boolean;
    };

/**
 * Resources over a store: identity, validation, defaults, versions, conflicts, patches, finalizers.
 * The API server is its face over HTTP; `Client` its face inside the process. Every method throws
 * `TitanError` with Kubernetes' reason, message and causes.
 */
export interface Registry {
  /** Every kind that is served now. */
  definitions(): readonly Definition[];
  /** Calls after each change of `definitions()`. */
  onDefinitions(listener: () => void): () => void;
  find(group: string, version: string, plural: string): Definition | undefined;
  /**
   * Newest; with `resourceVersion` not older than that, and with `0` from the cache as it is. While the
   * store is away all reads are, and the reader is warned. What is known at once is returned at once; failures
   * are rejections.
   */
  get(definition: Definition, key: ObjectKey, options?: GetOptions): Stored | Promise<Stored>;
  /** The `autoscaling/v1 Scale` of an object, read in the same way. */
  getScale(definition: Definition, key: ObjectKey, options?: Warned): Promise<ApiObject>;
  list(definition: Definition, query: ListQuery): Promise<ListResult>;
  /** How many objects a list of all, or of all in a namespace, goes through, as far as the cache knows. */
  count(definition: Definition, namespace?: string): number;
  /**
   * Batches of events in one order per kind. Throws `Expired` when the version is too old or the
   * watcher fell too far behind: list again. Bookmarks come when asked for, also on idle kinds.
   */
  watch(
    definition: Definition,
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<readonly WatchItem[]>;
  create(
    definition: Definition,
    namespace: string | undefined,
    body: Body,
    options: WriteOptions,
  ): Promise<ApiObject>;
  /** With `subresource: 'scale'` the body, and what is returned, is the `Scale`; so it is with `patch`. */
  replace(
    definition: Definition,
    key: ObjectKey,
    body: Body,
    options: WriteOptions,
  ): Promise<WriteResult>;
  /** Only `apply` creates. */
  patch(
    definition: Definition,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions,
  ): Promise<WriteResult>;
  remove(definition: Definition, key: ObjectKey, options: RemoveOptions): Promise<Removal>;
  removeCollection(
    definition: Definition,
    query: ListQuery,
    options: RemoveOptions,
  ): Promise<ListResult>;
  /** @see Client.replicate */
  replicate(definition: Definition, object: ApiObject, options: WriteOptions): Promise<ApiObject>;
  /**
   * A sentence for the `Warning` header of a watch that begins while the cache has lost the store;
   * `undefined` (or no such method) while it follows it. Other reads warn by themselves.
   */
  cacheWarning?(): string | undefined;
  /** Whether the store answers and the cache follows it, with the reason where not. */
  health(): Promise<{ readonly ok: boolean; readonly message: string }>;
}

export interface ObjectList<T extends ApiObject = ApiObject> {
  readonly items: readonly T[];
  /** A watch from here misses nothing that this list does not hold. */
  readonly resourceVersion: string;
}

/** `DELETED` bears the last state, with the resourceVersion of the deletion. */
export interface ObjectEvent<T extends ApiObject = ApiObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

/** An object in the version that a decision was made from. */
export interface Premise {
  readonly kind: Kind;
  readonly object: ApiObject;
}

export interface Premises {
  /** The write is refused with `Conflict` once one of them has another version, or is gone. */
  readonly given?: readonly Premise[];
}

export interface MakeOptions extends Premises {
  /** What is made is nobody's: nothing of it is noted in managed fields until somebody changes it. */
  readonly unclaimed?: boolean;
}

export interface DeleteOptions extends Premises {
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** What becomes of what it owns; `Background` unless told. */
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}

/**
 * The API as controllers use it, without a socket: the same validation, defaults, versions and
 * conflicts as over HTTP. All methods throw `TitanError`.
 */
export interface Client {
  /** @throws NotFound */
  get<T extends ApiObject>(kind: Kind<T>, key: ObjectKey): Promise<T>;
  /** As `get`, at once; `undefined` where there is none, or none that can be read. */
  known<T extends ApiObject>(kind: Kind<T>, key: ObjectKey): T | undefined;
  list<T extends ApiObject>(kind: Kind<T>): Promise<ObjectList<T>>;
  /** Throws `Expired` when `after` is too old: list again. Returns when `signal` aborts. */
  watch<T extends ApiObject>(
    kind: Kind<T>,
    options: { readonly after: string },
    signal: AbortSignal,
  ): AsyncIterable<readonly ObjectEvent<T>[]>;
  /** @throws AlreadyExists, Invalid, Conflict when a premise no longer holds */
  create<T extends ApiObject>(kind: Kind<T>, draft: Draft<T>, options?: MakeOptions): Promise<T>;
  /** Replaces all but status. @throws Conflict when `resourceVersion` is not the newest */
  update<T extends ApiObject>(kind: Kind<T>, object: T): Promise<T>;
  /** Replaces status only. @throws Conflict when `resourceVersion` is not the newest */
  updateStatus<T extends ApiObject>(kind: Kind<T>, object: T): Promise<T>;
  /** Marks for deletion while finalizers hold it, else removes. @throws NotFound, Conflict */
  delete(kind: Kind, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /**
   * Takes over a peer's object as it is: name, uid, generation, creation time, labels, annotations
   * and spec. Local status, finalizers and ownership stay. For replication among fault domains only.
   *
   * @throws Conflict when the local object has another uid
   */
  replicate<T extends ApiObject>(kind: Kind<T>, object: T): Promise<T>;
}
