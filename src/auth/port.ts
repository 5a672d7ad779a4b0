import type { PolicyRule } from '../api/builtin.ts';

/** Who makes a request, as authentication found it. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A certificate and its private key, both as PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What a server that speaks TLS needs. */
export interface TlsMaterial extends KeyPair {
  /** Who may sign clients' certificates: one or more certificates as PEM. */
  readonly clientAuthorities: string;
}

/** What a request brought to say who sends it. */
export interface Credentials {
  /** The subject of a client certificate that was checked by the transport. */
  readonly certificate?: { readonly name: string; readonly groups: readonly string[] };
  readonly bearer?: string;
}

/** What someone wants to do: to a resource, or to a path that is none. */
export type Attributes = ResourceAttributes | PathAttributes;

export interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Such as `status`; the empty text for the object itself. */
  readonly subresource: string;
  /** The empty text across namespaces, and for what lies in none. */
  readonly namespace: string;
  /** The empty text for a collection. */
  readonly name: string;
}

export interface PathAttributes {
  /** The HTTP method in lower case. */
  readonly verb: string;
  readonly path: string;
}

/** Says who sends a request. */
export interface Authenticator {
  /**
   * @returns the user; `undefined` where no credentials came
   * @throws Unauthorized for credentials that do not hold
   */
  authenticate(credentials: Credentials): User | undefined | Promise<User | undefined>;
}

/** Says who may do what. */
export interface Authorizer {
  allows(user: User, attributes: Attributes): boolean;
  /** The rules that hold for a user in a namespace (cluster-wide ones too). */
  rulesFor(user: User, namespace: string): readonly PolicyRule[];
  /** What a role holds, as a binding in this namespace names it; `undefined` where there is none. */
  roleRules(kind: string, namespace: string, name: string): readonly PolicyRule[] | undefined;
}

/** Tokens of service accounts. */
export interface TokenIssuer {
  /** Who issues: also the audience where none is asked for. */
  readonly issuer: string;
  issue(request: TokenClaims): Promise<IssuedToken>;
}

export interface TokenClaims {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly seconds: number;
  /** A secret of the same namespace: with its end the token ends. */
  readonly bound?: BoundSecret;
}

export interface BoundSecret {
  readonly name: string;
  readonly uid: string;
}

export interface IssuedToken {
  readonly token: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** Who sends a request and what they may do: all that an API server asks. */
export interface Access extends Authenticator, Authorizer {
  /** Whom a token was given to, asked by somebody who received it. @throws Unauthorized */
  reviewToken(token: string, audiences: readonly string[]): Promise<User>;
  readonly tokens: TokenIssuer;
}
