/** The first of the seeds that the tests play: the same in each run, so that a run tells of the change alone. `SIMULATION_FROM` names another. */
export function firstSeed(): number {
  return Number(process.env.SIMULATION_FROM ?? 1);
}
