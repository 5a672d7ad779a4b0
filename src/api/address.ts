/** Addresses that people give, in which names stand for what is filled in: `http://checks/$(job)`. */

/** Why an address cannot be asked; `undefined` where it can. */
export function addressFault(url: string): string | undefined {
  if (/^https?:\/\/[^\s/?#@]+([/?#]\S*)?$/.test(url)) return undefined;
  return `Invalid value: ${JSON.stringify(url)}: expected an address such as http://checks.example.com/web, without a user`;
}

/** The address with its names filled in; one that is not among them stays as it is. */
export function filledAddress(url: string, names: Readonly<Record<string, string>>): string {
  return url.replace(/\$\((?<name>[a-z]+)\)/g, (whole, name: string) => {
    const value = Object.hasOwn(names, name) ? names[name] : undefined;
    return value === undefined ? whole : encodeURIComponent(value);
  });
}
