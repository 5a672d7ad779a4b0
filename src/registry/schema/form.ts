import { TitanError } from '../../api/error.ts';
import type { ApiObject } from '../../api/object.ts';
import type { StoredForms, StoredRecord } from '../../api/stored-forms.ts';
import type { Unversioned } from '../cache/held.ts';
import type { Filler } from './fill.ts';

/** How the objects of a kind become records, and records of this and other releases become objects. */
export interface Form {
  /** @throws TitanError InternalError where a later release has written the record in a form that is unknown here */
  read(record: ApiObject): ApiObject;
  /** What is to be stored of an object: the form that it is in stands in it, unless that is the first. */
  write(object: Unversioned): Unversioned | StoredRecord;
}

/** Where a record says in which form it is. It is no field of the object. */
const FORM = 'storedForm';

/** @param fill adds what the record lacks of the schema's defaults, once it is in the form that is served */
export function formOf(
  { conversions, written }: StoredForms = { conversions: [], written: 1 },
  fill: Filler = (object) => object,
): Form {
  const newest = conversions.length + 1;
  const ups = conversions.map(({ up }) => up);
  const downs = conversions
    .slice(written - 1)
    .map(({ down }) => down)
    .toReversed();

  function served(record: StoredRecord): StoredRecord {
    const { [FORM]: form = 1, ...fields } = record;
    if (typeof form !== 'number' || form > newest) {
      const message = `it is stored in form ${form}, and this release knows forms up to ${newest}`;
      throw new TitanError('InternalError', message);
    }
    return ups.slice(form - 1).reduce((each, up) => up(each), fields);
  }

  return {
    read(record) {
      const isFirst = newest === 1 && !(FORM in record);
      return fill(isFirst ? record : served(record as object as StoredRecord)) as ApiObject;
    },
    write(object) {
      if (newest === 1) return object;
      const record = downs.reduce((each, down) => down(each), object as object as StoredRecord);
      return written === 1 ? record : { ...record, [FORM]: written };
    },
  };
}
