import type { Registry } from '../../registry/port.ts';
import { type Document, documentAnswer, makeDocument } from '../document.ts';
import { type Answer, JSON_TYPE, type Request } from '../exchange.ts';
import { type MediaRange, parseAccept } from '../negotiate.ts';
import { type AggregatedVersion, aggregated } from './aggregated.ts';
import { groupsOf } from './groups.ts';
import { apiVersions, groupDocument, groupList, resourceList } from './legacy.ts';

/** What is served, for clients that look round. */
export interface Discovery {
  /** The answer for a path below `/api` or `/apis`, `undefined` where there is no such document. */
  answer(request: Request, path: string): Answer | undefined;
  /** Encodes all documents anew. */
  rebuild(): void;
}

interface Documents {
  readonly plain: ReadonlyMap<string, Document>;
  readonly aggregated: ReadonlyMap<string, Readonly<Record<AggregatedVersion, Document>>>;
}

export function makeDiscovery(registry: Pick<Registry, 'definitions'>): Discovery {
  let documents = encode(registry);
  return {
    rebuild() {
      documents = encode(registry);
    },
    answer(request, path) {
      const plain = documents.plain.get(path);
      if (plain === undefined) return undefined;
      const together = documents.aggregated.get(path);
      const version = together && aggregatedVersion(parseAccept(request.header('accept')));
      const document = together && version ? together[version] : plain;
      return documentAnswer(request, document);
    },
  };
}

function encode(registry: Pick<Registry, 'definitions'>): Documents {
  const groups = groupsOf(registry.definitions());
  const core = groups.find(({ name }) => name === '');
  const named = groups.filter(({ name }) => name !== '');
  const plain: [string, unknown][] = [
    ['/api', apiVersions(core)],
    ['/apis', groupList(named)],
    ...named.map((group): [string, unknown] => [`/apis/${group.name}`, groupDocument(group)]),
    ...groups.flatMap(({ versions }) =>
      versions.map((one): [string, unknown] => [
        one.group === '' ? `/api/${one.version}` : `/apis/${one.group}/${one.version}`,
        resourceList(one),
      ]),
    ),
  ];
  const both = (path: string, members: typeof groups) =>
    [path, { v2: together(members, 'v2'), v2beta1: together(members, 'v2beta1') }] as const;
  return {
    plain: new Map(plain.map(([path, value]) => [path, makeDocument(value, JSON_TYPE)])),
    aggregated: new Map([both('/api', core === undefined ? [] : [core]), both('/apis', named)]),
  };
}

function together(groups: Parameters<typeof aggregated>[0], version: AggregatedVersion): Document {
  const type = `${JSON_TYPE};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return makeDocument(aggregated(groups, version), type);
}

/** The aggregated form that is asked for before any plain JSON. */
function aggregatedVersion(ranges: readonly MediaRange[]): AggregatedVersion | undefined {
  for (const { type, parameters } of ranges) {
    const { as, g, v } = parameters;
    if (type !== JSON_TYPE) continue;
    if (as === undefined) return undefined;
    const known = as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io';
    if (known && (v === 'v2' || v === 'v2beta1')) return v;
  }
  return undefined;
}
