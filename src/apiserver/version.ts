/**
 * What `/version` says: the Kubernetes version that our API follows, in the plain form that clients
 * and charts compare, and beside it Titan's own.
 */
export function versionInfo(titan: string): Readonly<Record<string, string>> {
  return {
    major: '1',
    minor: '35',
    emulationMajor: '1',
    emulationMinor: '35',
    minCompatibilityMajor: '1',
    minCompatibilityMinor: '34',
    gitVersion: KUBERNETES_VERSION,
    gitCommit: `titan-${titan}`,
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node-${process.version}`,
    compiler: 'v8',
    platform: `${process.platform}/${process.arch}`,
  };
}

export const KUBERNETES_VERSION = 'v1.35.0';
