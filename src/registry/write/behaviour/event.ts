import type { Event } from '../../../api/builtin.ts';
import { invalidValue } from '../../causes.ts';
import type { Behaviour } from './behaviour.ts';

/** Where events about what lies in no namespace are. */
const OF_THE_CLUSTER = ['default', 'kube-system'];

/** Events lie beside what they tell of. */
export const eventBehaviour: Behaviour = {
  createsOnUpdate: true,
  check(object) {
    const { metadata, involvedObject } = object as Event;
    const { namespace = '' } = involvedObject;
    const mayLie = namespace === '' ? OF_THE_CLUSTER : [namespace];
    if (mayLie.includes(metadata.namespace ?? '')) return [];
    const path = 'involvedObject.namespace';
    return [invalidValue(path, namespace, 'does not match event.namespace')];
  },
};
