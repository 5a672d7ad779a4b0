import type { Definition, Registry } from '../../registry/port.ts';
import { groupsOf } from '../discovery/groups.ts';
import { type Document, documentAnswer, makeDocument } from '../document.ts';
import { type Answer, JSON_TYPE, jsonAnswer, type Request } from '../exchange.ts';
import { notAcceptable, parseAccept } from '../negotiate.ts';
import { encodeOpenApiV2 } from './gnostic.ts';
import { openApiV2 } from './v2.ts';
import { openApiV3 } from './v3.ts';

/** The schemas of all that is served. A document is written when it is first asked for. */
export interface OpenApi {
  /** The answer for a path below `/openapi`, `undefined` where there is no such document. */
  answer(request: Request, path: string): Answer | undefined;
  /** Forgets what was written: the kinds have changed. */
  rebuild(): void;
}

const PROTOBUF_V2 = /^application\/com\.github\.proto-openapi\.spec\.v2[.@]v1\.0\+protobuf$/;
const PROTOBUF_V2_ANSWER = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const PLAIN = new Set([JSON_TYPE, 'application/*', '*/*']);
const V3 = '/openapi/v3';

export function makeOpenApi(registry: Pick<Registry, 'definitions'>): OpenApi {
  let written = new Map<string, Document>();
  const once = (name: string, write: () => Document): Document => {
    const document = written.get(name) ?? write();
    written.set(name, document);
    return document;
  };
  const v2 = () => once('v2', () => makeDocument(openApiV2(registry.definitions()), JSON_TYPE));
  const v2Protobuf = () =>
    once('v2 protobuf', () =>
      makeDocument(encodeOpenApiV2(openApiV2(registry.definitions())), PROTOBUF_V2_ANSWER),
    );
  const v3 = (path: string, definitions: readonly Definition[]) =>
    once(path, () => makeDocument(openApiV3(definitions), JSON_TYPE));

  return {
    rebuild() {
      written = new Map();
    },
    answer(request, path) {
      if (path === '/openapi/v2') {
        const document = wantsProtobuf(request) ? v2Protobuf() : v2();
        return documentAnswer(request, document);
      }
      if (path !== V3 && !path.startsWith(`${V3}/`)) return undefined;
      const groupVersions = groupVersionsOf(registry.definitions());
      if (path === V3) {
        requireJson(request);
        const hashes = groupVersions.map(([name, members]) => [name, v3(name, members).hash]);
        return jsonAnswer(200, indexOf(hashes as [string, string][]));
      }
      const found = groupVersions.find(([name]) => path === `${V3}/${name}`);
      if (found === undefined) return undefined;
      requireJson(request);
      return hashedAnswer(request, path, v3(...found));
    },
  };
}

/** `api/v1` or `apis/GROUP/VERSION`, each with its kinds. */
function groupVersionsOf(definitions: readonly Definition[]): [string, readonly Definition[]][] {
  return groupsOf(definitions)
    .flatMap(({ versions }) => versions)
    .map(({ group, version, definitions: members }) => [
      group === '' ? `api/${version}` : `apis/${group}/${version}`,
      members,
    ]);
}

function indexOf(hashes: readonly [name: string, hash: string][]): unknown {
  const paths = hashes.map(([name, hash]) => [
    name,
    { serverRelativeURL: `${V3}/${name}?hash=${hash}` },
  ]);
  return { paths: Object.fromEntries(paths) };
}

/** A document under its own hash never changes; under another hash the client is sent to it. */
function hashedAnswer(request: Request, path: string, document: Document): Answer {
  const asked = request.query.get('hash');
  if (asked === null || asked === '') return documentAnswer(request, document, 'no-cache, private');
  if (asked === document.hash) return documentAnswer(request, document, 'public, immutable');
  return { code: 301, headers: { location: `${path}?hash=${document.hash}` }, body: '' };
}

function wantsProtobuf(request: Request): boolean {
  for (const { type } of parseAccept(request.header('accept'))) {
    if (PROTOBUF_V2.test(type)) return true;
    if (PLAIN.has(type)) return false;
  }
  throw notAcceptable([JSON_TYPE, PROTOBUF_V2_ANSWER]);
}

function requireJson(request: Request): void {
  const ranges = parseAccept(request.header('accept'));
  if (!ranges.some(({ type }) => PLAIN.has(type))) throw notAcceptable([JSON_TYPE]);
}
