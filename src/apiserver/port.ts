/** One answered request, for whoever counts them. */
export interface Answered {
  /** `GET`, `LIST`, `WATCH`, `POST`, `PUT`, `PATCH`, `APPLY`, `DELETE`, `DELETECOLLECTION` or the HTTP method. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** The plural, or the empty text for what is no resource. */
  readonly resource: string;
  readonly subresource: string;
  readonly code: number;
  readonly seconds: number;
}

/** What counts requests, and writes the counts for `/metrics`. */
export interface ApiMetrics {
  answered(request: Answered): void;
  /** A watch began; the returned function says that it ended. */
  watching(resource: Pick<Answered, 'group' | 'version' | 'resource'>): () => void;
  /** The counts of the whole process in Prometheus' text format. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
}
