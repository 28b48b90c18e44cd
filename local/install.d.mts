export declare const root: string
export declare function checkNode(version?: string): void
export declare function findPython(environment?: NodeJS.ProcessEnv): string
export declare function installNodePackages(say?: (what: string) => void): Promise<void>
export declare function uvSettings(
  pip: Readonly<Record<string, string>>,
  environment?: NodeJS.ProcessEnv,
): Record<string, string>
export declare function parsePipConfig(text: string): Record<string, string>
export declare function installPython(
  name?: 'python' | 'python-check' | 'python-bench',
  say?: (what: string) => void,
): Promise<void>
