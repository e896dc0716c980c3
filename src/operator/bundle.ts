// Bundles the worker, as `[build]` of wrangler.toml asks: `index.js`, which every isolate starts with, and
// `late.js`, which src/late.ts describes. Four things differ from what wrangler would do by itself:
// - The two files share no third one, which every start would wait for, too: what both need is in
//   index.js, and late.js gets it from the export `shared` of index.js.
// - That export is one object, because the platform takes each export of the main module for an
//   entrypoint, and refuses any that is a text or a number.
// - terser makes the scripts 4 % smaller than esbuild's own minifier can.
// - drizzle would bring along all kinds of columns, for a schema that is written as a function, and those of
//   PostgreSQL. Only the kinds that src/store/schema imports are there.
import { type BuildOptions, type OutputFile, type Plugin, build } from 'esbuild'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { minify } from 'terser'

const project = join(import.meta.dirname, '..', '..')

// Where wrangler.toml says that the worker is. The files appear there whole: another command may be
// reading the ones of the last build.
const folder = join(project, '.wrangler', 'worker')

const form = {
  absWorkingDir: project,
  outdir: folder,
  bundle: true,
  format: 'esm',
  target: 'es2024',
  write: false,
  logLevel: 'warning',
} as const satisfies BuildOptions

// `wrangler dev` bundles again at every change, `wrangler types` only looks whether there is a bundle:
// terser takes most of the time, and saves nobody any here.
const isUploaded = !['dev', 'types'].includes(process.env.WRANGLER_COMMAND ?? '')

/** What stands for modules of drizzle that only bring along what the schema does not have. */
const unneeded: Record<string, string> = {
  'sqlite-core/columns/all.js': 'export const getSQLiteColumnBuilders = () => ({})',
  'pg-core/columns/enum.js': 'export const isPgEnum = () => false',
}

const withoutUnneeded: Plugin = {
  name: 'without unneeded modules',
  setup({ onLoad }) {
    for (const [path, contents] of Object.entries(unneeded)) {
      onLoad({ filter: new RegExp(`drizzle-orm/${path}$`) }, () => ({ contents }))
    }
  },
}

// wrangler runs this script also where it then bundles the source by itself.
if (process.env.POSTERN_BUNDLE !== 'off') await bundle()

async function bundle(): Promise<void> {
  const { outputFiles, metafile } = await build({
    ...form,
    entryPoints: ['src/index.ts'],
    splitting: true,
    // Otherwise late.js would ask for what it shares by long names.
    minifyIdentifiers: true,
    external: ['cloudflare:*', 'node:*'],
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy' },
    assetNames: '[name]',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [withoutUnneeded],
    metafile: true,
  })
  const file = (prefix: string) => onlyOne(outputFiles, prefix)
  const [main, late, shared] = [file('index'), file('late'), file('chunk')]
  const names = metafile.outputs[relative(project, shared.path)]?.exports ?? []
  const lateName = `./${basename(late.path)}`
  mkdirSync(folder, { recursive: true })
  await write('index.js', {
    entry: `export * from 'main'; export { default } from 'main'; export * as shared from 'shared'`,
    main: main.text.replaceAll(lateName, './late.js'),
    shared: shared.text,
  })
  await write('late.js', {
    entry: late.text,
    shared: `import { shared } from './index.js'; export const { ${names.join(', ')} } = shared`,
  })
  for (const { path, contents } of outputFiles) {
    if (!path.endsWith('.js')) replaceFile(basename(path), contents)
  }
  replaceFile('bundle-meta.json', JSON.stringify(metafile))
}

function onlyOne(files: readonly OutputFile[], prefix: string): OutputFile {
  const [one, ...more] = files.filter(({ path }) => basename(path).startsWith(prefix))
  if (one !== undefined && more.length === 0) return one
  throw new Error(
    `the bundle needs exactly one file ${prefix}*.js: is src/late.ts the only import()?`,
  )
}

/** Writes a script that is bundled of these texts, by the names under which they import each other. */
async function write(name: string, texts: Readonly<Record<string, string>>): Promise<void> {
  const plugin: Plugin = {
    name: 'texts',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(?:\.\/)?(?:entry|main|shared|chunk)/ }, ({ path }) => ({
        namespace: 'texts',
        path: /chunk/.test(path) ? 'shared' : path,
      }))
      onLoad({ filter: /./, namespace: 'texts' }, ({ path }) => ({ contents: texts[path] ?? '' }))
    },
  }
  const external = ['cloudflare:*', 'node:*', './index.js', './late.js', '*.wasm']
  const { outputFiles } = await build({
    ...form,
    entryPoints: ['entry'],
    external,
    plugins: [plugin],
    minify: true,
  })
  const text = outputFiles[0]?.text ?? ''
  if (!isUploaded) return replaceFile(name, text)
  const { code } = await minify(text, {
    module: true,
    ecma: 2020,
    compress: { passes: 2, pure_getters: true, unsafe: true },
  })
  if (code === undefined) throw new Error('terser returned no code')
  // What is left of line breaks stands in SQL and CSS. D1 reads each statement anew.
  replaceFile(name, code.replaceAll(/\n\s+/g, ' '))
}

function replaceFile(name: string, contents: string | Uint8Array): void {
  const unfinished = join(folder, `${name}.${process.pid}`)
  writeFileSync(unfinished, contents)
  renameSync(unfinished, join(folder, name))
}
