export declare function withInstallLock<T>(
  directory: string,
  name: string,
  work: () => Promise<T> | T,
): Promise<T>
