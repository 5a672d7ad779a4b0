import type { ApiObject, ObjectMeta } from '../../api/object.ts';
import type { Revision } from '../../store/port.ts';
import { parseExactly } from '../exact.ts';
import type { Stored } from '../port.ts';
import type { Form } from '../schema/form.ts';
import type { Encodings } from './encodings.ts';

/** An object that has no resourceVersion yet: as it is stored, and before it is. */
export type Unversioned = Omit<ApiObject, 'metadata'> & {
  readonly metadata: Omit<ObjectMeta, 'resourceVersion'> & { readonly resourceVersion?: never };
};

/**
 * One version of an object. It is shared by all who read it, and nobody changes it. The bytes are made
 * when they are first asked for, and kept for the others who ask while `encodings` has room. A class,
 * because there are as many of them as objects and each closure would cost memory.
 */
export class Held implements Stored {
  readonly object: ApiObject;
  readonly revision: Revision;
  #bytes: Uint8Array | undefined;
  #encodings: Encodings | undefined;

  constructor(object: ApiObject, revision: Revision) {
    this.object = object;
    this.revision = revision;
  }

  get bytes(): Uint8Array {
    if (this.#bytes !== undefined) return this.#bytes;
    const bytes = Buffer.from(JSON.stringify(this.object));
    if (this.#encodings?.keep(this, bytes.byteLength) !== false) this.#bytes = bytes;
    return bytes;
  }

  /** From now on the bytes are kept only as long as there is room. */
  keptBy(encodings: Encodings): void {
    this.#encodings = encodings;
  }

  /** The same version in another form, whose bytes are kept as long. */
  shownAs(object: ApiObject): Held {
    const shown = new Held(object, this.revision);
    shown.#encodings = this.#encodings;
    return shown;
  }

  forgetBytes(): void {
    this.#bytes = undefined;
  }
}

/** An object at a revision, which is its resourceVersion. */
export function hold(object: Unversioned | ApiObject, revision: Revision): Held {
  const metadata = { ...object.metadata, resourceVersion: String(revision) };
  return new Held({ ...object, metadata }, revision);
}

/** @throws SyntaxError where the value is not JSON, and as `Form.read` does */
export function decode(value: Uint8Array, revision: Revision, form?: Form): Held {
  const object = parseExactly(value) as { metadata: { resourceVersion?: string } } & Omit<
    ApiObject,
    'metadata'
  >;
  object.metadata.resourceVersion = String(revision);
  return new Held(form?.read(object as ApiObject) ?? (object as ApiObject), revision);
}

/** The bytes that are stored: without the resourceVersion, which is the store's own revision. */
export function encode(object: Unversioned, form?: Form): Uint8Array {
  return Buffer.from(JSON.stringify(form?.write(object) ?? object));
}

export function unversioned(object: ApiObject): Unversioned {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
