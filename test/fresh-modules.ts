// The runner of the tests in workerd. One isolate runs many test files, because to load the worker anew
// takes longer than most of them. For each file everything begins anew all the same: the modules are
// evaluated again, from the text that is here already, and storage.ts empties D1 and KV.
import { TestRunner, vi } from 'vitest'
import type { EvaluatedModules } from 'vite/module-runner'

type Module = NonNullable<ReturnType<EvaluatedModules['getModuleByUrl']>>
/** What vite's module runner, which vitest gives to its test runner, does for an import. */
type Modules = { cachedModule: (url: string, importer?: string) => Promise<Module> }

const fetching = new WeakMap<Modules, Modules['cachedModule']>()

/** Ends what an earlier file has mocked, and has its modules evaluated anew at their next import. */
export function beginAnew(runner: TestRunner): void {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  const { evaluatedModules }: { evaluatedModules: EvaluatedModules } = Reflect.get(
    runner,
    'workerState',
  )
  const modules: Modules = Reflect.get(runner, 'moduleRunner')
  const fetchAnew = fetching.get(modules) ?? modules.cachedModule.bind(modules)
  fetching.set(modules, fetchAnew)
  modules.cachedModule = async (url, importer) => {
    const known = evaluatedModules.getModuleByUrl(url)
    return known?.meta === undefined ? await fetchAnew(url, importer) : known
  }
  for (const [id, node] of evaluatedModules.idToModuleMap) {
    if (isKept(id)) continue
    node.promise = undefined
    node.exports = undefined
    node.evaluated = false
    node.importers.clear()
  }
}

/** Libraries keep no state of ours; the runners and what set up the process are not run again. */
const isKept = (id: string): boolean =>
  id.includes('/node_modules/') ||
  id.includes('/test/fresh-modules.ts') ||
  id.includes('/test/mutants/runner.ts') ||
  id.includes('/test/support/remember-derivations.ts')

/** Begins a test file as the first one of its isolate does, before what sets it up. */
export function beginFile(runner: TestRunner): void {
  beginAnew(runner)
  // An earlier file may derive cheaply, or take its keys from a stock.
  for (const name of Object.keys(crypto.subtle)) Reflect.deleteProperty(crypto.subtle, name)
}

export default class FileRunner extends TestRunner {
  onBeforeCollect(): void {
    beginFile(this)
  }
}
