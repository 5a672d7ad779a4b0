import { type CoordinatorAnswer, standing } from '../../src/api/coordinator.ts';
import type { Job, JobStatus } from '../../src/api/kinds.gen.ts';
import { type Millis, toTimestamp } from '../../src/api/object.ts';

/** How a coordinator answered; `None`: not at all, or nothing that can be read. */
export type AnswerKind = 'Yes' | 'No' | 'None';

type Said = Pick<CoordinatorAnswer, 'allowed' | 'message'>;
type Answer = Said & { readonly kind: AnswerKind };

const MESSAGE_MAX = 200;

/** What a page says: JSON with `allowed`. Anything else is no answer, which is a no. */
export function readAnswer({
  status,
  body,
}: {
  readonly status: number;
  readonly body: string;
}): Answer {
  if (status !== 200) return noAnswer(`status ${status}`);
  const said = parsed(body);
  if (typeof said?.allowed !== 'boolean')
    return noAnswer('its answer has no "allowed" of true or false');
  const { allowed, message } = said;
  const why = typeof message === 'string' ? { message: message.slice(0, MESSAGE_MAX) } : {};
  return allowed ? { kind: 'Yes', allowed } : { kind: 'No', allowed, ...why };
}

export function noAnswer(why: string): Answer {
  return { kind: 'None', allowed: false, message: `no answer: ${why}`.slice(0, MESSAGE_MAX) };
}

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

export interface Told {
  readonly task: string;
  readonly said: Said;
  readonly now: Millis;
}

/** The status of the job with what was answered here; answers that stand no more are left out. */
export function withAnswer({ status }: Job, home: string, { task, said, now }: Told): JobStatus {
  const domains = (status?.domains ?? []).map((entry) => {
    if (entry.name !== home) return entry;
    const others = standing(entry.coordinatorAnswers, now).filter((each) => each.task !== task);
    const coordinatorAnswers = [...others, { task, ...said, at: toTimestamp(now) }];
    return { ...entry, coordinatorAnswers };
  });
  return { ...status, domains };
}
