import { TitanError } from '../../api/error.ts';
import type { Millis } from '../../api/object.ts';
import type { Clock } from '../../runtime/port.ts';
import { FAILPOINTS, type FailpointName, isFailpoint } from './names.ts';

/** What happens at a point: once, the `at`th time that it is reached; an error and a wait from then on. */
export interface Failpoint {
  readonly name: FailpointName;
  readonly action:
    | { readonly do: 'kill' }
    | { readonly do: 'error' }
    | { readonly do: 'sleep'; readonly spanMs: Millis };
  readonly at: number;
}

/** Is told of every point that is reached, and resolves where things go on. */
export type Reach = (name: FailpointName) => Promise<void>;

const FORM =
  /^(?<name>[a-z-]+)(?:=(?<action>kill|error|sleep:(?<span>\d{1,6})))?(?:@(?<at>\d{1,6}))?$/;

/**
 * `after-accept`, `after-accept=kill@3` (the third time), `after-accept=sleep:500` (milliseconds),
 * `after-accept=error`.
 *
 * @throws TitanError `BadRequest` that names the points there are
 */
export function parseFailpoint(text: string): Failpoint {
  const { name = '', action = 'kill', span, at = '1' } = FORM.exec(text)?.groups ?? {};
  if (!isFailpoint(name)) {
    const names = Object.keys(FAILPOINTS).join(', ');
    throw new TitanError(
      'BadRequest',
      `--failpoint is "${text}": give one of ${names}; then, if you like, =kill, =error or =sleep:500, and @3 for the third time`,
    );
  }
  const act = action === 'kill' || action === 'error' ? action : 'sleep';
  return {
    name,
    action: act === 'sleep' ? { do: act, spanMs: Number(span) } : { do: act },
    at: Math.max(1, Number(at)),
  };
}

export interface FailpointParts {
  readonly clock: Clock;
  /** Ends the process at once, with nothing put in order. */
  die(): void;
}

/** Does what `failpoint` says when its point is reached. */
export function reachOf({ name, action, at }: Failpoint, { clock, die }: FailpointParts): Reach {
  let times = 0;
  return async (reached) => {
    if (reached !== name) return;
    times += 1;
    if (times < at) return;
    if (action.do === 'sleep') return clock.sleep(action.spanMs);
    if (action.do === 'error')
      throw new TitanError('ServiceUnavailable', `failed at ${name}, as it was told to`);
    die();
    // What follows must not happen, even where the process takes a moment to end.
    await new Promise(() => undefined);
  };
}
