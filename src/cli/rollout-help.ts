/** What `--help` of `titan rollout` and of each of its commands says beside the flags. */
export const HELP = {
  all: `
A rollout begins whenever the spec of a service changes what its tasks run, and ends by itself: done, or
rolled back with the reason. These commands show it and steer it; docs/rollouts.md says what each step
waits for. What they change is the spec of the job, so a GitOps folder should be changed, too.

Examples:
  titan rollout status rocker               watch it to its end; exit code 1 unless it is good
  titan rollout history rocker              the versions that are kept
  titan rollout undo rocker                 back to the last version that was good
  titan rollout undo rocker --to-revision 3
  titan rollout promote rocker              the canary, or the second set, is good: go on
  titan rollout pause rocker                hold it where it is
  titan rollout resume rocker
  titan rollout restart rocker              replace every task by one of the same spec`,

  status: `
Ends with 0 once every fault domain runs what the spec asks for, and with 1 where that is not so: it was
rolled back, has failed, is paused, waits to be promoted, or --timeout is over. Ctrl-C ends the watching,
not the rollout.

Examples:
  titan rollout status rocker --timeout 10m || kubectl describe job rocker
  titan rollout status rocker --no-watch
  kubectl wait --for=condition=RolledOut job/rocker --timeout=10m     the same with kubectl`,

  history: `
The newest comes first. Each fault domain counts its versions by itself: --context says which is asked.

Examples:
  titan rollout history rocker
  titan rollout history rocker -o yaml      with the template of each`,

  undo: `
Makes the spec that of an older version, which is a rollout as any other. Unless told it is the version
that a failed rollout goes back to: the last that ran well. Where it was rolled back by itself that one
runs already: undo only has the spec say so.

Examples:
  titan rollout undo rocker
  titan rollout history rocker && titan rollout undo rocker --to-revision 3`,

  pause: `
No further task is replaced, and no deadline passes (spec.update.paused). What ends meanwhile is started
again in the version that it had. New versions wait, too, until titan rollout resume.

Example:
  titan rollout pause rocker`,

  resume: `
Example:
  titan rollout resume rocker && titan rollout status rocker`,

  promote: `
Lets the version go on whose canary, or second set, is healthy (spec.update.promoted). One that is applied
later waits again. titan rollout undo takes it back instead.

Example:
  titan rollout promote rocker && titan rollout status rocker`,

  restart: `
The tasks are replaced as in any rollout, a few at a time (spec.restartedAt).

Example:
  titan rollout restart rocker && titan rollout status rocker`,
} as const;
