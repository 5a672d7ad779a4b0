import type { Cause } from '../../api/error.ts';
import type { Revision } from '../../store/port.ts';
import { forbiddenField, notSupported } from '../causes.ts';
import { badRequest, invalidOptions } from '../errors.ts';
import type { ListQuery, WatchQuery } from '../port.ts';

const MATCH = 'resourceVersionMatch';

/** @throws TitanError Invalid, BadRequest: combinations that say nothing */
export function checkListQuery(query: ListQuery): void {
  const { resourceVersionMatch: match, resourceVersion, continue: token } = query;
  const causes: Cause[] = [];
  if (match) {
    if (!resourceVersion) {
      causes.push(
        forbiddenField(MATCH, `${MATCH} is forbidden unless resourceVersion is provided`),
      );
    }
    if (token) {
      causes.push(forbiddenField(MATCH, `${MATCH} is forbidden when continue is provided`));
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      causes.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && resourceVersion === '0') {
      causes.push(forbiddenField(MATCH, `${MATCH} "exact" is forbidden for resourceVersion "0"`));
    }
  }
  if (causes.length > 0) throw invalidOptions('ListOptions', causes);
  if (token && resourceVersion && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
}

/** @throws TitanError Invalid */
export function checkWatchQuery(query: WatchQuery): void {
  const { resourceVersionMatch: match, sendInitialEvents: initial } = query;
  const causes: Cause[] = [];
  if (initial !== undefined && match !== 'NotOlderThan') {
    const why = `sendInitialEvents requires setting ${MATCH} to NotOlderThan`;
    causes.push(forbiddenField(MATCH, why));
  }
  if (match && initial === undefined) {
    const why = `${MATCH} is forbidden for watch unless sendInitialEvents is provided`;
    causes.push(forbiddenField(MATCH, why));
  }
  if (match && match !== 'NotOlderThan') {
    causes.push(notSupported(MATCH, match, ['NotOlderThan']));
  }
  if (causes.length > 0) throw invalidOptions('ListOptions', causes);
}

/** @throws TitanError BadRequest where the text is no resourceVersion */
export function parseVersion(text: string | undefined): Revision | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,16}$/.test(text)) return Number(text);
  throw badRequest(
    `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}
