import type { Registry } from '../registry/port.ts';
import { type Answer, type Request, textAnswer } from './exchange.ts';
import { flag } from './query.ts';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
}

export interface HealthSources {
  readonly registry: Pick<Registry, 'health'>;
  /** What this server's start has not come to yet; absent, or nothing: all is done. */
  readonly lacking?: (() => string | undefined) | undefined;
}

const PATH = /^\/(livez|readyz|healthz)(?:\/(ping|store|start))?$/;
const PING: Check = { name: 'ping', ok: true, message: '' };

/**
 * `/livez` says that the process answers; `/readyz` and `/healthz` also that the store does, and that what is
 * written at the start is. With `?verbose`, and where a check fails, each check has a line.
 */
export async function healthAnswer(
  { registry, lacking }: HealthSources,
  request: Request,
  path: string,
): Promise<Answer | undefined> {
  const [, probe, only] = PATH.exec(path) ?? [];
  if (probe === undefined) return undefined;
  const all = probe === 'livez' ? [PING] : [PING, await storeCheck(registry), startCheck(lacking)];
  const checks = only === undefined ? all : all.filter(({ name }) => name === only);
  if (checks.length === 0) return undefined;
  const ok = checks.every((check) => check.ok);
  if (ok && !flag(request.query, 'verbose')) return textAnswer(200, 'ok');
  const lines = checks.map((check) =>
    check.ok ? `[+]${check.name} ok` : `[-]${check.name} failed: ${check.message}`,
  );
  const verdict = `${probe} check ${ok ? 'passed' : 'failed'}`;
  return textAnswer(ok ? 200 : 500, [...lines, verdict, ''].join('\n'));
}

function startCheck(lacking: HealthSources['lacking']): Check {
  const message = lacking?.();
  return { name: 'start', ok: message === undefined, message: message ?? '' };
}

async function storeCheck(registry: Pick<Registry, 'health'>): Promise<Check> {
  try {
    return { name: 'store', ...(await registry.health()) };
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { name: 'store', ok: false, message };
  }
}
