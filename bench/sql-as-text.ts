import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Lets Node import `.sql` files as text, as the bundler of the functions does. Import what needs it afterwards. */
export function importSqlAsText(): void {
  registerHooks({
    load: (url, context, nextLoad) =>
      url.endsWith('.sql')
        ? {
            format: 'module',
            source: `export default ${JSON.stringify(readFileSync(fileURLToPath(url), 'utf8'))}`,
            shortCircuit: true,
          }
        : nextLoad(url, context),
  })
}
