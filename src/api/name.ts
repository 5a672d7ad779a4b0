const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** Whether the text is an RFC 1123 subdomain: labels joined by dots, at most 253 characters in all. */
export function isSubdomainName(text: string): boolean {
  return text.length <= 253 && SUBDOMAIN.test(text);
}

const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Whether the text is an RFC 1123 label: at most 63 characters, without dots. */
export function isLabelName(text: string): boolean {
  return text.length <= 63 && LABEL.test(text);
}

/** What is said of a name that is no RFC 1123 label, in Kubernetes' words. */
export const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end " +
  "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** What is said of a name that is no RFC 1123 subdomain, in Kubernetes' words. */
export const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " +
  "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
