import { TitanError } from '../../api/error.ts';
import { resourceName } from '../../api/kind.ts';
import type { Attributes, User } from '../../auth/port.ts';
import { wholeResource } from './attributes.ts';

/** The refusal of a request, in the words that graphical clients look for. */
export function forbidden(user: User, attributes: Attributes): TitanError {
  const who = `User ${JSON.stringify(user.name)} cannot ${attributes.verb}`;
  if ('path' in attributes) {
    const message = `forbidden: ${who} path ${JSON.stringify(attributes.path)}`;
    return new TitanError('Forbidden', message);
  }
  const { group, resource, namespace, name } = attributes;
  const what = `resource "${wholeResource(attributes)}" in API group "${group}"`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const subject = resourceName({ group, plural: resource });
  const named = name === '' ? subject : `${subject} "${name}"`;
  return new TitanError('Forbidden', `${named} is forbidden: ${who} ${what} ${where}`, {
    details: {
      ...(name === '' ? {} : { name }),
      ...(group === '' ? {} : { group }),
      kind: resource,
    },
  });
}
