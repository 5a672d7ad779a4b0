/** A schema in an OpenAPI document: like a structural schema, but it may refer to others by name. */
export interface OpenApiSchema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly additionalProperties?: OpenApiSchema | boolean;
  readonly items?: OpenApiSchema;
  /** The name of another schema of the document. */
  readonly ref?: string;
  readonly [other: string]: unknown;
}

export type Schemas = Readonly<Record<string, OpenApiSchema>>;

/** The same schema with every schema in it changed, the innermost first. */
function mapSchema(
  schema: OpenApiSchema,
  change: (schema: OpenApiSchema) => OpenApiSchema,
): OpenApiSchema {
  const { properties, items, additionalProperties } = schema;
  return change({
    ...schema,
    ...(properties === undefined ? {} : { properties: mapSchemas(properties, change) }),
    ...(items === undefined ? {} : { items: mapSchema(items, change) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: mapSchema(additionalProperties, change) }
      : {}),
  });
}

export function mapSchemas(
  schemas: Schemas,
  change: (schema: OpenApiSchema) => OpenApiSchema,
): Schemas {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, mapSchema(schema, change)]),
  );
}
