import { TitanError } from '../api/error.ts';
import type { Kind } from '../api/kind.ts';
import { type DesiredObject, joinReadings, type Reading } from '../gitops/document.ts';

export interface ThoughtOfOptions {
  readonly read: (path: string) => Promise<Reading>;
  /** What counts, by what people call it. */
  readonly kinds: Readonly<Record<string, Kind>>;
  readonly warn: (text: string) => void;
}

/**
 * The objects of manifests that nothing is done with but to think of them as applied; those of other kinds are left
 * out, with a warning.
 * @throws TitanError (`BadRequest`) with the file and the line of what cannot be read
 */
export async function readThoughtOf(
  paths: readonly string[],
  { read, kinds, warn }: ThoughtOfOptions,
): Promise<readonly DesiredObject[]> {
  const { manifests, problems } = joinReadings(await Promise.all(paths.map(read)));
  const [problem] = problems;
  if (problem !== undefined) {
    const { file, line, message } = problem;
    throw new TitanError('BadRequest', `${file}:${line}: ${message}`);
  }
  const counts = new Set(Object.values(kinds).map(({ kind }) => kind));
  const words = Object.keys(kinds);
  const none = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return manifests.flatMap(({ object }) => {
    if (counts.has(object.kind)) return [object];
    warn(`${object.kind} ${object.metadata.name} is left out: it is no ${none}`);
    return [];
  });
}
