import { delimiter } from 'node:path'
import type { Settings } from './settings.ts'

/** Names and values of environment variables. */
export type Environment = Readonly<Record<string, string>>

const loopback = ['127.0.0.1', 'localhost']

const withLoopback = (list: string | undefined): string =>
  [...new Set([...(list ?? '').split(',').filter(Boolean), ...loopback])].join(',')

/**
 * What a started program inherits from the user's environment: all but AWS settings, so that no
 * program of the local stack can reach a real account, and nothing on 127.0.0.1 goes by a proxy.
 * The project's own Node and Python come first on PATH.
 */
export const childEnvironment = (
  settings: Pick<Settings, 'nodeBin' | 'pythonBin'>,
  inherited: Readonly<Record<string, string | undefined>>,
  added: Environment = {},
): Record<string, string> => {
  const kept = Object.entries(inherited).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !/^(AWS_|CDK_|MLFLOW_|PG[A-Z]|npm_|PYTHON|VIRTUAL_ENV)/.test(entry[0]),
  )
  const proxies = withLoopback(inherited.NO_PROXY ?? inherited.no_proxy)
  return {
    ...Object.fromEntries(kept),
    PATH: [settings.nodeBin, settings.pythonBin, inherited.PATH].filter(Boolean).join(delimiter),
    NO_PROXY: proxies,
    no_proxy: proxies,
    // Files that do not exist: profiles of the user must not change what happens here.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...added,
  }
}
