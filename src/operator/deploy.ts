// `npm run deploy`: the database, its migrations, its secrets and the worker, on Cloudflare.
import { deploy } from './deployment.ts'
import { deployUsage, readDeployOptions } from './deploy-options.ts'
import { runScript } from './refusal.ts'
import { projectFolder, askAccount, runOnAccount } from './wrangler.ts'

await runScript(async () => {
  const options = readDeployOptions(process.argv.slice(2), process.env)
  if (options.help) return console.log(deployUsage)
  await deploy(options, {
    folder: projectFolder,
    wrangler: { ask: askAccount, run: runOnAccount },
    environment: process.env,
    say: console.log,
  })
})
