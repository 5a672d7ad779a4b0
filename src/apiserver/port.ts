/** What a request asked for, in the words of Kubernetes' metrics. */
export interface Asked {
  /** `GET`, `LIST`, `WATCH`, `POST`, `PUT`, `PATCH`, `APPLY`, `DELETE`, `DELETECOLLECTION` or the HTTP method. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** The plural, or the empty text for what is no resource. */
  readonly resource: string;
  readonly subresource: string;
}

/** What counts requests, and writes the counts for `/metrics`. */
export interface ApiMetrics {
  answered(asked: Asked, code: number, seconds: number): void;
  /** A watch began; the returned function says that it ended. */
  watching(resource: Pick<Asked, 'group' | 'version' | 'resource'>): () => void;
  /** The counts of the whole process in Prometheus' text format. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
}
