/**
 * Writes `src/api/kinds.gen.ts` from `schemas/`: one TypeScript interface a CustomResourceDefinition,
 * and the constant that names its kind. `--check` writes nothing and fails when the file is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly [
      { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } },
    ];
  };
}

const target = 'src/api/kinds.gen.ts';
const definitions = readdirSync('schemas')
  .filter((name) => name.endsWith('.yaml'))
  .toSorted()
  .map((name) => load(readFileSync(join('schemas', name), 'utf8')) as Definition);
const text = [
  '// Generated from schemas/ by tools/generate-types.ts. Do not edit: run `npm run generate`.',
  "import type { Kind } from './kind.ts';",
  "import type { CountedObject } from './object.ts';",
  ...definitions.flatMap(definitionLines),
  '',
].join('\n');

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error(`${target} is not what schemas/ says: run \`npm run generate\``);
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}

function definitionLines({ spec }: Definition): string[] {
  const { kind, plural } = spec.names;
  const [version] = spec.versions;
  const schema = version.schema.openAPIV3Schema;
  const { spec: specSchema, status } = schema.properties ?? {};
  const named = (part: Schema | undefined, name: string) =>
    part === undefined ? [] : ['', `export type ${kind}${name} = ${typeOf(part, '')};`];
  return [
    ...named(specSchema, 'Spec'),
    ...named(status, 'Status'),
    '',
    ...comment(schema, ''),
    `export interface ${kind} extends CountedObject {`,
    `  readonly spec${schema.required?.includes('spec') ? '' : '?'}: ${kind}Spec;`,
    ...(status === undefined ? [] : [`  readonly status?: ${kind}Status;`]),
    '}',
    '',
    `export const ${constantOf(kind)}: Kind<${kind}> = {`,
    `  group: '${spec.group}',`,
    `  version: '${version.name}',`,
    `  kind: '${kind}',`,
    `  plural: '${plural}',`,
    `  namespaced: ${spec.scope === 'Namespaced'},`,
    '};',
  ];
}

function typeOf(schema: Schema, indent: string): string {
  if (schema['x-kubernetes-int-or-string']) return 'number | string';
  if (schema.enum !== undefined) return schema.enum.map((value) => `'${value}'`).join(' | ');
  switch (schema.type) {
    case 'object':
      return objectType(schema, indent);
    case 'array':
      return arrayType(schema.items ?? {}, indent);
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
      return schema.type;
    default:
      return 'unknown';
  }
}

function arrayType(items: Schema, indent: string): string {
  const item = typeOf(items, indent);
  return item.includes('|') || item.includes('{') ? `ReadonlyArray<${item}>` : `readonly ${item}[]`;
}

function objectType(schema: Schema, indent: string): string {
  if (schema.properties === undefined) {
    return `Readonly<Record<string, ${typeOf(schema.additionalProperties ?? {}, indent)}>>`;
  }
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties).flatMap(([name, property]) => {
    const given = schema.required?.includes(name) || property.default !== undefined;
    return [
      ...comment(property, inner),
      `${inner}readonly ${name}${given ? '' : '?'}: ${typeOf(property, inner)};`,
    ];
  });
  return ['{', ...lines, `${indent}}`].join('\n');
}

function comment(schema: Schema, indent: string): string[] {
  return schema.description === undefined ? [] : [`${indent}/** ${schema.description} */`];
}

function constantOf(kind: string): string {
  return kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
