const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** The formats that are checked; Kubernetes too takes every value of a format that it doesn't know. */
export const formats = {
  'date-time': (text: string) => DATE_TIME.test(text) && isMoment(text),
  date: (text: string) => DATE.test(text) && isMoment(text),
  byte: BASE64,
  uuid: UUID,
  int32: {
    type: 'number',
    validate: (value: number) => value >= -(2 ** 31) && value < 2 ** 31,
  },
  int64: { type: 'number', validate: Number.isSafeInteger },
} as const;

function isMoment(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}
