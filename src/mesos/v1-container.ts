/** What a task runs in and is fetched, watched and found by, in the words of Mesos' v1 JSON API. */
import type { V1CheckTimes, V1Command, V1Labels, V1Resource, Value } from './v1.ts';

export interface V1Image {
  readonly type: string;
  readonly docker?: { readonly name: string };
  /** Whether an image of the name that the agent has already is good enough; true unless told. */
  readonly cached?: boolean;
}

export interface V1Volume {
  /** `RW` or `RO`. */
  readonly mode?: string;
  /** Relative paths lie in the sandbox. */
  readonly container_path: string;
  readonly host_path?: string;
  readonly source?: {
    readonly type?: string;
    readonly sandbox_path?: { readonly type?: string; readonly path: string };
    readonly host_path?: { readonly path: string };
  };
}

export interface V1Container {
  /** `MESOS` or `DOCKER`. */
  readonly type: string;
  readonly volumes?: readonly V1Volume[];
  readonly mesos?: { readonly image?: V1Image };
  readonly docker?: {
    readonly image: string;
    readonly network?: string;
    readonly force_pull_image?: boolean;
  };
}

/** What the fetcher brings into the sandbox before the task starts. */
export interface V1Uri {
  readonly value: string;
  readonly executable?: boolean;
  readonly extract?: boolean;
  readonly cache?: boolean;
  readonly output_file?: string;
}

export interface V1Discovery {
  /** `FRAMEWORK`, `CLUSTER` or `EXTERNAL`. */
  readonly visibility: string;
  readonly name?: string;
  readonly ports?: {
    readonly ports?: readonly {
      readonly number: number;
      readonly name?: string;
      readonly protocol?: string;
    }[];
  };
}

export interface V1HttpCheck {
  readonly port: number;
  readonly path?: string;
  /** Health checks only. */
  readonly scheme?: string;
}

export interface V1TcpCheck {
  readonly port: number;
}

export interface V1HealthCheck extends V1CheckTimes {
  /** `COMMAND`, `HTTP` or `TCP`. */
  readonly type?: string;
  readonly command?: V1Command;
  readonly http?: V1HttpCheck;
  readonly tcp?: V1TcpCheck;
  readonly consecutive_failures?: number;
  readonly grace_period_seconds?: number;
}

export interface V1Check extends V1CheckTimes {
  readonly type?: string;
  readonly command?: { readonly command?: V1Command };
  readonly http?: V1HttpCheck;
  readonly tcp?: V1TcpCheck;
}

export interface V1CheckStatus {
  readonly type: string;
  readonly command?: { readonly exit_code?: number };
  readonly http?: { readonly status_code?: number };
  readonly tcp?: { readonly succeeded?: boolean };
}

/** Who runs tasks on an agent: the default executor of a task group, or one of a framework's own. */
export interface V1Executor {
  /** `DEFAULT` or `CUSTOM`. */
  readonly type?: string;
  readonly executor_id?: Value;
  readonly framework_id?: Value;
  readonly resources?: readonly V1Resource[];
  readonly command?: V1Command;
  readonly container?: V1Container;
  readonly shutdown_grace_period?: { readonly nanoseconds: number };
  readonly name?: string;
  readonly source?: string;
  readonly labels?: V1Labels;
  /** Base64, for the executor. */
  readonly data?: string;
}
