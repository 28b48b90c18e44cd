import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AssetHashType, DockerImage } from 'aws-cdk-lib'
import { type Code, AssetCode } from 'aws-cdk-lib/aws-lambda'
import { type OutputFile, buildSync } from 'esbuild'

const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

// Dependencies in CommonJS call `require`, which an ES module does not have.
const requireForCommonJs =
  "import { createRequire as createRequireForBundle } from 'node:module';" +
  'const require = createRequireForBundle(import.meta.url);'

/** Files of a bundle by their path inside it. */
type Bundle = ReadonlyMap<string, Uint8Array>

let bundles: ReadonlyMap<string, Bundle> | undefined

/**
 * Code of a function, bundled from its handler. All handlers of the project are built together, once,
 * when the first one is needed; nothing is built where the CDK skips bundling.
 *
 * @param entry the handler, relative to the project, such as `lambdas/costs/job-handler.ts`
 */
export function codeOf(entry: string): Code {
  return new AssetCode(join(projectRoot, 'lambdas'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never used: the local bundling below always succeeds or throws. It tells the assets apart.
      image: DockerImage.fromRegistry('esbuild'),
      command: [entry],
      local: {
        tryBundle(directory: string): boolean {
          write(bundleOf(entry), directory)
          return true
        },
      },
    },
  })
}

/** Files of one handler's bundle: `index.mjs` and its source map. */
export function bundleOf(entry: string): Bundle {
  bundles ??= buildAll()
  const bundle = bundles.get(entry)
  if (bundle === undefined) {
    const reason = existsSync(join(projectRoot, entry))
      ? 'its name does not end in "handler.ts"'
      : 'the file does not exist'
    throw new Error(`The function of ${entry} cannot be bundled: ${reason}.`)
  }
  return bundle
}

function buildAll(): ReadonlyMap<string, Bundle> {
  const entries = globSync('lambdas/**/*handler.ts', { cwd: projectRoot }).toSorted()
  const { outputFiles } = buildSync({
    absWorkingDir: projectRoot,
    entryPoints: entries.map((entry) => ({ in: entry, out: `${directoryOf(entry)}/index` })),
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // ES modules first: what is not used of them is left out.
    mainFields: ['module', 'main'],
    loader: { '.sql': 'text' },
    banner: { js: requireForCommonJs },
    // Names stay, so that a stack trace or a profile can be read without the map.
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  })
  return new Map(entries.map((entry) => [entry, filesOf(entry, outputFiles)]))
}

function directoryOf(entry: string): string {
  return entry.replace(/\.ts$/u, '')
}

function filesOf(entry: string, outputs: readonly OutputFile[]): Bundle {
  const root = join(projectRoot, 'dist', directoryOf(entry))
  return new Map(
    outputs
      .filter((output) => output.path.startsWith(`${root}/`))
      .map((output) => [output.path.slice(root.length + 1), output.contents]),
  )
}

function write(bundle: Bundle, directory: string): void {
  for (const [path, contents] of bundle) {
    const target = join(directory, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, contents)
  }
}
