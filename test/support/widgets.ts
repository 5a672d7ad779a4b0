type Fields = Readonly<Record<string, unknown>>;

/** What a definition of Widgets has over the least that it needs. */
export interface WidgetParts {
  readonly metadata?: Fields;
  readonly spec?: Fields;
  /** Of its one version. */
  readonly version?: Fields;
}

/** A CustomResourceDefinition of the kind Widget, of the group example.com, whose one version has this schema. */
export function widgetDefinition(openAPIV3Schema: unknown, parts: WidgetParts = {}) {
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com', ...parts.metadata },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [{ ...version, ...parts.version }],
      ...parts.spec,
    },
  };
}
