const RULES: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UID'],
  [/\b\d{4}-\d\d-\d\d(T| )\d\d:\d\d:\d\d(\.\d+)?( [+-]\d{4}( \w+)?|Z)?/g, 'TIME'],
  [/\b[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}/g, 'TIME'],
  [/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME'],
  [/\b(resource ?version"?: *"?)\d+/gi, '$1RV'],
  [/(?<=\s|^)(\d+[ydhms]){1,2}(?=[\s)]|$)/gm, 'AGE'],
  [/<invalid>(?=\s|$)/gm, 'AGE'],
  [/\b[EWIF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \S+:\d+\]/g, 'LOG'],
  [/\b127\.0\.0\.1:\d+/g, 'ADDRESS'],
  [/(?<=\S) {2,}/g, '  '],
  [/ +$/gm, ''],
];

/** Makes the output of two runs alike: ids, versions, times, ages, widths, and the given texts, such as folders. */
export function normalise(text: string, places: readonly string[]): string {
  let result = text.trimEnd();
  for (const place of places) result = result.replaceAll(place, 'PLACE');
  for (const [pattern, instead] of RULES) result = result.replaceAll(pattern, instead);
  return result === '' ? '' : result.replaceAll(/^$/gm, '·');
}
