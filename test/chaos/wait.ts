/** What has not come by then does not come, however loaded the machine is. */
export const PATIENCE_MS = 300_000;

/** Waits for conditions: polls, and gives up with the name of what did not come. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  {
    limitMs = PATIENCE_MS,
    everyMs = 100,
  }: { readonly limitMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const late = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > late) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await pause(everyMs);
  }
}

/** Waits until there is what is looked for. */
export async function found<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  let seen: T | undefined;
  await until(what, async () => {
    seen = await look();
    return seen !== undefined;
  });
  return seen as T;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}
