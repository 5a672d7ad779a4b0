/** Recorded answers and ours, made comparable. */

const volatile = new Set(['timestamp', 'executor_pid', 'start_time', 'mtime', 'nanoseconds']);
/** Of processes; a scripted machine has none to measure. */
const measured = new Set(['cpus_user_time_secs', 'cpus_system_time_secs', 'mem_rss_bytes']);
const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Without what processes used, and without the containers that real Mesos makes for single checks. */
export function withoutMeasures(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json), (key, value) => {
    if (measured.has(key)) return undefined;
    return Array.isArray(value) ? value.filter((one) => !isCheck(one)) : value;
  });
}

/**
 * JSON as a value, other text as it is: moments and process numbers put aside, and each id replaced
 * by where it is first seen.
 */
export function normalBody(body: string): unknown {
  const names = new Map<string, string>();
  const nameOf = (id: string) => {
    const name = names.get(id) ?? `id-${names.size + 1}`;
    names.set(id, name);
    return name;
  };

  function normal(value: unknown, key = ''): unknown {
    if (volatile.has(key)) return `some ${key}`;
    if (key.endsWith('uuid')) return nameOf(String(value));
    if (typeof value === 'string') return value.replace(uuids, nameOf);
    if (Array.isArray(value)) return value.map((one) => normal(one));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      entries.map(([name, one]) => [normal(name), normal(one, name)] as const),
    );
  }

  return /^[[{]/.test(body) ? normal(withoutMeasures(JSON.parse(body))) : body;
}

function isCheck(one: { readonly container_id?: { readonly value?: string } } | null): boolean {
  return one?.container_id?.value?.startsWith('check-') === true;
}
