import { CORE_SCHEMA, defineScalarTag, dump, intCoreTag, loadAll, YAMLException } from 'js-yaml';
import { isJobDocument, jobFromDocument } from '../api/job.ts';

/** An object that a file wants to be there. */
export interface Manifest {
  readonly file: string;
  /** The line, from 1, on which its document begins. */
  readonly line: number;
  readonly object: DesiredObject;
}

export interface DesiredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** Why a file, or a document in it, cannot be used. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface Reading {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/**
 * Reads the documents of one file, YAML or JSON (which is YAML too). Each is a Kubernetes resource,
 * a `List` of them, or the flat job document. A broken document is a problem with its line; the
 * other documents of the file are still read.
 */
export function readDocuments(file: string, text: string): Reading {
  const readings = splitDocuments(text).map((part) => readDocument(file, part));
  return joinReadings(readings);
}

export function joinReadings(readings: readonly Reading[]): Reading {
  return {
    manifests: readings.flatMap(({ manifests }) => manifests),
    problems: readings.flatMap(({ problems }) => problems),
  };
}

interface Part {
  readonly line: number;
  readonly text: string;
}

/** YAML documents are parted by lines that begin with `---`; splitting first keeps the others readable. */
function splitDocuments(text: string): readonly Part[] {
  const parts: Array<{ line: number; lines: string[] }> = [{ line: 1, lines: [] }];
  text.split('\n').forEach((line, index) => {
    if (/^---(\s|$)/.test(line)) parts.push({ line: index + 2, lines: [line.slice(3)] });
    else parts.at(-1)?.lines.push(line);
  });
  return parts.map(({ line, lines }) => ({ line, text: lines.join('\n') }));
}

/** What would lose digits on the way to the API server is not taken. */
const SCHEMA = CORE_SCHEMA.withTags(
  defineScalarTag<number>(intCoreTag.tagName, {
    ...intCoreTag,
    resolve(source, isExplicit, tagName) {
      const value = intCoreTag.resolve(source, isExplicit, tagName);
      if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
      throw new YAMLException(`the integer ${source} is beyond 2^53 - 1: apply it with kubectl`);
    },
  }),
);

function readDocument(file: string, part: Part): Reading {
  try {
    return joinReadings(
      loadAll(part.text, { schema: SCHEMA })
        .filter((document) => document !== null && document !== undefined)
        .map((document) => interpret(document, { file, line: firstLine(part) })),
    );
  } catch (thrown) {
    if (!(thrown instanceof YAMLException)) throw thrown;
    // A part after the first has the rest of its `---` line as its own first line.
    const start = part.line === 1 ? 1 : part.line - 1;
    const line = start + (thrown.mark?.line ?? 0);
    return {
      manifests: [],
      problems: [{ file, line, message: `not valid YAML: ${thrown.reason}` }],
    };
  }
}

function firstLine({ line, text }: Part): number {
  const start = line === 1 ? 1 : line - 1;
  const lines = text.split('\n');
  const content = lines.findIndex(
    (each) => each.trim() !== '' && !each.trimStart().startsWith('#'),
  );
  return start + Math.max(0, content);
}

interface Place {
  readonly file: string;
  readonly line: number;
}

function interpret(document: unknown, place: Place): Reading {
  if (isJobDocument(document)) return oneManifest(jobFromDocument(document), place);
  if (isList(document)) return joinReadings(document.items.map((item) => interpret(item, place)));
  return oneManifest(document, place);
}

function oneManifest(document: unknown, place: Place): Reading {
  const fault = faultOf(document);
  if (fault !== undefined) return { manifests: [], problems: [{ ...place, message: fault }] };
  return { manifests: [{ ...place, object: document as DesiredObject }], problems: [] };
}

function isList(document: unknown): document is { readonly items: readonly unknown[] } {
  if (!isMap(document)) return false;
  return (
    typeof document.kind === 'string' &&
    document.kind.endsWith('List') &&
    Array.isArray(document.items)
  );
}

function faultOf(document: unknown): string | undefined {
  const wanted =
    'expected a Kubernetes resource (apiVersion, kind, metadata) or a flat job document (name, …)';
  if (!isMap(document)) return `holds no object: ${wanted}`;
  const { apiVersion, kind, metadata } = document;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    return `lacks apiVersion or kind: ${wanted}`;
  }
  if (!isMap(metadata) || typeof metadata.name !== 'string' || metadata.name === '') {
    return `${kind} has no name: metadata.name (or name, in a flat job document) must be a text`;
  }
  return undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as YAML. */
export function yamlText(value: unknown): string {
  return dump(value);
}

/** `Job default/rocker`: how people are told of an object. */
export function describeObject({ kind, metadata }: DesiredObject): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}
