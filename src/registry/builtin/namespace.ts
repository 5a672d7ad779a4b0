import { NAMESPACE } from '../../api/builtin.ts';
import { AGE, builtIn, listByKeys, moment, object, text, texts } from './fields.ts';
import { ALL_VERBS } from './verbs.ts';

const condition = object(
  'A condition.',
  {
    type: text('What it is about.'),
    status: text('True, False or Unknown.'),
    reason: text('Why, as one word.'),
    message: text('Why, for people.'),
    lastTransitionTime: moment('When its status last changed.'),
  },
  ['type', 'status'],
);

export const namespace = builtIn(NAMESPACE, {
  schema: object('Namespace is a space for names.', {
    spec: object('What it should be.', {
      finalizers: texts('Whoever must act before it may go.'),
    }),
    status: object('What it is.', {
      phase: { ...text('Active or Terminating.'), enum: ['Active', 'Terminating'] },
      conditions: listByKeys('What its end waits for.', ['type'], condition),
    }),
  }),
  shortNames: ['ns'],
  verbs: ALL_VERBS.filter((verb) => verb !== 'deletecollection'),
  status: true,
  parts: [{ name: 'finalize', verbs: ['update'] }],
  columns: [{ name: 'Status', type: 'string', jsonPath: '.status.phase' }, AGE],
  selectableFields: ['.status.phase'],
});
