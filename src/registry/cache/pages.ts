import type { Range, RangeOptions, Store } from '../../store/port.ts';
import { REGISTRY_PREFIX } from '../keys.ts';

/** All that the registry has stored, or a part of it, page by page, as of one moment: that of the first page. */
export async function* storedPages(
  store: Pick<Store, 'range'>,
  options: RangeOptions,
): AsyncGenerator<Range, void> {
  let page = await store.range(REGISTRY_PREFIX, options);
  const at = page.revision;
  for (;;) {
    yield page;
    const last = page.entries.at(-1);
    if (!page.more || last === undefined) return;
    page = await store.range(REGISTRY_PREFIX, { ...options, after: last.key, at });
  }
}
