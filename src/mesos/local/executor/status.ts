/** A task's end in Mesos' words. */
import type { TaskEnd } from './launcher.ts';

export interface Ending {
  readonly state: string;
  readonly source: 'SOURCE_EXECUTOR' | 'SOURCE_AGENT';
  readonly reason?: string;
  readonly message: string;
}

const signalNames: Readonly<Record<number, string>> = {
  1: 'Hangup',
  2: 'Interrupt',
  3: 'Quit',
  4: 'Illegal instruction',
  6: 'Aborted',
  7: 'Bus error',
  8: 'Floating point exception',
  9: 'Killed',
  10: 'User defined signal 1',
  11: 'Segmentation fault',
  12: 'User defined signal 2',
  13: 'Broken pipe',
  14: 'Alarm clock',
  15: 'Terminated',
};
const killSignal = 9;

/** `killing`: somebody asked for its end, so however it ended it was killed. */
export function describeEnd(end: TaskEnd, killing: boolean): Ending {
  const source = 'SOURCE_EXECUTOR';
  switch (end.how) {
    case 'exited': {
      const state = end.code === 0 ? 'TASK_FINISHED' : 'TASK_FAILED';
      const message = `Command exited with status ${end.code}`;
      return { state: killing ? 'TASK_KILLED' : state, source, message };
    }
    case 'signaled': {
      const name = signalNames[end.signal] ?? `Unknown signal ${end.signal}`;
      const message = `Command terminated with signal ${name}`;
      return { state: killing ? 'TASK_KILLED' : 'TASK_FAILED', source, message };
    }
    case 'executorLost':
      return killing
        ? describeEnd({ how: 'signaled', signal: killSignal }, true)
        : {
            state: 'TASK_FAILED',
            source: 'SOURCE_AGENT',
            reason: 'REASON_EXECUTOR_TERMINATED',
            message: 'Executor terminated',
          };
    case 'limited':
      return {
        state: 'TASK_FAILED',
        source: 'SOURCE_AGENT',
        reason: `REASON_CONTAINER_LIMITATION_${end.by}`,
        message: end.message,
      };
    case 'notLaunched':
      return {
        state: 'TASK_FAILED',
        source: 'SOURCE_AGENT',
        reason: 'REASON_CONTAINER_LAUNCH_FAILED',
        message: end.message,
      };
  }
}
