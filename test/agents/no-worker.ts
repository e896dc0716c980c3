// Stands in for `cloudflare:workers` where tests run in Node: there is no worker in this process, and
// a test that asks for one by mistake is told so.
export const env = {}
export const exports = {
  default: {
    fetch: () => Promise.reject(new Error('name the server that is to answer')),
  },
}
