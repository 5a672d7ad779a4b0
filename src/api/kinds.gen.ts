// Generated from schemas/ by tools/generate-types.ts. Do not edit: run `npm run generate`.
import type { Kind } from './kind.ts';
import type { CountedObject } from './object.ts';

export type AgentSpec = {
  /** Keeps new tasks away. Running ones stay. */
  readonly unschedulable?: boolean;
  /** Empties the agent: its tasks move to other agents a few at a time, each stopped only once the one that follows it runs. Tasks of exclusive jobs are stopped first, tasks of batch jobs may end by themselves, those that run one on each agent are stopped last. Take it away to stop moving; unschedulable stays as it is. */
  readonly drain?: {
    /** How many tasks move at once. Defaults to 3. */
    readonly maxParallel?: number;
    /** After so many seconds all that is left is stopped, whether anything follows it or not; each still has its kill wait. Absent, what cannot move stays. */
    readonly deadlineSeconds?: number;
  };
};

export type AgentStatus = {
  /** Active, Unreachable or Gone. */
  readonly phase?: 'Active' | 'Unreachable' | 'Gone';
  /** The id at Mesos. */
  readonly agentId?: string;
  /** The name of the machine. */
  readonly hostname?: string;
  /** Since when it has not been Active. */
  readonly lostSince?: string;
  /** Its region as Mesos says it. */
  readonly region?: string;
  /** Its zone as Mesos says it. */
  readonly zone?: string;
  /** Whether a Mesos operator has deactivated or drained it. */
  readonly deactivated?: boolean;
  /** When the machine will be away, as Mesos' maintenance schedule says. It is drained 15 minutes before. */
  readonly maintenance?: {
    /** From when. */
    readonly startTime?: string;
    /** Until when; absent, for ever. */
    readonly endTime?: string;
  };
  /** Why it takes no new tasks for a while, though nobody has said so. What runs on it stays. */
  readonly quarantine?: {
    /** Since when. */
    readonly since: string;
    /** Until when, unless more tasks fail on it after that. */
    readonly until: string;
    /** What speaks against it. */
    readonly message: string;
  };
  /** How far the drain is that spec.drain asks for. */
  readonly drain?: {
    /** Draining, or Drained when nothing is left. */
    readonly phase?: 'Draining' | 'Drained';
    /** When it began. */
    readonly startedAt?: string;
    /** When nothing was left. */
    readonly finishedAt?: string;
    /** How many tasks there were. */
    readonly total?: number;
    /** How many are left. */
    readonly remaining?: number;
    /** What it waits for. */
    readonly message?: string;
    /** Whether the Mesos master is told to drain it, too (DRAIN_AGENT). The end of the drain then reactivates it there. */
    readonly atMesos?: boolean;
  };
  /** How many tasks it runs. */
  readonly tasks?: number;
  /** Processor shares in use and in all, for people. */
  readonly cpusText?: string;
  /** Memory in use and in all, for people. */
  readonly memoryText?: string;
  /** Attributes of the machine. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** All it has for Titan, without what is reserved for roles of others. */
  readonly capacity?: {
    /** Every other amount by its name at Mesos, such as gpus. */
    readonly others?: Readonly<Record<string, number>>;
    /** How many values or items each other range or set has, by its name at Mesos. */
    readonly items?: Readonly<Record<string, number>>;
    /** What of the amounts is reserved at Mesos for the tasks of one capacity group, by the name of the group. */
    readonly reserved?: Readonly<Record<string, {
      /** Processor shares. */
      readonly cpus?: number;
      /** Memory in MiB. */
      readonly memoryMiB?: number;
      /** Disk space in MiB. */
      readonly diskMiB?: number;
      /** Every other amount by its name at Mesos. */
      readonly others?: Readonly<Record<string, number>>;
    }>>;
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory in MiB. */
    readonly memoryMiB?: number;
    /** Disk space in MiB. */
    readonly diskMiB?: number;
    /** Host ports. */
    readonly ports?: number;
  };
  /** What tasks use of it. */
  readonly used?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory in MiB. */
    readonly memoryMiB?: number;
    /** Disk space in MiB. */
    readonly diskMiB?: number;
    /** Host ports. */
    readonly ports?: number;
  };
};

/** Agent is a machine of this fault domain that runs tasks, as Mesos shows it. */
export interface Agent extends CountedObject {
  readonly spec?: AgentSpec;
  readonly status?: AgentStatus;
}

export const AGENT: Kind<Agent> = {
  group: 'titan.dev',
  version: 'v1beta1',
  kind: 'Agent',
  plural: 'agents',
  namespaced: false,
};

export type CapacityGroupSpec = {
  /** Tasks of a lower tier go first, strictly. 0 is for what is critical, 1 for the rest. */
  readonly tier: number;
  /** Groups of one cohort, for example online, and one tier lend one another what they are guaranteed and do not use. Absent, the group lends nothing of its guarantee, and borrows only what is guaranteed to nobody. */
  readonly cohort?: string;
  /** Of two groups of a tier that both want more, one of twice the weight is given twice the share. */
  readonly weight: number;
  /** What the group may always use. Absent, nothing. */
  readonly guarantee?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory, in MiB or as a quantity (512Gi). */
    readonly memory?: number | string;
    /** Disk space, in GiB or as a quantity (10Ti). */
    readonly disk?: number | string;
  };
  /** The most that the group may use above its guarantee. What is left out has no limit. */
  readonly borrowingLimit?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory, in MiB or as a quantity (512Gi). */
    readonly memory?: number | string;
    /** Disk space, in GiB or as a quantity (10Ti). */
    readonly disk?: number | string;
  };
  /** The most of its guarantee that others of its cohort may use while the group does not. What is left out is lent in full. */
  readonly lendingLimit?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory, in MiB or as a quantity (512Gi). */
    readonly memory?: number | string;
    /** Disk space, in GiB or as a quantity (10Ti). */
    readonly disk?: number | string;
  };
  /** Whether tasks of the group may be stopped for tasks of its tier or a lower one, of groups that are not preemptible. */
  readonly preemptible: boolean;
  /** How many seconds a task of the group waits before others are stopped for it. Others are those of the same group and namespace with a lower priority, those of preemptible groups, and those of groups of its cohort that use more than their guarantee while this one uses less. */
  readonly preemptAfterSeconds: number;
  /** A scheduler of a plugin (titan serve --scheduler-plugin) that chooses the agents for the tasks of the group in place of Titan, for example Cheapest. What it chooses must be able to take the task. Tasks of a group whose scheduler is not known wait. */
  readonly scheduler?: string;
  /** Agents that take no tasks but those of the group: all whose attribute has one of the values. Tasks that run there already stay until they end. Of two groups that reserve an agent the first by name has it. */
  readonly reservedAgents?: {
    /** An attribute as kubectl get agents -o wide shows it, or zone. */
    readonly attribute: string;
    /** Its values. */
    readonly values: readonly string[];
  };
  /** A task that the share of the group has kept waiting for so many seconds holds back the tasks of the group that come after it, until there is enough for it. Absent, small tasks go by large ones for ever. */
  readonly strictAfterSeconds?: number;
};

export type CapacityGroupStatus = {
  /** The generation of the spec that this status is about. */
  readonly observedGeneration?: number;
  /** Tasks that have an agent. */
  readonly tasks?: number;
  /** Tasks that wait for one. */
  readonly pendingTasks?: number;
  /** Processor shares in use and guaranteed, for people. */
  readonly cpusText?: string;
  /** Memory in use and guaranteed, for people. */
  readonly memoryText?: string;
  /** What it may always use. */
  readonly guaranteed?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory in MiB. */
    readonly memoryMiB?: number;
    /** Disk space in MiB. */
    readonly diskMiB?: number;
  };
  /** What its tasks use. */
  readonly used?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory in MiB. */
    readonly memoryMiB?: number;
    /** Disk space in MiB. */
    readonly diskMiB?: number;
  };
  /** What of that is above its guarantee. */
  readonly borrowed?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory in MiB. */
    readonly memoryMiB?: number;
    /** Disk space in MiB. */
    readonly diskMiB?: number;
  };
  /** What others of its cohort use of its guarantee. */
  readonly lent?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory in MiB. */
    readonly memoryMiB?: number;
    /** Disk space in MiB. */
    readonly diskMiB?: number;
  };
  /** What its waiting tasks ask for. */
  readonly pending?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory in MiB. */
    readonly memoryMiB?: number;
    /** Disk space in MiB. */
    readonly diskMiB?: number;
  };
  /** What its tasks alone may use, in use or not: all of its reserved agents, and what is reserved for it on others at Mesos, with the label titan.dev/capacity-group. */
  readonly reserved?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory in MiB. */
    readonly memoryMiB?: number;
    /** Disk space in MiB. */
    readonly diskMiB?: number;
  };
  /** How many agents take no tasks but those of the group. */
  readonly reservedAgents?: number;
  /** Covered (the agents have what all groups together are guaranteed), with reasons. */
  readonly conditions?: ReadonlyArray<{
    /** What the condition is about. */
    readonly type: string;
    /** True, False or Unknown. */
    readonly status: 'True' | 'False' | 'Unknown';
    /** Why, as one word for programs. */
    readonly reason?: string;
    /** Why, for people. */
    readonly message?: string;
    /** The generation of the spec that this is about. */
    readonly observedGeneration?: number;
    /** When the status last changed. */
    readonly lastTransitionTime?: string;
  }>;
};

/** CapacityGroup is a share of a fault domain: what the jobs that name it are guaranteed, what more they may use while it is free, and when they go before others. Jobs that name none are in the group called default, which need not exist: without a CapacityGroup of that name it has no guarantee and no limit. */
export interface CapacityGroup extends CountedObject {
  readonly spec: CapacityGroupSpec;
  readonly status?: CapacityGroupStatus;
}

export const CAPACITY_GROUP: Kind<CapacityGroup> = {
  group: 'titan.dev',
  version: 'v1beta1',
  kind: 'CapacityGroup',
  plural: 'capacitygroups',
  namespaced: false,
};

export type FaultDomainSpec = {
  /** The region that it lies in, for example us-east-1. */
  readonly region: string;
  /** Where its Titan answers, for example https://127.0.0.1:7001. */
  readonly api: string;
  /** Whether it lies in the home region. */
  readonly home?: boolean;
  /** What Titan does there at most, whatever it is asked for. */
  readonly limits?: {
    /** Tasks that are started in any minute. Defaults to 60000. */
    readonly launchesPerMinute?: number;
    /** How many tasks of one job are made in any second of the clock. Defaults to 1000. */
    readonly jobLaunchesPerSecond?: number;
    /** How many tasks of one job that are not a gang may be on their way to running at once. Defaults to 300. */
    readonly jobTasksStarting?: number;
    /** Tasks that are told to stop in any minute, one that is told again included. Defaults to 10000. */
    readonly killsPerMinute?: number;
    /** Tasks that drains, rebalancing and preemption stop or move in any minute. Defaults to 3000. */
    readonly disruptionsPerMinute?: number;
  };
  /** How tasks are moved to where their jobs' constraints and packing want them after agents have come or gone. One that follows runs at its new place before the old one is stopped. */
  readonly rebalance?: {
    /** Tasks that are told to move in any minute. Defaults to 10; 0 switches it off. */
    readonly movesPerMinute?: number;
    /** Whether agents are emptied whose tasks all fit on others that are in use. Defaults to false. */
    readonly packing?: boolean;
  };
  /** When so many agents are lost at once that their tasks are replaced slowly, and nothing is scaled in, until agents return. The annotation titan.dev/release-mass-loss says that they won't. */
  readonly massLoss?: {
    /** More than this percentage of the agents, and more than one, must be lost. Defaults to 30; 100 switches it off. */
    readonly sharePercent?: number;
    /** Within this time, in seconds. Defaults to 300. */
    readonly withinSeconds?: number;
    /** The percentage of the domain's tasks that is replaced in a minute meanwhile, at least one task unless it is 0. Defaults to 5. */
    readonly replacePercentPerMinute?: number;
  };
};

export type FaultDomainStatus = {
  /** The generation of the spec that this status is about. */
  readonly observedGeneration?: number;
  /** Ready, Unreachable or Unknown. */
  readonly phase?: 'Ready' | 'Unreachable' | 'Unknown';
  /** What is wrong with it. */
  readonly message?: string;
  /** How many agents are active. */
  readonly agents?: number;
  /** Tasks that run. */
  readonly tasks?: number;
  /** Processor shares in use and in all, for people. */
  readonly cpusText?: string;
  /** When it last answered. */
  readonly lastHeartbeatTime?: string;
  /** All that its agents have. */
  readonly capacity?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory in MiB. */
    readonly memoryMiB?: number;
    /** Disk space in MiB. */
    readonly diskMiB?: number;
    /** Host ports. */
    readonly ports?: number;
  };
  /** What tasks use of it. */
  readonly used?: {
    /** Processor shares. */
    readonly cpus?: number;
    /** Memory in MiB. */
    readonly memoryMiB?: number;
    /** Disk space in MiB. */
    readonly diskMiB?: number;
    /** Host ports. */
    readonly ports?: number;
  };
  /** Ready, and MassLoss (many agents were lost at once), with reasons. */
  readonly conditions?: ReadonlyArray<{
    /** What the condition is about. */
    readonly type: string;
    /** True, False or Unknown. */
    readonly status: 'True' | 'False' | 'Unknown';
    /** Why, as one word for programs. */
    readonly reason?: string;
    /** Why, for people. */
    readonly message?: string;
    /** The generation of the spec that this is about. */
    readonly observedGeneration?: number;
    /** When the status last changed. */
    readonly lastTransitionTime?: string;
  }>;
};

/** FaultDomain is a place with its own Mesos, its own store and its own Titan, which fails by itself. */
export interface FaultDomain extends CountedObject {
  readonly spec: FaultDomainSpec;
  readonly status?: FaultDomainStatus;
}

export const FAULT_DOMAIN: Kind<FaultDomain> = {
  group: 'titan.dev',
  version: 'v1beta1',
  kind: 'FaultDomain',
  plural: 'faultdomains',
  namespaced: false,
};

export type JobSpec = {
  /** The program to run, for example nf-rocker. With the version it names the image, applicationName:version. */
  readonly applicationName: string;
  /** The version of the program, for example "1.06". A change replaces the tasks, a few at a time. */
  readonly version: string;
  /** Where the tasks run and how many of them: a list of [region:]faultDomain:count, for example dc1:20,us-west-2:dc2:40,dc5:60. A count of * means one task on every agent of that fault domain. A region, where given, must be the fault domain's own. */
  readonly location: string;
  /** How many tasks there are in all, shared among the locations in the proportion of their counts (largest remainder). Absent, the counts hold as they stand. kubectl scale sets this. */
  readonly replicas?: number;
  /** Processor shares of one task, for example 4 or 0.5. Defaults to 1. */
  readonly cpus: number;
  /** Memory of one task, in MiB (3200) or as a quantity (3200Mi, 4Gi). Defaults to 512. */
  readonly memory: number | string;
  /** Disk space of one task, in GiB (40) or as a quantity (40Gi, 500Mi). Defaults to 1. */
  readonly disk: number | string;
  /** How many host ports one task is given. It finds them as PORT0, PORT1 and so on in its environment. */
  readonly ports: number;
  /** Whether a task that fails is started again. Together with restartOnSuccess this makes a service. */
  readonly restartOnFailure: boolean;
  /** Whether a task that ends with exit code 0 is started again. False makes a batch job that ends. */
  readonly restartOnSuccess: boolean;
  /** How often in a row one instance is started again after its own failures. Lost agents and other faults that are not the program's never count, and a run of 300 seconds starts the count anew. Absent, there is no limit. */
  readonly numRetries?: number;
  /** How many seconds a task that is told to stop (SIGTERM) may take before it is killed (SIGKILL). Defaults to 120 for a service and to 10 for a batch job (restartOnSuccess false). */
  readonly killWaitSeconds?: number;
  /** Stops all tasks of the job and starts none, until it is false again; what has ended well stays done. Defaults to false. */
  readonly suspend?: boolean;
  /** How long one task of a batch job may run, in seconds (3600) or with units (90m). Then it is stopped, and has failed by its own fault. At most 10d. Defaults to 5d. */
  readonly runtimeLimit?: number | string;
  /** Whether an instance of a batch job whose task ran for longer than runtimeLimit is started again, as after any other failure. Defaults to false: it has failed for good. */
  readonly retryOnRuntimeLimit?: boolean;
  /** How many instances of a batch job run at once in each fault domain, for example 10. Absent, all of them. */
  readonly parallelism?: number;
  /** How many instances of a batch job must end well, in all fault domains together, for example 95 of 100. Then it is complete, and what still runs is stopped. Absent, all of them. */
  readonly completions?: number;
  /** How many seconds after its end, good or bad, a batch job is deleted with its tasks. Absent, it is kept. */
  readonly ttlSecondsAfterFinished?: number;
  /** Other jobs of the namespace: nothing of this job is started before they are as is said, and in each fault domain their tasks are stopped only after those of this job, where both are to stop. */
  readonly dependsOn?: ReadonlyArray<{
    /** The name of the other job, for example db. */
    readonly job: string;
    /** What it must be: Ready, or Complete for a batch job. Defaults to Ready. */
    readonly condition: 'Ready' | 'Complete';
  }>;
  /** A moment that stands for a wish: a change of it replaces every task by one of the same spec, as a new version would be rolled out. titan rollout restart sets it. */
  readonly restartedAt?: string;
  /** How a service changes to a new spec. docs/rollouts.md says what each step waits for. A change of this block alone replaces no task. */
  readonly update?: {
    /** How many instances of a fault domain a rollout or a rollback may have down at once, as a number (2) or a part of them (25%), rounded up to at least 1. Defaults to 25%, and to 0 where surge is given. */
    readonly maxUnavailable?: number | string;
    /** How many instances of a fault domain may have a task of the new version beside the one that it replaces, as a number (1) or a part of them (10%): the old one is stopped once the new one is healthy. maxUnavailable is then 0 unless given. Absent, there are never more tasks than the job wants. Not for exclusive jobs, nor for one task on every agent. */
    readonly surge?: number | string;
    /** How many instances of each fault domain run the new version, step by step, for example [1, 10%, 50%, 100%]. A step begins when all of the one before are healthy. Absent, there is one step of all. */
    readonly batches?: ReadonlyArray<number | string>;
    /** So many instances of each fault domain, as a number (1) or a part of them (5%), run the new version first. Then the rollout waits for a person to promote it (titan rollout promote), unless autoPromote is true. */
    readonly canary?: number | string;
    /** Makes a whole second set of tasks of the new version beside the first in each fault domain, where there must be room for both. The first is stopped once the second is healthy, promoted, and has run so for a while; until then a rollback needs no new task. In place of surge, maxUnavailable, canary and batches. */
    readonly blueGreen?: {
      /** How long the old set runs on after the new one was promoted, in seconds (600) or with units (10m). Defaults to 10m. */
      readonly keepOldFor?: number | string;
    };
    /** How long the canary, or the second set, waits healthy for a person before it is promoted without one, in seconds (600) or with units (10m). Absent, it waits without end. Not with autoPromote. */
    readonly promoteAfter?: number | string;
    /** What is asked after each step, once all its instances are healthy, before the rollout goes on. The control plane of each fault domain asks by itself. Each of the checks must be good so many times; the rollout fails when one is bad too often, or they do not come to an end in time. */
    readonly analysis?: {
      /** How long after one answer a check is asked again, in seconds (30) or with units (1m), at least 1s. Defaults to 30s. */
      readonly interval?: number | string;
      /** How many good answers each check needs. Defaults to 3. */
      readonly count?: number;
      /** How many bad answers each check bears. Defaults to 0. */
      readonly failureLimit?: number;
      /** How long an answer may take, in seconds (10) or with units (1m), from 1s to 1m. Defaults to 10s. */
      readonly timeout?: number | string;
      /** How long it may take in all, in seconds (600) or with units (10m). Defaults to 10m, or to what all answers need where that is longer. */
      readonly deadline?: number | string;
      /** What is asked. Each has either http or metric. */
      readonly checks: ReadonlyArray<{
        /** What it is called in messages, for example errors. */
        readonly name: string;
        /** An address that must answer as told. One that cannot be reached, or takes too long, is neither good nor bad. */
        readonly http?: {
          /** The address, for example http://checks.example.com/$(job)?revision=$(revision)&domain=$(domain); these three names are filled in. Redirects are not followed. */
          readonly url: string;
          /** The number of the HTTP status that is good. Defaults to 200. */
          readonly status?: number;
          /** Where in the JSON of the answer the value is that equals asks for, for example state.items[0].name. */
          readonly jsonPath?: string;
          /** What the value must be, as text, for example ok, 3 or true. */
          readonly equals?: string;
        };
        /** A query whose answer is a number that must lie within bounds. An error, or an answer without a number, is neither good nor bad. */
        readonly metric?: {
          /** The address of an instant query that answers as Prometheus does, for example http://prometheus:9090/api/v1/query?query=error_rate; $(job), $(revision) and $(domain) are filled in. */
          readonly url: string;
          /** The number that it must be above. */
          readonly above?: number;
          /** The number that it must be below. */
          readonly below?: number;
        };
      }>;
    };
    /** Has the fault domains change one after the other. Absent, all change at once. A first version starts everywhere at once in any case. */
    readonly domains?: {
      /** Which fault domains come first. Those that are not named follow, as the location has them. */
      readonly order?: readonly string[];
      /** How many fault domains change at once. Defaults to 1. */
      readonly maxParallel?: number;
      /** What the others do when the version fails in one fault domain: Hold (those that have not begun do not begin), RollBack (all go back, those that were done as well) or GoOn. Defaults to Hold. */
      readonly onFailure?: 'Hold' | 'RollBack' | 'GoOn';
    };
    /** Whether the rollout goes on by itself when its canary, or its second set, is healthy. */
    readonly autoPromote?: boolean;
    /** The revision whose canary is to be followed by the rest, or whose second set is to take the place of the first, as status.domains[].rollout.revision has it. It means nothing for any other revision. */
    readonly promoted?: string;
    /** Holds a rollout where it is. Tasks that end are started again as they were. */
    readonly paused?: boolean;
    /** For how many seconds a new task must run and be ready before its instance counts as healthy. Defaults to 10. */
    readonly minHealthySeconds?: number;
    /** How long a new task may take, from when it was given its agent, until it is healthy, in seconds (300) or with units (5m). One that takes longer has failed. Defaults to 5m. */
    readonly healthyDeadline?: number | string;
    /** How long a rollout may go without one more instance becoming healthy, before it has failed, in seconds (600) or with units (10m). Longer than healthyDeadline. Defaults to 10m, or to twice healthyDeadline where that is longer. */
    readonly progressDeadline?: number | string;
    /** How many failures of the new version in one fault domain a rollout bears. Defaults to 0. */
    readonly maxFailures?: number;
    /** Whether a rollout that failed goes back to the version that was rolled out last. False leaves it where it is. Defaults to true. */
    readonly rollback?: boolean;
    /** How many old versions (JobRevisions) are kept for history and undo. Defaults to 10. */
    readonly historyLimit?: number;
  };
  /** What the job allows of disruptions that nobody is forced to: drains, rebalancing, preemption, rollouts and the like, all counted together with what is lost by no choice. It holds in each fault domain by itself. At most one of maxUnavailable, minAvailable, relocationLimit, selfManaged and unlimited; without one of them update.maxUnavailable (25% unless given) may be down. docs/disruptions.md says what each cause is held to. A change replaces no task. */
  readonly disruptionBudget?: {
    /** How many instances may be down at once, as a number (2) or a part of them (25%), rounded up to at least 1. */
    readonly maxUnavailable?: number | string;
    /** How many instances stay healthy, as a number (3) or a part of them (90%), rounded up. One may always be down, and of a single instance nothing is asked. */
    readonly minAvailable?: number | string;
    /** How often one instance may be stopped or moved by Titan. How many are down at once is then not bounded. */
    readonly relocationLimit?: number;
    /** Its owner moves tasks that are asked to move, by deleting them. What is still there after relocationTime Titan moves, with 90% healthy and 20% of the instances in an hour. */
    readonly selfManaged?: {
      /** How long the owner has, in seconds (600) or with units (10m). Defaults to 1m. */
      readonly relocationTime?: number | string;
    };
    /** Lets any number be down at once. Only true is of use. */
    readonly unlimited?: boolean;
    /** Who is asked before a task is stopped or moved by a drain, rebalancing, a preemption or a request, once all else allows it. Nothing happens unless the answer is yes: no answer is a no, and it is asked again after 30 s. It comes on top of the others. */
    readonly coordinator?: {
      /** The address that is asked (GET), from where Titan runs, for example http://keeper:8080/may-go?task=$(task); $(namespace), $(job), $(domain), $(task) and $(cause) are filled in. The answer is JSON: {"allowed": true}, or {"allowed": false, "message": "backup runs"}. */
      readonly url: string;
      /** How long an answer may take, in seconds (10) or with units (1m), from 1s to 1m. Defaults to 10s. */
      readonly timeout?: number | string;
    };
    /** How many disruptions there may be in a time, involuntary losses counted as well. Rollouts count and are not held back. */
    readonly rate?: {
      /** How many instances, as a number (2) or a part of them (20%), rounded down to at least 1. */
      readonly limit: number | string;
      /** In what time, sliding, in seconds (600) or with units (10m), from 1m to 7d. Defaults to 1h. */
      readonly interval?: number | string;
    };
    /** When Titan may disrupt tasks by drains, rebalancing and preemption. Absent, always. */
    readonly timeWindows?: ReadonlyArray<{
      /** The days on which the window opens. Absent, every day. */
      readonly days?: ReadonlyArray<'Monday' | 'Tuesday' | 'Wednesday' | 'Thursday' | 'Friday' | 'Saturday' | 'Sunday'>;
      /** When it opens, by the clock of the time zone, for example 08:00. */
      readonly from: string;
      /** When it closes, for example 16:00, or 24:00. Not later than from, it closes the day after. */
      readonly to: string;
      /** The IANA time zone, for example Europe/Berlin. Defaults to UTC. */
      readonly timeZone?: string;
    }>;
    /** What must all say that a task is well before it counts as healthy, beside that it runs: Readiness (its readiness probes, if any) and Liveness (its liveness probe, which must be there). Defaults to [Readiness]. */
    readonly healthProviders?: ReadonlyArray<'Readiness' | 'Liveness'>;
  };
  /** Which instances are given up when the job is to have fewer in a fault domain. A change replaces no task. */
  readonly scaleIn?: {
    /** Which of those that fare alike go first: the Oldest, the Youngest, or those with the HighestNumber, however they fare. Before that come those that are not well, on agents that are drained, or have not started, then those of the agent, and of the zone, with most of them. Defaults to Oldest; to HighestNumber, and nothing else, for batch jobs and where each instance has a Volume of its own. */
    readonly first?: 'Oldest' | 'Youngest' | 'HighestNumber';
  };
  /** What becomes of a task whose agent is cut off. The times count from the moment at which Mesos says so (75 s after the agent's last word, unless its master is set otherwise), and only while Titan reaches Mesos. Each is in seconds (300) or with units (90s, 5m, 1h30m). */
  readonly partition?: {
    /** For so long the task still counts as running, in seconds (30) or with units (5m). Defaults to 0. */
    readonly suspectAfter?: number | string;
    /** After this time, in seconds (300) or with units (5m), another task takes its place, while the cut-off one is still waited for. At least 10 seconds; never keeps the place free for it. Defaults to 300. */
    readonly replaceAfter?: number | string;
    /** After this time, in seconds (3600) or with units (1h), the task counts as lost. Should it return later it is stopped. never waits without end. Defaults to 1h. */
    readonly giveUpAfter?: number | string;
    /** The agent itself stops the task when it has been cut off from its master for so long, in seconds (300) or with units (5m). It needs agents that can, which say so by the attribute titan-stop-on-agent; where others are among them the job waits and says so. Absent, the task runs on. */
    readonly stopOnAgentAfter?: number | string;
    /** At most one task of an instance runs at any time. Then a cut-off task is replaced only once it is known to be dead: after stopOnAgentAfter, 5 seconds for clocks that differ and the kill wait, or when Mesos says so. Without stopOnAgentAfter replaceAfter and giveUpAfter are never. */
    readonly exclusive?: boolean;
    /** Which of two tasks is kept when a task that was replaced returns: keepOriginal, keepReplacement, longestRunning, or bestScore (the one whose agent takes new tasks and has the larger share of its processors free). One of the newest version comes before others, one that runs before one that does not yet. Defaults to keepOriginal. */
    readonly onReturn?: 'keepOriginal' | 'keepReplacement' | 'bestScore' | 'longestRunning';
  };
  /** The capacity group, for example online, whose share the tasks use and in whose tier they wait. Absent, the group default. Tasks of a group that does not exist wait until it does. */
  readonly capacityGroup?: string;
  /** Of tasks that wait in one capacity group those of the higher priority go first. A change holds for waiting tasks at once and restarts none. */
  readonly priority?: number;
  /** Has the tasks of a fault domain start together or not at all: none is given an agent before there is room for all of them, or for as many as size says. */
  readonly gang?: {
    /** How many tasks must have an agent before any starts. Absent, all tasks that the fault domain is to run. */
    readonly size?: number;
  };
  /** Which agents the tasks may run on, and how they lie over them. A constraint must hold; with a weight it is a wish. docs/scheduling.md says what each rule means. A change replaces the tasks. */
  readonly constraints?: ReadonlyArray<{
    /** What must hold. Of one attribute: Equals, NotEquals, In, NotIn, Contains (a list with all of values), Exists, NotExists, AtLeast, AtMost, MoreThan, LessThan (numbers), VersionAtLeast, VersionAtMost, VersionMoreThan, VersionLessThan, Matches (a regular expression). Of the tasks of the job: Unique, MaxPer, Balanced, Spread, ExclusiveHost. Of another job's tasks: WithJob, AwayFromJob. */
    readonly rule: string;
    /** One of region, domain, zone and host, or an attribute of the agents as kubectl get agents -o wide shows them. host is the agent itself, and what Unique, MaxPer, WithJob and AwayFromJob mean where nothing is given. */
    readonly attribute?: string;
    /** The values that a rule of one attribute compares with. One, except for In, NotIn and Contains. */
    readonly values?: readonly string[];
    /** For MaxPer, how many tasks of the job one value may have. For Balanced, by how many tasks values may differ; 1 unless given. */
    readonly number?: number;
    /** For Spread, the part of the tasks that each value gets. Values that are not named share the rest to 100 evenly. */
    readonly shares?: ReadonlyArray<{
      /** A value of the attribute. */
      readonly value: string;
      /** Its part of the tasks, in percent. */
      readonly percent: number;
    }>;
    /** For WithJob and AwayFromJob, the other job, of the same namespace. */
    readonly job?: string;
    /** Makes the constraint a wish that counts by this weight among all wishes of the job. Absent, it must hold. */
    readonly weight?: number;
  }>;
  /** Which of the agents that could take a task is best. docs/scheduling.md has the formula. A change replaces the tasks. */
  readonly placement?: {
    /** What makes an agent fit, each by its weight: PackCpus, PackMemory, PackCpusAndMemory, PackDominant, PackAll (full agents first), SpreadLoad (idle agents first), SpreadJob (agents with few tasks of the job first), ImageLocality, AgentQuality, LikeEnd. Defaults to PackCpusAndMemory with weight 3 and SpreadJob with weight 2. */
    readonly fitness?: ReadonlyArray<{
      /** The name of a fitness. */
      readonly name: string;
      /** How much it counts beside the others. Defaults to 1. */
      readonly weight: number;
    }>;
    /** A fitness of 0 to 1 from which on agents are all as good: of those the first by name is taken. Absent, the best is looked for. */
    readonly goodEnough?: number;
    /** How many seconds a task is expected to run. LikeEnd puts tasks together that end at about the same time, and what waits for room is told when some will be free. Of a batch job it is learnt where it is not given (typicalSeconds in its status). */
    readonly expectedSeconds?: number;
  };
  /** What runs, where it is not simply the image applicationName:version. */
  readonly container?: {
    /** Another image than applicationName:version, for example tools:2.1. */
    readonly image?: string;
    /** A program and its arguments, for example [sleep, "60"]. Without an image it is run as it stands, else in place of what the image runs. No shell is involved. */
    readonly command?: readonly string[];
    /** Who makes a container of the image: Mesos (the Mesos containerizer) or Docker (the Docker containerizer). Defaults to Mesos. An agent that lacks it fails the task and says so. */
    readonly runtime?: 'Mesos' | 'Docker';
    /** Environment variables, beside those that Titan sets (PORT0, TITAN_JOB, TITAN_TASK and the like). */
    readonly env?: ReadonlyArray<{
      /** The name of the variable, for example LOG_LEVEL. */
      readonly name: string;
      /** Its value. Defaults to the empty text. */
      readonly value: string;
      /** Where the value comes from, instead of value. It is read when the task is launched. */
      readonly valueFrom?: {
        /** A key of a Secret of the same namespace. */
        readonly secretKeyRef: {
          /** The name of the Secret. */
          readonly name: string;
          /** The key in its data. */
          readonly key: string;
          /** Whether the variable may stay unset where there is no such Secret or key. Defaults to false. */
          readonly optional: boolean;
        };
      };
    }>;
    /** Who the program runs as, for example www-data. Defaults to the user of the framework. */
    readonly user?: string;
    /** What is fetched into the sandbox before the program starts. A file that cannot be fetched fails the task. */
    readonly files?: ReadonlyArray<{
      /** Where it is, for example https://files.example.com/model.tgz or /opt/files/model.tgz on the agent. */
      readonly uri: string;
      /** Whether it is made executable. */
      readonly executable: boolean;
      /** Whether an archive is unpacked. */
      readonly extract: boolean;
      /** Whether the agent keeps it for the next task. */
      readonly cache: boolean;
      /** What it is called in the sandbox, for example settings.json. Defaults to the last part of the address. */
      readonly name?: string;
    }>;
    /** Volumes of the task that this program sees. */
    readonly volumeMounts?: ReadonlyArray<{
      /** The name of the volume in volumes. */
      readonly name: string;
      /** Where the program finds it, for example /data; a path that is not absolute lies in its sandbox. */
      readonly mountPath: string;
      /** Whether it may only be read. Defaults to false. */
      readonly readOnly: boolean;
    }>;
    /** Tells whether the program is alive. After too many failures in a row the task is stopped, and counts as failed. */
    readonly livenessProbe?: {
      /** A command that ends with 0 where all is well. */
      readonly exec?: {
        /** A program and its arguments. No shell is involved. */
        readonly command: readonly string[];
      };
      /** An HTTP request to the agent's address. Any answer from 200 to 399 is good. */
      readonly httpGet?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
        /** What is asked for, for example /healthz. Defaults to /. */
        readonly path: string;
        /** HTTP or HTTPS. Defaults to HTTP. */
        readonly scheme: 'HTTP' | 'HTTPS';
      };
      /** A connection that must come about. */
      readonly tcpSocket?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
      };
      /** How many seconds after the start of the program the first probe is made. Defaults to 0. */
      readonly initialDelaySeconds: number;
      /** It is made every so many seconds. Defaults to 10. */
      readonly periodSeconds: number;
      /** After how many seconds it counts as failed. Defaults to 1. */
      readonly timeoutSeconds: number;
      /** After how many failures in a row the task is stopped. Defaults to 3. */
      readonly failureThreshold: number;
      /** For how many seconds after the start failures do not count. Defaults to 10. */
      readonly gracePeriodSeconds: number;
    };
    /** Tells whether the program can do its work. A task that is not ready lives on, and a rollout waits for it. HTTP without TLS only. */
    readonly readinessProbe?: {
      /** A command that ends with 0 where all is well. */
      readonly exec?: {
        /** A program and its arguments. No shell is involved. */
        readonly command: readonly string[];
      };
      /** An HTTP request to the agent's address. Any answer from 200 to 399 is good. */
      readonly httpGet?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
        /** What is asked for, for example /healthz. Defaults to /. */
        readonly path: string;
      };
      /** A connection that must come about. */
      readonly tcpSocket?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
      };
      /** How many seconds after the start of the program the first probe is made. Defaults to 0. */
      readonly initialDelaySeconds: number;
      /** It is made every so many seconds. Defaults to 10. */
      readonly periodSeconds: number;
      /** After how many seconds it counts as failed. Defaults to 1. */
      readonly timeoutSeconds: number;
    };
    /** What is done before the program is told to stop (SIGTERM), while it still runs: a command beside it, or an HTTP request. One that fails or takes too long holds nothing up, and is told in the event PreStopFailed. */
    readonly preStop?: {
      /** A command in the container of the program, with its environment. Not with the runtime Docker. */
      readonly exec?: {
        /** A program and its arguments. No shell is involved. */
        readonly command: readonly string[];
      };
      /** An HTTP request without TLS to the agent's address, from where Titan runs. Any answer from 200 to 399 is good. */
      readonly httpGet?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
        /** What is asked for, for example /stop. Defaults to /. */
        readonly path: string;
      };
      /** How many seconds it may take. Defaults to 30. */
      readonly timeoutSeconds: number;
      /** For how many seconds after it the program runs on before SIGTERM, as for connections to end. Defaults to 0. */
      readonly waitSeconds: number;
    };
  };
  /** Programs that run beside the main one on the same agent, and live and die with it. What they need comes on top of what the job asks for, and so do 0.1 cpus, 32 MiB of memory and 32 MiB of disk for the executor of the group. */
  readonly sidecars?: ReadonlyArray<{
    /** The name of the sidecar, for example proxy. */
    readonly name: string;
    /** The image that it runs, for example proxy:2.1. Without one, the command is run as it stands. */
    readonly image?: string;
    /** A program and its arguments. Without one, what the image runs. */
    readonly command?: readonly string[];
    /** Processor shares. Defaults to 0.1. */
    readonly cpus: number;
    /** Memory, in MiB (64) or as a quantity (64Mi). Defaults to 64. */
    readonly memory: number | string;
    /** Disk space, as a quantity (100Mi) or in GiB (1). Defaults to 0. */
    readonly disk: number | string;
    /** Environment variables, beside those that Titan sets (PORT0, TITAN_JOB, TITAN_TASK and the like). */
    readonly env?: ReadonlyArray<{
      /** The name of the variable, for example LOG_LEVEL. */
      readonly name: string;
      /** Its value. Defaults to the empty text. */
      readonly value: string;
      /** Where the value comes from, instead of value. It is read when the task is launched. */
      readonly valueFrom?: {
        /** A key of a Secret of the same namespace. */
        readonly secretKeyRef: {
          /** The name of the Secret. */
          readonly name: string;
          /** The key in its data. */
          readonly key: string;
          /** Whether the variable may stay unset where there is no such Secret or key. Defaults to false. */
          readonly optional: boolean;
        };
      };
    }>;
    /** Who the program runs as, for example www-data. Defaults to the user of the framework. */
    readonly user?: string;
    /** What is fetched into the sandbox before the program starts. A file that cannot be fetched fails the task. */
    readonly files?: ReadonlyArray<{
      /** Where it is, for example https://files.example.com/model.tgz or /opt/files/model.tgz on the agent. */
      readonly uri: string;
      /** Whether it is made executable. */
      readonly executable: boolean;
      /** Whether an archive is unpacked. */
      readonly extract: boolean;
      /** Whether the agent keeps it for the next task. */
      readonly cache: boolean;
      /** What it is called in the sandbox, for example settings.json. Defaults to the last part of the address. */
      readonly name?: string;
    }>;
    /** Volumes of the task that this program sees. */
    readonly volumeMounts?: ReadonlyArray<{
      /** The name of the volume in volumes. */
      readonly name: string;
      /** Where the program finds it, for example /data; a path that is not absolute lies in its sandbox. */
      readonly mountPath: string;
      /** Whether it may only be read. Defaults to false. */
      readonly readOnly: boolean;
    }>;
    /** Tells whether the program is alive. After too many failures in a row the task is stopped, and counts as failed. */
    readonly livenessProbe?: {
      /** A command that ends with 0 where all is well. */
      readonly exec?: {
        /** A program and its arguments. No shell is involved. */
        readonly command: readonly string[];
      };
      /** An HTTP request to the agent's address. Any answer from 200 to 399 is good. */
      readonly httpGet?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
        /** What is asked for, for example /healthz. Defaults to /. */
        readonly path: string;
        /** HTTP or HTTPS. Defaults to HTTP. */
        readonly scheme: 'HTTP' | 'HTTPS';
      };
      /** A connection that must come about. */
      readonly tcpSocket?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
      };
      /** How many seconds after the start of the program the first probe is made. Defaults to 0. */
      readonly initialDelaySeconds: number;
      /** It is made every so many seconds. Defaults to 10. */
      readonly periodSeconds: number;
      /** After how many seconds it counts as failed. Defaults to 1. */
      readonly timeoutSeconds: number;
      /** After how many failures in a row the task is stopped. Defaults to 3. */
      readonly failureThreshold: number;
      /** For how many seconds after the start failures do not count. Defaults to 10. */
      readonly gracePeriodSeconds: number;
    };
    /** Tells whether the program can do its work. A task that is not ready lives on, and a rollout waits for it. HTTP without TLS only. */
    readonly readinessProbe?: {
      /** A command that ends with 0 where all is well. */
      readonly exec?: {
        /** A program and its arguments. No shell is involved. */
        readonly command: readonly string[];
      };
      /** An HTTP request to the agent's address. Any answer from 200 to 399 is good. */
      readonly httpGet?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
        /** What is asked for, for example /healthz. Defaults to /. */
        readonly path: string;
      };
      /** A connection that must come about. */
      readonly tcpSocket?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
      };
      /** How many seconds after the start of the program the first probe is made. Defaults to 0. */
      readonly initialDelaySeconds: number;
      /** It is made every so many seconds. Defaults to 10. */
      readonly periodSeconds: number;
      /** After how many seconds it counts as failed. Defaults to 1. */
      readonly timeoutSeconds: number;
    };
  }>;
  /** A program of your own that runs the tasks in place of container and sidecars, and speaks Mesos' v1 executor API to its agent. What it needs comes on top of what the job asks for, for each task. A change replaces the tasks. */
  readonly executor?: {
    /** The program and its arguments, for example [./worker, --verbose]. No shell is involved. */
    readonly command: readonly string[];
    /** What is fetched into its sandbox before it starts. */
    readonly files?: ReadonlyArray<{
      /** Where it is, for example https://files.example.com/worker.tgz or /opt/files/worker.tgz on the agent. */
      readonly uri: string;
      /** Whether it is made executable. Defaults to false. */
      readonly executable: boolean;
      /** Whether an archive is unpacked. Defaults to false. */
      readonly extract: boolean;
      /** Whether the agent keeps it for the next one. Defaults to false. */
      readonly cache: boolean;
      /** What it is called in the sandbox, for example worker. Defaults to the last part of the address. */
      readonly name?: string;
    }>;
    /** Environment variables of the executor, beside those of Mesos and TITAN_JOB, TITAN_NAMESPACE, TITAN_VERSION, TITAN_DOMAIN and TITAN_REGION. */
    readonly env?: ReadonlyArray<{
      /** The name of the variable, for example LOG_LEVEL. */
      readonly name: string;
      /** Its value. Defaults to the empty text. */
      readonly value: string;
    }>;
    /** Who it runs as, for example www-data. Defaults to the user of the framework. */
    readonly user?: string;
    /** Processor shares of the executor. Defaults to 0.1. */
    readonly cpus: number;
    /** Memory of the executor, in MiB (32) or as a quantity (32Mi). Defaults to 32. */
    readonly memory: number | string;
    /** Disk space of the executor, as a quantity (100Mi) or in GiB (1). Defaults to 0. */
    readonly disk: number | string;
    /** Labels that the executor bears at Mesos, for example {team: search}. */
    readonly labels?: Readonly<Record<string, string>>;
    /** What the executor is given with each task (TaskInfo.data), for example {"input": "s3://in"}. */
    readonly data?: string;
    /** Whether the tasks of one version on one agent have one executor; it ends after the last of them. Defaults to false: each has its own. */
    readonly shared: boolean;
  };
  /** A message (MESSAGE of Mesos) to the executor of each task that runs, or comes to run. It is sent when its sequence is larger than that of the last one sent to the task. A change replaces no task. */
  readonly executorMessage?: {
    /** Its number, for example 1; a later message has a larger one. */
    readonly sequence: number;
    /** What the executor is told, in UTF-8, for example reload. */
    readonly text: string;
  };
  /** Folders that the programs of a task may mount. */
  readonly volumes?: ReadonlyArray<{
    /** The name by which volumeMounts mean it, for example data. */
    readonly name: string;
    /** A folder in the sandbox, empty at the start, which all programs of the task share. */
    readonly emptyDir?: Readonly<Record<string, unknown>>;
    /** A file or folder of the agent. */
    readonly hostPath?: {
      /** Its absolute path, for example /var/lib/web. */
      readonly path: string;
    };
    /** A Volume of the namespace, whose data outlives the task. Only the main program may mount it, and no two tasks run on it at once: a job with one is exclusive, as with partition.exclusive. */
    readonly claim?: {
      /** The name of the Volume, for example web-data. */
      readonly name: string;
      /** Whether each instance has a Volume of its own, called name-instance: data-0, data-1 and so on. Defaults to false. */
      readonly perInstance: boolean;
    };
  }>;
  /** Names of the host ports, in order, for example [http, admin]. Probes and service discovery use them. */
  readonly portNames?: readonly string[];
  /** How tasks are announced to service discovery over Mesos (DiscoveryInfo), with their host ports. */
  readonly discovery?: {
    /** The name of the service, for example web. Defaults to the name of the job. */
    readonly name?: string;
    /** Who may find it: Framework, Cluster or External. Defaults to Cluster. */
    readonly visibility: 'Framework' | 'Cluster' | 'External';
    /** The protocol of the ports. Defaults to tcp. */
    readonly protocol: 'tcp' | 'udp';
  };
  /** Labels that the tasks bear at Mesos, beside those of Titan, whose names begin with titan.dev/. */
  readonly taskLabels?: Readonly<Record<string, string>>;
  /** How many GPUs one task is given. Titan must be started with --gpus. */
  readonly gpus?: number;
  /** Amounts of resources that the agents have under other names, for example bandwidth. */
  readonly extraResources?: Readonly<Record<string, number>>;
  /** How many values of ranges, or items of sets, that the agents have under other names it is given, whichever are free, for example {licence: 1}. The task finds them in TITAN_ITEMS_LICENCE, divided by commas. */
  readonly extraItems?: Readonly<Record<string, number>>;
  /** Shares of named resource sets that agents tell of by attributes ResourceSet-NAME-SLOTS-SHARES. A slot is bound to one value until it is empty; tasks of that value share it, such as a network interface with its security group. */
  readonly resourceSets?: ReadonlyArray<{
    /** The name of the set, for example eni. */
    readonly set: string;
    /** What its slot is bound to, for example a security group. */
    readonly value: string;
    /** How many shares of the slot one task takes. Defaults to 1. */
    readonly count: number;
  }>;
};

export type JobStatus = {
  /** The generation of the spec that this status is about. */
  readonly observedGeneration?: number;
  /** The state in a word: Pending, Progressing, Available, Degraded, Suspended, Complete, Failed or Deleting. */
  readonly phase?: string;
  /** What the job waits for. */
  readonly message?: string;
  /** How many tasks there should be in all, as kubectl scale reads it. */
  readonly replicas?: number;
  /** Chooses the tasks of the job, for example titan.dev/job=web in kubectl get tasks -l. */
  readonly selector?: string;
  /** How many tasks there should be in all fault domains. */
  readonly desired?: number;
  /** How many tasks run in all fault domains. */
  readonly running?: number;
  /** How many instances are healthy, or have ended well. */
  readonly healthy?: number;
  /** How many more instances the disruption budget lets be stopped now. */
  readonly disruptionsAllowed?: number;
  /** How many instances have ended well for good. */
  readonly succeeded?: number;
  /** How many instances have failed for good. */
  readonly failed?: number;
  /** When a batch job ended, well or badly. */
  readonly finishedAt?: string;
  /** The same by fault domain. */
  readonly domains?: ReadonlyArray<{
    /** The fault domain. */
    readonly name: string;
    /** Its region. */
    readonly region?: string;
    /** The generation of the spec that these counts are about. */
    readonly observedGeneration?: number;
    /** How many tasks it should run. */
    readonly desired?: number;
    /** The instances that are wanted there, where their numbers have gaps, for example 0-3,5. */
    readonly slots?: string;
    /** How many run. */
    readonly running?: number;
    /** How many each fault domain has come to have, as far as it knows, for example dc1:20,dc2:40. */
    readonly location?: string;
    /** What it keeps beyond its share until instances in other fault domains are ready, while location has changed. */
    readonly handover?: {
      /** The generation of the spec that this is about. */
      readonly generation: number;
      /** When it gives up what the disruption budget lets be down. */
      readonly until: string;
      /** How many instances it keeps. */
      readonly retained: number;
    };
    /** How many of them are ready, as their readiness probes say; all where there are none. */
    readonly ready?: number;
    /** How many run with the newest spec. */
    readonly updated?: number;
    /** How many wait for an agent or are being started. */
    readonly pending?: number;
    /** How many wait out their back-off after a failure. */
    readonly backingOff?: number;
    /** How many have ended well for good. */
    readonly succeeded?: number;
    /** How many have failed for good. */
    readonly failed?: number;
    /** How many seconds a task of a batch job runs there, on the median of the last 25 that ended well. */
    readonly typicalSeconds?: number;
    /** What the tasks there wait for. */
    readonly message?: string;
    /** Tasks there whose stored records cannot be read, at most 10. Their instances are left as they are until somebody mends or removes the records. */
    readonly unreadable?: ReadonlyArray<{
      /** The task. */
      readonly task: string;
      /** Why its record cannot be read. */
      readonly message: string;
    }>;
    /** The newest attempts of instances whose newest tasks are gone, the highest 200; the next are numbered onward. */
    readonly attempts?: ReadonlyArray<{
      /** The instance. */
      readonly slot: string;
      /** Its newest attempt, from 0. */
      readonly attempt: number;
    }>;
    /** The last tasks that failed or were lost there, the newest first, at most 10; they stay when the tasks are gone. */
    readonly ends?: ReadonlyArray<{
      /** The task. */
      readonly task: string;
      /** The how many-th attempt of its instance it was, from 0. */
      readonly attempt: number;
      /** Failed or Lost. */
      readonly phase: string;
      /** Whose fault it was: Program or System. */
      readonly fault?: string;
      /** Why, as one word. */
      readonly reason?: string;
      /** Why. */
      readonly message?: string;
      /** The exit code of the program. */
      readonly exitCode?: number;
      /** The signal that ended the program. */
      readonly signal?: string;
      /** Whether it took more memory than it may. */
      readonly outOfMemory?: boolean;
      /** The most memory that it took, in MiB, where Mesos says it. */
      readonly peakMemoryMiB?: number;
      /** The agent that ran it. */
      readonly agent?: string;
      /** The version of the program. */
      readonly version?: string;
      /** Its image. */
      readonly image?: string;
      /** The version of the job, as the label titan.dev/revision has it. */
      readonly revision?: string;
      /** When it began to run. */
      readonly startedAt?: string;
      /** When it ended. */
      readonly finishedAt?: string;
      /** The last of what it printed as errors, at most 500 characters. */
      readonly stderr?: string;
    }>;
    /** What the disruption budget allows there. */
    readonly disruptions?: {
      /** How many instances are healthy, or have ended well. */
      readonly healthy?: number;
      /** How many must stay so. */
      readonly needed?: number;
      /** How many more may be stopped now. */
      readonly allowed?: number;
      /** How many have another task started beside them that is to take their place. */
      readonly moving?: number;
      /** What was disrupted in the interval of the rate (an hour where there is none) before the last entry. */
      readonly ledger?: ReadonlyArray<{
        /** Rollout, Drain, Rebalance, Preemption, ScaleIn, Request, or Loss where it was nobody's choice. */
        readonly cause: 'Rollout' | 'Drain' | 'Rebalance' | 'Preemption' | 'ScaleIn' | 'Request' | 'Loss';
        /** When the last of them happened. */
        readonly at: string;
        /** How many instances. */
        readonly count: number;
      }>;
      /** How often each instance was disrupted, where the budget has a relocationLimit. */
      readonly relocations?: ReadonlyArray<{
        /** The instance. */
        readonly slot: string;
        /** How often. */
        readonly count: number;
      }>;
      /** What is asked for and has to wait, at most five of them. */
      readonly refused?: ReadonlyArray<{
        /** The task. */
        readonly task: string;
        /** Who asks. */
        readonly cause: string;
        /** What says no: Health, Rate, TimeWindow, RelocationLimit, SelfManaged, DomainRate, MassLoss or Coordinator. */
        readonly layer: string;
        /** Why, and what would help. */
        readonly message: string;
      }>;
    };
    /** What the coordinator of the disruption budget has answered there of late. */
    readonly coordinatorAnswers?: ReadonlyArray<{
      /** The task that it was asked about. */
      readonly task: string;
      /** Whether it may be stopped or moved. */
      readonly allowed: boolean;
      /** When it answered; a yes is good for 60 s. */
      readonly at: string;
      /** Why not, or why there was no answer. */
      readonly message?: string;
    }>;
    /** What the checks of the rollout's step have answered there. */
    readonly analysis?: {
      /** The number of the JobRevision that they are about. */
      readonly number: number;
      /** The step that they are about, from 0. */
      readonly step: number;
      /** Each check that was asked. */
      readonly checks: ReadonlyArray<{
        /** Its name. */
        readonly name: string;
        /** How many answers were good. */
        readonly good: number;
        /** How many were bad. */
        readonly bad: number;
        /** How many were neither. */
        readonly unclear: number;
        /** When it last answered. */
        readonly at: string;
        /** What it last said, where that was not good. */
        readonly message?: string;
      }>;
    };
    /** The change to the newest version there, or the last one. */
    readonly rollout?: {
      /** The version that is rolled out, as the label titan.dev/revision of its tasks. */
      readonly revision: string;
      /** The number of its JobRevision. */
      readonly number: number;
      /** Waiting (for other fault domains), Progressing, Paused, Analysing, AwaitingPromotion, KeepingOld (promoted, and the set before it still runs), RollingBack, and at the end Complete, RolledBack, Failed (left where it is) or RollbackFailed (not healthy in time either). */
      readonly phase: 'Waiting' | 'Progressing' | 'Paused' | 'Analysing' | 'AwaitingPromotion' | 'KeepingOld' | 'RollingBack' | 'Complete' | 'RolledBack' | 'Failed' | 'RollbackFailed';
      /** Why it failed: TooManyFailures, FailsEverywhere, NotHealthyInTime, ProgressDeadlineExceeded, AnalysisFailed or FailedElsewhere. */
      readonly reason?: string;
      /** Why it failed or what it waits for. */
      readonly message?: string;
      /** The task that the message names, where it failed. */
      readonly culprit?: string;
      /** The version that it goes back to. */
      readonly stable?: string;
      /** When it began. */
      readonly startedAt: string;
      /** When one more instance was last healthy. */
      readonly progressAt: string;
      /** The step of canary and batches that it is in, from 0. */
      readonly step?: number;
      /** How many instances are to run the version now. */
      readonly target?: number;
      /** How many of them are healthy. */
      readonly healthy?: number;
      /** How many of them were healthy at most in this step, where it has been more. */
      readonly mostHealthy?: number;
      /** How often the version has failed. */
      readonly failures?: number;
      /** When the set of the version before is stopped, where the new one was promoted. */
      readonly keepOldUntil?: string;
    };
  }>;
  /** Available (enough tasks run in every fault domain), Ready (and in their newest version), Stalled (will not be ready before somebody changes something), Progressing, RolledOut, Complete, Failed, Suspended and Accepted, with reasons. */
  readonly conditions?: ReadonlyArray<{
    /** What the condition is about. */
    readonly type: string;
    /** True, False or Unknown. */
    readonly status: 'True' | 'False' | 'Unknown';
    /** Why, as one word for programs. */
    readonly reason?: string;
    /** Why, for people. */
    readonly message?: string;
    /** The generation of the spec that this is about. */
    readonly observedGeneration?: number;
    /** When the status last changed. */
    readonly lastTransitionTime?: string;
  }>;
};

/** Job is the desired state of an application: what runs, how much of it, in which fault domains, and what happens when a task ends. Titan keeps the world equal to it. */
export interface Job extends CountedObject {
  readonly spec: JobSpec;
  readonly status?: JobStatus;
}

export const JOB: Kind<Job> = {
  group: 'titan.dev',
  version: 'v1beta1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
};

export type JobRevisionSpec = {
  /** The job that it is a version of. */
  readonly jobName: string;
  /** Its place in the history of the job here, from 1. */
  readonly number: number;
  /** A hash of what the tasks run. */
  readonly revision: string;
  /** The fields of the job's spec that say what its tasks run. */
  readonly template: Readonly<Record<string, unknown>>;
};

/** JobRevision is a version of what a job's tasks run, kept for history and rollback. Titan makes one whenever the spec of a job changes what its tasks run; none is ever changed. */
export interface JobRevision extends CountedObject {
  readonly spec: JobRevisionSpec;
}

export const JOB_REVISION: Kind<JobRevision> = {
  group: 'titan.dev',
  version: 'v1beta1',
  kind: 'JobRevision',
  plural: 'jobrevisions',
  namespaced: true,
};

export type TaskSpec = {
  /** The job that the task belongs to. */
  readonly jobName: string;
  /** The instance of the job that it holds: a number, or the agent where there is one on each. */
  readonly slot: string;
  /** The how many-th attempt of the instance this is, from 0. */
  readonly attempt: number;
  /** Of a batch job, the number of the instance among those of all fault domains, from 0: the program finds it as TITAN_INDEX. */
  readonly index?: number;
  /** How many failures of its own the instance has had in a row before this attempt. */
  readonly retries: number;
  /** A hash of what runs; tasks of an older one are replaced. */
  readonly revision: string;
  /** The program. */
  readonly applicationName: string;
  /** The version of the program. */
  readonly version: string;
  /** The image, name:version. Absent, the command is run without one. */
  readonly image?: string;
  /** The program and its arguments. Absent, what the image runs. */
  readonly command?: readonly string[];
  /** Who makes a container of the image: Mesos (the Mesos containerizer) or Docker (the Docker containerizer). Defaults to Mesos. An agent that lacks it fails the task and says so. */
  readonly runtime?: 'Mesos' | 'Docker';
  /** Environment variables, beside those that Titan sets (PORT0, TITAN_JOB, TITAN_TASK and the like). */
  readonly env?: ReadonlyArray<{
    /** The name of the variable, for example LOG_LEVEL. */
    readonly name: string;
    /** Its value. Defaults to the empty text. */
    readonly value: string;
    /** Where the value comes from, instead of value. It is read when the task is launched. */
    readonly valueFrom?: {
      /** A key of a Secret of the same namespace. */
      readonly secretKeyRef: {
        /** The name of the Secret. */
        readonly name: string;
        /** The key in its data. */
        readonly key: string;
        /** Whether the variable may stay unset where there is no such Secret or key. Defaults to false. */
        readonly optional: boolean;
      };
    };
  }>;
  /** Who the program runs as, for example www-data. Defaults to the user of the framework. */
  readonly user?: string;
  /** What is fetched into the sandbox before the program starts. A file that cannot be fetched fails the task. */
  readonly files?: ReadonlyArray<{
    /** Where it is, for example https://files.example.com/model.tgz or /opt/files/model.tgz on the agent. */
    readonly uri: string;
    /** Whether it is made executable. */
    readonly executable: boolean;
    /** Whether an archive is unpacked. */
    readonly extract: boolean;
    /** Whether the agent keeps it for the next task. */
    readonly cache: boolean;
    /** What it is called in the sandbox, for example settings.json. Defaults to the last part of the address. */
    readonly name?: string;
  }>;
  /** Volumes of the task that this program sees. */
  readonly volumeMounts?: ReadonlyArray<{
    /** The name of the volume in volumes. */
    readonly name: string;
    /** Where the program finds it, for example /data; a path that is not absolute lies in its sandbox. */
    readonly mountPath: string;
    /** Whether it may only be read. Defaults to false. */
    readonly readOnly: boolean;
  }>;
  /** Tells whether the program is alive. After too many failures in a row the task is stopped, and counts as failed. */
  readonly livenessProbe?: {
    /** A command that ends with 0 where all is well. */
    readonly exec?: {
      /** A program and its arguments. No shell is involved. */
      readonly command: readonly string[];
    };
    /** An HTTP request to the agent's address. Any answer from 200 to 399 is good. */
    readonly httpGet?: {
      /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
      readonly port: number | string;
      /** What is asked for, for example /healthz. Defaults to /. */
      readonly path: string;
      /** HTTP or HTTPS. Defaults to HTTP. */
      readonly scheme: 'HTTP' | 'HTTPS';
    };
    /** A connection that must come about. */
    readonly tcpSocket?: {
      /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
      readonly port: number | string;
    };
    /** How many seconds after the start of the program the first probe is made. Defaults to 0. */
    readonly initialDelaySeconds: number;
    /** It is made every so many seconds. Defaults to 10. */
    readonly periodSeconds: number;
    /** After how many seconds it counts as failed. Defaults to 1. */
    readonly timeoutSeconds: number;
    /** After how many failures in a row the task is stopped. Defaults to 3. */
    readonly failureThreshold: number;
    /** For how many seconds after the start failures do not count. Defaults to 10. */
    readonly gracePeriodSeconds: number;
  };
  /** Tells whether the program can do its work. A task that is not ready lives on, and a rollout waits for it. HTTP without TLS only. */
  readonly readinessProbe?: {
    /** A command that ends with 0 where all is well. */
    readonly exec?: {
      /** A program and its arguments. No shell is involved. */
      readonly command: readonly string[];
    };
    /** An HTTP request to the agent's address. Any answer from 200 to 399 is good. */
    readonly httpGet?: {
      /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
      readonly port: number | string;
      /** What is asked for, for example /healthz. Defaults to /. */
      readonly path: string;
    };
    /** A connection that must come about. */
    readonly tcpSocket?: {
      /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
      readonly port: number | string;
    };
    /** How many seconds after the start of the program the first probe is made. Defaults to 0. */
    readonly initialDelaySeconds: number;
    /** It is made every so many seconds. Defaults to 10. */
    readonly periodSeconds: number;
    /** After how many seconds it counts as failed. Defaults to 1. */
    readonly timeoutSeconds: number;
  };
  /** What is done before the program is told to stop (SIGTERM), while it still runs: a command beside it, or an HTTP request. One that fails or takes too long holds nothing up, and is told in the event PreStopFailed. */
  readonly preStop?: {
    /** A command in the container of the program, with its environment. Not with the runtime Docker. */
    readonly exec?: {
      /** A program and its arguments. No shell is involved. */
      readonly command: readonly string[];
    };
    /** An HTTP request without TLS to the agent's address, from where Titan runs. Any answer from 200 to 399 is good. */
    readonly httpGet?: {
      /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
      readonly port: number | string;
      /** What is asked for, for example /stop. Defaults to /. */
      readonly path: string;
    };
    /** How many seconds it may take. Defaults to 30. */
    readonly timeoutSeconds: number;
    /** For how many seconds after it the program runs on before SIGTERM, as for connections to end. Defaults to 0. */
    readonly waitSeconds: number;
  };
  /** Programs that run beside the main one on the same agent, and live and die with it. What they need comes on top of what the job asks for, and so do 0.1 cpus, 32 MiB of memory and 32 MiB of disk for the executor of the group. */
  readonly sidecars?: ReadonlyArray<{
    /** The name of the sidecar, for example proxy. */
    readonly name: string;
    /** The image that it runs, for example proxy:2.1. Without one, the command is run as it stands. */
    readonly image?: string;
    /** A program and its arguments. Without one, what the image runs. */
    readonly command?: readonly string[];
    /** Processor shares. */
    readonly cpus: number;
    /** Memory in MiB. */
    readonly memoryMiB: number;
    /** Disk space in MiB. */
    readonly diskMiB: number;
    /** Environment variables, beside those that Titan sets (PORT0, TITAN_JOB, TITAN_TASK and the like). */
    readonly env?: ReadonlyArray<{
      /** The name of the variable, for example LOG_LEVEL. */
      readonly name: string;
      /** Its value. Defaults to the empty text. */
      readonly value: string;
      /** Where the value comes from, instead of value. It is read when the task is launched. */
      readonly valueFrom?: {
        /** A key of a Secret of the same namespace. */
        readonly secretKeyRef: {
          /** The name of the Secret. */
          readonly name: string;
          /** The key in its data. */
          readonly key: string;
          /** Whether the variable may stay unset where there is no such Secret or key. Defaults to false. */
          readonly optional: boolean;
        };
      };
    }>;
    /** Who the program runs as, for example www-data. Defaults to the user of the framework. */
    readonly user?: string;
    /** What is fetched into the sandbox before the program starts. A file that cannot be fetched fails the task. */
    readonly files?: ReadonlyArray<{
      /** Where it is, for example https://files.example.com/model.tgz or /opt/files/model.tgz on the agent. */
      readonly uri: string;
      /** Whether it is made executable. */
      readonly executable: boolean;
      /** Whether an archive is unpacked. */
      readonly extract: boolean;
      /** Whether the agent keeps it for the next task. */
      readonly cache: boolean;
      /** What it is called in the sandbox, for example settings.json. Defaults to the last part of the address. */
      readonly name?: string;
    }>;
    /** Volumes of the task that this program sees. */
    readonly volumeMounts?: ReadonlyArray<{
      /** The name of the volume in volumes. */
      readonly name: string;
      /** Where the program finds it, for example /data; a path that is not absolute lies in its sandbox. */
      readonly mountPath: string;
      /** Whether it may only be read. Defaults to false. */
      readonly readOnly: boolean;
    }>;
    /** Tells whether the program is alive. After too many failures in a row the task is stopped, and counts as failed. */
    readonly livenessProbe?: {
      /** A command that ends with 0 where all is well. */
      readonly exec?: {
        /** A program and its arguments. No shell is involved. */
        readonly command: readonly string[];
      };
      /** An HTTP request to the agent's address. Any answer from 200 to 399 is good. */
      readonly httpGet?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
        /** What is asked for, for example /healthz. Defaults to /. */
        readonly path: string;
        /** HTTP or HTTPS. Defaults to HTTP. */
        readonly scheme: 'HTTP' | 'HTTPS';
      };
      /** A connection that must come about. */
      readonly tcpSocket?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
      };
      /** How many seconds after the start of the program the first probe is made. Defaults to 0. */
      readonly initialDelaySeconds: number;
      /** It is made every so many seconds. Defaults to 10. */
      readonly periodSeconds: number;
      /** After how many seconds it counts as failed. Defaults to 1. */
      readonly timeoutSeconds: number;
      /** After how many failures in a row the task is stopped. Defaults to 3. */
      readonly failureThreshold: number;
      /** For how many seconds after the start failures do not count. Defaults to 10. */
      readonly gracePeriodSeconds: number;
    };
    /** Tells whether the program can do its work. A task that is not ready lives on, and a rollout waits for it. HTTP without TLS only. */
    readonly readinessProbe?: {
      /** A command that ends with 0 where all is well. */
      readonly exec?: {
        /** A program and its arguments. No shell is involved. */
        readonly command: readonly string[];
      };
      /** An HTTP request to the agent's address. Any answer from 200 to 399 is good. */
      readonly httpGet?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
        /** What is asked for, for example /healthz. Defaults to /. */
        readonly path: string;
      };
      /** A connection that must come about. */
      readonly tcpSocket?: {
        /** A host port of the task by its name in portNames or as PORT0, PORT1 and so on; or a number. */
        readonly port: number | string;
      };
      /** How many seconds after the start of the program the first probe is made. Defaults to 0. */
      readonly initialDelaySeconds: number;
      /** It is made every so many seconds. Defaults to 10. */
      readonly periodSeconds: number;
      /** After how many seconds it counts as failed. Defaults to 1. */
      readonly timeoutSeconds: number;
    };
  }>;
  /** The program that runs the task in place of a command, as the job says. */
  readonly executor?: {
    /** The program and its arguments, for example [./worker, --verbose]. No shell is involved. */
    readonly command: readonly string[];
    /** What is fetched into its sandbox before it starts. */
    readonly files?: ReadonlyArray<{
      /** Where it is, for example https://files.example.com/worker.tgz or /opt/files/worker.tgz on the agent. */
      readonly uri: string;
      /** Whether it is made executable. Defaults to false. */
      readonly executable: boolean;
      /** Whether an archive is unpacked. Defaults to false. */
      readonly extract: boolean;
      /** Whether the agent keeps it for the next one. Defaults to false. */
      readonly cache: boolean;
      /** What it is called in the sandbox, for example worker. Defaults to the last part of the address. */
      readonly name?: string;
    }>;
    /** Environment variables of the executor, beside those of Mesos and TITAN_JOB, TITAN_NAMESPACE, TITAN_VERSION, TITAN_DOMAIN and TITAN_REGION. */
    readonly env?: ReadonlyArray<{
      /** The name of the variable, for example LOG_LEVEL. */
      readonly name: string;
      /** Its value. Defaults to the empty text. */
      readonly value: string;
    }>;
    /** Who it runs as, for example www-data. Defaults to the user of the framework. */
    readonly user?: string;
    /** Processor shares. */
    readonly cpus: number;
    /** Memory in MiB. */
    readonly memoryMiB: number;
    /** Disk space in MiB. */
    readonly diskMiB: number;
    /** Labels that the executor bears at Mesos, for example {team: search}. */
    readonly labels?: Readonly<Record<string, string>>;
    /** What the executor is given with each task (TaskInfo.data), for example {"input": "s3://in"}. */
    readonly data?: string;
    /** Whether the tasks of one version on one agent have one executor; it ends after the last of them. Defaults to false: each has its own. */
    readonly shared: boolean;
  };
  /** Folders that the programs of a task may mount. */
  readonly volumes?: ReadonlyArray<{
    /** The name by which volumeMounts mean it, for example data. */
    readonly name: string;
    /** A folder in the sandbox, empty at the start, which all programs of the task share. */
    readonly emptyDir?: Readonly<Record<string, unknown>>;
    /** A file or folder of the agent. */
    readonly hostPath?: {
      /** Its absolute path, for example /var/lib/web. */
      readonly path: string;
    };
    /** A Volume of the namespace, whose data outlives the task. Only the main program may mount it, and no two tasks run on it at once: a job with one is exclusive, as with partition.exclusive. */
    readonly claim?: {
      /** The name of the Volume, for example web-data. */
      readonly name: string;
      /** Whether each instance has a Volume of its own, called name-instance: data-0, data-1 and so on. Defaults to false. */
      readonly perInstance: boolean;
    };
  }>;
  /** Names of the host ports, in order, for example [http, admin]. Probes and service discovery use them. */
  readonly portNames?: readonly string[];
  /** How tasks are announced to service discovery over Mesos (DiscoveryInfo), with their host ports. */
  readonly discovery?: {
    /** The name of the service, for example web. Defaults to the name of the job. */
    readonly name?: string;
    /** Who may find it: Framework, Cluster or External. Defaults to Cluster. */
    readonly visibility: 'Framework' | 'Cluster' | 'External';
    /** The protocol of the ports. Defaults to tcp. */
    readonly protocol: 'tcp' | 'udp';
  };
  /** Labels that the tasks bear at Mesos, beside those of Titan, whose names begin with titan.dev/. */
  readonly taskLabels?: Readonly<Record<string, string>>;
  /** How many GPUs one task is given. Titan must be started with --gpus. */
  readonly gpus?: number;
  /** Amounts of resources that the agents have under other names, for example bandwidth. */
  readonly extraResources?: Readonly<Record<string, number>>;
  /** How many values of ranges, or items of sets, that the agents have under other names it is given, whichever are free, for example {licence: 1}. The task finds them in TITAN_ITEMS_LICENCE, divided by commas. */
  readonly extraItems?: Readonly<Record<string, number>>;
  /** Shares of named resource sets, as the job says. */
  readonly resourceSets?: ReadonlyArray<{
    /** The name of the set. */
    readonly set: string;
    /** What its slot is bound to. */
    readonly value: string;
    /** How many shares it takes. */
    readonly count: number;
  }>;
  /** Processor shares of the whole task, with its sidecars and the executor of the group. */
  readonly cpus: number;
  /** Memory in MiB, of all that too. */
  readonly memoryMiB: number;
  /** Disk space in MiB, of all that too. */
  readonly diskMiB: number;
  /** How many host ports it needs. */
  readonly ports: number;
  /** How many seconds it may take to stop. */
  readonly killWaitSeconds: number;
  /** For how many seconds its agent lets it run on when it is cut off from its master. */
  readonly stopOnAgentAfterSeconds?: number;
  /** Which agents it may run on, as the job says. */
  readonly constraints?: ReadonlyArray<{
    /** What must hold. */
    readonly rule: string;
    /** The attribute of the agents that it is about. */
    readonly attribute?: string;
    /** What it compares with. */
    readonly values?: readonly string[];
    /** How many tasks. */
    readonly number?: number;
    /** The part of the tasks that each value gets. */
    readonly shares?: ReadonlyArray<{
      /** A value of the attribute. */
      readonly value: string;
      /** Its part of the tasks, in percent. */
      readonly percent: number;
    }>;
    /** The other job, of the same namespace. */
    readonly job?: string;
    /** It is a wish of this weight. */
    readonly weight?: number;
  }>;
  /** Which agent is best for it, as the job says. */
  readonly placement?: {
    /** What makes an agent fit. */
    readonly fitness?: ReadonlyArray<{
      /** The name of a fitness. */
      readonly name: string;
      /** How much it counts. */
      readonly weight: number;
    }>;
    /** A fitness of 0 to 1 from which on agents are all as good. */
    readonly goodEnough?: number;
    /** How many seconds it is expected to run. */
    readonly expectedSeconds?: number;
  };
  /** The only agent that it may run on. */
  readonly agent?: string;
};

export type TaskStatus = {
  /** Pending (waits for an agent), Staging (sent to one), Starting, Running, Killing, Unreachable (its agent is cut off), and at the end Succeeded, Failed, Killed or Lost. */
  readonly phase?: 'Pending' | 'Staging' | 'Starting' | 'Running' | 'Killing' | 'Unreachable' | 'Succeeded' | 'Failed' | 'Killed' | 'Lost';
  /** Why it is in this phase, as one word. */
  readonly reason?: string;
  /** Why it is in this phase. */
  readonly message?: string;
  /** Whose fault the end was: Program, System or None. */
  readonly fault?: 'Program' | 'System' | 'None';
  /** The agent that runs it. */
  readonly agent?: string;
  /** The agent's id at Mesos. */
  readonly agentId?: string;
  /** Scheduled (it has been given an agent), with why not or which one. */
  readonly conditions?: ReadonlyArray<{
    /** What the condition is about. */
    readonly type: string;
    /** True, False or Unknown. */
    readonly status: 'True' | 'False' | 'Unknown';
    /** Why, as one word for programs. */
    readonly reason?: string;
    /** Why, for people. */
    readonly message?: string;
    /** When the status last changed. */
    readonly lastTransitionTime?: string;
  }>;
  /** The tasks that are stopped so that this one has room. Where it is to go room is kept for it until it has its agent. */
  readonly nomination?: {
    /** What waits: the uid of the task, or gang/ and the uid of its job where tasks start together. */
    readonly entry: string;
    /** Until when the room is kept, whatever comes. */
    readonly until: string;
    /** The tasks that are stopped. */
    readonly victims: ReadonlyArray<{
      /** Its name, as namespace/name. */
      readonly task: string;
      /** Its uid. */
      readonly uid: string;
      /** The agent that ran it. */
      readonly agent: string;
      /** Why it may be stopped for this one. */
      readonly why: string;
    }>;
    /** What is kept, for each task that waits. */
    readonly places: ReadonlyArray<{
      /** The agent that it is to run on. */
      readonly agent: string;
      /** Processor shares. */
      readonly cpus: number;
      /** Memory, in MiB. */
      readonly memoryMiB: number;
      /** Disk, in MiB. */
      readonly diskMiB: number;
    }>;
  };
  /** The task's id at Mesos. */
  readonly mesosTaskId?: string;
  /** The host ports it was given. */
  readonly ports?: readonly number[];
  /** The values of ranges and items of sets that it was given. */
  readonly extraItems?: ReadonlyArray<{
    /** The name of the range or set. */
    readonly name: string;
    /** The values of a range, as numbers. */
    readonly numbers?: readonly number[];
    /** The items of a set. */
    readonly items?: readonly string[];
  }>;
  /** The slots of named resource sets that it was given shares of. */
  readonly resourceSets?: ReadonlyArray<{
    /** The name of the set. */
    readonly set: string;
    /** What the slot is bound to. */
    readonly value: string;
    /** How many shares it has. */
    readonly count: number;
    /** The number of the slot, from 0. */
    readonly slot: number;
  }>;
  /** The exit code of the program. */
  readonly exitCode?: number;
  /** Whether it was ended because it took more memory than it may. */
  readonly outOfMemory?: boolean;
  /** The most memory that it took, in MiB, where Mesos says it. */
  readonly peakMemoryMiB?: number;
  /** The last of what a program that failed printed as errors, at most 2000 characters. */
  readonly stderr?: string;
  /** What the liveness probe says; absent before its first result. */
  readonly healthy?: boolean;
  /** What the readiness probe says; absent before its first result. */
  readonly ready?: boolean;
  /** What the readiness probe last saw, for example exit code 7 or HTTP 503. */
  readonly probeResult?: string;
  /** The id of its container at Mesos. */
  readonly containerId?: string;
  /** What was done before it was told to stop. */
  readonly preStop?: {
    /** When it began. */
    readonly startedAt: string;
    /** When it ended; absent before. */
    readonly endedAt?: string;
    /** Succeeded, Failed or TimedOut. */
    readonly result?: 'Succeeded' | 'Failed' | 'TimedOut';
    /** Why it failed. */
    readonly message?: string;
  };
  /** How the sidecars are. */
  readonly sidecars?: ReadonlyArray<{
    /** The name of the sidecar. */
    readonly name: string;
    /** Where it is in its life. */
    readonly phase: 'Staging' | 'Starting' | 'Running' | 'Killing' | 'Unreachable' | 'Succeeded' | 'Failed' | 'Killed' | 'Lost';
    /** Why it is in this phase. */
    readonly message?: string;
    /** What its liveness probe says. */
    readonly healthy?: boolean;
    /** What its readiness probe says. */
    readonly ready?: boolean;
  }>;
  /** The number (sequence) of the last executorMessage that its executor was sent. */
  readonly messageSequence?: number;
  /** What its executor said to Titan with MESSAGE. */
  readonly executorMessages?: {
    /** How many messages came. */
    readonly received: number;
    /** The last of them, at most 10, the newest at the end. */
    readonly last: ReadonlyArray<{
      /** When it came. */
      readonly at: string;
      /** What it said, at most 1024 characters; base64 with base64: before it where it is no UTF-8. */
      readonly text: string;
    }>;
  };
  /** The signal that ended the program. */
  readonly signal?: string;
  /** When it was given its agent. */
  readonly boundAt?: string;
  /** When it came into this phase. */
  readonly phaseSince?: string;
  /** When it began to run. */
  readonly startedAt?: string;
  /** Since when the readiness probe has been content, where there is one. */
  readonly readySince?: string;
  /** When it ended. */
  readonly finishedAt?: string;
  /** The moment of the last update from Mesos, in milliseconds since 1970. */
  readonly lastUpdateAt?: number;
  /** How often Mesos was told to stop it. */
  readonly killsSent?: number;
  /** Since when another task may hold its instance, because its agent is cut off. */
  readonly replaceableSince?: string;
};

/** Task is one attempt of one instance of a job in one fault domain: its placement and its life. Titan makes tasks; deleting one stops it, and its job starts the instance again. */
export interface Task extends CountedObject {
  readonly spec: TaskSpec;
  readonly status?: TaskStatus;
}

export const TASK: Kind<Task> = {
  group: 'titan.dev',
  version: 'v1beta1',
  kind: 'Task',
  plural: 'tasks',
  namespaced: true,
};

export type TombstoneSpec = {
  /** Its kind. */
  readonly kind: string;
  /** Its name. */
  readonly name: string;
  /** Its uid. */
  readonly uid: string;
  /** Its last generation. */
  readonly generation: number;
};

/** Tombstone says that a replicated object was deleted, so that a fault domain that was away learns of it. Titan makes one when such an object is gone, and removes it after a week. */
export interface Tombstone extends CountedObject {
  readonly spec: TombstoneSpec;
}

export const TOMBSTONE: Kind<Tombstone> = {
  group: 'titan.dev',
  version: 'v1beta1',
  kind: 'Tombstone',
  plural: 'tombstones',
  namespaced: true,
};

export type VolumeSpec = {
  /** What keeps the data. mesos is a persistent volume of Mesos, on disk that is reserved for Titan. */
  readonly driver: 'mesos';
  /** How much it holds, in GiB (10) or as a quantity (500Mi). */
  readonly size: number | string;
  /** Which agents may hold it, beside what the job says of its tasks. Absent, any. */
  readonly where?: {
    /** Attributes that the agent must have, for example {rack: r1}. */
    readonly attributes?: Readonly<Record<string, string>>;
  };
  /** What becomes of the data when the Volume is deleted. Delete destroys it and gives the disk back. Retain leaves both on the agent for an operator of Mesos, and Titan forgets them. */
  readonly reclaimPolicy: 'Delete' | 'Retain';
};

export type VolumeStatus = {
  /** The generation of the spec that this status is about. */
  readonly observedGeneration?: number;
  /** Pending waits for a task that names it. Binding has an agent, and Mesos has not said yet that it exists there. Ready exists. Releasing is being destroyed, Released is destroyed. */
  readonly phase?: 'Pending' | 'Binding' | 'Ready' | 'Releasing' | 'Released';
  /** What it waits for. */
  readonly message?: string;
  /** The agent that its data is on. */
  readonly agent?: string;
  /** The id of that agent at Mesos when the data was last seen. */
  readonly agentId?: string;
  /** How much is reserved for it, in MiB. */
  readonly sizeMiB?: number;
  /** The label titan.dev/volume-uid of its reservation at Mesos. */
  readonly reservationId?: string;
  /** Its id among the persistent volumes of the agent. */
  readonly persistenceId?: string;
  /** The operation at Mesos whose end is not known yet. */
  readonly operationId?: string;
  /** How many operations were begun. */
  readonly attempts?: number;
  /** The task that uses it, or is about to. */
  readonly attachedTo?: {
    /** Its name. */
    readonly task: string;
    /** Its uid. */
    readonly uid: string;
  };
  /** Ready (its data exists on an agent that can be reached), with reasons. */
  readonly conditions?: ReadonlyArray<{
    /** What the condition is about. */
    readonly type: string;
    /** True, False or Unknown. */
    readonly status: 'True' | 'False' | 'Unknown';
    /** Why, as one word for programs. */
    readonly reason?: string;
    /** Why, for people. */
    readonly message?: string;
    /** The generation of the spec that this is about. */
    readonly observedGeneration?: number;
    /** When the status last changed. */
    readonly lastTransitionTime?: string;
  }>;
};

/** Volume is disk space on one agent that outlives the tasks that use it. A job names it under volumes; the first task that does decides the agent, and later ones go there. One task uses it at a time. It belongs to the fault domain in which it was made. */
export interface Volume extends CountedObject {
  readonly spec: VolumeSpec;
  readonly status?: VolumeStatus;
}

export const VOLUME: Kind<Volume> = {
  group: 'titan.dev',
  version: 'v1beta1',
  kind: 'Volume',
  plural: 'volumes',
  namespaced: true,
};
