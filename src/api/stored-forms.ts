/**
 * A change of the shape in which the records of a kind are stored, such as a field that has moved. Both functions are
 * pure, leave what they are given as it is, and undo each other. Fields that they do not know stay.
 */
export interface Conversion {
  /** From the form before to this one. */
  readonly up: (record: StoredRecord) => StoredRecord;
  /** From this form to the one before. */
  readonly down: (record: StoredRecord) => StoredRecord;
}

/** An object as it is stored. */
export type StoredRecord = Readonly<Record<string, unknown>>;

/** The forms that the records of a kind have been stored in. */
export interface StoredForms {
  /** The first leads from form 1, in which every kind begins, to form 2, and so on. The last is what is served. */
  readonly conversions: readonly Conversion[];
  /**
   * The form that is written. A release that brings a form still writes the one before, which the release before it
   * reads; the release after it writes the new one, which this one reads: either may follow the other.
   */
  readonly written: number;
}

/** By kind. A kind that is not named has never changed its form. */
export const STORED_FORMS: Readonly<Record<string, StoredForms>> = {};
