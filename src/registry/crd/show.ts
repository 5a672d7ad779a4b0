import type { Cause } from '../../api/error.ts';
import { duplicate, invalidValue, notSupported, required } from '../causes.ts';
import type { Schema } from '../port.ts';
import { fieldSchema } from '../schema/tidy.ts';
import type { Version } from './document.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = [
  'int32',
  'int64',
  'float',
  'double',
  'byte',
  'date',
  'date-time',
  'password',
];
const COLUMNS_MAX = 64;
const SELECTABLE_MAX = 8;
const SELECTABLE_TYPES = ['boolean', 'integer', 'string'];

/** What is wrong with how a version is shown and found: columns, selectable fields, its scale. */
export function showCauses(version: Version, path: string): readonly Cause[] {
  return [
    ...columnCauses(version, `${path}.additionalPrinterColumns`),
    ...selectableCauses(version, `${path}.selectableFields`),
    ...scaleCauses(version, `${path}.subresources.scale`),
  ];
}

function columnCauses({ additionalPrinterColumns: columns = [] }: Version, path: string) {
  if (columns.length > COLUMNS_MAX) {
    return [invalidValue(path, columns.length, `must have at most ${COLUMNS_MAX} items`)];
  }
  return columns.flatMap(({ name, type, format, jsonPath }, index): readonly Cause[] => {
    const at = `${path}[${index}]`;
    return [
      ...(name === '' ? [required(`${at}.name`)] : []),
      ...(COLUMN_TYPES.includes(type) ? [] : [notSupported(`${at}.type`, type, COLUMN_TYPES)]),
      ...(format === undefined || format === '' || COLUMN_FORMATS.includes(format)
        ? []
        : [notSupported(`${at}.format`, format, COLUMN_FORMATS)]),
      ...(/^[.{[]/.test(jsonPath)
        ? []
        : [invalidValue(`${at}.jsonPath`, jsonPath, 'must be a simple json path starting with .')]),
    ];
  });
}

const FIELD_PATH = /^(\.[A-Za-z_$][\w$-]*)+$/;

function selectableCauses({ selectableFields = [], schema }: Version, path: string) {
  if (selectableFields.length > SELECTABLE_MAX) {
    const many = `must have at most ${SELECTABLE_MAX} items`;
    return [invalidValue(path, selectableFields.length, many)];
  }
  const seen = new Set<string>();
  return selectableFields.flatMap(({ jsonPath }, index): readonly Cause[] => {
    const at = `${path}[${index}].jsonPath`;
    if (seen.has(jsonPath)) return [duplicate(at, jsonPath)];
    seen.add(jsonPath);
    if (!FIELD_PATH.test(jsonPath)) {
      return [invalidValue(at, jsonPath, 'must be a simple json path starting with .')];
    }
    if (jsonPath === '.metadata' || jsonPath.startsWith('.metadata.')) {
      return [invalidValue(at, jsonPath, 'must not point to fields in metadata')];
    }
    const type = schemaAt(schema.openAPIV3Schema, jsonPath)?.type ?? '';
    if (SELECTABLE_TYPES.includes(type)) return [];
    const why =
      'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
    return [invalidValue(at, jsonPath, why)];
  });
}

function selectorCauses(selector: string | undefined, path: string): readonly Cause[] {
  if (selector === undefined || /^\.(?:spec|status)\./.test(selector)) return [];
  return [invalidValue(path, selector, 'should be a json path under either .status or .spec')];
}

function scaleCauses({ subresources, schema }: Version, path: string): readonly Cause[] {
  const scale = subresources?.scale;
  if (scale === undefined) return [];
  return [
    ...scalePathCauses(scale.specReplicasPath, '.spec.', `${path}.specReplicasPath`),
    ...scalePathCauses(scale.statusReplicasPath, '.status.', `${path}.statusReplicasPath`),
    ...selectorCauses(scale.labelSelectorPath, `${path}.labelSelectorPath`),
    ...(schemaAt(schema.openAPIV3Schema, scale.specReplicasPath) === undefined
      ? [invalidValue(`${path}.specReplicasPath`, scale.specReplicasPath, 'must be in the schema')]
      : []),
  ];
}

function scalePathCauses(text: string, start: string, path: string): readonly Cause[] {
  if (text === '') return [required(path)];
  if (text.startsWith(start) && FIELD_PATH.test(text)) return [];
  return [invalidValue(path, text, `should be a json path under ${start.slice(0, -1)}`)];
}

function schemaAt(schema: Schema, path: string): Schema | undefined {
  let at: Schema | undefined = schema;
  for (const key of path.split('.').slice(1)) at = at && fieldSchema(at, key);
  return at;
}
