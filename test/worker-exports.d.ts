// What `exports` of cloudflare:workers has in the tests, which run the source: wrangler reads it off the
// main module only where that is TypeScript, and ours is the bundle.
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('../src/index.ts')
  }
}
