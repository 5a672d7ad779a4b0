/**
 * The reasons that Kubernetes' `Status` knows, with their HTTP codes and whether the same call may
 * succeed later with no change to its arguments.
 */
const reasons = {
  BadRequest: { code: 400, retry: false },
  Unauthorized: { code: 401, retry: false },
  Forbidden: { code: 403, retry: false },
  NotFound: { code: 404, retry: false },
  MethodNotAllowed: { code: 405, retry: false },
  NotAcceptable: { code: 406, retry: false },
  AlreadyExists: { code: 409, retry: false },
  Conflict: { code: 409, retry: true },
  Expired: { code: 410, retry: false },
  RequestEntityTooLarge: { code: 413, retry: false },
  UnsupportedMediaType: { code: 415, retry: false },
  Invalid: { code: 422, retry: false },
  TooManyRequests: { code: 429, retry: true },
  InternalError: { code: 500, retry: true },
  ServiceUnavailable: { code: 503, retry: true },
  Timeout: { code: 504, retry: true },
} as const satisfies Record<string, { code: number; retry: boolean }>;

export type Reason = keyof typeof reasons;

/** One thing that is wrong with a request, by field, in the form that kubectl prints. */
export interface Cause {
  /** For example `FieldValueInvalid`, `FieldValueRequired`, `FieldManagerConflict`. */
  readonly reason: string;
  readonly message: string;
  /** A path such as `spec.location` or `spec.container.env[0].name`. */
  readonly field?: string;
}

export interface ErrorDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/**
 * The one error that crosses a module boundary. `reason` is what code branches on; the message is
 * for people and may change. Adapters translate every library error into one of these, with the
 * original as `cause`, so that nothing above them imports a transport's error types.
 */
export class TitanError extends Error {
  override readonly name = 'TitanError';
  readonly reason: Reason;
  readonly details: ErrorDetails;
  /** Where a list whose moment is gone may be gone on with; `Status` bears it in its metadata. */
  readonly continueToken: string | undefined;

  constructor(
    reason: Reason,
    message: string,
    options: {
      readonly cause?: unknown;
      readonly details?: ErrorDetails;
      readonly continueToken?: string;
    } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.reason = reason;
    this.details = options.details ?? {};
    this.continueToken = options.continueToken;
  }

  get code(): number {
    return reasons[this.reason].code;
  }

  /** Whether the same call may succeed later with no change to its arguments. */
  get retryable(): boolean {
    return reasons[this.reason].retry;
  }
}

/** Whatever was thrown, as a `TitanError`; an unknown error becomes `InternalError`. */
export function asTitanError(thrown: unknown): TitanError {
  if (thrown instanceof TitanError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TitanError('InternalError', message, { cause: thrown });
}

export function hasReason(thrown: unknown, reason: Reason): boolean {
  return thrown instanceof TitanError && thrown.reason === reason;
}

/** Kubernetes' `Status` object for a failure, ready to be sent. */
export function toStatus(error: TitanError): Readonly<Record<string, unknown>> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: error.continueToken === undefined ? {} : { continue: error.continueToken },
    status: 'Failure',
    message: error.message,
    reason: error.reason,
    details: error.details,
    code: error.code,
  };
}
