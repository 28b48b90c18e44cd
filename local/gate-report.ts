/**
 * What the gate answered, as the example printed it.
 * @param log of the example's process: its command, then what it printed
 */
export const renderGate = (log: string): string[] => {
  const [, ...printed] = log.trimEnd().split('\n')
  if (printed.length === 0) return []
  return ['The gate', ...printed.map((line) => (line === '' ? '' : `  ${line}`)), '']
}
