import { TASK, type TaskStatus } from '../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../src/api/object.ts';
import { phaseOf, phaseSince } from '../../src/api/task.ts';
import type { PlantBug } from '../../src/sim/domain.ts';

const STAGING_MS = 60_000;

/**
 * No answer counts as a loss: a task that is still being started after a minute is taken for lost, so
 * that another is started in its place, while nobody knows whether the first runs.
 */
export const silenceIsALoss: PlantBug = ({ clock }) => ({
  client(open, options) {
    const client = open(options);
    async function look(): Promise<void> {
      const { items } = await client.list(TASK);
      const late = items.filter(
        (task) => phaseOf(task) === 'Staging' && clock.now() - phaseSince(task) >= STAGING_MS - 500,
      );
      for (const task of late) {
        const at = toTimestamp(clock.now());
        const status: TaskStatus = {
          ...task.status,
          phase: 'Lost',
          fault: 'System',
          reason: 'StagingTimeout',
          phaseSince: at,
          finishedAt: at,
        };
        await client.updateStatus(TASK, { ...task, status }).catch(() => undefined);
      }
    }

    function again(): void {
      clock.after(500, () => {
        look().then(again, again);
      });
    }

    again();
    return client;
  },
});
