/** Fields that calls of both APIs have in common. */
import type { Field, Shape } from './json-shape.ts';

export const text: Field = { is: 'string' };
export const texts: Field = { is: 'string', many: true };
export const must: Field = { is: 'string', required: true };
export const number: Field = { is: 'number' };
export const id: Field = { is: { value: must } };
export const mustId: Field = { is: { value: must }, required: true };

const labels: Field = { is: { labels: { is: { key: must, value: text }, many: true } } };
const reservation: Shape = { type: text, role: text, principal: text, labels };
const bound: Field = { is: 'number', required: true };

export const resource: Shape = {
  name: must,
  type: must,
  scalar: { is: { value: bound } },
  ranges: { is: { range: { is: { begin: bound, end: bound }, many: true } } },
  set: { is: { item: texts } },
  role: text,
  reservation: { is: reservation },
  reservations: { is: reservation, many: true },
  allocation_info: { is: { role: text } },
  disk: {
    is: {
      persistence: { is: { id: must, principal: text } },
      volume: { is: { container_path: must, mode: text } },
    },
  },
  provider_id: { is: { value: must } },
};
export const resources: Field = { is: resource, many: true };
